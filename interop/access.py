"""May this person see this import?"""

from uuid import UUID

from interop.models import ImportRun
from interop.selectors.imports import import_run_by_id
from tenancy import access
from tenancy.models import Membership


def import_run_for(actor: Membership, pk: UUID) -> ImportRun:
    """The import, for who may import; NotFound when missing or another agency's."""
    access.require(actor, "patient.import")
    run = import_run_by_id(pk)
    if run is None:
        raise access.NotFound
    return run
