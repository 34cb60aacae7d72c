"""What the rules need to know of many patients over one month, in two queries however many there are."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject

from coordination.models import Condition, Enrollment, Patient, TimeLog

ENROLLMENT_FACTS = (
    "program",
    "consent_on",
    "revoked_on",
    "initiating_visit_on",
    "last_seen_on",
    "care_plan_on",
    "risk_attested_on",
)


def everybody(
    first: date, last: date, *, ids_from: UUID | None = None, ids_behind: UUID | None = None
) -> QuerySet[Patient, UUID]:
    """The patients a month is about: enrolled before its end and not revoked before its start, or with time logged.

    `ids_from` (included) and `ids_behind` (not included) narrow it to a part of all ids.
    """
    part = Q()
    if ids_from:
        part &= Q(patient__gte=ids_from)
    if ids_behind:
        part &= Q(patient__lt=ids_behind)
    enrolled = (
        Enrollment.objects.filter(part, consent_on__lte=last)
        .filter(Q(revoked_on=None) | Q(revoked_on__gte=first))
        .values_list("patient", flat=True)
    )
    logged = TimeLog.objects.filter(part, service_date__range=(first, last), voided_at=None)
    return enrolled.union(logged.values_list("patient", flat=True))


def patients_of_month(patients: Collection[UUID], first: date, last: date) -> QuerySet[Patient, dict]:
    """Per patient: `pk`, `died` (if the day is known), `chronic_conditions` (distinct confirmed codes), `consents` (all enrollments as
    JSON objects, by day of consent)."""
    chronic = (
        Condition.objects.filter(patient=OuterRef("pk"), is_chronic=True, confirmed_at__isnull=False)
        .filter(Q(onset=None) | Q(onset__lte=last))
        .filter(Q(ended_on=None) | Q(ended_on__gte=first))
        .order_by()
        .values("patient")
        .annotate(n=Count("icd10cm", distinct=True))
        .values("n")
    )
    enrollments = Enrollment.objects.filter(patient=OuterRef("pk")).order_by("consent_on", "pk")
    return (
        Patient.objects.filter(pk__in=patients)
        .order_by("pk")
        .values(
            "pk",
            died=F("deceased_on"),
            chronic_conditions=Coalesce(Subquery(chronic, output_field=IntegerField()), 0),
            consents=ArraySubquery(enrollments.values(facts=JSONObject(**{name: name for name in ENROLLMENT_FACTS}))),
        )
    )


def logs_of_month(patients: Collection[UUID], first: date, last: date) -> QuerySet[TimeLog, dict]:
    """The month's time logs of these patients, as plain rows."""
    return (
        TimeLog.objects.filter(patient__in=patients, service_date__range=(first, last), voided_at=None)
        .order_by("pk")
        .values(
            "pk",
            "patient_id",
            "service_date",
            "minutes",
            "program",
            "activity",
            "discipline",
            "author_id",
            "started_at",
        )
    )


def logs_by_id(ids: Collection[str]) -> QuerySet[TimeLog]:
    """These time logs, with who gave the time."""
    return TimeLog.objects.select_related("author", "contact").filter(pk__in=ids)
