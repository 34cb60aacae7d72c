"""May this person have this object? One function a kind; it returns the object and notes that it was read."""

from datetime import date
from typing import TypeVar
from uuid import UUID

from coordination.models import (
    Contact,
    Deadline,
    Enrollment,
    MonthLock,
    NotePhrase,
    OutgoingMessage,
    Patient,
    PatientMerge,
    Payer,
    Timer,
    Transition,
    TransitionStep,
    WebhookEndpoint,
)
from coordination.selectors import charts, outbox, phrases, records, time_entries, timers, transitions
from coordination.selectors.deadlines import deadline_by_id
from coordination.selectors.merges import merge_by_id
from coordination.selectors.payers import payer_by_id
from tenancy import access, audit
from tenancy.models import Membership, TenantModel
from tenancy.roles import may

R = TypeVar("R", bound=TenantModel)


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


def chart_row_for(actor: Membership, capability: str, model: type[R], patient: Patient, pk: UUID) -> R:
    """A row of this patient's chart, to change it."""
    access.require(actor, capability)
    record = records.record_by_id(model, patient, pk)
    if record is None:
        raise access.NotFound
    return record


def enrollment_for(actor: Membership, patient: Patient, pk: UUID) -> Enrollment:
    """An enrollment of this patient, to change it."""
    access.require(actor, "enrollment.write")
    enrollment = charts.enrollment_by_id(patient, pk)
    if enrollment is None:
        raise access.NotFound
    return enrollment


def transition_for(actor: Membership, patient: Patient, pk: UUID) -> Transition:
    """A discharge of this patient, to read it. What may be done about it is its services' business."""
    access.require(actor, "patient.read")
    transition = transitions.transition_by_id(patient.pk, pk)
    if transition is None:
        raise access.NotFound
    return transition


def transition_step_for(actor: Membership, transition: Transition, pk: UUID) -> TransitionStep:
    """Something that was done after this discharge, to take it back."""
    access.require(actor, "transition.write")
    step = transitions.step_by_id(transition, pk)
    if step is None:
        raise access.NotFound
    return step


def contact_for(actor: Membership, patient: Patient, pk: UUID) -> Contact:
    """A contact of this patient, to read it and its history. Whether it may be changed is the service's business."""
    contact = time_entries.contact_by_id(patient, pk)
    if contact is None:
        raise access.NotFound
    return contact


def written_by(actor: Membership, pk: UUID) -> Contact:
    """An entry that the person wrote down themselves, of whichever patient; a colleague's is as good as none."""
    access.require(actor, "time_log.record")
    contact = time_entries.written_by(actor, pk)
    if contact is None:
        raise access.NotFound
    audit.note_reads([contact.patient_id])
    return contact


def timer_for(actor: Membership, pk: UUID) -> Timer:
    """One of the person's own timers; a colleague's is as good as none."""
    access.require(actor, "time_log.record")
    timer = timers.timer_of(actor, pk)
    if timer is None:
        raise access.NotFound
    audit.note_reads([timer.patient_id])
    return timer


def phrase_for(actor: Membership, pk: UUID) -> NotePhrase:
    """A phrase that the person sees: their own or the agency's."""
    access.require(actor, "phrase.write")
    phrase = phrases.phrase_by_id(actor, pk)
    if phrase is None:
        raise access.NotFound
    return phrase


def day_for(actor: Membership, pk: UUID) -> Membership:
    """The person whose day is looked at: oneself, or anybody for a supervisor. A colleague's day is as good as none."""
    access.require(actor, "time_log.record")
    member = time_entries.member_by_id(pk)
    if member is None or not (pk == actor.pk or may(actor.role, "time_log.review")):
        raise access.NotFound
    return member


def lock_for(actor: Membership, pk: UUID) -> MonthLock:
    """A closed month, to open it."""
    access.require(actor, "month.lock")
    lock = time_entries.lock_by_id(pk)
    if lock is None:
        raise access.NotFound
    return lock


def payer_for(actor: Membership, pk: UUID, today: date) -> Payer:
    """A payer of the agency, with how many patients it covers today."""
    access.require(actor, "payer.read")
    payer = payer_by_id(pk, today)
    if payer is None:
        raise access.NotFound
    return payer


def deadline_for(actor: Membership, pk: UUID) -> Deadline:
    """Something that is due, or was."""
    access.require(actor, "deadline.read")
    deadline = deadline_by_id(pk)
    if deadline is None:
        raise access.NotFound
    return deadline


def endpoint_for(actor: Membership, pk: UUID) -> WebhookEndpoint:
    """Another system that is told of alerts."""
    access.require(actor, "outbox.write")
    endpoint = outbox.endpoints().filter(pk=pk).first()
    if endpoint is None:
        raise access.NotFound
    return endpoint


def message_for(actor: Membership, pk: UUID) -> OutgoingMessage:
    """A mail that was given up."""
    access.require(actor, "outbox.write")
    message = outbox.mail_given_up().filter(pk=pk).first()
    if message is None:
        raise access.NotFound
    return message


def discharge_of(actor: Membership, deadline: Deadline) -> Transition:
    """The discharge that asks for something, with its patient; the patient is read."""
    transition = transitions.transition_by_id(deadline.patient_id, deadline.about) if deadline.patient_id else None
    if transition is None:
        raise access.NotFound
    transition.patient = patient_for(actor, deadline.patient_id)
    return transition
