"""Patients who are short of minutes this month, by clinical reason: a list that is opened, never tasks or alerts."""

from datetime import date
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from coordination.models import Patient, Program
from coordination.ports import Meter, billing
from coordination.rules.months import month_of
from coordination.selectors.short import led_by_reason
from coordination.sentences import day_words
from tenancy import audit, clock
from tenancy.views import needs


class Short(NamedTuple):
    """One patient, why they need a call, and the meters that have not come to their first threshold."""

    patient: Patient
    reason: str
    meters: list[tuple[str, Meter]]


@require_safe
@needs("time_log.record")
def short_this_month(request: HttpRequest) -> HttpResponse:
    """Of the patients whose lead the signed-in person is; a fragment for the list of tasks, else a page of its own."""
    month, _last = month_of(clock.today(request.membership.agency.zone))
    led = list(led_by_reason(request.membership.pk))
    versions = {each.pk: each.facts for each in led}  # type: ignore[attr-defined]
    meters = billing().month_effects(versions, month, versions)
    rows = [Short(each, _reason(each), short) for each in led if (short := _short(meters.get(each.pk, ())))]
    audit.note_reads(row.patient.pk for row in rows)
    return render(request, f"coordination/{'_short' if request.htmx else 'short'}.html", {"rows": rows})


def _short(meters: tuple[Meter, ...]) -> list[tuple[str, Meter]]:
    below = (meter for meter in meters if meter.steps and meter.have < meter.steps[0])
    return [(str(Program(meter.program).label), meter) for meter in below]


def _reason(patient: Patient) -> str:
    home_on: date | None = patient.home_on  # type: ignore[attr-defined]
    spoken_on: date | None = patient.spoken_on  # type: ignore[attr-defined]
    if home_on:
        return _("Came home on %(day)s.") % {"day": day_words(home_on)}
    if spoken_on:
        return _("Last spoken to on %(day)s.") % {"day": day_words(spoken_on)}
    return _("No conversation is on record.")
