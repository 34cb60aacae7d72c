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
def condition_add(
    *, actor: Membership, patient: Patient, icd10cm: str, text: str, is_chronic: bool, onset: date | None, now: datetime
) -> Condition:
    """Record a diagnosis. A person records it, so it is confirmed."""
    access.require(actor, "condition.write")
    return _confirmed(Condition(patient=patient), actor, icd10cm, text, is_chronic, onset, now)


@transaction.atomic
def condition_confirm(
    *,
    actor: Membership,
    condition: Condition,
    icd10cm: str,
    text: str,
    is_chronic: bool,
    onset: date | None,
    now: datetime,
) -> Condition:
    """Say what an imported (or wrongly recorded) condition is; from now on rules may count it."""
    access.require(actor, "condition.write")
    return _confirmed(condition, actor, icd10cm, text, is_chronic, onset, now)


def _confirmed(
    condition: Condition,
    actor: Membership,
    icd10cm: str,
    text: str,
    is_chronic: bool,
    onset: date | None,
    now: datetime,
) -> Condition:
    condition.icd10cm, condition.text, condition.is_chronic, condition.onset = icd10cm, text, is_chronic, onset
    condition.confirmed_by, condition.confirmed_at = actor, now
    condition.full_clean()
    condition.save()
    return condition


def conditions_confirm_as_chronic(*, actor: Membership, conditions: Iterable[Condition], now: datetime) -> None:
    """Confirm conditions on which an enrollment rests, as expected to last twelve months or more."""
    for condition in conditions:
        if condition.confirmed_at is None or not condition.is_chronic:
            _confirmed(condition, actor, condition.icd10cm, condition.text, True, condition.onset, now)
