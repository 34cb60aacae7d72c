"""Logging time from a patient's page: record, and the effect before it is recorded."""

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from coordination import access
from coordination.forms.refusals import add_refusal
from coordination.forms.time_logs import TimeLogForm
from coordination.models import TimeLog
from coordination.ports import DraftLog, billing
from coordination.rules.durations import elapsed
from coordination.rules.months import month_of
from coordination.services.time_logs import NO_TIME_PASSED, time_log_record
from coordination.views.patients import patient_page
from tenancy import clock
from tenancy.links import here
from tenancy.views import needs


@require_POST
@needs("time_log.record")
def time_log_record_view(request: HttpRequest, patient: UUID) -> HttpResponse:
    subject = access.patient_for(request.membership, patient)
    form = TimeLogForm(request.POST, today=clock.today(request.membership.agency.zone))
    if not form.is_valid():
        return patient_page(request, subject, form)
    sent = dict(form.cleaned_data)
    try:
        log = time_log_record(
            actor=request.membership, patient=subject, duration=sent.pop("minutes"), now=clock.now(), **sent
        )
    except ValidationError as refused:
        add_refusal(form, refused)
        return patient_page(request, subject, form)
    messages.success(request, _saved(log, clock.today(request.membership.agency.zone)))
    return redirect(here("coordination:patient", patient=subject.pk))


@require_POST
@needs("time_log.record")
def time_log_preview(request: HttpRequest, patient: UUID) -> HttpResponse:
    """What saving would do, as a fragment; nothing is stored."""
    subject = access.patient_for(request.membership, patient)
    form = TimeLogForm(request.POST, today=clock.today(request.membership.agency.zone))
    form.is_valid()  # a half-typed form is expected here: what is missing is simply not previewed
    typed = form.cleaned_data
    if not {"minutes", "service_date", "activity", "program"} <= typed.keys():
        return render(request, "coordination/_preview.html", {"preview": None, "hint": _hint(form)})
    minutes = elapsed(typed["service_date"], typed["minutes"], request.membership.agency.zone)
    if minutes < 1:
        return render(request, "coordination/_preview.html", {"preview": None, "hint": NO_TIME_PASSED})
    preview = billing().preview(
        DraftLog(
            patient=subject.pk,
            program=typed["program"],
            activity=typed["activity"],
            discipline=request.membership.discipline,
            staff=request.membership.pk,
            service_date=typed["service_date"],
            minutes=minutes,
            start=typed["minutes"].start,
        )
    )
    return render(request, "coordination/_preview.html", {"preview": preview})


def _saved(log: TimeLog, today: date) -> str:
    """Where the minutes went; an entry for another month does not stand on the page that says so."""
    minutes = ngettext("%(n)d minute saved.", "%(n)d minutes saved.", log.minutes) % {"n": log.minutes}
    if month_of(log.service_date) == month_of(today):
        return minutes
    day = date_format(log.service_date, "F j, Y")
    return minutes + " " + _("They were given on %(day)s and stand in that month's ledger.") % {"day": day}


def _hint(form: TimeLogForm) -> str:
    """Why there is nothing to show yet: the fault in the time or in the day, if something was typed there."""
    faults = [
        fault for name in ("minutes", "service_date") if form.data.get(name) for fault in form.errors.get(name, [])
    ]
    return faults[0] if faults else _("Type the time to see what it counts toward.")
