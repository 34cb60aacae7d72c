"""Who may open discharges and say what of them; tried by tests/test_access_matrix.py."""

from collections.abc import Callable
from typing import Any

from tenancy.roles import CARE, CHART_READERS, Role
from tests.matrix_row import Row

READ, JUDGE = CHART_READERS, frozenset({Role.CLINICIAN})
ONE = ("patient", "transition")


def with_version(**said: str) -> Callable[[Any], dict[str, Any]]:
    return lambda world: {"version": 1, **said}


def a_discharge(world: Any) -> dict[str, Any]:
    return {
        "discharged_on": "2026-11-10", "setting": "inpatient_acute", "destination": "home", "learned_on": "2026-11-11",
        "learned_time": "10:00",
    }  # fmt: skip


def acting(key: str, roles: frozenset[str], **said: str) -> dict[str, list[Row]]:
    """The form, and one that is sent."""
    return {
        f"coordination:transition_{key}": [
            Row("get", roles, 200, ONE),
            Row("post", roles, 302, ONE, with_version(**said)),
        ]
    }


def refused(key: str, roles: frozenset[str], **said: str) -> dict[str, list[Row]]:
    """What does not fit an open discharge that nobody has judged: the form comes back."""
    return {
        f"coordination:transition_{key}": [
            Row("get", roles, 200, ONE),
            Row("post", roles, 422, ONE, with_version(**said)),
        ]
    }


ROWS: dict[str, list[Row]] = {
    "coordination:transitions": [
        Row("get", READ, 200),
        Row("post", READ, 302, (), lambda world: {"q": world.mark}),
    ],
    "coordination:patient_transitions": [Row("get", READ, 200, ("patient",))],
    "coordination:transition_add": [
        Row("get", CARE, 200, ("patient",)),
        Row("post", CARE, 302, ("patient",), a_discharge, of="newcomer"),
    ],
    "coordination:transition": [Row("get", READ, 200, ONE)],
    "coordination:transition_looked_at": [Row("post", CARE, 302, ONE, with_version())],
    "coordination:transition_step": [
        Row("get", CARE, 200, ONE),
        Row(
            "post", CARE, 302, ONE, lambda world: {"on": "2026-11-16", "done_by": world.coordinator.pk},
        ),
    ],
    "coordination:transition_step_withdraw": [
        Row("get", CARE, 200, (*ONE, "step")),
        Row("post", CARE, 302, (*ONE, "step"), with_version(because="another patient's")),
    ],
    "coordination:transition_change": [
        Row("get", CARE, 200, ONE),
        Row("post", CARE, 302, ONE, lambda world: a_discharge(world) | {"version": 1, "reason": "as the daughter says"}),
    ],
    **acting("arrange", CARE),
    **refused("decide", CARE, restart="restart", reason="a new illness"),
    **acting("end", CARE, end_reason="declined", ended_on="2026-11-16"),
    **refused("reopen", CARE, reason="it is not over"),
    **acting("cancel", CARE, reason="of another patient"),
    "coordination:transition_ask": [
        Row("get", CARE, 200, ONE),
        Row("post", CARE, 302, ONE, lambda world: {"version": 1, "of": world.members[Role.CLINICIAN].pk}),
    ],
    **acting("judge", JUDGE, complexity="high", judged_on="2026-11-16"),
    **refused("unjudge", JUDGE, reason="of another patient"),
}  # fmt: skip
WHEN = {"coordination:transition_step": {"done": "reconciliation"}}
