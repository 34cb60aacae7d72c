"""One row of a chart: recorded, changed, taken back; and everything that was ever recorded of a noun. The same for every noun."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination import access
from coordination.forms.records import RemovalForm, RetractionForm
from coordination.models import Patient
from coordination.selectors import records
from coordination.services.records import record_cautions, record_withdraw
from coordination.views.chart import SectionRows, rows_for
from coordination.views.identity import identity
from coordination.views.kinds import Kind
from tenancy import clock
from tenancy.forms.refusals import add_conflict, add_refusal
from tenancy.links import here
from tenancy.views import needs
from tenancy.views.door import View
from tenancy.writes import VersionConflict


def everything(kind: Kind) -> View:
    """The page of a noun: all rows, the latest first, ended and taken back included."""

    @require_safe
    @needs("patient.read")
    def view(request: HttpRequest, patient: UUID) -> HttpResponse:
        subject = access.patient_for(request.membership, patient)
        page = records.page(kind.model, subject, _uuid(request.GET.get("after", "")))
        context = {
            **identity(request, subject),
            "section": SectionRows(kind, rows_for(request, subject, kind, page.rows)),
            "next_after": page.next_after,
            "is_first": "after" not in request.GET,
        }
        return render(request, "coordination/records.html", context)

    return view


def editing(kind: Kind) -> View:
    """The form of a new row, or of the one that the address names; 409, with what it says now, if somebody else changed it."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @needs(kind.capability)
    def view(request: HttpRequest, patient: UUID, **ids: UUID) -> HttpResponse:
        subject = access.patient_for(request.membership, patient)
        record = _record(request, kind, subject, ids) if ids else kind.model(patient=subject)
        today = clock.today(request.membership.agency.zone)
        form = kind.form(_sent(request), record=record, today=today)

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
        asked = RetractionForm if kind.is_fact else RemovalForm
        form = asked(_sent(request), initial={"version": record.version})

        def save(**said: Any) -> None:
            record_withdraw(actor=request.membership, record=record, now=clock.now(), **said)
            messages.success(
                request, _("Taken back. The history keeps it.") if kind.is_fact else _("Taken out of the chart.")
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
            return redirect(here(kind.home, patient=patient.pk))
    context = {
        **identity(request, patient),
        "kind": kind,
        "form": form,
        "record": record,
        "is_new": record._state.adding,
        "row": None if record._state.adding else rows_for(request, patient, kind, [record])[0],
    }
    return render(request, template, context, status=status)


def _record(request: HttpRequest, kind: Kind, patient: Patient, ids: dict[str, UUID]) -> Any:
    return access.chart_row_for(request.membership, kind.capability, kind.model, patient, ids[kind.key])


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
