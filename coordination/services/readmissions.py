"""A patient is in a hospital again within the days after a discharge: told on the transition, for a person to decide about."""

from datetime import date, datetime, timedelta

from coordination.models import Patient, Transition, TransitionState
from coordination.selectors.transitions import clock_on
from coordination.services.deadlines import transitions_renew
from coordination.services.patients import patient_held

STANDING = (TransitionState.OPEN, TransitionState.UNDECIDED, TransitionState.WATCH)


def readmission_heard(*, patient: Patient, admitted_on: date, but_of: str, now: datetime) -> bool:
    """A source told of an admission; whether it falls within the days after an earlier discharge that stands.

    `but_of` is the source's id of the discharge that ends this very stay. The earliest admission is kept; the caller's transaction.
    """
    held = patient_held(patient.pk)
    found = Transition.objects.select_for_update().filter(
        patient=held,
        state__in=STANDING,
        discharged_on__lte=admitted_on,
        discharged_on__gte=admitted_on - timedelta(days=clock_on(admitted_on).period_days - 1),
    )
    within = [each for each in found.order_by("pk") if not but_of or each.source_id != but_of]
    for each in within:
        if each.readmitted_on is None or each.readmitted_on > admitted_on:
            _set(each, admitted_on, now)
    return bool(within)


def readmission_withdrawn(*, patient: Patient, admitted_on: date, now: datetime) -> None:
    """The source took that admission back."""
    held = patient_held(patient.pk)
    found = Transition.objects.select_for_update().filter(patient=held, state__in=STANDING, readmitted_on=admitted_on)
    for each in found.order_by("pk"):
        _set(each, None, now)


def _set(transition: Transition, day: date | None, now: datetime) -> None:
    transition.readmitted_on, transition.changed_by_source_at = day, now
    transition.version += 1
    transition.save()
    transitions_renew([transition.pk], now=now)
