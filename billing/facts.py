"""Rows -> the engine's facts. What is unknown is settled here, definitely; the engine has no defaults."""

from collections.abc import Collection
from datetime import date, datetime, time
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.rules import Enrollment, Log, PatientMonth, Terms
from billing.selectors.contracts import versions_between
from coordination.rules.consents import consents_of_month
from coordination.rules.months import month_of
from coordination.selectors.months import logs_of_month, patients_of_month
from tenancy.models import Agency


def patient_months(agency: Agency, patients: Collection[UUID], month: date) -> dict[UUID, PatientMonth]:
    """Facts of each patient over the month. Two queries."""
    first, last = month_of(month)
    rows = list(patients_of_month(patients, first, last))
    logs: dict[UUID, list[Log]] = {row["pk"]: [] for row in rows}
    for row in logs_of_month(patients, first, last):
        logs[row["patient_id"]].append(_log(row, agency.zone))
    return {row["pk"]: _patient_month(row, tuple(logs[row["pk"]]), agency, first, last) for row in rows}


def terms_of_month(month: date) -> Terms | None:
    """The payer's terms in the month: those in force on its last day, else the last that ended in it. One query.

    Patients name no payer yet, so an agency has one contract at a time; where two are in force at once, no one can say which pays.
    """
    first, last = month_of(month)
    versions = versions_between(first, last)
    if not versions:
        return None
    if any(after["effective_from"] <= (before["effective_to"] or last) for before, after in pairwise(versions)):
        return Terms(" / ".join(map(_label, versions)), max(first, versions[0]["effective_from"]), ambiguous=True)
    version = versions[-1]
    lines = version["lines"]
    return Terms(
        contract=_label(version),
        since=version["effective_from"],
        until=version["effective_to"],
        covered=frozenset(line["code"] for line in lines),
        rates={line["code"]: Decimal(line["rate"]) for line in lines if line["rate"] is not None},
        max_units_month={
            line["code"]: line["max_units_month"] for line in lines if line["max_units_month"] is not None
        },
    )


def _label(version: dict[str, Any]) -> str:
    return f"{version['payer']}, version {version['number']}"


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
        for each in consents_of_month(
            own, first, last, lambda one: date.fromisoformat(one["consent_on"]), lambda one: _day(one["revoked_on"])
        )
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
            for each in row["consents"]
        ),
        chronic_conditions=row["chronic_conditions"],
        risk_attested=any((day := _day(each["risk_attested_on"])) and day <= last for each in in_question),
        care_plan_current=any((day := _day(each["care_plan_on"])) and day <= last for each in in_question),
        died=row["died"],
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
