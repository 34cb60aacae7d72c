"""The access matrix of what leaves the product: one's mail and calendar, and other systems."""

from typing import Any

from tenancy.models import uuid7
from tenancy.roles import CHART_READERS, Role
from tests.matrix_row import Row

ADMIN = frozenset({Role.ADMIN})


def an_address(world: Any) -> dict[str, Any]:
    return {"url": "https://example.org/careledger", "form_key": uuid7()}


ROWS: dict[str, list[Row]] = {
    "coordination:deadline": [Row("get", CHART_READERS, 302, ("deadline",))],
    "coordination:notices": [
        Row("get", CHART_READERS, 200),
        Row("post", CHART_READERS, 302, (), lambda world: {"digest_hour": 7, "version": 1}),
    ],
    "coordination:calendar_make": [Row("post", CHART_READERS, 200)],
    "coordination:calendar_revoke": [Row("post", CHART_READERS, 302)],
    "coordination:outbox": [Row("get", ADMIN, 200), Row("post", ADMIN, 200, (), an_address)],
    "coordination:endpoint_try": [Row("post", ADMIN, 302, ("endpoint",))],
    "coordination:endpoint_pause": [Row("post", ADMIN, 302, ("endpoint",))],
    "coordination:endpoint_resume": [Row("post", ADMIN, 302, ("endpoint",))],
    "coordination:endpoint_remove": [Row("post", ADMIN, 302, ("endpoint",))],
    "coordination:endpoint_again": [Row("post", ADMIN, 302, ("endpoint",))],
    "coordination:message_again": [Row("post", ADMIN, 302, ("message",))],
}
