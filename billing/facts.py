"""Rows -> the engine's facts. What is unknown is settled here, definitely; the engine has no defaults."""

import json
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
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
from billing.selectors.contracts import VersionRow, versions_between
from coordination.rules.consents import consent_of_month, consents_of_month
from coordination.rules.months import month_of
from coordination.selectors.months import ConsentRow, Known, known_of_month, read
from tenancy.models import Agency

ONE_DAY = timedelta(days=1)
CoveredBy = tuple[str, date, date | None, int, str, str]
GIVEN, REVOKED = attrgetter("consent_on"), attrgetter("revoked_on")


def read_months(agency: Agency, patients: Collection[UUID], month: date) -> "tuple[Month, dict[UUID, str]]":
    """What is read of each patient for a month, as one text each (equal texts make equal facts), and what they share. Two queries, and
    one more where a record was merged, and one for each whose month was closed by then."""
    first, last = month_of(month)
    known = known_of_month(patients, first, last, agency.zone, looked_back_for=load_rulebook().looked_back_for)
    return _month(agency.agency_type, first, last, tuple(versions_between(first, last))), known


class Month:
    """What all patients of a month share: its days, the agency's type, the terms in force. Equal ones are one object."""

    def __init__(self, agency_type: str, first: date, last: date, versions: tuple[VersionRow, ...]) -> None:
        self._agency_type, self._first, self._last = agency_type, first, last
        self._before, self._after = first - ONE_DAY, last + ONE_DAY
        self._terms: dict[str, list[Terms]] = {}
        for version in versions:
            self._terms.setdefault(version.payer_id, []).append(_terms(version))
        self._payers: dict[tuple[CoveredBy, ...], Payer] = {}

    def facts(self, text: str) -> tuple[PatientMonth, Payer]:
        """Of one patient, and who pays."""
        known = read(text)
        return _patient_month(known, self._agency_type, self._first, self._last), self._payer(known.covered_by)

    def _payer(self, covered_by: list[CoveredBy]) -> Payer:
        """Coverages that say the same of the month have one answer, found once."""
        coverages = tuple(map(self._within, covered_by))
        if coverages not in self._payers:
            names = {payer: name for *_, payer, name in coverages}
            found = [
                Coverage(payer, kind, begins, ends, order) for kind, begins, ends, order, payer, _name in coverages
            ]
            self._payers[coverages] = payer_of_month(found, self._first, self._last, names, self._terms)
        return self._payers[coverages]

    def _within(self, row: CoveredBy) -> CoveredBy:
        """Of days outside the month it matters only on which side they lie."""
        kind, begins, ends, order, payer, name = row
        return (
            kind,
            min(max(begins, self._before), self._after),
            None if ends is None or ends >= self._after else max(ends, self._before),
            order,
            payer,
            name,
        )


_month = lru_cache(maxsize=64)(Month)


def _terms(version: VersionRow) -> Terms:
    lines = list(map(json.loads, version.lines))
    return Terms(
        contract=f"{version.payer}, version {version.number}",
        since=version.effective_from,
        until=version.effective_to,
        covered=frozenset(line["code"] for line in lines),
        rates={line["code"]: Decimal(line["rate"]) for line in lines if line["rate"] is not None},
        max_units_month={
            line["code"]: line["max_units_month"] for line in lines if line["max_units_month"] is not None
        },
    )


def on_the_clock(moment: datetime, zone: ZoneInfo) -> time:
    """A moment as the agency's clock showed it: how logs are compared with each other."""
    return moment.astimezone(zone).time()


def _patient_month(known: Known, agency_type: str, first: date, last: date) -> PatientMonth:
    by_program: dict[str, list[ConsentRow]] = {}
    for each in known.consents:
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
        logs=tuple([Log(*each) for each in known.logs]),
        enrollments=tuple(
            [
                Enrollment(
                    each.program,
                    each.consent_on,
                    each.revoked_on,
                    each.initiating_visit_on,
                    each.last_seen_on,
                    each.billing_practitioner,
                )
                for each in known.consents
            ]
        ),
        chronic_conditions=tuple(lasting.values()),
        risk_attested=any(each.risk_attested_on and each.risk_attested_on <= last for each in in_question),
        care_plan_current=any(each.care_plan_on and each.care_plan_on <= last for each in in_question),
        died=known.died,
        visits=tuple([Visit(day, code, by or "", *said) for day, code, by, *said in known.visited]),
        claims=tuple([Claim(day, code, by or "") for day, code, by in known.claimed]),
        stays=tuple([Stay(begins, ends, is_part_a=True) for begins, ends in known.stayed]),
        complexity=dict(known.judged),
        tracks={program: each.track for program, each in declared.items() if each},
    )
