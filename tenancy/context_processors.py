"""What the page frame needs on every page."""

from functools import lru_cache
from typing import Any, NamedTuple

from django.http import HttpRequest

from tenancy import clock, sessions
from tenancy.models import Membership
from tenancy.roles import CAPABILITIES, Role, may

PLACES = {
    "coordination:today": "today",
    "coordination:alerts": "alerts",
    "coordination:team": "team",
    "coordination:team_tasks": "team",
    "coordination:patients": "patients",
    "coordination:transitions": "transitions",
    "billing:ledger": "patients",
    "billing:runs": "runs",
    "billing:run": "runs",
    "billing:payers": "payers",
    "billing:payer": "payers",
    "billing:payer_new": "payers",
    "billing:payer_edit": "payers",
    "billing:rules": "rules",
    "billing:rule_code": "rules",
    "billing:rule_program": "rules",
    "billing:rule_changes": "rules",
    "billing:rule_sources": "rules",
    "billing:rule_values": "rules",
    "coordination:agency_access": "access",
    "tenancy:people": "people",
    "tenancy:person": "people",
    "tenancy:person_new": "people",
    "tenancy:profile": "people",
    "tenancy:licence": "people",
    "tenancy:licence_new": "people",
    "tenancy:agency": "agency",
}
FRONT_PAGES = (
    "coordination:today",
    "coordination:alerts",
    "coordination:team",
    "coordination:patients",
    "coordination:transitions",
    "billing:runs",
    "interop:imports",
    "interop:hospitals",
    "billing:payers",
    "billing:rules",
    "coordination:agency_access",
    "tenancy:people",
    "tenancy:agency",
)
"""Of the places in the rail: the pages that they lead to."""


class Frame(NamedTuple):
    """All that the parts of a page's frame show: equal ones look the same (templatetags/frame.py)."""

    slug: str
    agency: str
    city: str
    zone: str
    who: str
    role: str
    can: frozenset[str]
    shortcuts: bool
    idle_seconds: int
    place: str
    is_front_page: bool


def shell(request: HttpRequest) -> dict[str, Any]:
    """`membership`, its `agency`, the page's `frame`, and `can`: for `{% if "patient.read" in can %}`."""
    membership: Membership | None = getattr(request, "membership", None)
    if membership is None:
        return {"membership": None, "agency": None, "can": frozenset()}
    agency, can = membership.agency, capabilities(membership.role)
    frame = Frame(
        agency.slug,
        agency.name,
        agency.city,
        clock.now().astimezone(agency.zone).strftime("%Z"),
        membership.signature,
        str(Role(membership.role).label),
        can,
        membership.shortcuts,
        sessions.idle_minutes_of(request, agency) * 60,
        *_place(request, can),
    )
    return {"membership": membership, "agency": agency, "can": can, "frame": frame}


@lru_cache
def capabilities(role: str) -> frozenset[str]:
    return frozenset(name for name in CAPABILITIES if may(role, name))


def _place(request: HttpRequest, can: frozenset[str]) -> tuple[str, bool]:
    """Which place of the rail a page belongs to, and whether it is the one that the rail leads to."""
    match = request.resolver_match
    if match is None:
        return "", False
    if "patient" in match.kwargs:
        return "patients" if "patient.read" in can else "access", False
    if "/time/" in request.path:
        return "time", False
    place = "imports" if match.namespace == "interop" else PLACES.get(match.view_name, "")
    if match.url_name and match.url_name.startswith("hospital"):
        place = "hospitals"
    return place, match.view_name in FRONT_PAGES
