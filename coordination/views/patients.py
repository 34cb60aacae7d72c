"""The list of patients, and one patient's page."""

from collections.abc import Collection
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination import access
from coordination.forms.time_logs import TimeLogForm
from coordination.models import Direction, Mode, Outcome, Patient, Program, SpokenTo
from coordination.ports import Meter, billing
from coordination.rules.months import month_of
from coordination.selectors import charts
from coordination.selectors.patients import ORDERS, SHOWN, Asked, Listed, anybody, narrowing, patients_page
from coordination.selectors.transitions import running_of
from coordination.services.patients import patient_opened
from coordination.views.entries import entries_of, log_time
from coordination.views.identity import identity
from coordination.views.kinds import FACTS
from coordination.views.program_cards import meter_of, program_cards
from tenancy import audit, clock
from tenancy.links import here
from tenancy.paging import key_of
from tenancy.roles import may
from tenancy.views import needs
from tenancy.views.asking import answer_posted

QUESTIONS = ("q", "order", "program", "lead", "payer", "interpreter", "shown", "after")


class Row(NamedTuple):
    patient: Listed
    meter: Meter | None


@require_safe
def door(request: HttpRequest) -> HttpResponse:
    """An agency's bare address leads to what a person does there: to their tasks, else to patients, else to who looked at them."""
    role = request.membership.role
    if may(role, "deadline.work"):
        return redirect(here("coordination:today"))
    return redirect(here("coordination:patients" if may(role, "patient.read") else "coordination:agency_access"))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("patient.read")
def patients(request: HttpRequest) -> HttpResponse:
    """Everybody, a page at a time."""
    return answer_posted(request, "patients", QUESTIONS, lambda asked: _patients_page(request, asked))


def _patients_page(request: HttpRequest, asked: dict[str, str]) -> HttpResponse:
    today = clock.today(request.membership.agency.zone)
    wanted = _read(asked, request.membership.pk)
    page = patients_page(wanted, today=today)
    month, _last = month_of(today)
    versions = {patient.pk: patient.facts for patient in page.patients}
    meters = billing().month_effects(versions, month, versions)
    audit.note_reads(patient.pk for patient in page.patients)
    rows = [Row(patient, meter_of(meters.get(patient.pk, ()))) for patient in page.patients]
    context = {
        "rows": rows,
        "asked": wanted,
        "next_after": page.next_after,
        "agency_is_empty": not (rows or wanted.narrows or anybody()),
        "programs": Program.choices,
        "month": month,
        "shows_more": "more" in request.GET or wanted.narrows_more,
    }
    if context["shows_more"] and not request.htmx:
        context |= narrowing(request.membership.pk)
    return render(request, "coordination/_patients.html" if request.htmx else "coordination/patients.html", context)


@require_safe
@needs("patient.read")
def patients_more_filters(request: HttpRequest) -> HttpResponse:
    """Filters that are asked for less often, for a list that is open."""
    return render(request, "coordination/_more_filters.html", {"asked": Asked(), **narrowing(request.membership.pk)})


def _read(asked: dict[str, str], reader: UUID) -> Asked:
    """What was asked, with what nobody can ask left out."""

    def one_of(name: str, known: Collection[str], otherwise: str = "") -> str:
        return said if (said := asked.get(name, "")) in known else otherwise

    return Asked(
        query=asked.get("q", "").strip(),
        order=one_of("order", ORDERS, "name"),
        reader=reader,
        program=one_of("program", (*Program.values, "none")),
        lead=key_of(asked.get("lead", "")),
        payer=key_of(asked.get("payer", "")),
        interpreter=bool(asked.get("interpreter")),
        shown=one_of("shown", SHOWN),
        after=key_of(asked.get("after", "")),
    )


@require_safe
def patient(request: HttpRequest, patient: UUID) -> HttpResponse:
    """One patient: the month's meter, time, enrollment, conditions."""
    subject = access.patient_for(request.membership, patient)
    if subject.pk != patient:
        messages.info(request, _("The record you opened was merged into this one."))
        return redirect(here("coordination:patient", patient=subject.pk))
    return patient_page(request, subject, _call_after(request, subject))


def _call_after(request: HttpRequest, patient: Patient) -> TimeLogForm | None:
    """The form of a call after one of the patient's discharges, where a page of it asked for that. Until somebody says otherwise the
    patient was not reached."""
    after = key_of(request.GET.get("after", ""))
    known = next((each.pk for each in running_of(patient) if each.pk == after), None)
    if known is None or not may(request.membership.role, "time_log.record"):
        return None
    said = {"spoken_to": SpokenTo.PATIENT, "mode": Mode.PHONE, "direction": Direction.OUT, "outcome": Outcome.NO_ANSWER}
    first = {"program": Program.TRANSITIONAL_CARE, "transition": known, "back": True, **said}
    today = clock.today(request.membership.agency.zone)
    return TimeLogForm(today=today, patient=patient, actor=request.membership, initial=first)


def patient_page(request: HttpRequest, patient: Patient, form: TimeLogForm | None = None) -> HttpResponse:
    """The page, with a fresh form for time, one that a timer filled in, or the one that was sent and refused (422)."""
    patient_opened(actor=request.membership, patient=patient, now=clock.now())
    today = clock.today(request.membership.agency.zone)
    first, last = month_of(today)
    logs = charts.time_logs_between(patient, first, last)
    entries = entries_of(logs, request.membership.agency.zone)
    meters = billing().month_effects([patient.pk], first).get(patient.pk, ())
    cards = program_cards(charts.open_enrollments(patient), meters, logs)
    otherwise = Program.TRANSITIONAL_CARE if running_of(patient) else Program.CHRONIC_CARE
    program = next((card.program for card in cards if card.enrollment), otherwise)
    context: dict[str, Any] = {
        **identity(request, patient),
        "month": first,
        "conditions": charts.listed_conditions(patient),
        "programs": cards,
        "facts_to_record": [(f"coordination:{kind.key}_add", kind.one) for kind in FACTS],
        "entries": entries,
        "last_note": next((entry.contact.note for entry in entries if entry.minutes), ""),
        **log_time(request, patient, form, program),
    }
    return render(request, "coordination/patient.html", context, status=422 if form and form.is_bound else 200)
