"""What comes due again, or ends: visits that open programs, consents, care plans, rating scales, licences, contracts. Pure.

None of it escalates: it is a list. Numbers of months come from the rulebook (`ProgramAsks`) where a rule asks for something, else from
the agency's settings.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import Any

from coordination.rules.consents import opens_on
from coordination.rules.deadlines import Due, end_of
from coordination.rules.months import months_after


@dataclass(frozen=True, slots=True)
class Opening:
    """A visit must open a program, at most so many months before consent and of one of these kinds (none: every kind), unless the
    practice saw the patient in so many months before it (0: whoever was seen)."""

    opened_within_months: int
    seen_within_months: int
    visits: Collection[str]


@dataclass(frozen=True, slots=True)
class ProgramAsks:
    """What a program asks for that comes due, on the day of consent. `consent_months`: after which consent is asked for anew."""

    opening: Opening | None = None
    consent_months: int | None = None
    care_plan: bool = False
    rating_scale: bool = False


NOTHING_ASKED = ProgramAsks()


@dataclass(frozen=True, slots=True)
class EnrollmentFacts:
    """An open enrollment. `visit_codes`: kinds of the initiating visit, as far as they are on record; `consent_renewed`: when it was
    last asked for anew; `scale_on`: the day of the last rating scale."""

    program: str
    consent: date
    asks: ProgramAsks
    initiating_visit: date | None = None
    visit_codes: Collection[str] = ()
    last_seen: date | None = None
    consent_renewed: date | None = None
    care_plan: date | None = None
    scale_on: date | None = None


def _due(kind: str, on: date, zone: tzinfo, said: dict[str, Any], **more: Any) -> Due:
    return Due(kind, on, end_of(on, zone), said=said, **more)


def enrollment_dues(facts: EnrollmentFacts, zone: tzinfo, rating_scale_days: int) -> Iterator[Due]:
    """The visit that opens the program is due by the day of consent: until it was, no minute counts. Consent anew, and a rating scale
    so many days after the last one, or after consent."""
    asks, said = facts.asks, {"program": facts.program, "consent": facts.consent.isoformat()}
    if asks.opening and not _is_open(facts, asks.opening):
        yield _due("initiating_visit", facts.consent, zone, said)
    if asks.consent_months:
        last = facts.consent_renewed or facts.consent
        more = {"last": last.isoformat(), "months": asks.consent_months}
        yield _due("consent_renewal", months_after(last, asks.consent_months), zone, said | more)
    if asks.rating_scale:
        last = max(facts.scale_on or facts.consent, facts.consent)
        if facts.scale_on:
            said = said | {"last": facts.scale_on.isoformat()}
        yield _due("rating_scale", last + timedelta(days=rating_scale_days), zone, said | {"days": rating_scale_days})


def _is_open(facts: EnrollmentFacts, opening: Opening) -> bool:
    is_wrong_kind = opening.visits and facts.visit_codes and not set(facts.visit_codes) & set(opening.visits)
    opened = [facts.initiating_visit] if facts.initiating_visit and not is_wrong_kind else []
    seen = [facts.last_seen] if facts.last_seen else []
    within = opening.opened_within_months, opening.seen_within_months
    return opens_on(facts.consent, opened, seen, *within) is not None


def care_plan_due(
    enrollments: Collection[EnrollmentFacts], plans_from: Collection[date], zone: tzinfo, months: int
) -> Iterator[Due]:
    """A patient in a program that asks for a care plan has it reviewed so many months after the latest one, or after the day that an
    enrollment says it was made on. Without any plan nothing is due again: that it is missing stands against the month."""
    if not any(each.asks.care_plan for each in enrollments):
        return
    if days := [*plans_from, *(each.care_plan for each in enrollments if each.care_plan)]:
        last = max(days)
        yield _due("care_plan_review", months_after(last, months), zone, {"last": last.isoformat(), "months": months})


@dataclass(frozen=True, slots=True)
class Ending:
    """Something that ends on a day, `is_followed` where the next one is on record. `said` names it."""

    on: date
    is_followed: bool
    said: dict[str, str]
    assignee: Any = None


def ending_due(kind: str, ending: Ending, zone: tzinfo) -> Due:
    """The next one is wanted by the last day of this one."""
    settled = "met" if ending.is_followed else ""
    return _due(kind, ending.on, zone, ending.said, settled=settled, assignee=ending.assignee)
