"""Storing what is due: whoever changes a fact renews the deadlines that rest on it, in the same transaction.

A deadline that moves begins anew: whoever was told of the old moment is told of the new one. One that is settled stays, and tells
nobody; one that nothing asks for any more is withdrawn.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from coordination.models import Deadline, Settled
from coordination.rules.deadlines import Due, next_level, transition_dues
from coordination.selectors.transitions import clock_on, customs, facts_of, transitions_of_patients
from tenancy.bulk import update_rows

WRITTEN = (
    "patient_id", "assignee_id", "due_on", "due_at", "levels", "level", "next_at", "said", "waits_on_id", "waits_since",
    "snoozed_until", "settled_at", "settled_as", "version",
)  # fmt: skip


@transaction.atomic
def deadlines_write(dues: Mapping[UUID, tuple[UUID | None, Sequence[Due]]], *, now: datetime) -> int:
    """Make the stored deadlines of these subjects (id -> patient, everything that is due) say what is due now; how many changed.

    Set-based, and safe to repeat: the same dues change nothing.
    """
    known = {
        (each.about, each.kind): each
        for each in Deadline.objects.select_for_update().filter(about__in=dues).order_by("pk")
    }
    new, changed = [], []
    for about, (patient, wanted) in dues.items():
        for due in wanted:
            stored = known.pop((about, due.kind), None) or Deadline(about=about, kind=due.kind)
            if _tell(stored, patient, due, now):
                (new if stored._state.adding else changed).append(stored)
    for left in known.values():
        if left.settled_as != Settled.WITHDRAWN:
            _settle(left, Settled.WITHDRAWN, now)
            left.version += 1
            changed.append(left)
    Deadline.objects.bulk_create(new)
    update_rows(changed)
    return len(new) + len(changed)


def _tell(stored: Deadline, patient: UUID | None, due: Due, now: datetime) -> bool:
    """Make a row say what is due; whether it did not already."""
    before = [getattr(stored, name) for name in WRITTEN]
    moved = stored.due_at != due.at or list(stored.levels) != list(due.levels)
    stored.patient_id, stored.assignee_id = patient, due.assignee
    stored.due_on, stored.due_at, stored.levels, stored.said = due.on, due.at, list(due.levels), dict(due.said)
    if due.waits_on:  # else whom it waits for is what a person said
        stored.waits_on_id, stored.waits_since = due.waits_on, due.waits_since
    if due.settled:
        if stored.settled_as != due.settled:
            _settle(stored, due.settled, now)
    elif moved or stored.settled_as:
        stored.settled_at, stored.settled_as, stored.snoozed_until = None, "", None
        stored.level = next_level(due.levels, now) if due.levels else 0
        stored.next_at = due.levels[stored.level] if due.levels else None
    if stored._state.adding:
        return True
    if before == [getattr(stored, name) for name in WRITTEN]:
        return False
    stored.version += 1
    return True


def _settle(stored: Deadline, how: str, now: datetime) -> None:
    stored.settled_at, stored.settled_as, stored.next_at = now, how, None


def transitions_renew(transitions: Collection[UUID], *, now: datetime) -> int:
    """Renew the deadlines of these discharges from the facts as they stand; how many changed."""
    if not transitions or not (facts := facts_of(transitions)):
        return 0
    days = [each.discharged for _, each in facts.values()]
    counted = customs(min(days), max(days))
    return deadlines_write(
        {
            pk: (patient, transition_dues(each, clock_on(each.discharged), counted))
            for pk, (patient, each) in facts.items()
        },
        now=now,
    )


def transitions_of_patients_renew(patients: Collection[UUID], *, now: datetime) -> int:
    """The same for every discharge of these patients: a visit, a death or a judgement was recorded."""
    return transitions_renew(transitions_of_patients(patients), now=now)
