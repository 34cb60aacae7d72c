"""Patients and their conditions: what happens to them, told one function each."""

from collections.abc import Sequence
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from coordination.models import Condition, Patient, PatientToken
from coordination.rules.icd10cm import billable_code
from coordination.rules.names import name_tokens, tokens
from tenancy import access
from tenancy.models import Membership
from tenancy.writes import for_change, refusing

LISTED_ALREADY = _("This code is already on the patient's list.")


@transaction.atomic
def patient_save(patient: Patient) -> Patient:
    """Store a patient's demographics together with the words they are found by. Callers have checked who may."""
    patient.full_clean()
    patient.save()
    words = {
        *name_tokens(patient.family_name, patient.given_name),
        *tokens(patient.mrn),
        patient.birth_date.isoformat(),
    }
    PatientToken.objects.filter(patient=patient).exclude(token__in=words).delete()
    PatientToken.objects.bulk_create(
        [PatientToken(patient=patient, token=word[:100]) for word in sorted(words)], ignore_conflicts=True
    )
    return patient


@transaction.atomic
def condition_record(
    *,
    actor: Membership,
    condition: Condition,
    version: int,
    icd10cm: str,
    text: str,
    is_chronic: bool,
    onset: date | None,
    now: datetime,
) -> Condition:
    """Say what a condition is: a new one of a patient, or an imported one. A person says it, so from now on rules count it.

    Raises ValidationError for what is no billable code or stands on the list already, VersionConflict if somebody changed
    the condition after `version` was shown.
    """
    access.require(actor, "condition.write")
    if not condition._state.adding:
        condition = for_change(condition, version)
    code = billable_code(icd10cm)
    if code is None:
        raise ValidationError({"icd10cm": _("“%(code)s” is no billable ICD-10-CM code.") % {"code": icd10cm}})
    condition.icd10cm, condition.text, condition.is_chronic, condition.onset = code, text, is_chronic, onset
    condition.confirmed_by, condition.confirmed_at = actor, now
    with refusing(LISTED_ALREADY):
        condition.full_clean()
        condition.save()
    return condition


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
            condition=condition,
            version=condition.version,
            icd10cm=condition.icd10cm,
            text=condition.text,
            is_chronic=True,
            onset=condition.onset,
            now=now,
        )
        confirmed.add(condition.icd10cm)
