"""Who may open what about time: the rows of tests/test_access_matrix.py for timers, entries, days, months and phrases."""

from typing import Any

from tenancy.models import uuid7
from tenancy.roles import CARE, CHART_READERS, Role
from tests.matrix_row import Row

MONEY, STAFF = frozenset({Role.BILLER, Role.ADMIN}), frozenset({Role.SUPERVISOR, Role.ADMIN})
WRITERS_OF_PHRASES = CARE | {Role.ADMIN}


def a_time(world: Any) -> dict[str, Any]:
    return {
        "minutes": "8",
        "service_date": "2026-11-16",
        "activity": "care_coordination",
        "program": "chronic_care",
        "note": "called",
        "form_key": str(uuid7()),
    }


def a_change(world: Any) -> dict[str, Any]:
    return a_time(world) | {"minutes": "9", "version": 1, "reason": "one more minute"}


def a_void(world: Any) -> dict[str, Any]:
    return {"void-version": 1, "void-reason": "wrong patient"}


def a_reason(world: Any) -> dict[str, Any]:
    return {"reason": "all is entered"}


def a_phrase(world: Any) -> dict[str, Any]:
    return {"label": "pill box", "text": "The pill box was filled together."}


WHEN = {
    "coordination:month_lock": {"month": "2026-10"},
    "coordination:month_entered": {"month": "2026-10"},
    "coordination:day": {"day": "2026-11-16"},
}
"""What else an address says: a month, a day."""

ROWS: dict[str, list[Row]] = {
    "coordination:time_log_record": [Row("post", CARE, 302, ("patient",), a_time)],
    "coordination:time_log_preview": [Row("post", CARE, 200, ("patient",), a_time)],
    "coordination:time_log_more": [Row("get", CARE, 200, ("patient",))],
    "coordination:timer_start": [Row("post", CARE, 302, ("patient",))],
    "coordination:contact": [Row("get", CHART_READERS, 200, ("patient", "contact"))],
    "coordination:contact_change": [Row("post", CARE, 302, ("patient", "contact"), a_change)],
    "coordination:contact_change_preview": [Row("post", CARE, 200, ("patient", "contact"), a_change)],
    "coordination:contact_void": [Row("post", CARE, 302, ("patient", "contact"), a_void)],
    "coordination:contact_give_way": [Row("post", CARE, 302, ("patient", "contact"), a_void)],
    "coordination:contact_review": [Row("post", STAFF, 302, ("patient", "contact"))],
    "coordination:timers": [Row("get", CARE, 200)],
    "coordination:timer": [Row("get", CARE, 200, ("timer",))],
    "coordination:timer_stop": [Row("post", CARE, 302, ("timer",))],
    "coordination:timer_resume": [Row("post", CARE, 302, ("timer",))],
    "coordination:timer_take_back": [Row("post", CARE, 302, ("timer",))],
    "coordination:timer_discard": [Row("post", CARE, 302, ("timer",))],
    "coordination:my_day": [Row("get", CARE, 302)],
    "coordination:day": [Row("get", CARE, 200, ("member",))],
    "coordination:review": [Row("get", STAFF, 200)],
    "coordination:months": [Row("get", CARE | MONEY, 200)],
    "coordination:month_lock": [Row("post", MONEY, 302, (), a_reason)],
    "coordination:month_entered": [Row("post", CARE, 302, (), lambda world: {"entered": "1"})],
    "coordination:month_unlock": [Row("post", MONEY, 302, ("lock",), a_reason)],
    "coordination:phrases": [Row("get", WRITERS_OF_PHRASES, 200), Row("post", WRITERS_OF_PHRASES, 302, (), a_phrase)],
    "coordination:phrase": [
        Row("get", WRITERS_OF_PHRASES, 200, ("phrase",)),
        Row("post", WRITERS_OF_PHRASES, 302, ("phrase",), a_phrase),
    ],
    "coordination:phrase_remove": [Row("post", WRITERS_OF_PHRASES, 302, ("phrase",))],
    "coordination:shortcuts": [Row("post", CHART_READERS, 302)],
}
