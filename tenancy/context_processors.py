"""What the page frame needs on every page."""

from typing import Any

from django.http import HttpRequest

from tenancy import sessions
from tenancy.models import Membership
from tenancy.roles import CAPABILITIES, may


def shell(request: HttpRequest) -> dict[str, Any]:
    """`membership`, its `agency`, `idle_seconds` a session may rest, and `can`: for `{% if "patient.read" in can %}`."""
    membership: Membership | None = getattr(request, "membership", None)
    if membership is None:
        return {"membership": None, "agency": None, "can": frozenset()}
    return {
        "membership": membership,
        "agency": membership.agency,
        "can": frozenset(name for name in CAPABILITIES if may(membership.role, name)),
        "idle_seconds": sessions.idle_minutes_of(request, membership.agency) * 60,
    }
