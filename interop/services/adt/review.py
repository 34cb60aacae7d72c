"""What people say of a stay: whose it is, what it was, where the patient went, or that it is no concern here."""

from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from coordination.models import IdentifierKind, Patient, PatientIdentifier, Sex
from coordination.services.patients import patient_create
from coordination.services.records import record_save
from interop.codecs.adt_fold import StayFacts
from interop.models import AdtStay
from interop.services.adt.kept import stay_facts
from interop.services.adt.patients import number_to_keep
from interop.services.adt.stays import hold_source, stay_renew, stays_of_number
from tenancy import access
from tenancy.models import Membership
from tenancy.writes import VersionConflict

SEXES = {"F": Sex.FEMALE, "M": Sex.MALE}


@transaction.atomic
def stay_link(*, actor: Membership, stay: AdtStay, version: int, patient: Patient, now: datetime) -> AdtStay:
    """Say whose stay it is. The hospital's number goes onto the patient's chart, so that the next message finds them by it."""
    access.require(actor, "adt.review")
    current = _held(stay, version)
    facts = stay_facts(current.facts)
    current.patient, current.linked_by = patient, actor
    number = number_to_keep(current.source, facts.identifiers)
    if number and number[0] != patient.mrn:
        _keep_number(actor, patient, *number, now)
    current = stay_renew(current, now)
    if number:
        for other in stays_of_number(current.source, number[0], ""):
            if other.pk != current.pk and other.patient_id is None:
                stay_renew(other, now)
    return current


@transaction.atomic
def stay_add_patient(
    *, actor: Membership, stay: AdtStay, version: int, mrn: str, dismissed: Collection[str] = (), now: datetime
) -> AdtStay:
    """Add the patient of whom the hospital tells. Raises LooksAlike as `patient_create` does."""
    access.require(actor, "adt.review")
    facts = stay_facts(stay.facts)
    if not (facts.family and facts.born):
        raise ValidationError(
            _("The hospital names neither a birth date nor a name: add the patient by hand, then link.")
        )
    patient = patient_create(
        actor=actor,
        dismissed=dismissed,
        family_name=facts.family,
        given_name=facts.given or "?",
        birth_date=facts.born,
        sex=SEXES.get(facts.sex, Sex.UNKNOWN),
        mrn=mrn,
    )
    return stay_link(actor=actor, stay=stay, version=version, patient=patient, now=now)


@transaction.atomic
def stay_decide(
    *, actor: Membership, stay: AdtStay, version: int, setting: str, destination: str, now: datetime
) -> AdtStay:
    """Say what kind of stay it was, or where the patient went; what is empty stays as the messages say it."""
    access.require(actor, "adt.review")
    if not (setting or destination):
        raise ValidationError({"destination": _("Say where the patient went.")})
    current = _held(stay, version)
    current.decided_setting = setting or current.decided_setting
    current.decided_destination = destination or current.decided_destination
    return stay_renew(current, now)


@transaction.atomic
def stay_set_aside(*, actor: Membership, stay: AdtStay, version: int, because: str, now: datetime) -> AdtStay:
    """It is no concern here: nobody is asked again, and a transition that it began is cancelled."""
    access.require(actor, "adt.review")
    if not because.strip():
        raise ValidationError({"because": _("Say why it is set aside.")})
    current = _held(stay, version)
    current.set_aside_at, current.set_aside_by, current.set_aside_because = now, actor, because.strip()
    return stay_renew(current, now)


@transaction.atomic
def stay_take_up(*, actor: Membership, stay: AdtStay, version: int, now: datetime) -> AdtStay:
    """It is a concern after all."""
    access.require(actor, "adt.review")
    current = _held(stay, version)
    current.set_aside_at, current.set_aside_by, current.set_aside_because = None, None, ""
    return stay_renew(current, now)


def named(facts: StayFacts) -> bool:
    """Whether enough is told to add a patient from it."""
    return bool(facts.family and facts.born)


def _held(stay: AdtStay, version: int) -> AdtStay:
    """The stay, alone with its source: other stays with the same number may change with it."""
    hold_source(stay.source, alone=True)
    current = AdtStay.objects.select_for_update(of=("self",)).select_related("source", "patient").get(pk=stay.pk)
    if current.version != version:
        raise VersionConflict(current)
    return current


def _keep_number(actor: Membership, patient: Patient, value: str, assigner: str, now: datetime) -> None:
    same = PatientIdentifier.objects.filter(kind=IdentifierKind.OTHER_MRN, value=value, assigner__iexact=assigner)
    if same.filter(patient=patient).exists():
        return
    record = PatientIdentifier(patient=patient)
    record_save(actor=actor, record=record, now=now, kind=IdentifierKind.OTHER_MRN, value=value, assigner=assigner)
