"""Discharges: heard of, corrected, decided about and ended. Each change renews the deadlines that rest on it.

Dates are recorded as they were: what is late stays, and its effect is shown. A second period never begins by itself: a discharge
within thirty days of an open one waits for a person to say whether the first goes on.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from coordination.models import (
    Destination,
    DischargeSource,
    Patient,
    Step,
    Transition,
    TransitionEnd,
    TransitionState,
    TransitionStep,
)
from coordination.selectors.transitions import clock_on, of_source, running_beside
from coordination.services.deadlines import transitions_renew
from coordination.services.patients import patient_held
from tenancy import access
from tenancy.clock import local_day
from tenancy.context import current_agency
from tenancy.models import PRACTITIONERS, Membership
from tenancy.writes import for_change, refusing

NOT_HOME = (
    Destination.SKILLED_NURSING_FACILITY,
    Destination.NURSING_FACILITY,
    Destination.ANOTHER_HOSPITAL,
    Destination.HOSPICE_FACILITY,
    Destination.DETENTION,
)
"""Where no thirty days run: the next discharge, from there, is the one to wait for."""
AGAIN = {"discharged_on": _("A discharge of this day is on record already: open it and correct it there.")}


@dataclass(frozen=True, slots=True)
class Discharge:
    """What is known of a discharge. `discharged_at` where the time is known; its day on the agency's clock is `discharged_on`."""

    discharged_on: date
    setting: str
    destination: str
    discharged_at: datetime | None = None
    admitted_on: date | None = None
    facility: str = ""
    diagnosis: str = ""
    diagnosis_text: str = ""


@transaction.atomic
def discharge_record(
    *, actor: Membership, patient: Patient, said: Discharge, learned_at: datetime, now: datetime
) -> Transition:
    """A person heard of a discharge. Saying the same discharge again is refused with where it is."""
    access.require(actor, "transition.write")
    return _begin(patient, said, DischargeSource.HAND, "", learned_at, now, actor)


@transaction.atomic
def discharge_heard(
    *, patient: Patient, said: Discharge, source: str, source_id: str, learned_at: datetime, now: datetime
) -> Transition:
    """A source told of a discharge, or told of it anew: one stay of a source is one transition, whatever is told how often.

    A correction changes what the source said before and marks that somebody should look; a cancelled one that is told again is open
    again. What a person decided (complexity, an end) stays.
    """
    held = patient_held(patient.pk)
    known, taken_over = of_source(source, source_id), False
    if known is None:
        same = Transition.objects.filter(patient=held, discharged_on=said.discharged_on)
        known = same.exclude(state=TransitionState.CANCELLED).filter(source_id="").first()
        if known is None:
            return _begin(held, said, source, source_id, learned_at, now, None)
        known.source, known.source_id, taken_over = source, source_id, True  # a person heard of it first
    told = {name: getattr(said, name) for name in Discharge.__slots__ if getattr(said, name) not in ("", None)}
    is_back = known.state == TransitionState.CANCELLED
    if not is_back and not taken_over and all(getattr(known, name) == value for name, value in told.items()):
        return known
    for name, value in told.items():
        setattr(known, name, value)
    if is_back or known.state in (TransitionState.OPEN, TransitionState.WATCH):
        known.state = _state_of(known)
    known.changed_by_source_at = now
    return _stored(known, now)


@transaction.atomic
def discharge_cancelled(*, source: str, source_id: str, now: datetime) -> Transition | None:
    """A source took a discharge back (A13): nothing is due any more. None where it made none here."""
    known = of_source(source, source_id)
    if known is None:
        return None
    patient_held(known.patient_id)
    if known.state == TransitionState.CANCELLED:
        return known
    known.state, known.end_reason, known.ended_on = TransitionState.CANCELLED, "", None
    known.changed_by_source_at = now
    return _stored(known, now)


@transaction.atomic
def transition_change(
    *, actor: Membership, transition: Transition, version: int, now: datetime, reason: str, **said: Any
) -> Transition:
    """Correct what is known of a discharge, who answers for it, or when the visit is booked; say why."""
    access.require(actor, "transition.write")
    current = _held(transition, version)
    for name, value in said.items():
        setattr(current, name, value)
    current.reason, current.changed_by_source_at = reason.strip(), None
    if current.state in (TransitionState.OPEN, TransitionState.WATCH):
        current.state = _state_of(current)
    return _stored(current, now)


@transaction.atomic
def transition_decide(
    *, actor: Membership, transition: Transition, version: int, restart: bool, reason: str, now: datetime
) -> Transition:
    """Say of a discharge within an earlier period whether that one goes on, or a new period begins and ends it."""
    access.require(actor, "transition.write")
    current = _held(transition, version)
    if current.state != TransitionState.UNDECIDED or current.follows is None:
        raise ValidationError(_("This is decided already. Open the patient anew to see how."))
    earlier = Transition.objects.select_for_update().get(pk=current.follows_id)
    today = local_day(now, current_agency().zone)
    earlier.readmitted_on = earlier.readmitted_on or current.admitted_on
    if restart:
        earlier.state, earlier.end_reason, earlier.ended_on = TransitionState.ENDED, TransitionEnd.RESTARTED, today
        earlier.is_continued = False
        current.state = TransitionState.OPEN
    else:
        current.state = TransitionState.CONTINUED
    current.reason = reason.strip()
    _stored(earlier, now)
    return _stored(current, now)


