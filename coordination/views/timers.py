"""The running timer: start, stop, finish, take back a stop, throw away. Each is one POST that may be sent twice."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from coordination import access
from coordination.forms.time_logs import TimeLogForm
from coordination.models import Timer
from coordination.rules.stopwatch import is_forgotten, measured
from coordination.services.timers import timer_discard, timer_resume, timer_start, timer_stop, timer_take_back
from coordination.views.patients import patient_page
from tenancy import clock
from tenancy.clock import local_day
from tenancy.links import here
from tenancy.views import needs


@require_safe
@needs("time_log.record")
def timers(request: HttpRequest) -> HttpResponse:
    """My timers: the running one and those that wait to be finished. The page reads them as every page's bar does."""
    return render(request, "coordination/timers.html")


@require_POST
@needs("time_log.record")
def start(request: HttpRequest, patient: UUID) -> HttpResponse:
    subject = access.patient_for(request.membership, patient)
    timer_start(actor=request.membership, patient=subject, now=clock.now())
    return redirect(here("coordination:patient", patient=subject.pk))


@require_POST
@needs("time_log.record")
def stop(request: HttpRequest, timer: UUID) -> HttpResponse:
    """Stop, and go on to the form that finishes it."""
    stopped = timer_stop(actor=request.membership, timer=access.timer_for(request.membership, timer), now=clock.now())
    return redirect(here("coordination:timer", timer=stopped.pk))


@require_POST
@needs("time_log.record")
def resume(request: HttpRequest, timer: UUID) -> HttpResponse:
    return _do(request, timer, timer_resume, _("The timer runs on, from when it began."))


@require_POST
@needs("time_log.record")
def take_back(request: HttpRequest, timer: UUID) -> HttpResponse:
    said = _("Taken back: the timer before it runs on, from when it began.")
    return _do(request, timer, timer_take_back, said)


@require_POST
@needs("time_log.record")
def discard(request: HttpRequest, timer: UUID) -> HttpResponse:
    return _do(request, timer, timer_discard, _("The timer was discarded. No time was saved."))


@require_safe
@needs("time_log.record")
def timer(request: HttpRequest, timer: UUID) -> HttpResponse:
    """The patient's page with the form filled in by a stopped timer; one that was saved or discarded leads to the page alone."""
    known = access.timer_for(request.membership, timer)
    patient = access.patient_for(request.membership, known.patient_id)
    if known.contact_id or known.discarded_at or known.stopped_at is None:
        return redirect(here("coordination:patient", patient=patient.pk))
    zone = request.membership.agency.zone
    minutes, _seconds = measured(known.started_at, known.stopped_at)
    asks = is_forgotten(known.started_at, known.stopped_at, zone) or not minutes
    form = TimeLogForm(
        today=clock.today(zone),
        patient=patient,
        actor=request.membership,
        initial={
            "timer": known.pk,
            "minutes": "" if asks else minutes,
            "service_date": local_day(known.started_at, zone),
            "activity": known.activity,
        },
    )
    return patient_page(request, patient, form)


def _do(request: HttpRequest, pk: UUID, service: Callable[..., Timer], said: str) -> HttpResponse:
    known = access.timer_for(request.membership, pk)
    try:
        service(actor=request.membership, timer=known, now=clock.now())
    except ValidationError as refused:
        messages.warning(request, " ".join(refused.messages))
    else:
        messages.success(request, said)
    return redirect(here("coordination:patient", patient=known.patient_id))
