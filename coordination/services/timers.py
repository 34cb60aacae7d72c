"""The one running timer of a person. It lives on the server: no tab, device or session has to stay open for it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from coordination.models import Activity, Contact, Patient, Timer
from coordination.selectors.bar import OpenTimer
from coordination.services.patients import patient_held
from tenancy import access
from tenancy.models import Membership

RESUME_WITHIN = timedelta(minutes=10)
"""A stop that was a slip is taken back soon; later it would claim time that nobody watched."""
TAKE_BACK_WITHIN = timedelta(minutes=2)
"""So is a start; later it would drop time that was given."""


@transaction.atomic
def timer_start(
    *, actor: Membership, patient: Patient, now: datetime, activity: str = Activity.CARE_COORDINATION
) -> tuple[Timer, Timer | None]:
    """Start a timer for a patient; one that runs for another patient stops at the same instant and waits. Returns both.

    Starting again for the same patient changes nothing: a double click, or a second tab, finds the running one.
    """
    access.require(actor, "time_log.record")
    patient = patient_held(patient.pk)
    _one_at_a_time(actor)
    running = Timer.objects.filter(member=actor, stopped_at=None).first()
    if running and running.patient_id == patient.pk:
        return running, None
    if running:
        _stop(running, now)
    return Timer.objects.create(member=actor, patient=patient, activity=activity, started_at=now), running


@transaction.atomic
def timer_stop(*, actor: Membership, timer: Timer, now: datetime) -> Timer:
    """Stop; stopped already, it stays as it was. Nothing is refused here: whoever wants to stop can."""
    current = _own(actor, timer)
    if current.stopped_at is None:
        _stop(current, now)
    return current


@transaction.atomic
def timer_resume(*, actor: Membership, timer: Timer, now: datetime) -> Timer:
    """Take back a stop that was a slip: it runs on from its beginning. Refused while another timer measured minutes since: a minute
    has one timer, and whoever measured says what becomes of it."""
    _one_at_a_time(actor)
    current = _own(actor, timer)
    if current.stopped_at is None:
        return current
    _still_waiting(current)
    if now - current.stopped_at > RESUME_WITHIN:
        raise ValidationError(_("This timer stopped more than ten minutes ago. Finish it, and start a new one."))
    later = Timer.objects.filter(member=actor, started_at__gte=current.stopped_at, discarded_at=None)
    for each in later.exclude(pk=current.pk).order_by(F("contact").asc(nulls_last=True)):
        if each.contact_id:
            raise ValidationError(_("Time after this stop was saved already. Finish this timer, and start a new one."))
        raise ValidationError(
            _(
                "Another timer was started after this stop, and what it measured is not saved."
                " Discard that one first if it was a slip; else finish both."
            )
        )
    current.stopped_at = None
    current.save()
    return current


def taken_back(timers: Sequence[OpenTimer], now: datetime) -> OpenTimer | None:
    """Of a person's open timers the one that would run on if the start that stopped it were taken back; None where it is too late or
    something was done with either."""
    running = next((each for each in timers if each.stopped_at is None), None)
    if running is None or now - running.started_at > TAKE_BACK_WITHIN:
        return None
    return next((each for each in timers if each.stopped_at == running.started_at), None)


@transaction.atomic
def timer_take_back(*, actor: Membership, timer: Timer, now: datetime) -> Timer:
    """Take back a start that was a slip: the timer that it stopped runs on from its beginning, and this one is discarded. Refused
    when it is too late, and once anything was done with either. Returns the one that runs; taking back twice is doing so once."""
    _one_at_a_time(actor)
    current = _own(actor, timer)
    running = Timer.objects.filter(member=actor, stopped_at=None).first()
    if current.discarded_at and running and running.started_at < current.started_at:
        return running
    _still_waiting(current)
    if current.stopped_at:
        raise ValidationError(
            _("This timer was stopped meanwhile, in another window or on another device. Nothing was taken back.")
        )
    if now - current.started_at > TAKE_BACK_WITHIN:
        raise ValidationError(
            _("This timer has run for more than two minutes: what it measured is kept. Nothing was taken back.")
        )
    before = (
        Timer.objects.select_for_update()
        .filter(member=actor, stopped_at=current.started_at)
        .exclude(pk=current.pk)
        .first()
    )
    if before is None or before.contact_id or before.discarded_at:
        raise ValidationError(
            _("The timer before was finished or discarded, in another window or on another device. This one runs on.")
        )
    _discard(current, now)
    before.stopped_at = None
    before.save(update_fields=["stopped_at"])
    return before


@transaction.atomic
def timer_discard(*, actor: Membership, timer: Timer, now: datetime) -> Timer:
    """Throw a timer away, running or waiting; its row stays. One that was saved stays saved."""
    current = _own(actor, timer)
    if current.discarded_at:
        return current
    _still_waiting(current)
    _discard(current, now)
    return current


def timer_to_finish(*, actor: Membership, timer: Timer, patient: Patient, form_key: UUID, now: datetime) -> Timer:
    """The timer that a contact finishes, locked and stopped. Refused when it was saved by another form, or discarded."""
    _one_at_a_time(actor)  # before the timer, as starting and resuming do: two devices never wait for each other
    current = _own(actor, timer)
    if current.patient_id != patient.pk:
        raise ValidationError(_("This timer ran for another patient."))
    saved_by_this_form = (
        Contact.objects.filter(pk=current.contact_id, form_key=form_key) if current.contact_id else None
    )
    if not (saved_by_this_form and saved_by_this_form.exists()):
        _still_waiting(current)
    if current.stopped_at is None:
        _stop(current, now)
    return current


def _one_at_a_time(actor: Membership) -> None:
    """Two devices that start at once do so one after the other."""
    Membership.objects.select_for_update().get(pk=actor.pk)


def _own(actor: Membership, timer: Timer) -> Timer:
    access.require(actor, "time_log.record")
    current = Timer.objects.select_for_update().get(pk=timer.pk)
    if current.member_id != actor.pk:
        raise access.NotFound
    return current


def _still_waiting(timer: Timer) -> None:
    if timer.contact_id:
        raise ValidationError(_("This timer was saved already, in another window or on another device."))
    if timer.discarded_at:
        raise ValidationError(_("This timer was discarded, in another window or on another device."))


def _discard(timer: Timer, now: datetime) -> None:
    timer.stopped_at, timer.discarded_at = timer.stopped_at or max(now, timer.started_at), now
    timer.save(update_fields=["stopped_at", "discarded_at"])


def _stop(timer: Timer, now: datetime) -> None:
    timer.stopped_at = max(now, timer.started_at)  # a clock that was set back does not keep a timer running for ever
    timer.save(update_fields=["stopped_at"])
