"""May this person do this? The answer for capabilities; what belongs to a kind of object is in that app's `access.py`."""

from django.core.exceptions import PermissionDenied
from django.http import Http404

from tenancy.models import Membership
from tenancy.roles import may


class NotFound(Http404):
    """The object is missing or another agency's: from outside the two are the same."""


class CapabilityRequired(PermissionDenied):
    """The person's role lacks a capability; the 403 page says which roles have it."""

    def __init__(self, capability: str) -> None:
        super().__init__(capability)
        self.capability = capability


def require(actor: Membership, capability: str) -> None:
    """Return if `actor` has the capability, else raise CapabilityRequired."""
    if not (actor.is_active and may(actor.role, capability)):
        raise CapabilityRequired(capability)
