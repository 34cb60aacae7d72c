"""What the rules need to know of many patients over one month, in two queries however many there are."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
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


def patients_of_month(patients: Collection[UUID] | None, first: date, last: date) -> QuerySet[Patient, dict]:
    """Per patient: `pk`, `chronic_conditions` (distinct confirmed codes), `consents` (enrollments as JSON objects, by day of consent).

    None means everybody the month is about: enrolled before its end and not revoked before its start, or with time logged.
    """
    enrolled = Enrollment.objects.filter(consent_on__lte=last).filter(Q(revoked_on=None) | Q(revoked_on__gte=first))
    logged = TimeLog.objects.filter(service_date__range=(first, last))
    chosen = (
        Patient.objects.filter(Q(pk__in=enrolled.values("patient")) | Q(pk__in=logged.values("patient")))
        if patients is None
        else Patient.objects.filter(pk__in=patients)
    )
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
    return chosen.order_by("pk").values(
        "pk",
        chronic_conditions=Coalesce(Subquery(chronic, output_field=IntegerField()), 0),
        consents=ArraySubquery(enrollments.values(facts=JSONObject(**{name: name for name in ENROLLMENT_FACTS}))),
    )


def logs_of_month(patients: Collection[UUID], first: date, last: date) -> QuerySet[TimeLog, dict]:
    """The month's time logs of these patients, as plain rows."""
    return (
        TimeLog.objects.filter(patient__in=patients, service_date__range=(first, last))
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
