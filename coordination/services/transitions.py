"""Discharges: heard of, corrected, decided about and ended. Each change renews the deadlines that rest on it.

Dates are recorded as they were: what is late stays, and its effect is shown. A second period never begins by itself: a discharge
within thirty days of an open one waits for a person to say whether the first goes on.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coordination.models import (
    Destination,
    DischargeSource,
    Patient,
    Transition,
    TransitionEnd,
    TransitionState,
)
from coordination.selectors.transitions import RUNNING, clock_on, of_source, running_beside
from coordination.services.deadlines import transitions_renew
from coordination.services.patients import patient_held
from tenancy import access
from tenancy.clock import local_day
from tenancy.context import current_agency
from tenancy.models import Membership
from tenancy.roles import may
from tenancy.writes import for_change, refusing

NOT_HOME = (
    Destination.SKILLED_NURSING_FACILITY,
    Destination.NURSING_FACILITY,
    Destination.ANOTHER_HOSPITAL,
    Destination.HOSPICE_FACILITY,
    Destination.DETENTION,
)
"""Where no thirty days run: the next discharge, from there, is the one to wait for."""
UNSETTLED = (*RUNNING, TransitionState.WATCH)
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
    return _begin(patient_held(patient.pk), said, DischargeSource.HAND, "", learned_at, now, actor)


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
    if is_back:
        known.state = TransitionState.OPEN
    known.changed_by_source_at = now
    known.version += 1
    return stored(known, now)


@transaction.atomic
def discharge_cancelled(*, source: str, source_id: str, now: datetime) -> Transition | None:
    """A source took a discharge back (A13): nothing is due any more. None where it made none here."""
    known = of_source(source, source_id)
    if known is None:
        return None
    patient_held(known.patient_id)
    known = Transition.objects.select_for_update().get(pk=known.pk)
    if known.state == TransitionState.CANCELLED:
        return known
    known.state, known.end_reason, known.ended_on = TransitionState.CANCELLED, "", None
    known.changed_by_source_at = now
    known.version += 1
    return stored(known, now)


@transaction.atomic
def transition_change(
    *, actor: Membership, transition: Transition, version: int, now: datetime, reason: str, **said: Any
) -> Transition:
    """Correct what is known of a discharge, and say why. Whoever does has looked at what a source changed."""
    access.require(actor, "transition.write")
    current = held(transition, version)
    for name, value in said.items():
        setattr(current, name, value)
    current.reason, current.changed_by_source_at = said_why(reason), None
    return stored(current, now)


@transaction.atomic
def transition_looked_at(*, actor: Membership, transition: Transition, version: int, now: datetime) -> Transition:
    """A person has looked at what a source corrected or took back."""
    access.require(actor, "transition.write")
    current = held(transition, version)
    current.changed_by_source_at = None
    return stored(current, now)


@transaction.atomic
def transition_arrange(
    *,
    actor: Membership,
    transition: Transition,
    version: int,
    owner: Membership | None,
    visit_booked_at: datetime | None,
    visit_booked_with: Membership | None,
    now: datetime,
) -> Transition:
    """Say who answers for a discharge, and when the visit is booked and with whom. A booked visit is no visit yet."""
    access.require(actor, "transition.write")
    current = held(transition, version)
    if owner is not None and not (owner.is_active and may(owner.role, "deadline.work")):
        raise ValidationError(
            {"owner": _("%(name)s cannot answer for it: choose somebody who gives care here.") % {"name": owner.name}}
        )
    if visit_booked_with is not None and visit_booked_at is None:
        raise ValidationError({"visit_booked_at": _("Say when the visit is booked, or leave both empty.")})
    if visit_booked_at is not None and local_day(visit_booked_at, current_agency().zone) <= current.discharged_on:
        raise ValidationError({"visit_booked_at": _("The visit is booked for a day after the discharge.")})
    current.owner, current.visit_booked_at, current.visit_booked_with = owner, visit_booked_at, visit_booked_with
    return stored(current, now)


@transaction.atomic
def transition_decide(
    *, actor: Membership, transition: Transition, version: int, restart: bool, reason: str, now: datetime
) -> Transition:
    """Say of a discharge within an earlier period whether that one goes on, or a new period begins and ends it."""
    access.require(actor, "transition.write")
    current = held(transition, version)
    if current.state != TransitionState.UNDECIDED or current.follows is None:
        raise ValidationError(_("This is decided already. Open the patient anew to see how."))
    earlier = Transition.objects.select_for_update().get(pk=current.follows_id)
    if earlier.state == TransitionState.UNDECIDED:
        raise ValidationError(_("Decide about the discharge before this one first: this one hangs on it."))
    current.reason = said_why(reason)
    earlier.readmitted_on = earlier.readmitted_on or current.admitted_on
    if restart and earlier.state == TransitionState.OPEN:
        earlier.state, earlier.end_reason = TransitionState.ENDED, TransitionEnd.RESTARTED
        earlier.ended_on, earlier.is_continued = local_day(now, current_agency().zone), False
    current.state = TransitionState.OPEN if restart else TransitionState.CONTINUED
    earlier.version += 1
    stored(earlier, now)
    return stored(current, now)


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
    current = held(transition, version)
    if current.state not in UNSETTLED:
        raise ValidationError(_("This is over already."))
    last = current.discharged_on + timedelta(days=clock_on(current.discharged_on).period_days - 1)
    if ended_on > local_day(now, current_agency().zone):
        raise ValidationError({"ended_on": _("This day has not come yet: give the day on which it ended.")})
    if ended_on < current.discharged_on:
        raise ValidationError({"ended_on": _("It cannot end before the discharge: correct one of the two days.")})
    if end_reason == TransitionEnd.COMPLETED and ended_on < last:
        raise ValidationError(
            {
                "end_reason": _("The period runs through %(day)s: close it then, or say why it ended earlier.")
                % {"day": date_format(last, "M j, Y")}
            }
        )
    current.state, current.end_reason, current.ended_on = TransitionState.ENDED, end_reason, ended_on
    current.is_continued, current.reason = is_continued, reason.strip()
    return stored(current, now)


@transaction.atomic
def transition_cancel(
    *, actor: Membership, transition: Transition, version: int, reason: str, now: datetime
) -> Transition:
    """There was no such discharge: nothing is due, nothing counts, and the record stays with the reason."""
    access.require(actor, "transition.write")
    current = held(transition, version)
    if current.state == TransitionState.CANCELLED:
        raise ValidationError(_("This is cancelled already."))
    current.state, current.end_reason, current.ended_on = TransitionState.CANCELLED, "", None
    current.reason, current.changed_by_source_at = said_why(reason), None
    return stored(current, now)


@transaction.atomic
def transition_reopen(
    *, actor: Membership, transition: Transition, version: int, reason: str, now: datetime
) -> Transition:
    """Take back an end, a cancellation or that it was part of an earlier period. Beside a period that runs it waits for a decision."""
    access.require(actor, "transition.write")
    current = held(transition, version)
    if current.state in UNSETTLED:
        raise ValidationError(_("This is open already."))
    current.state, current.end_reason, current.ended_on = TransitionState.OPEN, "", None
    current.is_continued, current.reason, current.changed_by_source_at = True, said_why(reason), None
    return stored(current, now)


def _begin(
    patient: Patient,
    said: Discharge,
    source: str,
    source_id: str,
    learned_at: datetime,
    now: datetime,
    actor: Membership | None,
) -> Transition:
    made = Transition(patient=patient, source=source, source_id=source_id, learned_at=learned_at, recorded_by=actor)
    for name in Discharge.__slots__:
        setattr(made, name, getattr(said, name))
    return stored(made, now)


def held(transition: Transition, version: int) -> Transition:
    """A transition to change: its patient is held, and it is the one that was shown, else VersionConflict."""
    patient_held(transition.patient_id)
    return for_change(transition, version)


def said_why(reason: str) -> str:
    """The reason, if there is one."""
    if not reason.strip():
        raise ValidationError({"reason": _("Say why, in a few words: it stays on record.")})
    return reason.strip()


def refuse_cancelled(transition: Transition) -> None:
    """ValidationError where there was no such discharge."""
    if transition.state == TransitionState.CANCELLED:
        raise ValidationError(_("This discharge was cancelled: nothing is recorded of it any more."))


def stored(transition: Transition, now: datetime) -> Transition:
    """Hold a transition to its rules, store it, and look again at the patient's others that run: one may have come to lie in another's
    period, or out of it."""
    _refuse_impossible(transition, now)
    _place(transition)
    named = ("agency", "patient", "owner", "follows", "recorded_by", "visit_booked_with")
    judged = ("complexity_judged_by", "complexity_asked_of")
    transition.clean_fields(exclude=[*named, *judged])
    with refusing(AGAIN):
        transition.save()
    transitions_renew([transition.pk, *_place_others(transition.patient_id, transition.pk)], now=now)
    return transition


@transaction.atomic
def transitions_place(patient: UUID, *, now: datetime) -> None:
    """Look again at a patient's running discharges, of which some came from another record or went back to it."""
    transitions_renew(_place_others(patient), now=now)


