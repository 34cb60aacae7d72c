"""Rows -> the engine's facts. What is unknown is settled here, definitely; the engine has no defaults."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.rules import (
    FOR_LIFE,
    Claim,
    Coverage,
    Enrollment,
    Log,
    PatientMonth,
    Payer,
    Stay,
    Terms,
    Visit,
    load_rulebook,
    payer_of_month,
)
from billing.selectors.contracts import versions_between
from coordination.rules.consents import consent_of_month, consents_of_month
from coordination.rules.months import month_of
from coordination.selectors.months import Known, known_of_month, read
from tenancy.models import Agency

ONE_DAY = timedelta(days=1)
GIVEN, REVOKED = attrgetter("given"), attrgetter("revoked")


def known_months(agency: Agency, patients: Collection[UUID], month: date) -> dict[UUID, str]:
    """What is read of each patient for a month, as one text: equal texts make equal facts. One query."""
    first, last = month_of(month)
    return dict(known_of_month(patients, first, last, agency.zone, billed_once=load_rulebook().billed_once))


def patient_months(agency: Agency, patients: Collection[UUID], month: date) -> dict[UUID, tuple[PatientMonth, Payer]]:
    """Facts of each patient over the month, and who pays for it. Two queries."""
    first, last = month_of(month)
    payers = Payers(first, last, _terms_by_payer(first, last))
    found = {}
    for patient, text in known_months(agency, patients, month).items():
        known = read(text)
        found[patient] = _patient_month(known, agency.agency_type, first, last), payers.of(known.covered_by)
    return found


def _terms_by_payer(first: date, last: date) -> dict[str, list[Terms]]:
    """The contract versions in force on any day of the month, by payer. One query."""
    found: dict[str, list[Terms]] = {}
    for version in versions_between(first, last):
        terms = Terms(
            contract=f"{version.payer}, version {version.number}",
            since=version.effective_from,
            until=version.effective_to,
            covered=frozenset(line["code"] for line in version.lines),
            rates={line["code"]: Decimal(line["rate"]) for line in version.lines if line["rate"] is not None},
            max_units_month={
                line["code"]: line["max_units_month"] for line in version.lines if line["max_units_month"] is not None
            },
        )
        found.setdefault(version.payer_id, []).append(terms)
    return found


class Payers:
    """Who pays, of patients of one month. Coverages that say the same of the month have one answer, found once."""

    def __init__(self, first: date, last: date, terms: dict[str, list[Terms]]) -> None:
        self._first, self._last, self._terms = first, last, terms
        self._before, self._after = (first - ONE_DAY).isoformat(), (last + ONE_DAY).isoformat()
        self._names: dict[str, str] = {}
        self._known: dict[tuple[tuple[Any, ...], ...], Payer] = {}

    def of(self, rows: list[list[Any]]) -> Payer:
        """`rows` as `Known` has them."""
        coverages = tuple(map(self._within, rows))
        if coverages not in self._known:
            self._names |= {payer: name for *_, payer, name in rows}
            found = [
                Coverage(payer, kind, date.fromisoformat(begins), _day(ends), order)
                for kind, begins, ends, order, payer in coverages
            ]
            self._known[coverages] = payer_of_month(found, self._first, self._last, self._names, self._terms)
        return self._known[coverages]

    def _within(self, row: list[Any]) -> tuple[Any, ...]:
        """Of days outside the month it matters only on which side they lie. Days in ISO form are in order as they are read."""
        kind, begins, ends, order, payer, _name = row
        return (
            kind,
            min(max(begins, self._before), self._after),
            None if ends is None or ends >= self._after else max(ends, self._before),
            order,
            payer,
        )


def on_the_clock(moment: datetime, zone: ZoneInfo) -> time:
    """A moment as the agency's clock showed it: how logs are compared with each other."""
    return moment.astimezone(zone).time()


class Consent(NamedTuple):
    """A consent with what its enrollment says of it."""

    program: str
    given: date
    revoked: date | None
    initiating_visit: date | None
    last_seen: date | None
    care_plan: date | None
    risk_attested: date | None
    track: str
    practitioner: str


def _patient_month(known: Known, agency_type: str, first: date, last: date) -> PatientMonth:
    consents = [
        Consent(program, *map(_day, days), track, practitioner)
        for program, *days, track, practitioner in known.consents
    ]
    by_program: dict[str, list[Consent]] = {}
    for each in consents:
        by_program.setdefault(each.program, []).append(each)
    in_question = [each for own in by_program.values() for each in consents_of_month(own, first, last, GIVEN, REVOKED)]
    declared = {program: consent_of_month(own, last, GIVEN) for program, own in by_program.items()}
    lasting: dict[str, int] = {}  # per code, the longest: one condition recorded twice is one condition
    for code, expected in known.chronic:
        lasting[code] = max(FOR_LIFE if expected is None else expected, lasting.get(code, 0))
    return PatientMonth(
        first=first,
        last=last,
        agency_type=agency_type,
        logs=tuple(
            Log(pk, date.fromisoformat(day), *said, start and time.fromisoformat(start))
            for pk, day, *said, start in known.logs
        ),
        enrollments=tuple(
            Enrollment(each.program, each.given, each.revoked, each.initiating_visit, each.last_seen, each.practitioner)
            for each in consents
        ),
        chronic_conditions=tuple(lasting.values()),
        risk_attested=any(each.risk_attested and each.risk_attested <= last for each in in_question),
        care_plan_current=any(each.care_plan and each.care_plan <= last for each in in_question),
        died=_day(known.died),
        visits=tuple(
            Visit(date.fromisoformat(day), code, practitioner or "", *said)
            for day, code, practitioner, *said in known.visited
        ),
        claims=tuple(
            Claim(date.fromisoformat(day), code, practitioner or "") for day, code, practitioner in known.claimed
        ),
        stays=tuple(Stay(date.fromisoformat(begins), _day(ends), is_part_a=True) for begins, ends in known.stayed),
        complexity=dict(known.judged),
        tracks={program: each.track for program, each in declared.items() if each},
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
