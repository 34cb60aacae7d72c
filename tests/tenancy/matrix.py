"""The access matrix of tenancy's own pages."""

from typing import Any

from tenancy.models import uuid7
from tenancy.roles import Role
from tests.matrix_row import Row

VERSION = {"version": 1}
ADMIN = frozenset({Role.ADMIN})
STAFF = frozenset({Role.SUPERVISOR, Role.ADMIN})


def a_colleague(world: Any) -> dict[str, Any]:
    return {"name": "Nia Brook", "discipline": "RN"}


def a_licence(world: Any) -> dict[str, Any]:
    return {"kind": "RN", "state": "co", "number": "7", "valid_from": "2025-01-01", "version": 1}


def a_place(world: Any) -> dict[str, Any]:
    return {"name": "Riverside", "is_open": "on", "version": 1}


def a_token(world: Any) -> dict[str, Any]:
    return {"name": "Engine", "scopes": ["adt.write"], "last_day": "2027-06-30", "form_key": str(uuid7())}


ROWS: dict[str, list[Row]] = {
    "tenancy:stay": [Row("post", frozenset(Role), 204)],
    "tenancy:people": [Row("get", STAFF, 200)],
    "tenancy:person_new": [Row("get", ADMIN, 200), Row("post", ADMIN, 302, (), a_colleague)],
    "tenancy:person": [Row("get", STAFF, 200, ("person",))],
    "tenancy:profile": [
        Row("get", ADMIN, 200, ("person",)),
        Row("post", ADMIN, 302, ("person",), lambda world: a_colleague(world) | VERSION),
    ],
    "tenancy:role": [Row("post", ADMIN, 302, ("person",), lambda world: {"role": "biller"} | VERSION)],
    "tenancy:disable": [Row("post", ADMIN, 302, ("person",), lambda world: VERSION)],
    "tenancy:enable": [Row("post", ADMIN, 302, ("person",), lambda world: VERSION)],
    "tenancy:invite": [
        Row("post", ADMIN, 422, ("person",), lambda world: {"role": "biller", "email": "a@example.org"})
    ],
    "tenancy:withdraw": [Row("post", ADMIN, 302, ("person", "invitation"), person="invited")],
    "tenancy:licence_new": [
        Row("get", ADMIN, 200, ("person",)),
        Row("post", ADMIN, 302, ("person",), a_licence),
    ],
    "tenancy:licence": [
        Row("get", ADMIN, 200, ("person", "licence")),
        Row("post", ADMIN, 302, ("person", "licence"), a_licence),
    ],
    "tenancy:agency": [Row("get", STAFF, 200)],
    "tenancy:deadline_settings": [
        Row(
            "post",
            ADMIN,
            302,
            (),
            lambda world: (
                VERSION
                | {
                    "visit_day": 1,
                    "team_hours_before": 24,
                    "supervisor_hours_before": 4,
                    "care_plan_months": 6,
                    "rating_scale_days": 28,
                }
            ),
        )
    ],
    "tenancy:settings": [Row("post", ADMIN, 302, (), lambda world: {"idle_minutes": 5} | VERSION)],
    "tenancy:site_new": [Row("get", ADMIN, 200), Row("post", ADMIN, 302, (), a_place)],
    "tenancy:site": [Row("get", ADMIN, 200, ("site",)), Row("post", ADMIN, 302, ("site",), a_place)],
    "tenancy:team_new": [Row("get", ADMIN, 200), Row("post", ADMIN, 302, (), a_place)],
    "tenancy:team": [Row("get", ADMIN, 200, ("team",)), Row("post", ADMIN, 302, ("team",), a_place)],
    "tenancy:tokens": [Row("get", ADMIN, 200), Row("post", ADMIN, 200, (), a_token)],
    "tenancy:token_revoke": [Row("post", ADMIN, 302, ("token",))],
    "tenancy:holiday_new": [Row("post", ADMIN, 302, (), lambda world: {"day": "2026-12-24", "name": "Eve"})],
    "tenancy:holiday_remove": [Row("post", ADMIN, 302, ("holiday",))],
}
