"""What is due, for whom: a person's list in buckets, everybody's by who is responsible, and the alerts that stand.

Who is responsible is worked out here and nowhere else: the `assignee`, else whoever holds the open lead place of the patient's care
team. What waits on somebody else stays in sight of the lead who asked for it. Every question takes the same few statements
however many rows there are.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import (
    Case,
    Count,
    DateField,
    Exists,
    F,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from coordination.models import Alert, CareTeamMember, CareTeamRole, Deadline, DeadlineKind, Level
from coordination.rules.deadlines import ESCALATING, end_of
from tenancy.clock import local_day
from tenancy.models import Membership
from tenancy.paging import behind
from tenancy.roles import Role

PAGE_SIZE = 50
WEEK = timedelta(days=7)
OVERDUE, TODAY, SOON, WAITING, PUT_OFF, LATER = "overdue", "today", "soon", "waiting", "put_off", "later"
BUCKETS = (OVERDUE, TODAY, SOON, WAITING, PUT_OFF, LATER)
"""In the order of a list. What is overdue is there whatever else is said of it: nothing hides it."""
TO_DO = (OVERDUE, TODAY, SOON)
"""What a person does now or within a week: the list that opens first, and the count in the rail."""
ORDER = ("place", "routine", "due_at", "pk")
"""By bucket; what a rule or safety hangs on before routine; the soonest first."""
NOBODY = "nobody"
"""In place of a person: of what nobody answers for, because the patient has no lead coordinator."""
SUPERVISORS_ARE_TOLD = (Level.SUPERVISOR, Level.OVERDUE)
AHEAD = timedelta(days=60)
LONG_IN_COMING = (DeadlineKind.LICENCE, DeadlineKind.CONTRACT)
"""Kinds whose renewal takes weeks: they stand in the list of what is soon so long ahead."""
FARTHEST_TOLD = timedelta(days=4)
"""Longer before a deadline no supervisor is told of it: an agency's settings allow 72 hours."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Where the buckets of an agency begin and end, at a moment."""

    now: datetime
    today: date
    day_ends: datetime
    week_ends: datetime
    ahead_ends: datetime


def moments(now: datetime, zone: ZoneInfo) -> Moments:
    today = local_day(now, zone)
    return Moments(now, today, *(end_of(today + far, zone) for far in (timedelta(), WEEK, AHEAD)))


class Listed(NamedTuple):
    """A page of deadlines with their patients, and the key to ask for the next page with, or None on the last."""

    rows: list[Deadline]
    next_after: UUID | None


def open_deadlines() -> QuerySet[Deadline]:
    """All that is due. Of two windows for one visit only the first that is open: whoever keeps it keeps both."""
    first = Deadline.objects.filter(about=OuterRef("about"), kind=DeadlineKind.VISIT_FIRST, settled_at=None)
    return Deadline.objects.filter(settled_at=None).exclude(Q(kind=DeadlineKind.VISIT_LAST) & Exists(first))


def mine(member: UUID) -> QuerySet[Deadline]:
    """What a person is responsible for, and what they lead that waits on others."""
    own = open_deadlines().filter(assignee=member)
    led = open_deadlines().filter(Q(assignee=None) | _waits(), patient__in=_led_by(member))
    return Deadline.objects.filter(pk__in=own.values("pk").union(led.values("pk")))


def of_nobody() -> QuerySet[Deadline]:
    """What has no assignee, and whose patient (if there is one) has no lead coordinator."""
    return open_deadlines().filter(~Exists(_open_leads().filter(patient=OuterRef("patient"))), assignee=None)


def _open_leads() -> QuerySet[CareTeamMember]:
    return CareTeamMember.objects.filter(role=CareTeamRole.LEAD, to_day=None, retracted_at=None)


def _led_by(member: UUID) -> QuerySet[CareTeamMember]:
    return _open_leads().filter(member=member).values("patient")


def _waits() -> Q:
    return Q(waits_on__isnull=False) | ~Q(waits_on_name="")


