"""Contracts, logs of case management and elements of other programs, with defaults that read like sentences."""

from datetime import date

from msgspec.structs import replace

from billing.rules import (
    PRESETS,
    Terms,
    UnitCode,
    Visit,
)
from tests.billing.months import a_log, enrolled, march

CASE = {"elements": {"targeted_case_management": frozenset(["medicaid", "target_group"])}, "enrollments": ()}


MANAGED = "targeted_case_management"


def managed(minutes, day=None, **changes):
    return a_log(minutes, day or march(4), **{"program": MANAGED, "discipline": "BACHELORS_CM", **changes})


def by_unit(code="T1017", rounding="midpoint_8", **changes):
    return replace(UnitCode(code, MANAGED, PRESETS[rounding]), **changes)


def contract(*codes, **changes):
    return replace(Terms("State 2025", date(2025, 1, 1), units=codes, kind="medicaid"), **changes)


def billed(decision):
    return [(line.code, line.units, line.earliest, line.latest, line.modifiers, line.logs) for line in decision.lines]


def a_visit(day, **changes):
    return replace(Visit(day, "99215", "ours", complexity="high"), **changes)


def two(first, second):
    return (enrolled(**first), enrolled(**second))


PRIMARY = {
    "advanced_primary_care": frozenset(["elements_available"]),
    "behavioral_health": frozenset(["service_furnished"]),
    "collaborative_care": frozenset(["registry", "psychiatric_review", "rating_scale"]),
}
