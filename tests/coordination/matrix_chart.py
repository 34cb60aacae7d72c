"""Who may open the chart, and record, change and take back each of its nouns; tried by tests/test_access_matrix.py."""

from collections.abc import Callable
from typing import Any

from tenancy.roles import CARE, CHART_READERS, Role
from tests import factories
from tests.matrix_row import Row

FACTS = ("visit", "stay", "outside_claim", "care_period", "judgement", "element")
WRITERS = dict.fromkeys(factories.RECORDS, CARE) | dict.fromkeys(FACTS, CARE | {Role.BILLER})
WRITERS["month_program"] = CARE | {Role.BILLER, Role.ADMIN}
WRITERS["coverage"] = CARE | {Role.BILLER, Role.ADMIN}


def typed(key: str, **more: Any) -> Callable[[Any], dict[str, Any]]:
    return lambda world: factories.typed(world, key) | more


def a_text(world: Any) -> dict[str, Any]:
    words = {"label": "2026-02", "language": "es", "from_day": "2026-11-01", "body": "Usted puede parar."}
    return {"program": "chronic_care", **words}


ROWS: dict[str, list[Row]] = {
    "coordination:chart": [Row("get", CHART_READERS, 200, ("patient",))],
    "coordination:consent_texts": [
        Row("get", CHART_READERS, 200),
        Row("post", frozenset({Role.ADMIN}), 302, (), a_text),
    ],
}
for key, writers in WRITERS.items():
    ROWS |= {
        f"coordination:{key}_list": [
            Row("get", CHART_READERS, 200, ("patient",)),
            Row("post", CHART_READERS, 302, ("patient",), lambda world: {"q": "denver"}),
        ],
        f"coordination:{key}_add": [
            Row("get", writers, 200, ("patient",)),
            Row("post", writers, 302, ("patient",), typed(key), of="newcomer"),
        ],
        f"coordination:{key}": [
            Row("get", writers, 200, ("patient", key)),
            Row("post", writers, 302, ("patient", key), typed(key, version=1)),
        ],
        f"coordination:{key}_withdraw": [
            Row("get", writers, 200, ("patient", key)),
            Row("post", writers, 302, ("patient", key), lambda world: {"because": "not_so", "version": 1}),
        ],
    }