def transitions_unplace(patient: UUID) -> None:
    """Forget which of a patient's discharges wait for an earlier one; `transitions_place` finds it anew."""
    waiting = Transition.objects.filter(patient=patient, state=TransitionState.UNDECIDED)
    waiting.update(state=TransitionState.OPEN, follows=None)


def _place_others(patient: UUID, known: UUID | None = None) -> list[UUID]:
    """Settle the patient's running discharges but the known one, the earliest first; those that moved."""
    moved = []
    others = Transition.objects.select_for_update().filter(patient=patient, state__in=RUNNING).exclude(pk=known)
    for each in others.order_by("discharged_on", "pk"):
        if _place(each):
            each.version += 1
            each.save()
            moved.append(each.pk)
    return moved


def _refuse_impossible(said: Transition, now: datetime) -> None:
    if said.discharged_on > local_day(now, current_agency().zone) or (said.discharged_at and said.discharged_at > now):
        raise ValidationError({"discharged_on": _("This day has not come yet: record the discharge once it is known.")})
    if said.admitted_on and said.admitted_on > said.discharged_on:
        raise ValidationError({"admitted_on": _("The admission is after the discharge: correct one of the two days.")})
    if said.learned_at > now:
        raise ValidationError(
            {"learned_at": _("This moment has not come yet: say when the agency learned of the discharge.")}
        )


