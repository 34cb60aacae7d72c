"""May this person see this import, this stay or this source? May this machine send?"""

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from interop.models import AdtSource, AdtStay, ImportRun, LocalCode
from interop.selectors.adt import source_with_token, sources, stay_by_id
from interop.selectors.imports import import_run_by_id
from tenancy import access
from tenancy.context import agency_context
from tenancy.machines import TokenRefused, token_shown
from tenancy.models import Agency, Membership, TenantModel

R = TypeVar("R", bound=TenantModel)
ADT_WRITE = "adt.write"
"""The scope of a token that may send a hospital's messages."""


def import_run_for(actor: Membership, pk: UUID) -> ImportRun:
    """The import, for who may import; NotFound when missing or another agency's."""
    access.require(actor, "patient.import")
    run = import_run_by_id(pk)
    if run is None:
        raise access.NotFound
    return run


def stay_for(actor: Membership, pk: UUID) -> AdtStay:
    """A stay of which hospitals tell, with its source and patient."""
    access.require(actor, "adt.read")
    return _found(stay_by_id(pk))


def source_for(actor: Membership, pk: UUID) -> AdtSource:
    access.require(actor, "adt.configure")
    return _found(sources().filter(pk=pk).first())


def local_code_for(actor: Membership, source: AdtSource, pk: UUID) -> LocalCode:
    access.require(actor, "adt.configure")
    return _found(LocalCode.objects.select_related("source").filter(source=source, pk=pk).first())


def source_of_token(text: str, now: datetime) -> tuple[Agency, AdtSource]:
    """The source that a token was made for, and its agency. Raises TokenRefused: also for a token that no source has."""
    agency, token = token_shown(text, scope=ADT_WRITE, now=now)
    with agency_context(agency):
        source = source_with_token(token.pk)
    if source is None:
        raise TokenRefused
    return agency, source


def _found(row: R | None) -> R:
    if row is None:
        raise access.NotFound
    return row
