"""The organizations that pay: added where a coverage names a new one, kept by an administrator."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from coordination.models import Payer, PayerKind
from coordination.services.deadlines import contracts_renew
from tenancy import access, clock
from tenancy.models import Membership
from tenancy.writes import for_change, refusing


@transaction.atomic
def payer_save(*, actor: Membership, payer: Payer, version: int, **said: Any) -> Payer:
    """Add a payer (an unsaved one), or change what is known of one. Its name is its own in the agency.

    Raises ValidationError with the field, VersionConflict if somebody changed it after `version` was shown.
    """
    access.require(actor, "payer.write")
    current = payer if payer._state.adding else for_change(payer, version)
    for name, value in said.items():
        setattr(current, name, value)
    current.clean_fields(exclude=["agency"])
    with refusing({"name": _("“%(name)s” is in the list already.") % {"name": current.name}}):
        current.save()
    contracts_renew(now=clock.now())  # its name stands in what is due
    return current


@transaction.atomic
def payer_add(*, actor: Membership | None, name: str, kind: str) -> Payer:
    """A payer by its name, as a coverage says it; one of that name and kind is taken as it is. `actor` is None for a command."""
    if actor:
        access.require(actor, "coverage.write")
    if not name:
        raise ValidationError({"payer": _("Choose who pays, or name a payer that is not in the list.")})
    if kind not in PayerKind.values:
        raise ValidationError({"new_payer_kind": _("Choose what kind of payer “%(name)s” is.") % {"name": name}})
    payer, is_new = Payer.objects.get_or_create(name=name, defaults={"kind": kind})
    if not is_new and payer.kind != kind:
        raise ValidationError(
            {
                "new_payer_kind": _(
                    "“%(name)s” is in the list as %(kind)s. Choose it there, or give this one another name."
                )
                % {"name": name, "kind": payer.get_kind_display()}
            }
        )
    if actor and not payer.is_open:
        raise ValidationError(
            {"new_payer": _("“%(name)s” is no longer offered. An administrator opens it on its page.") % {"name": name}}
        )
    return payer
