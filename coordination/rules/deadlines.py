"""When something is due, and when whom is told. Pure: facts in, due moments out; the same facts give the same moments.

A deadline is the end of a day of the agency: `on` is the last day in time, `at` the first moment that is too late. Numbers of days
come from the rulebook (`Clock`); conventions and hours from the agency (`Customs`).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from coordination.rules.attempts import Attempt
from coordination.rules.calendars import business_days_after

DAY = timedelta(days=1)
ESCALATING = frozenset({"contact", "visit_first", "visit_last", "reconciliation"})
"""Kinds of which somebody is told before it is too late: a rule or a patient's safety hangs on them. All others are a list."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The numbers of transitional care on a day, from the rulebook. `visits`: days after discharge -> the code that asks for them."""

    contact_business_days: int
    failed_attempts: int
    visits: Mapping[int, str]
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


def transition_days(discharged: date, clock: Clock, holidays: Collection[date], visit_day: int = 0) -> TransitionDays:
    """The days of a discharge, which is day 0; counted as day 1 (`visit_day`) visits are due a day earlier."""
    business_days = business_days_after(discharged, clock.contact_business_days, holidays)
    visits = tuple(discharged + timedelta(days=days) for days in sorted(clock.visits))
    strict = tuple(day - DAY for day in visits)
    return TransitionDays(
        business_days,
        business_days[-1],
        visits,
        strict,
        strict if visit_day else visits,
        discharged + timedelta(days=clock.period_days - 1),
    )


def told_of(at: datetime, warned: datetime, customs: Customs) -> tuple[datetime, ...]:
    """The moments of a deadline that escalates: a warning, the care team, supervisors, and that it is too late. In order."""
    team = at - timedelta(hours=customs.team_hours_before)
    supervisor = at - timedelta(hours=customs.supervisor_hours_before)
    return tuple(sorted((min(warned, at), max(team, min(warned, at)), max(supervisor, min(warned, at)), at)))


@dataclass(frozen=True, slots=True)
class TransitionFacts:
    """What is known of one discharge, as far as it moves a deadline. `visited`: the first visit after the day of discharge that can
    count, with whom. `complexity`: as judged, "" where nobody judged it."""

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


def transition_dues(facts: TransitionFacts, clock: Clock, customs: Customs) -> tuple[Due, ...]:
    """Everything that a discharge asks for, settled or not. None for one that is over, cancelled, watched or part of another."""
    if facts.state not in ("open", "undecided"):
        return ()
    days = transition_days(facts.discharged, clock, customs.holidays, customs.visit_day)
    if facts.died is not None and facts.died <= days.period_ends:
        return ()
    return (
        *_contact(facts, clock, customs, days),
        *_visits(facts, clock, customs, days),
        *_reconciliation(facts, customs, days),
        *_judgements(facts, customs, days),
    )


def _due(kind: str, on: date, customs: Customs, facts: TransitionFacts, **more: Any) -> Due:
    said = {"discharged": facts.discharged.isoformat(), **more.pop("said", {})}
    return Due(kind, on, end_of(on, customs.zone), said=said, **({"assignee": facts.owner} | more))


def _contact(facts: TransitionFacts, clock: Clock, customs: Customs, days: TransitionDays) -> Iterator[Due]:
    """By the end of the last of its business days, reached or tried often enough in time; a late contact is a late one."""
    ours = [each for each in facts.attempts if each.is_by_practice and each.on >= facts.discharged]
    timely = [each for each in ours if each.on <= days.contact]
    reached = min((each.on for each in ours if each.is_contact), default=None)
    tried = len(timely) >= clock.failed_attempts
    settled = ""
    if (reached is not None and reached <= days.contact) or tried:
        settled = "met"
    elif reached is not None:
        settled = "late"
    at = end_of(days.contact, customs.zone)
    levels = told_of(at, end_of(days.business_days[0], customs.zone), customs)
    skipped = [day for day in _between(facts.discharged, days.contact) if day in customs.holidays and day.weekday() < 5]
    said = {"attempts": len(timely), "holidays": [day.isoformat() for day in skipped]}
    if timely:
        said["last_attempt"] = max(each.on for each in timely).isoformat()
    yield _due("contact", days.contact, customs, facts, levels=levels, settled=settled, said=said)
    if reached is None and tried and facts.visited is None:
        last = max(each.on for each in ours)
        again = business_days_after(last, 1, customs.holidays)[0]
        yield _due("retry", min(again, days.period_ends), customs, facts, said={"attempts": len(ours)})


def _between(first: date, last: date) -> Iterator[date]:
    day = first + DAY
    while day <= last:
        yield day
        day += DAY


def _visits(facts: TransitionFacts, clock: Clock, customs: Customs, days: TransitionDays) -> Iterator[Due]:
    """By the end of each window. The first asks for high complexity: it falls away once somebody judged it lower."""
    codes = [clock.visits[number] for number in sorted(clock.visits)]
    for place, (code, on, by_rule, strict) in enumerate(
        zip(codes, days.visits_due, days.visits, days.strict_visits, strict=True)
    ):
        is_last = place == len(codes) - 1
        if not is_last and facts.complexity not in ("", "high"):
            continue
        settled = ""
        if facts.visited is not None:
            settled = "met" if facts.visited <= by_rule else "late"
        at, warned = end_of(on, customs.zone), start_of(strict - DAY, customs.zone)
        said = {"code": code, "days": (by_rule - facts.discharged).days}
        yield _due(
            "visit_last" if is_last else "visit_first",
            on,
            customs,
            facts,
            levels=told_of(at, warned, customs),
            settled=settled,
            said=said,
        )


def _reconciliation(facts: TransitionFacts, customs: Customs, days: TransitionDays) -> Iterator[Due]:
    """On or before the day of the visit; while none was, by the last day on which one counts."""
    on = min(facts.visited, days.visits_due[-1]) if facts.visited else days.visits_due[-1]
    settled = ""
    if facts.reconciled is not None:
        settled = "met" if facts.reconciled <= (facts.visited or days.visits[-1]) else "late"
    at = end_of(on, customs.zone)
    levels = told_of(at, start_of(on, customs.zone), customs)
    said = {"visit": facts.visited.isoformat()} if facts.visited else {}
    yield _due("reconciliation", on, customs, facts, levels=levels, settled=settled, said=said)


def _judgements(facts: TransitionFacts, customs: Customs, days: TransitionDays) -> Iterator[Due]:
    """What a person has to say: how complex it was, whether this is a new period, whether the thirty days were completed."""
    if not facts.complexity and (facts.visited or facts.asked_of):
        who = facts.asked_of or facts.visited_with
        waits = {"waits_on": facts.asked_of, "waits_since": facts.asked_at} if facts.asked_of else {}
        yield _due("complexity", days.period_ends, customs, facts, **({"assignee": who} | waits))
    if facts.state == "undecided":
        yield _due("decide", days.contact, customs, facts)
    yield _due("period_end", days.period_ends, customs, facts)


def next_level(levels: Sequence[datetime], now: datetime) -> int:
    """Where a deadline begins that is made at a moment: of the levels that have passed by then only the last is told."""
    passed = sum(moment <= now for moment in levels)
    return max(0, passed - 1)
