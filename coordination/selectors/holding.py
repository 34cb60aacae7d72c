"""Who saves time and who closes a month or merges a record wait for each other here; until the transaction ends."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection

from coordination.rules.months import month_of


@dataclass(frozen=True, slots=True)
class Held:
    """What is so until the transaction ends: `patient` is the record that time stands at, `closed` are the closed months held."""

    patient: UUID
    closed: frozenset[date]

    def closes(self, days: Iterable[date]) -> set[date]:
        """The first days of the closed months among those of these days."""
        return self.closed & {month_of(day)[0] for day in days}


def hold_time(patient: UUID, days: Iterable[date]) -> Held:
    """For a save, before it locks anything else: no month of these days is closed and this record not merged until it is through."""
    months = sorted({month_of(day)[0] for day in days})
    with connection.cursor() as cursor:
        cursor.execute("SELECT stands_at, closed FROM coordination_hold_time(%s, %s::date[])", [patient, months])
        stands_at, closed = cursor.fetchone()
    return Held(stands_at, frozenset(closed))


def hold_months(months: Iterable[date]) -> None:
    """For what moves time, before it locks anything else: none of these months is closed until it is through."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coordination_hold_months(%s::date[])", [sorted(months)])


def hold_closing(month: date) -> None:
    """For a closing: saves and merges under way in this month end first, and later ones see it closed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coordination_hold_closing(%s)", [month])
