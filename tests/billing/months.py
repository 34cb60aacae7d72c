"""Patient-months with defaults that read like sentences: a month of March 2025 that has everything but minutes."""

from collections.abc import Iterable
from datetime import date, time
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from billing.rules import (
    FOR_LIFE,
    Decision,
    Enrollment,
    Entry,
    Log,
    PatientMonth,
    Payer,
    Terms,
    evaluate,
    load_rulebook,
)

RULEBOOK = load_rulebook()
FIRST, LAST = date(2025, 3, 1), date(2025, 3, 31)


def march(day: int) -> date:
    return date(2025, 3, day)


def a_log(minutes: int, day: date = date(2025, 3, 4), *, start: str | None = None, **changes: Any) -> Log:
    base = Log(
        f"{day:%d}-{minutes}",
        day,
        minutes,
        "chronic_care",
        "care_coordination",
        "RN",
        "s1",
        time.fromisoformat(start) if start else None,
    )
    return replace(base, **changes)


def enrolled(consent: date | None = date(2025, 1, 10), **changes: Any) -> Enrollment:
    return replace(Enrollment("chronic_care", consent, initiating_visit=date(2025, 1, 10)), **changes)


def a_month(*logs: Log, **changes: Any) -> PatientMonth:
    numbered = tuple(replace(log, id=f"{index}:{log.id}") for index, log in enumerate(logs))
    base = PatientMonth(
        FIRST,
        LAST,
        "physician_practice",
        numbered,
        (enrolled(),),
        chronic_conditions=(FOR_LIFE, FOR_LIFE),
        risk_attested=True,
        care_plan_current=True,
    )
    return replace(base, **changes)


def terms(**changes: Any) -> Terms:
    rates = {"99490": Decimal("60.49"), "99439": Decimal("45.93")}
    return replace(Terms("Medicare 2025", date(2025, 1, 1), rates=rates), **changes)


def decide(*logs: Log, payer: Payer | None = None, **changes: Any) -> Decision:
    return evaluate(a_month(*logs, **changes), payer or terms(), RULEBOOK)


def units(decision: Decision) -> dict[str, int]:
    return {line.code: line.units for line in decision.lines}


def found(decision: Decision, role: str = "declared") -> list[tuple[str, str, object, object]]:
    return [(each.id, each.code, each.have, each.need) for each in decision.findings if each.role == role]


def pieces(entries: Iterable[Entry]) -> list[tuple[int, str, str, int, str | None]]:
    return [(each.minutes, each.bucket, each.code, each.unit, each.reason) for each in entries]
