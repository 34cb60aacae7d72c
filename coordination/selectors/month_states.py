"""How far the months are: closed or open, what waits for a supervisor, who has said that all their time is entered."""

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Case, Count, Q, Sum, When
from django.db.models.functions import TruncMonth

from coordination.models import MonthEntered, MonthLock, TimeLog
from coordination.rules.months import EARLIEST_SERVICE_DAY, month_of, months_before, months_between, previous_month
from coordination.selectors.time_entries import to_review
from tenancy.models import Membership
from tenancy.roles import roles_with

MONTHS = 6


@dataclass(slots=True)
class PersonMonth:
    """One person's month: `said_at` tells no work from not yet entered; `can_say`: they log time here still."""

    member: Membership
    can_say: bool
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
    def asked(self) -> int:
        """How many can say that all their time is entered."""
        return sum(each.can_say for each in self.people)

    @property
    def entered(self) -> int:
        """How many of those have."""
        return sum(each.can_say and each.said_at is not None for each in self.people)


@dataclass(frozen=True, slots=True)
class MonthsPage:
    """MONTHS months, newest first; the newest months of the pages beside it, None where there is none."""

    firsts: list[date]
    earlier: date | None
    later: date | None


def months_page(month: date | None, today: date) -> MonthsPage:
    """The page that `month` is on, counted from the present month; of no month there can be, the first."""
    present, oldest = month_of(today)[0], month_of(EARLIEST_SERVICE_DAY)[0]
    wanted = month if month and oldest <= month <= present else present
    begins = months_between(wanted, present) // MONTHS * MONTHS
    firsts = [months_before(present, n) for n in range(begins, begins + MONTHS)]
    firsts = [first for first in firsts if first >= oldest]
    earlier = previous_month(firsts[-1]) if firsts[-1] > oldest else None
    return MonthsPage(firsts, earlier, months_before(present, begins - MONTHS) if begins else None)


def month_states(today: date, firsts: list[date] | None = None) -> list[MonthState]:
    """How these months stand, newest first; without any, the present one and those before it. Five queries."""
    firsts = firsts or months_page(None, today).firsts
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
    said = {(row.member_id, row.month): row.said_at for row in MonthEntered.objects.filter(month__in=firsts)}
    logged = _logged(window)
    loggers = Q(is_active=True, role__in=roles_with("time_log.record"))
    members = list(
        Membership.objects.filter(loggers | Q(pk__in={member for member, _first in logged}))
        .annotate(can_say=Case(When(loggers, then=True), default=False))
        .order_by("name", "pk")
    )
    for first, state in states.items():
        for member in members:
            minutes, entries = logged.get((member.pk, first), (0, 0))
            if member.can_say or entries:
                when = said.get((member.pk, first))
                state.people.append(PersonMonth(member, member.can_say, minutes, entries, when))
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
