"""What is on one patient's page."""

from datetime import date
from uuid import UUID

from django.db.models import Exists, F, Q, QuerySet

from coordination.models import (
    Condition,
    ConsentText,
    Enrollment,
    Patient,
    PatientIdentifier,
    PatientMerge,
    Program,
    TimeLog,
)
from coordination.rules.consents import consent_of_month
from coordination.selectors.merges import rows_held
from coordination.selectors.transitions import running_discharges
from tenancy.models import BEHAVIORAL, PRACTITIONERS, Membership
from tenancy.queries import Given, kept


def active_conditions(patient: Patient) -> QuerySet[Condition]:
    """Conditions that stand and have not ended; confirmed ones first, then by code."""
    return _active(Condition.objects.filter(patient=patient))


def listed_conditions(patient: Patient) -> list[Condition]:
    """The same, for a page that asks for no more of them."""
    return _listed_conditions(patient=patient.pk)


@kept
def _listed_conditions() -> QuerySet[Condition]:
    return _active(Condition.objects.filter(patient=Given("patient")))


def _active(conditions: QuerySet[Condition]) -> QuerySet[Condition]:
    return conditions.filter(ended_on=None, retracted_at=None).order_by(
        F("confirmed_at").asc(nulls_last=True), "icd10cm", "text", "pk"
    )


def open_enrollments(patient: Patient) -> list[Enrollment]:
    """The enrollments whose consent has not been revoked: at most one of a program."""
    return _open_enrollments(patient=patient.pk)


@kept
def _open_enrollments() -> QuerySet[Enrollment]:
    return (
        Enrollment.objects.select_related("billing_practitioner", "consent_taken_by")
        .filter(patient=Given("patient"), revoked_on=None)
        .order_by("pk")
    )


def enrollments_of_month(patient: Patient, first: date, last: date) -> list[Enrollment]:
    """The enrollment that the month rests on, of each program that did not end before it, in the order of programs; where
    the month was closed when records were merged those that each had then."""
    held = rows_held([patient.pk], first) if patient.merged_into_id else {}
    gave = held[patient.pk].gave if held else []
    people = ("billing_practitioner", "supervising_practitioner", "consent_taken_by", "consent_text")
    was_kept = Exists(PatientMerge.objects.filter(kept=patient, undone_at=None))
    own = Enrollment.objects.select_related(*people).annotate(was_kept=was_kept)
    enrolled = list(own.filter(Q(patient=patient) | Q(pk__in=gave)))
    if not held and any(each.was_kept for each in enrolled):
        held = rows_held([patient.pk], first)
    got = held[patient.pk].got if held else []
    by_program: dict[str, list[Enrollment]] = {}
    for each in enrolled:
        if each.pk not in got:
            by_program.setdefault(each.program, []).append(each)
    found = (
        consent_of_month(by_program[program], last, lambda each: each.consent_on)
        for program in Program
        if program in by_program
    )
    return [each for each in found if each and not (each.revoked_on and each.revoked_on < first)]


def time_logs_between(patient: Patient, first: date, last: date) -> list[TimeLog]:
    """Entries with a service day from `first` to `last`, newest first; void ones too, which say so."""
    return _time_logs_between(patient=patient.pk, first=first, last=last)


@kept
def _time_logs_between() -> QuerySet[TimeLog]:
    return (
        TimeLog.objects.select_related("author", "voided_by", "contact__recorded_by")
        .filter(patient=Given("patient"), service_date__range=(Given("first"), Given("last")))
        .order_by("-service_date", "-contact__recorded_at", "-pk")
    )


def practitioners(*, behavioral: bool = False) -> QuerySet[Membership]:
    """Colleagues under whose name care management may be billed; also those who give behavioral health care under their own."""
    able = PRACTITIONERS | BEHAVIORAL if behavioral else PRACTITIONERS
    return Membership.objects.filter(discipline__in=able, is_active=True).order_by("name", "pk")


def colleagues() -> QuerySet[Membership]:
    """Who works in the agency now."""
    return Membership.objects.filter(is_active=True).order_by("name", "pk")


def consent_texts(program: str | None = None) -> QuerySet[ConsentText]:
    """What patients are told when they consent, by program, the newest version first."""
    texts = ConsentText.objects.filter(program=program) if program else ConsentText.objects.all()
    return texts.order_by("program", "-from_day", "label", "language")


def patient_by_id(pk: UUID) -> Patient | None:
    """A patient, with the discharges that run (`running_of`)."""
    return next(iter(_patient_by_id(pk=pk)), None)


@kept
def _patient_by_id() -> QuerySet[Patient]:
    return Patient.objects.annotate(running=running_discharges()).filter(pk=Given("pk"))


def enrollment_by_id(patient: Patient, pk: UUID) -> Enrollment | None:
    return Enrollment.objects.filter(patient=patient, pk=pk).first()


def identifiers(patient: Patient) -> QuerySet[PatientIdentifier]:
    """The numbers by which others know the patient."""
    return PatientIdentifier.objects.filter(patient=patient).order_by("kind", "assigner", "value")