def _place(current: Transition) -> bool:
    """Settle whether the thirty days run, or wait for a person because an earlier period runs; whether that changed anything.

    They run for an unknown destination, so that nobody who went home is forgotten; the page asks. What a person ended, or made part of
    an earlier period, stays so; so does the question that an earlier period left which ended since, unless it never was one.
    """
    before = (current.state, current.follows_id)
    if current.state not in UNSETTLED:
        return False
    if current.destination in NOT_HOME:
        current.state, current.follows = TransitionState.WATCH, None
        return before != (current.state, current.follows_id)
    period = clock_on(current.discharged_on).period_days
    if earlier := running_beside(current.patient_id, current.discharged_on, period):
        current.state, current.follows = TransitionState.UNDECIDED, earlier
    elif current.state != TransitionState.UNDECIDED or not _still_asks(current.follows, current.discharged_on, period):
        if current.state != TransitionState.OPEN:
            current.follows = None
        current.state = TransitionState.OPEN
    return before != (current.state, current.follows_id)


def _still_asks(earlier: Transition | None, discharged_on: date, period: int) -> bool:
    return (
        earlier is not None
        and earlier.state == TransitionState.ENDED
        and earlier.end_reason != TransitionEnd.NOT_ELIGIBLE
        and earlier.discharged_on < discharged_on <= earlier.discharged_on + timedelta(days=period - 1)
    )
