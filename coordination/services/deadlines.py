"""Storing what is due: whoever changes a fact renews the deadlines that rest on it, in the same transaction.

A deadline that moves begins anew: whoever was told of the old moment is told of the new one. One that is settled stays, and tells
nobody; one that nothing asks for any more is withdrawn.
"""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from coordination.models import Deadline, Patient, Settled
from coordination.rules.deadlines import Due, next_level
from coordination.selectors import dues
from coordination.selectors.dues import Dues
from tenancy.bulk import insert_rows, literal

WRITTEN = (
    "patient_id", "assignee_id", "due_on", "due_at", "levels", "level", "next_at", "said", "waits_on_id", "waits_since",
    "snoozed_until", "settled_at", "settled_as",
)  # fmt: skip


STORED = ("id", "kind", "about", *WRITTEN, "version")


class Differing(NamedTuple):
    """A deadline as it should be, and the columns in which what is stored says otherwise; none where it is missing."""

    deadline: Deadline
    columns: tuple[str, ...]


@transaction.atomic(savepoint=False)
def deadlines_write(wanted: Dues, *, now: datetime) -> list[Differing]:
    """Make the stored deadlines of these subjects say what is due now; returns those that did not.

    Set-based, and safe to repeat: the same dues change nothing. The caller holds the patients, so that no two make the same deadline.
    """
    found = deadlines_differing(wanted, now=now)
    insert_rows(Deadline, STORED, [_values(each.deadline) for each in found], over=True)
    return found


def _values(row: Deadline) -> list[Any]:
    levels = literal(moment.isoformat() for moment in row.levels)
    as_stored = {"levels": levels, "said": json.dumps(row.said)}
    return [as_stored.get(name, getattr(row, name)) for name in STORED]


def deadlines_differing(wanted: Dues, *, now: datetime) -> list[Differing]:
    """What `deadlines_write` would change. Those on record are held until the transaction ends."""
    if not wanted:
        return []
    held = Deadline.objects.select_for_update(no_key=True).filter(about__in=wanted).order_by("pk")
    known = {(each.about, each.kind): each for each in held}
    found = []
    for about, (patient, asked) in wanted.items():
        for due in asked:
            stored = known.pop((about, due.kind), None)
            if stored is None and due.settled and not due.levels:
                continue  # what was done before anybody had to be reminded has no place in a list
            row = stored or Deadline(about=about, kind=due.kind)
            columns = _tell(row, patient, due, now)
            if columns or not stored:
                found.append(Differing(row, columns if stored else ()))
    for left in known.values():
        if left.settled_as != Settled.WITHDRAWN:
            _settle(left, Settled.WITHDRAWN, now)
            left.version += 1
            found.append(Differing(left, ("settled_as",)))
    return found


def _tell(stored: Deadline, patient: UUID | None, due: Due, now: datetime) -> tuple[str, ...]:
    """Make a row say what is due; the columns in which it did not already."""
    before = [getattr(stored, name) for name in WRITTEN]
    moved = stored.due_at != due.at or tuple(stored.levels) != due.levels
    stored.patient_id, stored.assignee_id = patient, due.assignee
    stored.due_on, stored.due_at, stored.levels, stored.said = due.on, due.at, list(due.levels), dict(due.said)
    if due.waits_on:  # else whom it waits for is what a person said
        stored.waits_on_id, stored.waits_since = due.waits_on, due.waits_since
    if due.settled:
        if stored.settled_as != due.settled or stored.next_at:
            _settle(stored, due.settled, now)
    elif moved or stored.settled_as or _is_silent(stored):
        stored.settled_at, stored.settled_as, stored.snoozed_until = None, "", None
        stored.level = next_level(due.levels, now)
        stored.next_at = due.levels[stored.level] if due.levels else None
    changed = tuple(name for name, value in zip(WRITTEN, before, strict=True) if getattr(stored, name) != value)
    if changed and not stored._state.adding:
        stored.version += 1
    return changed


def _is_silent(stored: Deadline) -> bool:
    """Whether an open deadline has levels left of which nobody would be told."""
    return stored.next_at is None and stored.level < len(stored.levels)


def _settle(stored: Deadline, how: str, now: datetime) -> None:
    stored.settled_at, stored.settled_as, stored.next_at = now, how, None


def transitions_renew(transitions: Collection[UUID], *, now: datetime) -> int:
    """Renew the deadlines of these discharges from the facts as they stand; how many changed."""
    return len(deadlines_write(dues.of_transitions(transitions), now=now)) if transitions else 0


def transitions_of_patients_renew(patients: Collection[UUID], *, now: datetime) -> int:
    """The same for every discharge of these patients: a visit or a judgement was recorded."""
    return len(deadlines_write(dues.of_discharges(patients), now=now))


def programs_renew(patients: Collection[UUID], *, now: datetime) -> int:
    """Renew what the programs of these patients ask for: an enrollment, a care plan or a rating scale was recorded."""
    return len(deadlines_write(dues.of_programs(patients), now=now))


def patients_renew(patients: Collection[UUID], *, now: datetime) -> list[Differing]:
    """Renew everything that is due for these patients, who are held meanwhile: nobody changes a fact between reading and writing."""
    return deadlines_write(dues.of_patients(_held(patients)), now=now)


def patients_differing(patients: Collection[UUID], *, now: datetime) -> list[Differing]:
    """What `patients_renew` would change."""
    return deadlines_differing(dues.of_patients(_held(patients)), now=now)


def _held(patients: Collection[UUID]) -> list[UUID]:
    held = Patient.objects.select_for_update(no_key=True).filter(pk__in=patients)
    return list(held.order_by("pk").values_list("pk", flat=True))


def agency_renew(*, now: datetime) -> list[Differing]:
    """Renew what is due and is no patient's: licences and contracts that end."""
    return deadlines_write(dues.of_agency(), now=now)


def agency_differing(*, now: datetime) -> list[Differing]:
    """What `agency_renew` would change."""
    return deadlines_differing(dues.of_agency(), now=now)


def licences_renew(*, now: datetime) -> int:
    """Renew when licences end: one was recorded, or a person came or went."""
    return len(deadlines_write(dues.of_licences(), now=now))


def contracts_renew(*, now: datetime) -> int:
    """Renew when contracts end: a version was agreed."""
    return len(deadlines_write(dues.of_contracts(), now=now))
