"""May this person do this, or have this? Capabilities for every app; of objects, those of tenancy itself."""

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404

from tenancy.models import Holiday, Invitation, Licence, Membership, Place, ServiceToken
from tenancy.roles import may
from tenancy.selectors.people import people

M = TypeVar("M", bound=Model)
P = TypeVar("P", bound=Place)


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


def person_for(actor: Membership, pk: UUID, now: datetime) -> Membership:
    """The person with this key, and whether a link is on its way to them."""
    require(actor, "people.read")
    return _found(people(now).filter(pk=pk).first())


def licence_for(actor: Membership, person: Membership, pk: UUID) -> Licence:
    require(actor, "people.read")
    return _found(Licence.objects.filter(person=person, pk=pk).first())


def invitation_for(actor: Membership, person: Membership, pk: UUID) -> Invitation:
    require(actor, "people.read")
    return _found(Invitation.objects.filter(person=person, pk=pk).first())


def place_for(actor: Membership, kind: type[P], pk: UUID) -> P:
    """A site or a team."""
    require(actor, "agency.read")
    return _found(kind.objects.filter(pk=pk).first())


def holiday_for(actor: Membership, pk: UUID) -> Holiday:
    require(actor, "agency.read")
    return _found(Holiday.objects.filter(pk=pk).first())


def service_token_for(actor: Membership, pk: UUID) -> ServiceToken:
    require(actor, "service_token.write")
    return _found(ServiceToken.objects.filter(pk=pk).first())


def _found(row: M | None) -> M:
    if row is None:
        raise NotFound
    return row
