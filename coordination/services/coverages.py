"""Who pays for a patient, with the payer found by name where the agency does not know it yet."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from coordination.models import Coverage, Payer
from coordination.services.payers import payer_add
from coordination.services.records import record_save
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