def in_buckets(found: QuerySet[Deadline], at: Moments, *, reader: Any) -> QuerySet[Deadline]:
    """With `bucket`, and what a list is ordered by. What waits on the `reader` (a key, or an expression) waits on nobody else."""
    elsewhere = ~Q(waits_on_name="") | Q(waits_on__isnull=False) & ~Q(waits_on=reader)
    bucket = Case(
        When(due_at__lte=at.now, then=Value(OVERDUE)),
        When(elsewhere, then=Value(WAITING)),
        When(snoozed_until__gt=at.now, then=Value(PUT_OFF)),
        When(due_at__lte=at.day_ends, then=Value(TODAY)),
        When(due_at__lte=at.week_ends, then=Value(SOON)),
        When(kind__in=LONG_IN_COMING, due_at__lte=at.ahead_ends, then=Value(SOON)),
        When(waits_on=reader, then=Value(SOON)),  # somebody asked: they do not wait until it is nearly due
        default=Value(LATER),
    )
    return found.annotate(
        bucket=bucket,
        place=Case(
            *(When(bucket=name, then=Value(place)) for place, name in enumerate(BUCKETS)), output_field=IntegerField()
        ),
        routine=Case(When(kind__in=ESCALATING, then=Value(0)), default=Value(1), output_field=IntegerField()),
    )


def bucket_counts(found: QuerySet[Deadline]) -> dict[str, int]:
    """How many of each bucket; every bucket is named."""
    counted = dict(found.order_by().values_list("bucket").annotate(Count("pk")))
    return {bucket: counted.get(bucket, 0) for bucket in BUCKETS}


def page_of(found: QuerySet[Deadline], shown: tuple[str, ...], after: UUID | None = None) -> Listed:
    """A page of these buckets in order, each row with its patient, whom it waits on, and `last_window`: the last day of a visit whose
    first window it is."""
    found = found.filter(bucket__in=shown)
    if after and (last := found.filter(pk=after).values_list(*ORDER).first()):
        found = found.filter(behind(last, ORDER))
    last_window = Deadline.objects.filter(about=OuterRef("about"), kind=DeadlineKind.VISIT_LAST, settled_at=None)
    with_all = found.select_related("patient", "assignee", "waits_on", "snoozed_by").annotate(
        last_window=Case(
            When(kind=DeadlineKind.VISIT_FIRST, then=Subquery(last_window.values("due_on")[:1])),
            output_field=DateField(),
        )
    )
    rows = list(with_all.order_by(*ORDER)[: PAGE_SIZE + 1])
    return Listed(rows[:PAGE_SIZE], rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else None)


def deadline_by_id(pk: UUID) -> Deadline | None:
    """One, settled or not, with its patient."""
    return Deadline.objects.select_related("patient", "assignee", "waits_on").filter(pk=pk).first()


def deadlines_about(about: UUID) -> list[Deadline]:
    """All that one thing asks for, settled or not."""
    return list(Deadline.objects.filter(about=about))


# ---------- everybody's ----------


@dataclass(slots=True)
class Load:
    """What stands in one person's list, or in nobody's: counts by bucket, and of how much supervisors were told."""

    member: Membership | None
    counts: dict[str, int]
    escalated: int = 0


