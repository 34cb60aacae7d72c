"""Who may open the pages of patients, of merging, and of access and history; tried by tests/test_access_matrix.py."""

from typing import Any

from coordination.selectors import merges
from tenancy.context import agency_context
from tenancy.roles import CHART_READERS as CHART
from tenancy.roles import Role
from tests.matrix_row import Row

WRITERS = frozenset({Role.COORDINATOR, Role.SUPERVISOR})
WATCHERS = frozenset({Role.PRIVACY_OFFICER, Role.ADMIN})
MERGERS = frozenset({Role.SUPERVISOR, Role.ADMIN})


def a_person(world: Any) -> dict[str, Any]:
    return {
        "family_name": "Nguyen",
        "given_name": "Lan",
        "birth_date": "1950-02-03",
        "mrn": "N-1",
        "sex": "female",
        "language": "vi",
        "version": 1,
    }


def a_merge(world: Any) -> dict[str, Any]:
    with agency_context(world.agency):
        return {"reason": "one person", "seen": merges.plan(world.patient, world.other).fingerprint}


ROWS: dict[str, list[Row]] = {
    "coordination:patient_access": [Row("get", WATCHERS, 200, ("patient",))],
    "coordination:patient_access_export": [Row("get", WATCHERS, 200, ("patient",))],
    "coordination:patient_history": [Row("get", WATCHERS | {Role.SUPERVISOR}, 200, ("patient",))],
    "coordination:agency_access": [
        Row("get", WATCHERS, 200),
        Row("post", WATCHERS, 200, (), lambda world: {"q": world.mark}),
    ],
    "coordination:agency_access_export": [Row("get", WATCHERS, 200)],
    "coordination:patient_add": [Row("get", WRITERS, 200), Row("post", WRITERS, 302, (), a_person)],
    "coordination:patient_details": [Row("get", CHART, 200, ("patient",))],
    "coordination:patient_edit": [
        Row("get", WRITERS, 200, ("patient",)),
        Row("post", WRITERS, 302, ("patient",), a_person),
    ],
    "coordination:merge_choose": [
        Row("get", MERGERS, 200, ("patient",)),
        Row("post", MERGERS, 200, ("patient",), lambda world: {"q": world.mark}),
    ],
    "coordination:merge_preview": [
        Row("get", MERGERS, 200, ("patient", "other")),
        Row("post", MERGERS, 302, ("patient", "other"), a_merge),
    ],
    "coordination:merge": [Row("get", MERGERS, 200, ("merge",))],
    "coordination:merge_undone": [Row("post", MERGERS, 302, ("merge",))],
}
