"""A rulebook that is small enough to be read at once, for faults that ours has no place for: one program, its own codes and lists."""

import json
from copy import deepcopy
from datetime import date
from typing import Any

from billing.rules.parts import Misfit, Parts, misfits
from billing.rules.references import unknown_references
from billing.rules.rulebook import Rulebook
from billing.rules.schema import (
    ActivitiesData,
    AgencyTypesData,
    ForeignCodesData,
    ProgramData,
    RulebookData,
    SharedCodesData,
    SourcesData,
    StaffData,
    StaysData,
)

OLDER, FIRST, NEWER = "2019-12-31", "2020-01-01", "2022-01-01"
LATER = date(2023, 1, 1)
IS = {"is": True}


def since(day: str, **stated: Any) -> dict[str, Any]:
    """A version."""
    return {"from": day, "cite": "US", "confidence": "memory", "words": "so it is", **stated}


def code(shape: str, *versions: dict[str, Any]) -> dict[str, Any]:
    return {"label": "ours", "shape": shape, "versions": list(versions)}


def requirement(fact: str, *versions: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"fact": fact, "otherwise": "care_plan.missing", "versions": list(versions), **changes}


def rulebook() -> dict[str, Any]:
    """What every test begins with: each dated thing has changed once, and nothing is wrong in it."""
    return {
        "rulebook.yaml": {
            "version": "1",
            "scope": [since(FIRST)],
            "order": ["care"],
            "contract": {"words": "theirs"},
            "coverage": {"words": "theirs"},
        },
        "sources.yaml": {"sources": {}},
        "staff.yaml": {"staff": {"nurses": [since(FIRST, disciplines=["RN"]), since(NEWER, disciplines=["RN", "LPN"])]}},
        "activities.yaml": {"activities": {"errands": {"travel": [since(FIRST, counts=False), since(NEWER, counts=True)]}}},
        "agency_types.yaml": {"agency_types": {}},
        "stays.yaml": {
            "stays": {"away": {"jail": [since(FIRST, finding="minutes.in_detention"), since(NEWER, finding="minutes.in_facility")]}}
        },
        "shared_codes.yaml": {"codes": {}},
        "foreign_codes.yaml": {"foreign": []},
        "care.yaml": {
            "program": "care",
            "label": "Care",
            "checked_through": "2026-12-31",
            "not_modelled": [],
            "staff": "nurses",
            "activities": "errands",
            "institutions": "away",
            "period": [since(FIRST, length="calendar_month"), since(NEWER, length="calendar_month")],
            "requires": [requirement("risk_attested", since(FIRST, **IS), since(NEWER, **IS))],
            "tracks": [
                {
                    "name": "plain",
                    "codes": ["A0001", "A0002"],
                    "staff": "nurses",
                    "requires": [requirement("care_plan_current", since(FIRST, **IS), since(NEWER, **IS))],
                }
            ],
            "declared": {"plain": ["plain"]},
            "codes": {
                "A0001": code("base", since(FIRST, minutes=20), since(NEWER)),
                "A0002": code("add_on", since(NEWER, minutes=10, add_on_to=["A0001"]), since("2024-01-01", add_on_to=[])),
            },
        },
    }  # fmt: skip


OTHER = {
    "program": "other",
    "label": "Other",
    "checked_through": "2025-06-30",
    "not_modelled": [],
    "tracks": [{"name": "plain", "codes": ["A0009"]}],
    "declared": {"plain": ["plain"]},
}
"""A second program, of a code that no file has yet."""


def changed(*changes: tuple[Any, ...]) -> dict[str, Any]:
    """The rulebook with values put in: each change is the way to a value, and the value."""
    files = deepcopy(rulebook())
    for *way, value in changes:
        place = files
        for step in way[:-1]:
            place = place.setdefault(step, {}) if isinstance(place, dict) else place[step]
        place[way[-1]] = value
    return files


def parts(files: dict[str, Any]) -> Parts:
    def typed(name: str, model: Any) -> Any:
        return model.model_validate_json(json.dumps(files[name]))

    return Parts(
        typed("rulebook.yaml", RulebookData),
        typed("sources.yaml", SourcesData),
        typed("staff.yaml", StaffData),
        typed("activities.yaml", ActivitiesData),
        typed("agency_types.yaml", AgencyTypesData),
        typed("stays.yaml", StaysData),
        typed("shared_codes.yaml", SharedCodesData),
        typed("foreign_codes.yaml", ForeignCodesData),
        {name: typed(name, ProgramData) for name, data in files.items() if "program" in data},
    )


def faults(*changes: tuple[Any, ...]) -> list[Misfit]:
    """What is wrong between the files of the rulebook with the changes."""
    those = parts(changed(*changes))
    return [*misfits(those, {}), *unknown_references(those)]


def loaded(*changes: tuple[Any, ...]) -> Rulebook:
    assert faults(*changes) == []
    return Rulebook(parts(changed(*changes)))
