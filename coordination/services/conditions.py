"""What a patient is treated for: a person says it, and from then on rules count it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from coordination.models import Condition
from coordination.rules.icd10cm import billable_code
from coordination.services.records import record_save
from tenancy.models import Membership


def condition_record(
    *, actor: Membership, record: Condition, now: datetime, version: int = 0, icd10cm: str, **said: Any
) -> Condition:
    """Say what a condition is: a new one of a patient, or an imported one, which this confirms. Raises as `record_save`."""
    return record_save(
        actor=actor,
        record=record,
        now=now,
        version=version,
        icd10cm=billable_code(icd10cm) or icd10cm,
        confirmed_by=actor,
        confirmed_at=now,
        **said,
    )


@transaction.atomic
def conditions_confirm_as_chronic(*, actor: Membership, conditions: Sequence[Condition], now: datetime) -> None:
    """Confirm conditions on which an enrollment rests, as expected to last twelve months or more.

    Of several with one code (an import may propose it twice) one is enough.
    """
    confirmed = {each.icd10cm for each in conditions if each.confirmed_at and each.is_chronic}
    for condition in sorted(conditions, key=lambda each: each.confirmed_at is None):
        if condition.icd10cm in confirmed:
            continue
        condition_record(
            actor=actor,
            record=condition,
            now=now,
            version=condition.version,
            icd10cm=condition.icd10cm,
            is_chronic=True,
        )
        confirmed.add(condition.icd10cm)
