"""May this person have this object? One function a kind; it returns the object and notes that it was read."""

from uuid import UUID

from coordination.models import Condition, Enrollment, Patient, PatientMerge
from coordination.selectors import charts
from coordination.selectors.merges import merge_by_id
from tenancy import access, audit
from tenancy.models import Membership


def patient_for(actor: Membership, pk: UUID) -> Patient:
    """The patient, if the role may read patients; NotFound when missing or another agency's.

    An address of a record that was merged means the record that was kept: old links and open forms go on working.
    """
    patient = record_for(actor, pk, "patient.read")
    return record_for(actor, patient.merged_into_id, "patient.read") if patient.merged_into_id else patient


def record_for(actor: Membership, pk: UUID, capability: str) -> Patient:
    """This very record, merged or not, for a role with the capability: what stayed with a merged record is read under its own name."""
    access.require(actor, capability)
    patient = charts.patient_by_id(pk)  # the walls make another agency's id a missing one
    if patient is None:
        raise access.NotFound
    audit.note_reads([patient.pk])
    return patient


def merge_for(actor: Membership, pk: UUID) -> PatientMerge:
    """A merge, to see what it did; both its records are read."""
    access.require(actor, "patient.merge")
    merge = merge_by_id(pk)
    if merge is None:
        raise access.NotFound
    audit.note_reads([merge.kept_id, merge.merged_id])
    return merge


def condition_for(actor: Membership, patient: Patient, pk: UUID) -> Condition:
    """A condition of this patient, to change it."""
    access.require(actor, "condition.write")
    condition = charts.condition_by_id(patient, pk)
    if condition is None:
        raise access.NotFound
    return condition


def enrollment_for(actor: Membership, patient: Patient, pk: UUID) -> Enrollment:
    """An enrollment of this patient, to change it."""
    access.require(actor, "enrollment.write")
    enrollment = charts.enrollment_by_id(patient, pk)
    if enrollment is None:
        raise access.NotFound
    return enrollment
