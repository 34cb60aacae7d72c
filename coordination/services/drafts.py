"""What saving an entry would store, without storing it: measured by the same functions, for the preview."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from coordination.models import Contact, Patient, Timer
from coordination.ports import DraftLog
from coordination.rules.spans import Way
from coordination.rules.splits import in_turn
from coordination.selectors.time_entries import locked_months
from coordination.services.contacts import require_change, standing
from coordination.services.measuring import (
    Measured,
    Overlap,
    Said,
    beside,
    measure,
    measure_change,
    measure_timer,
    measured_of,
    parts_of,
)
from tenancy import access
from tenancy.models import Membership


@dataclass(frozen=True, slots=True)
class Draft:
    """The logs that would be stored, those that would go for them, and the author's entries that they still run into."""

    logs: tuple[DraftLog, ...]
    instead_of: frozenset[UUID] = frozenset()
    met: Sequence[Contact] = ()


def draft_of_new(
    *,
    actor: Membership,
    patient: Patient,
    said: Said,
    author: Membership,
    timer: Timer | None,
    way: Way | None,
    now: datetime,
) -> Draft:
    """What `contact_record` would store. Raises ValidationError for what was said of the time and does not hold together."""
    access.require(actor, "time_log.record")
    zone = actor.agency.zone
    wanted = measure_timer(said, timer, zone, now) if timer and timer.stopped_at else measure(said, zone, now)
    pieces, met = _pieces(wanted, author, now, way, mine=lambda each: False)
    return Draft(_logs(patient.pk, author, author.discipline, said, pieces), met=met)


def draft_of_change(*, actor: Membership, contact: Contact, said: Said, way: Way | None, now: datetime) -> Draft:
    """What `contact_change` would store, and instead of what."""
    require_change(actor, contact)
    stands = standing(contact)
    before = measured_of(contact, stands)
    wanted, met = measure_change(said, before, actor.agency.zone, now), ()
    pieces: Sequence[Measured] = [before]
    if wanted != before:
        pieces, met = _pieces(wanted, contact.author, now, way, mine=lambda each: each.pk == contact.pk)
    logs = _logs(contact.patient_id, contact.author, stands[0].discipline, said, pieces)
    if not locked_months([contact.service_date, *(piece.service_date for piece in pieces)]):
        # Changed in place: a program's log keeps its id, and with it its turn among entries without clock times.
        known = {log.program: log.pk for log in stands}
        logs = tuple(replace(log, keeps=known.pop(log.program, None)) for log in logs)
    return Draft(logs, frozenset(log.pk for log in stands), met)


def _pieces(
    wanted: Measured, author: Membership, now: datetime, way: Way | None, *, mine: Callable[[Contact], bool]
) -> tuple[Sequence[Measured], Sequence[Contact]]:
    """What an entry may be, or what was wanted with what it meets where that is still to be chosen."""
    try:
        return beside(wanted, author, now, way, mine=mine), ()
    except Overlap as overlap:
        return [wanted], overlap.met


def _logs(
    patient: UUID, author: Membership, discipline: str, said: Said, pieces: Sequence[Measured]
) -> tuple[DraftLog, ...]:
    logs = []
    for piece in pieces:
        parts = parts_of(piece.minutes, said)
        for part, span in zip(parts, in_turn(piece.span, parts), strict=True):
            logs.append(
                DraftLog(
                    patient=patient,
                    program=part.program,
                    activity=said.activity,
                    discipline=discipline,
                    staff=author.pk,
                    service_date=piece.service_date,
                    minutes=part.minutes,
                    mode=said.mode,
                    started_at=span and span.start,
                )
            )
    return tuple(logs)
