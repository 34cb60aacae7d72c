"""Rows -> the engine's facts. What is unknown is settled here, definitely; the engine has no defaults."""

from collections.abc import Collection
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
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
from coordination.selectors.months import logs_of_month, patients_of_month
from tenancy.models import Agency


def patient_months(agency: Agency, patients: Collection[UUID], month: date) -> dict[UUID, tuple[PatientMonth, Payer]]:
    """Facts of each patient over the month, and who pays for it. Three queries."""
    first, last = month_of(month)
    rows = list(patients_of_month(patients, first, last, billed_once=load_rulebook().billed_once))
    logs: dict[UUID, list[Log]] = {row["pk"]: [] for row in rows}
    for row in logs_of_month(patients, first, last):
        logs[row["patient_id"]].append(_log(row, agency.zone))
    terms = _terms_by_payer(first, last)
    return {
        row["pk"]: (_patient_month(row, tuple(logs[row["pk"]]), agency, first, last), _payer(row, first, last, terms))
        for row in rows
    }


def _terms_by_payer(first: date, last: date) -> dict[str, list[Terms]]:
    """The contract versions in force on any day of the month, by payer. One query."""
    found: dict[str, list[Terms]] = {}
    for version in versions_between(first, last):
        lines = version["lines"]
        terms = Terms(
            contract=f"{version['payer']}, version {version['number']}",
            since=version["effective_from"],
            until=version["effective_to"],
            covered=frozenset(line["code"] for line in lines),
            rates={line["code"]: Decimal(line["rate"]) for line in lines if line["rate"] is not None},
            max_units_month={
                line["code"]: line["max_units_month"] for line in lines if line["max_units_month"] is not None
            },
        )
        found.setdefault(str(version["payer_id"]), []).append(terms)
    return found


def _payer(row: dict[str, Any], first: date, last: date, terms: dict[str, list[Terms]]) -> Payer:
    coverages = [
        Coverage(
            each["payer"], each["plan_kind"], date.fromisoformat(each["from_day"]), _day(each["to_day"]), each["order"]
        )
        for each in row["covered_by"]
    ]
    return payer_of_month(coverages, first, last, {each["payer"]: each["name"] for each in row["covered_by"]}, terms)


def on_the_clock(moment: datetime, zone: ZoneInfo) -> time:
    """A moment as the agency's clock showed it: how logs are compared with each other."""
    return moment.astimezone(zone).time()


def _log(row: dict[str, Any], zone: ZoneInfo) -> Log:
    started: datetime | None = row["started_at"]
    return Log(
        id=str(row["pk"]),
        date=row["service_date"],
        minutes=row["minutes"],
        program=row["program"],
        activity=row["activity"],
        discipline=row["discipline"],
        staff=str(row["author_id"]),
        start=on_the_clock(started, zone) if started else None,
    )


def _patient_month(row: dict[str, Any], logs: tuple[Log, ...], agency: Agency, first: date, last: date) -> PatientMonth:
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
        died=row["died"],
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