@transaction.atomic
def transition_end(
    *,
    actor: Membership,
    transition: Transition,
    version: int,
    end_reason: str,
    is_continued: bool,
    ended_on: date,
    reason: str,
    now: datetime,
) -> Transition:
    """Close the thirty days, or end them before their day; whether services went on as needed is part of it."""
    access.require(actor, "transition.write")
    current = _held(transition, version)
    if current.state not in (TransitionState.OPEN, TransitionState.UNDECIDED, TransitionState.WATCH):
        raise ValidationError(_("This is over already."))
    if ended_on > local_day(now, current_agency().zone):
        raise ValidationError({"ended_on": _("This day has not come yet: give the day on which it ended.")})
    if ended_on < current.discharged_on:
        raise ValidationError({"ended_on": _("It cannot end before the discharge: correct one of the two days.")})
    current.state, current.end_reason, current.ended_on = TransitionState.ENDED, end_reason, ended_on
    current.is_continued, current.reason = is_continued, reason.strip()
    return _stored(current, now)


@transaction.atomic
def complexity_judge(
    *, actor: Membership, transition: Transition, version: int, complexity: str, judged_on: date, now: datetime
) -> Transition:
    """A practitioner judges the medical decision making over the service period."""
    access.require(actor, "transition.judge")
    if actor.discipline not in PRACTITIONERS:
        raise ValidationError(_("A practitioner judges this: ask one from this page."))
    current = _held(transition, version)
    current.complexity, current.complexity_judged_by, current.complexity_judged_on = complexity, actor, judged_on
    return _stored(current, now)


@transaction.atomic
def complexity_ask(
    *, actor: Membership, transition: Transition, version: int, of: Membership, now: datetime
) -> Transition:
    """Ask a practitioner to judge it: it waits in their list from now on."""
    access.require(actor, "transition.write")
    if of.discipline not in PRACTITIONERS or not of.is_active:
        raise ValidationError({"of": _("%(name)s cannot judge this: choose a practitioner.") % {"name": of.name}})
    current = _held(transition, version)
    current.complexity_asked_of, current.complexity_asked_at = of, now
    return _stored(current, now)


@transaction.atomic
def step_record(
    *, actor: Membership, transition: Transition, kind: str, on: date, done_by: Membership, note: str, now: datetime
) -> TransitionStep:
    """Write down that something was done on a day. Said twice it stands once; another day needs a change."""
    access.require(actor, "transition.write")
    patient = patient_held(transition.patient_id)
    if on > local_day(now, current_agency().zone):
        raise ValidationError({"on": _("This day has not come yet: record it once it is done.")})
    if on < (transition.admitted_on or transition.discharged_on) and kind != Step.SUMMARY_OBTAINED:
        raise ValidationError({"on": _("This is before the patient came home: give the day on which it was done.")})
    step = TransitionStep.objects.filter(transition=transition, kind=kind, retracted_at=None).first()
    if step and (step.on, step.done_by_id, step.note) == (on, done_by.pk, note):
        return step
    step = step or TransitionStep(transition=transition, patient=patient, kind=kind, version=0)
    step.on, step.done_by, step.note, step.recorded_by, step.recorded_at = on, done_by, note, actor, now
    step.version += 1
    step.clean_fields(exclude=["agency", "patient", "transition", "done_by", "recorded_by"])
    step.save()
    transitions_renew([transition.pk], now=now)
    return step


@transaction.atomic
def step_withdraw(*, actor: Membership, step: TransitionStep, because: str, now: datetime) -> None:
    """It was not done: the record stays, marked with the reason."""
    access.require(actor, "transition.write")
    if not because.strip():
        raise ValidationError({"because": _("Say why this is taken back.")})
    patient_held(step.patient_id)
    step.retracted_at, step.retracted_reason = now, because.strip()
    step.version += 1
    step.save()
    transitions_renew([step.transition_id], now=now)


def _begin(
    patient: Patient,
    said: Discharge,
    source: str,
    source_id: str,
    learned_at: datetime,
    now: datetime,
    actor: Membership | None,
) -> Transition:
    held = patient_held(patient.pk)
    if said.discharged_on > local_day(now, current_agency().zone):
        raise ValidationError({"discharged_on": _("This day has not come yet: record the discharge once it is known.")})
    made = Transition(patient=held, source=source, source_id=source_id, learned_at=learned_at, recorded_by=actor)
    for name in Discharge.__slots__:
        setattr(made, name, getattr(said, name))
    made.state = _state_of(said)
    if made.state == TransitionState.OPEN:
        earlier = running_beside(held.pk, said.discharged_on, clock_on(said.discharged_on).period_days)
        if earlier is not None:
            made.follows, made.state = earlier, TransitionState.UNDECIDED
    made.version = 0
    return _stored(made, now)


def _state_of(said: Discharge | Transition) -> str:
    """Whether the thirty days run. They do for an unknown destination, so that nobody who went home is forgotten; the page asks."""
    return TransitionState.WATCH if said.destination in NOT_HOME else TransitionState.OPEN


def _held(transition: Transition, version: int) -> Transition:
    patient_held(transition.patient_id)
    return for_change(transition, version)


def _stored(transition: Transition, now: datetime) -> Transition:
    if transition._state.adding or transition.version == 0:
        transition.version = 1
    named = ("agency", "patient", "owner", "follows", "recorded_by", "visit_booked_with")
    judged = ("complexity_judged_by", "complexity_asked_of")
    transition.clean_fields(exclude=[*named, *judged])
    if (transition.admitted_on or transition.discharged_on) > transition.discharged_on:
        raise ValidationError({"admitted_on": _("The admission is after the discharge: correct one of the two days.")})
    with refusing(AGAIN):
        transition.save()
    transitions_renew([transition.pk], now=now)
    return transition
