"""One row of a chart: recorded, changed, taken back; and everything that was ever recorded of a noun. The same for every noun."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination import access
from coordination.forms.records import RemovalForm, RetractionForm
from coordination.models import Patient
from coordination.selectors import records
from coordination.selectors.patients import asked_words
from coordination.services.records import record_cautions, record_withdraw
from coordination.views.chart import SectionRows, rows_for
from coordination.views.chart_rows import searched, words_of
from coordination.views.identity import identity
from coordination.views.kinds import Kind
from tenancy import clock
from tenancy.forms.refusals import add_conflict, add_refusal
from tenancy.links import here
from tenancy.paging import key_of
from tenancy.views import needs
from tenancy.views.asking import answer_posted
from tenancy.views.door import View
from tenancy.writes import VersionConflict

QUESTIONS = ("q", "order", "after")


def everything(kind: Kind) -> View:
    """The page of a noun: all rows, ended and taken back included, or those with the words that were asked for."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @needs("patient.read")
    def view(request: HttpRequest, patient: UUID) -> HttpResponse:
        subject = access.patient_for(request.membership, patient)
        return answer_posted(request, "records", QUESTIONS, lambda asked: _everything(request, subject, kind, asked))

    return view


def _everything(request: HttpRequest, patient: Patient, kind: Kind, asked: dict[str, str]) -> HttpResponse:
    query, after = asked.get("q", "").strip(), key_of(asked.get("after", ""))
    order = asked["order"] if asked.get("order") in records.ORDERS else records.ORDERS[0]
    today = clock.today(request.membership.agency.zone)
    if query or order != records.ORDERS[0]:
        words = asked_words(query)
        page = records.page_within(
            [
                each
                for each in records.everything(kind.model, patient, order, today)
                if not query or _has(words, searched(each, words_of(each, today)))
            ],
            after,
        )
    else:
        page = records.page(kind.model, patient, after)
    context = {
        **identity(request, patient),
        "section": SectionRows(kind, rows_for(request, patient, kind, page.rows)),
        "query": query,
        "order": order,
        "next_after": page.next_after,
        "is_first": after is None,
    }
    return render(request, "coordination/_records.html" if request.htmx else "coordination/records.html", context)


def _has(words: list[str], known: set[str]) -> bool:
    """Whether every word begins one that is known; no word at all (a lone dash) finds nothing."""
    return bool(words) and all(any(each.startswith(word) for each in known) for word in words)


def editing(kind: Kind) -> View:
    """The form of a new row, or of the one that the address names; 409, with what it says now, if somebody else changed it."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @needs(kind.capability)
    def view(request: HttpRequest, patient: UUID, **ids: UUID) -> HttpResponse:
        subject = access.patient_for(request.membership, patient)
        record = _record(request, kind, subject, ids) if ids else kind.model(patient=subject)
        today = clock.today(request.membership.agency.zone)
        form = kind.form(_sent(request), record=record, today=today, asked=request.GET.dict())

        def save(**said: Any) -> None:
            stored = kind.service(actor=request.membership, record=record, now=clock.now(), **said)
            for caution in record_cautions(stored):
                messages.warning(request, caution)
            messages.success(request, kind.saved)

        return _answer(request, kind, subject, record, form, save, "coordination/record_form.html")

    return view


def withdrawing(kind: Kind) -> View:
    """Taking back what was recorded by mistake, with the reason."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @needs(kind.capability)
    def view(request: HttpRequest, patient: UUID, **ids: UUID) -> HttpResponse:
        subject = access.patient_for(request.membership, patient)
        record = _record(request, kind, subject, ids)
        asked = RetractionForm if kind.stays else RemovalForm
        form = asked(_sent(request), initial={"version": record.version})

        def save(**said: Any) -> None:
            record_withdraw(actor=request.membership, record=record, now=clock.now(), **said)
            messages.success(
                request, _("Taken back. The history keeps it.") if kind.stays else _("Taken out of the chart.")
            )

        return _answer(request, kind, subject, record, form, save, "coordination/record_withdraw.html")

    return view


def _answer(
    request: HttpRequest,
    kind: Kind,
    patient: Patient,
    record: Any,
    form: forms.Form,
    save: Callable[..., None],
    template: str,
) -> HttpResponse:
    """Save what a valid form says and lead on; else the form again with what is wrong."""
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            save(**form.cleaned_data)
        except ValidationError as refused:
            add_refusal(form, refused)
        except VersionConflict as conflict:
            add_conflict(form, conflict)
            status = 409
        else:
            return redirect(_after(kind, patient, form.cleaned_data.get("month")))
    context = {
        **identity(request, patient),
        "kind": kind,
        "form": form,
        "record": record,
        "is_new": record._state.adding,
        "row": None if record._state.adding else rows_for(request, patient, kind, [record])[0],
    }
    return render(request, template, context, status=status)


def _after(kind: Kind, patient: Patient, month: date | None) -> str:
    if kind.leads_to_month and month:
        return here("billing:ledger", patient=patient.pk, month=f"{month:%Y-%m}")
    return here(kind.home, patient=patient.pk)


def _record(request: HttpRequest, kind: Kind, patient: Patient, ids: dict[str, UUID]) -> Any:
    return access.chart_row_for(request.membership, kind.capability, kind.model, patient, ids[kind.key])


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None
