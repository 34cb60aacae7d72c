"""Who pays for a patient, with the payer found by name where the agency does not know it yet."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from coordination.models import Coverage, Payer, PayerKind
from coordination.services.records import record_save
from tenancy import access
from tenancy.models import Membership


@transaction.atomic
def coverage_save(
    *,
    actor: Membership,
    record: Coverage,
    now: datetime,
    version: int = 0,
    payer: Payer | None,
    new_payer: str = "",
    new_payer_kind: str = "",
    **said: Any,
) -> Coverage:
    """Record or change a coverage by a payer of the agency, or by one that is new to it. Raises as `record_save`."""
    if payer and new_payer:
        raise ValidationError({"new_payer": _("Choose a payer or name a new one, not both.")})
    if not payer:
        payer = payer_add(actor=actor, name=new_payer, kind=new_payer_kind)
    return record_save(actor=actor, record=record, now=now, version=version, payer=payer, **said)


@transaction.atomic
def payer_add(*, actor: Membership | None, name: str, kind: str) -> Payer:
    """An organization that pays, by its name; one of that name and kind is taken as it is. `actor` is None for a command."""
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
    return payer
