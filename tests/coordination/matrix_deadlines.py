"""Who may open lists of what is due and work in them: rows of tests/test_access_matrix.py."""

from typing import Any

from tenancy.models import uuid7
from tenancy.roles import CARE, CHART_READERS, Role
from tests.matrix_row import Row

TEAM, ONE = frozenset({Role.SUPERVISOR, Role.ADMIN}), ("deadline",)


def an_attempt(world: Any) -> dict[str, Any]:
    return {
        "minutes": "8", "service_date": "2026-11-16", "note": "called", "reached": "1", "form_key": str(uuid7()),
    }  # fmt: skip


def a_delay(world: Any) -> dict[str, Any]:
    return {"day": "2026-11-17", "hour": "8", "reason": "asked to", "version": world.deadline.version}


def its_version(world: Any) -> dict[str, Any]:
    return {"version": world.deadline.version}


ROWS: dict[str, list[Row]] = {
    "coordination:today": [Row("get", CHART_READERS, 200)],
    "coordination:short_this_month": [Row("get", CARE, 200)],
    "coordination:task_call": [Row("post", CARE, 302, ONE)],
    "coordination:task_attempt": [Row("post", CARE, 302, ONE, an_attempt)],
    "coordination:task_put_off": [Row("post", CARE, 302, ONE, a_delay)],
    "coordination:task_take_up": [Row("post", CARE, 302, ONE, its_version)],
    "coordination:task_seen": [Row("post", CARE, 302, ONE, its_version)],
    "coordination:task_undo": [Row("post", CARE, 302, ("contact",))],
    "coordination:alerts": [Row("get", CARE, 200)],
    "coordination:team": [Row("get", TEAM, 200)],
    "coordination:team_tasks": [Row("get", TEAM, 200)],
}
