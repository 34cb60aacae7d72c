"""Rows -> the engine's facts. What is unknown is settled here, definitely; the engine has no defaults."""

import json
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from decimal import Decimal
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
from coordination.selectors.months import LogRow, logs_of_month, patients_of_month
from tenancy.models import Agency

ONE_DAY = timedelta(days=1)


class KnownMonth(NamedTuple):
    """All that is read of one patient for a month, as it was read: equal rows make equal facts, and it can be hashed."""

    died: date | None
    known: str
    logs: tuple[LogRow, ...]


def known_months(agency: Agency, patients: Collection[UUID], month: date) -> dict[UUID, KnownMonth]:
    """What is read of each patient. Two queries."""
    first, last = month_of(month)
    rows = patients_of_month(patients, first, last, billed_once=load_rulebook().billed_once)
    logs: dict[str, list[LogRow]] = {}
    for log in logs_of_month(patients, first, last, agency.zone):
        logs.setdefault(log.patient, []).append(log)
    return {row.patient: KnownMonth(row.died, row.known, tuple(logs.get(str(row.patient), ()))) for row in rows}


def patient_months(agency: Agency, patients: Collection[UUID], month: date) -> dict[UUID, tuple[PatientMonth, Payer]]:
    """Facts of each patient over the month, and who pays for it. Three queries."""
    first, last = month_of(month)
    payers = Payers(first, last, _terms_by_payer(first, last))
    found = {}
    for patient, read in known_months(agency, patients, month).items():
        known = json.loads(read.known)
        logs = tuple(Log(*log[1:]) for log in read.logs)
        facts = _patient_month(read.died, known, logs, agency, first, last)
        found[patient] = facts, payers.of(known["covered_by"])
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
        self._names: dict[str, str] = {}
        self._known: dict[tuple[Coverage, ...], Payer] = {}

    def of(self, rows: list[dict[str, Any]]) -> Payer:
        coverages = tuple(map(self._within, rows))
        if coverages not in self._known:
            self._names |= {row["payer"]: row["name"] for row in rows}
            self._known[coverages] = payer_of_month(coverages, self._first, self._last, self._names, self._terms)
        return self._known[coverages]

    def _within(self, row: dict[str, Any]) -> Coverage:
        """Of days outside the month it matters only on which side they lie."""
        begins, ends = date.fromisoformat(row["from_day"]), _day(row["to_day"])
        return Coverage(
            row["payer"],
            row["plan_kind"],
            min(max(begins, self._first - ONE_DAY), self._last + ONE_DAY),
            None if ends is None or ends > self._last else max(ends, self._first - ONE_DAY),
            row["order"],
        )


def on_the_clock(moment: datetime, zone: ZoneInfo) -> time:
    """A moment as the agency's clock showed it: how logs are compared with each other."""
    return moment.astimezone(zone).time()


def _patient_month(
    died: date | None, row: dict[str, Any], logs: tuple[Log, ...], agency: Agency, first: date, last: date
) -> PatientMonth:
    by_program: dict[str, list[dict[str, Any]]] = {}
    for each in row["consents"]:
        by_program.setdefault(each["program"], []).append(each)
    in_question = [
        each
        for own in by_program.values()
        for each in consents_of_month(own, first, last, _consent_on, lambda one: _day(one["revoked_on"]))
    ]
    declared = {program: consent_of_month(own, last, _consent_on) for program, own in by_program.items()}
    lasting: dict[str, int] = {}  # per code, the longest: one condition recorded twice is one condition
    for each in row["chronic"]:
        months = FOR_LIFE if each["expected_months"] is None else each["expected_months"]
        lasting[each["icd10cm"]] = max(months, lasting.get(each["icd10cm"], 0))
    return PatientMonth(
        first=first,
        last=last,
        agency_type=agency.agency_type,
        logs=logs,
        enrollments=tuple(
            Enrollment(
                program=each["program"],
                consent=_day(each["consent_on"]),
                revoked=_day(each["revoked_on"]),
                initiating_visit=_day(each["initiating_visit_on"]),
                last_seen=_day(each["last_seen_on"]),
                practitioner=each["billing_practitioner"],
            )
            for each in row["consents"]
        ),
        chronic_conditions=tuple(lasting.values()),
        risk_attested=any((day := _day(each["risk_attested_on"])) and day <= last for each in in_question),
        care_plan_current=any((day := _day(each["care_plan_on"])) and day <= last for each in in_question),
        died=died,
        visits=tuple(
            Visit(
                date.fromisoformat(each["on"]),
                each["code"],
                each["practitioner"] or "",
                each["is_face_to_face"],
                each["extra_planning"],
            )
            for each in row["visited"]
        ),
        claims=tuple(
            Claim(date.fromisoformat(each["on"]), each["code"], each["practitioner"] or "") for each in row["claimed"]
        ),
        stays=tuple(
            Stay(date.fromisoformat(each["from_day"]), _day(each["to_day"]), is_part_a=True) for each in row["stayed"]
        ),
        complexity={each["program"]: each["complexity"] for each in row["judged"]},
        tracks={program: each["track"] for program, each in declared.items() if each},
    )


def _consent_on(consent: dict[str, Any]) -> date:
    return date.fromisoformat(consent["consent_on"])


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
