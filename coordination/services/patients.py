"""Patients and their conditions: what happens to them, told one function each."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from coordination.models import Condition, Patient, PatientToken
from coordination.rules.names import tokens
from tenancy import access
from tenancy.models import Membership


@transaction.atomic
def patient_save(patient: Patient) -> Patient:
    """Store a patient's demographics together with the words they are found by. Callers have checked who may."""
    patient.full_clean()
    patient.save()
    words = {*tokens(patient.family_name, patient.given_name), *tokens(patient.mrn), patient.birth_date.isoformat()}
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
    icd10cm: str,
    text: str,
    is_chronic: bool,
    onset: date | None,
    now: datetime,
) -> Condition:
    """Say what a condition is: a new one of a patient, or an imported one. A person says it, so from now on rules count it.

    Raises ValidationError if the patient has the code already.
    """
    access.require(actor, "condition.write")
    condition.icd10cm, condition.text, condition.is_chronic, condition.onset = icd10cm, text, is_chronic, onset
    condition.confirmed_by, condition.confirmed_at = actor, now
    condition.full_clean()
    condition.save()
    return condition


def conditions_confirm_as_chronic(*, actor: Membership, conditions: Iterable[Condition], now: datetime) -> None:
    """Confirm conditions on which an enrollment rests, as expected to last twelve months or more."""
    for condition in conditions:
        if condition.confirmed_at is None or not condition.is_chronic:
            condition_record(
                actor=actor,
                condition=condition,
                icd10cm=condition.icd10cm,
                text=condition.text,
                is_chronic=True,
                onset=condition.onset,
                now=now,
            )
