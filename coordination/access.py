"""May this person have this object? One function a kind; it returns the object and notes that it was read."""

from uuid import UUID

from coordination.models import Condition, Enrollment, Patient
from coordination.selectors import charts
from tenancy import access, audit
from tenancy.models import Membership


def patient_for(actor: Membership, pk: UUID) -> Patient:
    """The patient, if the role may read patients; NotFound when missing or another agency's."""
    access.require(actor, "patient.read")
    patient = charts.patient_by_id(pk)  # the walls make another agency's id a missing one
    if patient is None:
        raise access.NotFound
    audit.note_reads([patient.pk])
    return patient


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
