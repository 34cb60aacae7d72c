"""The list of patients, and one patient's page."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from coordination import access
from coordination.forms.time_logs import TimeLogForm
from coordination.models import Patient, Program
from coordination.ports import Meter, billing
from coordination.rules.months import month_of
from coordination.selectors import charts
from coordination.selectors.patients import ORDERS, patients_page
from coordination.views.identity import identity
from tenancy import audit, clock
from tenancy.links import here
from tenancy.roles import may
from tenancy.views import needs


@dataclass(frozen=True, slots=True)
class Row:
    patient: Patient
    meter: Meter | None


@require_safe
@needs("patient.read")
def door(request: HttpRequest) -> HttpResponse:
    """An agency's bare address leads to its patients."""
    return redirect(here("coordination:patients"))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("patient.read")
def patients(request: HttpRequest) -> HttpResponse:
    """Everybody, a page at a time. Asking is a POST: names do not belong in addresses, logs and browser histories.

    What was asked waits in the session, at `?asked`: reloading and going back show it again without sending it again. It waits
    for this agency alone: a name looked for in one is not shown in another that the person works for.
    """
    again, key = f"{request.path}?asked", f"patients_asked_{request.membership.pk}"
    if request.method == "POST":
        request.session[key] = {name: request.POST.get(name, "") for name in ("q", "order", "program", "after")}
        if not request.htmx:
            return redirect(again)
    asked = request.session.get(key, {}) if request.method == "POST" or "asked" in request.GET else {}
    response = _patients_page(request, asked)
    if request.htmx:
        response["HX-Replace-Url"] = again
    return response


def _patients_page(request: HttpRequest, asked: dict[str, str]) -> HttpResponse:
    query, program, order = asked.get("q", "").strip(), asked.get("program", ""), asked.get("order", "")
    order = order if order in ORDERS else "name"
    program = program if program in (*Program.values, "none") else ""
    after = _uuid(asked.get("after", ""))
    page = patients_page(query=query, order=order, program=program, after=after)
    month, _ = month_of(clock.today(request.membership.agency.zone))
    meters = billing().month_effects([patient.pk for patient in page.patients], month)
    audit.note_reads(patient.pk for patient in page.patients)
    rows = [Row(patient, _chronic_care(meters.get(patient.pk, ()))) for patient in page.patients]
    context = {
        "rows": rows,
        "query": query,
        "order": order,
        "program": program,
        "next_after": page.next_after,
        "is_first": after is None,
        "agency_is_empty": not (rows or query or program or after),
        "programs": Program.choices,
        "month": month,
    }
    return render(request, "coordination/_patients.html" if request.htmx else "coordination/patients.html", context)


@require_safe
def patient(request: HttpRequest, patient: UUID) -> HttpResponse:
    """One patient: the month's meter, time, enrollment, conditions."""
    return patient_page(request, access.patient_for(request.membership, patient))


def patient_page(request: HttpRequest, patient: Patient, form: TimeLogForm | None = None) -> HttpResponse:
    """The page, with a fresh form for time or the one that was sent and refused (422)."""
    today = clock.today(request.membership.agency.zone)
    first, last = month_of(today)
    logs = list(charts.time_logs_between(patient, first, last))
    meters = billing().month_effects([patient.pk], first).get(patient.pk, ())
    context: dict[str, Any] = {
        **identity(request, patient),
        "month": first,
        "conditions": list(charts.active_conditions(patient)),
        "enrollment": charts.open_enrollment(patient, Program.CHRONIC_CARE),
        "meter": _chronic_care(meters),
        "logs": logs,
        "logged": sum(log.minutes for log in logs),
        "last_note": logs[0].contact.note if logs else "",
        "log_form": form or (TimeLogForm(today=today) if may(request.membership.role, "time_log.record") else None),
    }
    return render(request, "coordination/patient.html", context, status=422 if form else 200)


def _chronic_care(meters: tuple[Meter, ...]) -> Meter | None:
    return next((each for each in meters if each.program == Program.CHRONIC_CARE), None)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
