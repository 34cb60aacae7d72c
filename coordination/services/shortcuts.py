"""Whether single keys act for a person."""

from django.db import transaction

from tenancy import access
from tenancy.models import Membership


@transaction.atomic
def shortcuts_switch(*, actor: Membership, on: bool) -> None:
    """Kept with the membership, so that it holds on every device and costs no query."""
    access.require(actor, "patient.read")
    actor.shortcuts = on
    actor.save(update_fields=["shortcuts"])
