"""How far the months are: closed or open, what waits for a supervisor, who has said that all their time is entered."""

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth

from coordination.models import MonthEntered, MonthLock, TimeLog
from coordination.rules.months import month_of, previous_month
from coordination.selectors.time_entries import to_review
from tenancy.models import Membership
from tenancy.roles import roles_with

MONTHS = 6


@dataclass(slots=True)
class PersonMonth:
    """One person's month: `said_at` tells no work from not yet entered."""

    member: Membership
    minutes: int = 0
    entries: int = 0
    said_at: datetime | None = None


@dataclass(slots=True)
class MonthState:
    month: date
    has_ended: bool
    lock: MonthLock | None = None
    earlier_locks: list[MonthLock] = field(default_factory=list)
    to_review: int = 0
    people: list[PersonMonth] = field(default_factory=list)

    @property
    def entered(self) -> int:
        return sum(1 for each in self.people if each.said_at)


def month_states(today: date) -> list[MonthState]:
    """The present month and those before it, newest first. Five queries."""
    firsts = [month_of(today)[0]]
    while len(firsts) < MONTHS:
        firsts.append(previous_month(firsts[-1]))
    states = {first: MonthState(first, month_of(first)[1] < today) for first in firsts}
    window = (firsts[-1], month_of(firsts[0])[1])
    locks = MonthLock.objects.select_related("locked_by", "unlocked_by").filter(month__in=firsts)
    for lock in locks.order_by("locked_at"):
        if lock.unlocked_at is None:
            states[lock.month].lock = lock
        else:
            states[lock.month].earlier_locks.append(lock)
    waiting = to_review().filter(service_date__range=window).annotate(month=TruncMonth("service_date"))
    for row in waiting.values("month").order_by("month").annotate(n=Count("pk")):
        states[row["month"]].to_review = row["n"]
    members = list(
        Membership.objects.filter(is_active=True, role__in=roles_with("time_log.record")).order_by("name", "pk")
    )
    said = {(row.member_id, row.month): row.said_at for row in MonthEntered.objects.filter(month__in=firsts)}
    logged = _logged(window)
    for first, state in states.items():
        for member in members:
            minutes, entries = logged.get((member.pk, first), (0, 0))
            state.people.append(PersonMonth(member, minutes, entries, said.get((member.pk, first))))
    return list(states.values())


def _logged(window: tuple[date, date]) -> dict:
    rows = (
        TimeLog.objects.filter(service_date__range=window, voided_at=None)
        .annotate(month=TruncMonth("service_date"))
        .values("author", "month")
        .order_by("author", "month")
        .annotate(minutes=Sum("minutes"), entries=Count("contact", distinct=True))
    )
    return {(row["author"], row["month"]): (row["minutes"], row["entries"]) for row in rows}
