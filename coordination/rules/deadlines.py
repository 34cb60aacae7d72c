"""When something is due, and when whom is told. Pure: facts in, due moments out; the same facts give the same moments.

A deadline is the end of a day of the agency: `on` is the last day in time, `at` the first moment that is too late. Numbers of days
come from the rulebook (`Clock`); conventions and hours from the agency (`Customs`).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from coordination.rules.attempts import Attempt, standing
from coordination.rules.calendars import business_days_after

DAY = timedelta(days=1)
ESCALATING = frozenset({"contact", "visit_first", "visit_last", "reconciliation"})
"""Kinds of which somebody is told before it is too late: a rule or a patient's safety hangs on them. All others are a list."""


@dataclass(frozen=True, slots=True)
class Window:
    """So many days after a discharge a code asks for a visit, of one of these complexities."""

    days: int
    code: str
    complexities: Collection[str]


@dataclass(frozen=True, slots=True)
class Clock:
    """The numbers of transitional care on a day, from the rulebook. `windows` in the order of their days."""

    contact_business_days: int
    failed_attempts: int
    windows: tuple[Window, ...]
    period_days: int


@dataclass(frozen=True, slots=True)
class Customs:
    """How an agency counts and whom it tells: its zone, its days off, whether discharge is day 0 or 1, hours before a deadline."""

    zone: tzinfo
    holidays: frozenset[date]
    visit_day: int = 0
    team_hours_before: int = 12
    supervisor_hours_before: int = 9


@dataclass(frozen=True, slots=True)
class Due:
    """Something that is due. `levels` are the moments at which somebody is told, in the order of `models.Level`; none where it is
    only a list. `settled`: it needs nothing more, and how (`met`, `late`, `missed`). `said` are the numbers of its sentence."""

    kind: str
    on: date
    at: datetime
    levels: tuple[datetime, ...] = ()
    settled: str = ""
    said: Mapping[str, Any] = field(default_factory=dict)
    assignee: Any = None
    waits_on: Any = None
    waits_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class TransitionDays:
    """The days that a discharge asks for, each the last in time. `visits` are by the rule, `strict_visits` as the stricter counting
    has them; `visits_due` as the agency counts."""

    business_days: tuple[date, ...]
    contact: date
    visits: tuple[date, ...]
    strict_visits: tuple[date, ...]
    visits_due: tuple[date, ...]
    period_ends: date


def end_of(day: date, zone: tzinfo) -> datetime:
    """The first moment after a day in a place, as a moment of UTC: clocks that were changed are counted as they ran."""
    return datetime.combine(day + DAY, time.min, zone).astimezone(UTC)


def start_of(day: date, zone: tzinfo) -> datetime:
    """The first moment of a day in a place."""
    return end_of(day - DAY, zone)


def transition_days(
    discharged: date, clock: Clock, business_days: Sequence[date], visit_day: int = 0
) -> TransitionDays:
    """The days of a discharge, which is day 0; counted as day 1 (`visit_day`) visits are due a day earlier. `business_days` are the
    first ones after it by the calendar that holds, as many as a contact is given or more."""
    visits = tuple(discharged + window.days * DAY for window in clock.windows)
    strict = tuple(day - DAY for day in visits)
    return TransitionDays(
        tuple(business_days[: clock.contact_business_days]),
        business_days[clock.contact_business_days - 1],
        visits,
        strict,
        strict if visit_day else visits,
        discharged + (clock.period_days - 1) * DAY,
    )


def told_of(at: datetime, warned: datetime, customs: Customs) -> tuple[datetime, ...]:
    """The moments of a deadline that escalates: a warning, the care team, supervisors, and that it is too late. In order, which asks
    that an agency tells the care team no later than supervisors."""
    warned = min(warned, at)
    team = at - timedelta(hours=customs.team_hours_before)
    supervisor = at - timedelta(hours=customs.supervisor_hours_before)
    return warned, max(team, warned), max(supervisor, warned), at


@dataclass(frozen=True, slots=True)
class TransitionFacts:
    """What is known of one discharge, as far as it moves a deadline. `visited`: the first visit after the day of discharge that can
    count, with whom. `complexity`: as judged, "" where nobody judged it. `follows`: an earlier one had not ended yet."""

    discharged: date
    state: str
    attempts: Sequence[Attempt] = ()
    visited: date | None = None
    visited_with: Any = None
    complexity: str = ""
    asked_of: Any = None
    asked_at: datetime | None = None
    reconciled: date | None = None
    died: date | None = None
    owner: Any = None
    follows: bool = False
    end_reason: str = ""


