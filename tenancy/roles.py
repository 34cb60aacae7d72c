"""Who may do what: one table from capability to roles. What is not in the table nobody may do.

A capability is `<noun>.<verb>`. Services and views ask `may(membership, capability)`; there is no other permission system.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    COORDINATOR = "coordinator", _("Care coordinator")
    ADMIN = "admin", _("Administrator")


CAPABILITIES: dict[str, frozenset[str]] = {
    "patient.read": frozenset({Role.COORDINATOR, Role.ADMIN}),
    "condition.write": frozenset({Role.COORDINATOR}),
    "enrollment.write": frozenset({Role.COORDINATOR}),
    "time_log.record": frozenset({Role.COORDINATOR}),
    "ledger.read": frozenset({Role.COORDINATOR, Role.ADMIN}),
    "ledger.money": frozenset({Role.ADMIN}),  # who logs minutes sees what counts, never dollars
    "month.run": frozenset({Role.ADMIN}),
    "people.read": frozenset({Role.ADMIN}),
}


def may(role: str, capability: str) -> bool:
    """Whether a role has a capability; an unknown capability is no."""
    return role in CAPABILITIES.get(capability, frozenset())


def roles_with(capability: str) -> list[Role]:
    """The roles that have a capability, for the page that says who to ask."""
    return [role for role in Role if may(role, capability)]
