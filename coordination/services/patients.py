"""Patients: what happens to them, told one function each."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from coordination.models import Opening, Patient, PatientToken
from coordination.selectors.patients import alike, words_of
from coordination.services.deadlines import patients_renew
from tenancy import access, clock
from tenancy.models import Membership
from tenancy.writes import for_change, refusing

MRN_TAKEN = _("Another patient has this MRN. Open that record, or check the number.")


class LooksAlike(Exception):
    """Records that may be the same person, which nobody has compared yet."""

    def __init__(self, patients: Sequence[Patient]) -> None:
        super().__init__(f"{len(patients)} records look alike")
        self.patients = patients


def patient_opened(*, actor: Membership, patient: Patient, now: datetime) -> None:
    """Remember that somebody opened a patient's page, for the list that begins with what they saw last. One statement."""
    access.require(actor, "patient.read")
    Opening.objects.bulk_create(
        [Opening(member=actor, patient=patient, at=now)],
        update_conflicts=True,
        unique_fields=["agency", "patient", "member"],
        update_fields=["at"],
    )


@transaction.atomic
def patient_create(*, actor: Membership, dismissed: Collection[str] = (), **facts: Any) -> Patient:
    """Add a patient. The same facts sent again return the record that they made.

    Raises LooksAlike while there are records with this name and birth date, or this number, that are not in `dismissed`;
    ValidationError for an MRN that another patient has.
    """
    access.require(actor, "patient.write")
    patient = Patient(**facts)
    found = alike(patient)
    for each in found:
        if each.mrn == patient.mrn and all(getattr(each, name) == value for name, value in facts.items()):
            return each
    if any(str(each.pk) not in dismissed for each in found):
        raise LooksAlike(found)
    return _saved_by_hand(patient)


@transaction.atomic
def patient_update(*, actor: Membership, patient: Patient, version: int, **facts: Any) -> Patient:
    """Change who a patient is. Raises VersionConflict if somebody changed it after `version` was shown."""
    access.require(actor, "patient.write")
    current = for_change(patient, version)
    for name, value in facts.items():
        setattr(current, name, value)
    return _saved_by_hand(current)


def _saved_by_hand(patient: Patient) -> Patient:
    if Patient.objects.filter(mrn=patient.mrn).exclude(pk=patient.pk).exists():
        raise ValidationError({"mrn": MRN_TAKEN})
    with refusing({"mrn": MRN_TAKEN}):
        return patient_save(patient)


@transaction.atomic
def patient_save(patient: Patient) -> Patient:
    """Store a patient's demographics together with the words they are found by. Callers have checked who may."""
    is_new = patient._state.adding
    patient.full_clean()
    patient.save()
    patient_index(patient)
    if not is_new:
        patients_renew([patient.pk], now=clock.now())  # with a death nothing is due any more
    return patient


def patient_held(pk: UUID) -> Patient:
    """The patient, held until the transaction ends; the kept record if this one was merged meanwhile.

    Whoever adds something to a patient writes it to what this returns: a merge waits for it, or it for a merge.
    """
    patient = Patient.objects.select_for_update(no_key=True).get(pk=pk)
    return patient_held(patient.merged_into_id) if patient.merged_into_id else patient


def patients_held(keys: Collection[UUID]) -> dict[UUID, Patient]:
    """What `patient_held` returns for each of these keys, in one statement and one more for each merge that followed a merge.

    They are held in the order of their keys, as a merge holds its two.
    """
    found = Patient.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    held = {each.pk: each for each in found}
    onward = {each.merged_into_id for each in held.values() if each.merged_into_id}
    kept = patients_held(onward) if onward else {}
    return {pk: kept[each.merged_into_id] if each.merged_into_id else each for pk, each in held.items()}


def patient_index(patient: Patient) -> None:
    """Make the words a patient is found by what they should be now; called by whoever changes one of them."""
    words = words_of(patient)
    PatientToken.objects.filter(patient=patient).exclude(token__in=words).delete()
    PatientToken.objects.bulk_create(
        [PatientToken(patient=patient, token=word) for word in sorted(words)], ignore_conflicts=True
    )
