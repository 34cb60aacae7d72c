"""What is on one patient's page."""

from datetime import date
from uuid import UUID

from django.db.models import F, QuerySet

from coordination.models import Condition, ConsentText, Enrollment, Patient, PatientIdentifier, TimeLog
from coordination.rules.consents import consent_of_month
from tenancy.models import PRACTITIONERS, Membership


def active_conditions(patient: Patient) -> QuerySet[Condition]:
    """Conditions that have not ended; confirmed ones first, then by code."""
    return Condition.objects.filter(patient=patient, ended_on=None).order_by(
        F("confirmed_at").asc(nulls_last=True), "icd10cm", "text", "pk"
    )


def open_enrollment(patient: Patient, program: str) -> Enrollment | None:
    """The enrollment whose consent has not been revoked."""
    return (
        Enrollment.objects.select_related("billing_practitioner", "consent_taken_by")
        .filter(patient=patient, program=program, revoked_on=None)
        .first()
    )


def enrollment_of_month(patient: Patient, program: str, last: date) -> Enrollment | None:
    """The enrollment that the month ending on `last` rests on."""
    return consent_of_month(
        Enrollment.objects.select_related(
            "billing_practitioner", "supervising_practitioner", "consent_taken_by", "consent_text"
        ).filter(patient=patient, program=program),
        last,
        lambda each: each.consent_on,
    )


def time_logs_between(patient: Patient, first: date, last: date) -> QuerySet[TimeLog]:
    """Entries with a service day from `first` to `last`, newest first; void ones too, which say so."""
    return (
        TimeLog.objects.select_related("author", "voided_by", "contact__recorded_by")
        .filter(patient=patient, service_date__range=(first, last))
        .order_by("-service_date", "-contact__recorded_at", "-pk")
    )


def practitioners() -> QuerySet[Membership]:
    """Colleagues under whose name care management may be billed."""
    return Membership.objects.filter(discipline__in=PRACTITIONERS, is_active=True).order_by("name", "pk")


def colleagues() -> QuerySet[Membership]:
    """Who works in the agency now."""
    return Membership.objects.filter(is_active=True).order_by("name", "pk")


def consent_texts(program: str | None = None) -> QuerySet[ConsentText]:
    """What patients are told when they consent, by program, the newest version first."""
    texts = ConsentText.objects.filter(program=program) if program else ConsentText.objects.all()
    return texts.order_by("program", "-from_day", "label", "language")


def patient_by_id(pk: UUID) -> Patient | None:
    return Patient.objects.filter(pk=pk).first()


def enrollment_by_id(patient: Patient, pk: UUID) -> Enrollment | None:
    return Enrollment.objects.filter(patient=patient, pk=pk).first()


def identifiers(patient: Patient) -> QuerySet[PatientIdentifier]:
    """The numbers by which others know the patient."""
    return PatientIdentifier.objects.filter(patient=patient).order_by("kind", "assigner", "value")