def transition_dues(facts: TransitionFacts, clock: Clock, customs: Customs) -> tuple[Due, ...]:
    """Everything that a discharge asks for, settled or not. Of one that is over, cancelled, watched or part of another only what was
    settled is left; one whose thirty days were completed also says what was missed."""
    business_days = business_days_after(facts.discharged, clock.contact_business_days, customs.holidays)
    days = transition_days(facts.discharged, clock, business_days, customs.visit_day)
    dues = (
        *_contact(facts, clock, customs, days),
        *_visits(facts, clock, customs, days),
        *_reconciliation(facts, customs, days),
        *_judgements(facts, customs, days),
    )
    if facts.state in ("open", "undecided") and not (facts.died and facts.died <= days.period_ends):
        return dues
    if facts.end_reason == "completed":
        dues = tuple(
            replace(due, settled="missed") if due.kind in ESCALATING and not due.settled else due for due in dues
        )
    return tuple(due for due in dues if due.settled)


def _due(kind: str, on: date, customs: Customs, facts: TransitionFacts, **more: Any) -> Due:
    said = {"discharged": facts.discharged.isoformat(), **more.pop("said", {})}
    return Due(kind, on, end_of(on, customs.zone), said=said, **({"assignee": facts.owner} | more))


def _contact(facts: TransitionFacts, clock: Clock, customs: Customs, days: TransitionDays) -> Iterator[Due]:
    """By the end of the last of its business days, reached or tried often enough in time; a late contact is a late one. Whoever was
    tried so often in vain is tried again on the next business day, until they are reached or come."""
    tries = standing(facts.attempts, facts.discharged, days.contact)
    is_met = tries.is_met(clock.failed_attempts)
    at = end_of(days.contact, customs.zone)
    levels = told_of(at, end_of(days.business_days[0], customs.zone), customs)
    skipped = [day for day in _between(facts.discharged, days.contact) if day in customs.holidays and day.weekday() < 5]
    said = {"attempts": len(tries.timely), "holidays": [day.isoformat() for day in skipped]}
    if tries.timely:
        said["last_attempt"] = tries.timely[-1].on.isoformat()
    settled = "met" if is_met else "late" if tries.reached else ""
    yield _due("contact", days.contact, customs, facts, levels=levels, settled=settled, said=said)
    if is_met and tries.reached is None and facts.visited is None:
        again = business_days_after(tries.ours[-1].on, 1, customs.holidays)[0]
        yield _due("retry", min(again, days.period_ends), customs, facts, said={"attempts": len(tries.ours)})


def _between(first: date, last: date) -> Iterator[date]:
    day = first + DAY
    while day <= last:
        yield day
        day += DAY


def _visits(facts: TransitionFacts, clock: Clock, customs: Customs, days: TransitionDays) -> Iterator[Due]:
    """By the end of each window; one whose complexity it is not, as judged, falls away, except the last: who came home is seen. The
    agency's way of counting moves when a visit is due; whether one was late is by the rule."""
    last = clock.windows[-1]
    for window, on, by_rule, strict in zip(
        clock.windows, days.visits_due, days.visits, days.strict_visits, strict=True
    ):
        if window is not last and facts.complexity and facts.complexity not in window.complexities:
            continue
        settled = ""
        if facts.visited is not None:
            settled = "met" if facts.visited <= by_rule else "late"
        levels = told_of(end_of(on, customs.zone), start_of(strict - DAY, customs.zone), customs)
        said = {"code": window.code, "days": window.days}
        kind = "visit_last" if window is last else "visit_first"
        yield _due(kind, on, customs, facts, levels=levels, settled=settled, said=said)


def _reconciliation(facts: TransitionFacts, customs: Customs, days: TransitionDays) -> Iterator[Due]:
    """On or before the day of the visit; while none was, by the last day on which one counts."""
    on = min(facts.visited, days.visits_due[-1]) if facts.visited else days.visits_due[-1]
    settled = ""
    if facts.reconciled is not None:
        settled = "met" if facts.reconciled <= (facts.visited or days.visits[-1]) else "late"
    levels = told_of(end_of(on, customs.zone), start_of(on, customs.zone), customs)
    said = {"visit": facts.visited.isoformat()} if facts.visited else {}
    yield _due("reconciliation", on, customs, facts, levels=levels, settled=settled, said=said)


def _judgements(facts: TransitionFacts, customs: Customs, days: TransitionDays) -> Iterator[Due]:
    """What a person has to say: how complex it was, whether this is a new period, whether the thirty days were completed."""
    if facts.visited or facts.asked_of:
        who = facts.asked_of or facts.visited_with
        waits = {"waits_on": facts.asked_of, "waits_since": facts.asked_at} if facts.asked_of else {}
        settled = "met" if facts.complexity else ""
        yield _due("complexity", days.period_ends, customs, facts, **({"assignee": who, "settled": settled} | waits))
    if facts.follows:
        settled = "met" if facts.state in ("open", "continued", "ended") else ""
        yield _due("decide", days.contact, customs, facts, settled=settled)
    settled = "met" if facts.end_reason == "completed" else ""
    yield _due("period_end", days.period_ends, customs, facts, settled=settled)


def next_level(levels: Sequence[datetime], now: datetime) -> int:
    """Where a deadline begins that is made at a moment: of the levels that have passed by then only the last is told."""
    passed = sum(moment <= now for moment in levels)
    return max(0, passed - 1)
