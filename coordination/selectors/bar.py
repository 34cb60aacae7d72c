"""What the frame of every page shows of a person, in one statement that every page asks."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import DateTimeField, F, FilteredRelation, IntegerField, Q, QuerySet, Subquery

from coordination.models import Transition
from coordination.selectors.deadlines import FARTHEST_TOLD, TO_DO, Moments, in_buckets, mine, told_to
from coordination.selectors.transitions import RUNNING
from tenancy.models import Membership
from tenancy.queries import Given, kept
from tenancy.roles import Role


class OpenTimer(NamedTuple):
    """A timer as the bar shows it."""

    pk: UUID
    patient_id: UUID
    given_name: str
    family_name: str
    started_at: datetime
    stopped_at: datetime | None

    @property
    def patient(self) -> str:
        """Whom it is for."""
        return f"{self.given_name} {self.family_name}"


class Bar(NamedTuple):
    """Open timers (neither saved nor discarded; the running one first, then the oldest), how much there is to do within a week, of
    how much of it somebody was told who has not said that they saw it, and how many discharges of the agency run."""

    timers: list[OpenTimer]
    to_do: int
    alerts: int
    transitions: int


def bar_of(member: UUID, role: str, at: Moments) -> Bar:
    """The same numbers as the lists that they lead to (selectors/deadlines.py)."""
    rows = _bar(
        role == Role.SUPERVISOR,
        member=member,
        now=at.now,
        day_ends=at.day_ends,
        week_ends=at.week_ends,
        ahead_ends=at.ahead_ends,
        horizon=at.now + FARTHEST_TOLD,
    )
    counts = rows[0][-3:] if rows else (0, 0, 0)
    return Bar([OpenTimer._make(row[:-3]) for row in rows if row[0]], *counts)


class CountOf(Subquery):
    """How many rows a query has."""

    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


@kept
def _bar(is_supervisor: bool) -> QuerySet:
    """A row for each open timer, else one row; the counts stand in each."""
    member, moment = Given("member"), DateTimeField()
    ends = (Given(name, moment) for name in ("day_ends", "week_ends", "ahead_ends"))
    at = Moments(Given("now", moment), date.max, *ends)
    to_do = in_buckets(mine(member), at, reader=member).filter(bucket__in=TO_DO)
    told = told_to(member, is_supervisor, Given("horizon", moment))
    open_one = FilteredRelation("timers", condition=Q(timers__contact=None, timers__discarded_at=None))
    return (
        Membership.objects.filter(pk=member)
        .annotate(timer=open_one)
        .order_by(F("timer__stopped_at").asc(nulls_first=True), "timer__pk")
        .values_list(
            "timer__pk",
            "timer__patient",
            "timer__patient__given_name",
            "timer__patient__family_name",
            "timer__started_at",
            "timer__stopped_at",
            CountOf(to_do.order_by().values("pk")),
            CountOf(told.order_by().values("deadline").distinct()),
            CountOf(Transition.objects.filter(state__in=RUNNING).values("pk")),
        )
    )
