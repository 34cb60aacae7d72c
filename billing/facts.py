"""Rows -> the engine's facts. What is unknown is settled here, definitely; the engine has no defaults."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.rules import Enrollment, Log, PatientMonth, Terms
from billing.selectors.contracts import version_on
from coordination.rules.consents import consent_of_month
from coordination.rules.months import month_of
from coordination.selectors.months import logs_of_month, patients_of_month
from tenancy.models import Agency


def patient_months(agency: Agency, patients: Collection[UUID] | None, month: date) -> dict[UUID, PatientMonth]:
    """Facts of each patient over the month; None for everybody the month is about. Two queries."""
    first, last = month_of(month)
    rows = list(patients_of_month(patients, first, last))
    logs: dict[UUID, list[Log]] = {row["pk"]: [] for row in rows}
    for row in logs_of_month(list(logs), first, last):
        logs[row["patient_id"]].append(_log(row, agency.zone))
    return {row["pk"]: _patient_month(row, tuple(logs[row["pk"]]), agency, first, last) for row in rows}


def terms_on(day: date) -> Terms | None:
    """The payer's terms in force on a day. One query."""
    version = version_on(day)
    if version is None:
        return None
    lines = version["lines"]
    return Terms(
        contract=f"{version['payer']}, version {version['number']}",
        since=version["effective_from"],
        covered=frozenset(line["code"] for line in lines),
        rates={line["code"]: Decimal(line["rate"]) for line in lines if line["rate"] is not None},
        max_units_month={
            line["code"]: line["max_units_month"] for line in lines if line["max_units_month"] is not None
        },
    )


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
        start=started.astimezone(zone).time() if started else None,
    )


def _patient_month(row: dict[str, Any], logs: tuple[Log, ...], agency: Agency, first: date, last: date) -> PatientMonth:
    by_program: dict[str, list[dict[str, Any]]] = {}
    for each in row["consents"]:
        by_program.setdefault(each["program"], []).append(each)
    enrollments = [
        consent_of_month(each, last, lambda one: date.fromisoformat(one["consent_on"])) for each in by_program.values()
    ]
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
            )
            for each in enrollments
        ),
        chronic_conditions=row["chronic_conditions"],
        risk_attested=any(each["risk_attested_on"] and _day(each["risk_attested_on"]) <= last for each in enrollments),
        care_plan_current=any(each["care_plan_on"] and _day(each["care_plan_on"]) <= last for each in enrollments),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