def loads(at: Moments) -> list[Load]:
    """Each person who gives care or has anything to do, with the counts of their own list; nobody's is the last. Three statements."""
    lead = FilteredRelation(
        "patient__care_team",
        condition=Q(
            patient__care_team__role=CareTeamRole.LEAD,
            patient__care_team__to_day=None,
            patient__care_team__retracted_at=None,
        ),
    )
    led = open_deadlines().annotate(lead=lead)
    told = Exists(standing_alerts().filter(deadline=OuterRef("pk"), level__in=SUPERVISORS_ARE_TOLD))
    own = in_buckets(
        led.annotate(who=Coalesce("assignee", "lead__member")), at, reader=Coalesce("assignee", "lead__member")
    )
    asked = in_buckets(
        led.filter(_waits(), assignee__isnull=False, lead__member__isnull=False)
        .exclude(assignee=F("lead__member"))
        .annotate(who=F("lead__member")),
        at,
        reader=F("lead__member"),
    )
    counts: dict[UUID | None, dict[str, int]] = defaultdict(lambda: dict.fromkeys(BUCKETS, 0))
    escalated: dict[UUID | None, int] = defaultdict(int)
    for found in (own, asked):
        rows = found.annotate(told=told).order_by().values_list("who", "bucket", "told").annotate(n=Count("pk"))
        for who, bucket, is_told, n in rows:
            counts[who][bucket] += n
            escalated[who] += n * is_told
    people = Membership.objects.filter(
        Q(role__in=(Role.COORDINATOR, Role.CLINICIAN), is_active=True) | Q(pk__in=[who for who in counts if who])
    )
    listed = [Load(each, counts[each.pk], escalated[each.pk]) for each in people.order_by("name", "pk")]
    return [*listed, Load(None, counts[None], escalated[None])]


def load_of_all(at: Moments) -> Load:
    """Everything that is due, each thing once. Two statements."""
    found = in_buckets(open_deadlines(), at, reader=F("assignee"))
    return Load(None, bucket_counts(found), escalated(found).count())


def escalated(found: QuerySet[Deadline]) -> QuerySet[Deadline]:
    """Those of which supervisors were told and which nobody has acknowledged."""
    return found.filter(Exists(standing_alerts().filter(deadline=OuterRef("pk"), level__in=SUPERVISORS_ARE_TOLD)))


# ---------- alerts ----------


def standing_alerts() -> QuerySet[Alert]:
    """Alerts that were not acknowledged and whose deadline is open and due at the moment they told of."""
    return Alert.objects.filter(deadline__settled_at=None, due_at=F("deadline__due_at"), acknowledged_at=None)


def alerts_for(member: UUID, role: str, *, now: datetime) -> QuerySet[Alert]:
    """The alerts that stand for a person: as who is responsible, as a colleague in the care team, as a supervisor. Supervisors are
    also told of what nobody answers for, whatever its level."""
    return told_to(member, role == Role.SUPERVISOR, now + FARTHEST_TOLD)


def told_to(member: Any, is_supervisor: bool, horizon: Any) -> QuerySet[Alert]:
    """The same, of values or expressions. Found from deadlines that are open: alerts of settled ones stay, and become many."""
    open_ones = Deadline.objects.filter(settled_at=None)
    places = CareTeamMember.objects.filter(member=member, to_day=None, retracted_at=None).values("patient")
    responsible = (
        open_ones.filter(assignee=member),
        open_ones.filter(assignee=None, patient__in=_led_by(member)),
    )
    for_me = [
        *(
            standing_alerts().filter(deadline__in=each, level__in=(Level.WARNING, Level.OVERDUE))
            for each in responsible
        ),
        standing_alerts().filter(deadline__in=open_ones.filter(patient__in=places), level=Level.TEAM),
    ]
    if is_supervisor:
        near = open_ones.filter(due_at__lte=horizon, level__gt=Level.SUPERVISOR)
        alone = of_nobody().filter(due_at__lte=horizon, level__gt=Level.WARNING)
        for_me += [
            standing_alerts().filter(deadline__in=near, level__in=SUPERVISORS_ARE_TOLD),
            standing_alerts().filter(deadline__in=alone),
        ]
    first, *rest = (each.values("pk") for each in for_me)
    return Alert.objects.filter(pk__in=first.union(*rest))


def alerts_of(deadlines: Collection[UUID]) -> dict[UUID, list[Alert]]:
    """What was told of each of these at the moment at which it is due now, by whom acknowledged. One statement."""
    found: dict[UUID, list[Alert]] = defaultdict(list)
    told = Alert.objects.filter(deadline__in=deadlines, due_at=F("deadline__due_at"))
    for alert in told.select_related("acknowledged_by").order_by("level"):
        found[alert.deadline_id].append(alert)
    return found
