"""What the rules need to know of many patients over one month, in two queries however many there are."""

from collections.abc import Collection, Iterator
from datetime import date, time
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast, JSONObject, TruncTime

from coordination.models import (
    Condition,
    Coverage,
    Enrollment,
    MonthJudgement,
    OutsideClaim,
    Patient,
    Stay,
    TimeLog,
    Visit,
)
from tenancy.queries import Given, kept

ENROLLMENT_FACTS = (
    "program",
    "consent_on",
    "revoked_on",
    "initiating_visit_on",
    "last_seen_on",
    "care_plan_on",
    "risk_attested_on",
    "track",
    "billing_practitioner",
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


class KnownRow(NamedTuple):
    """What is known of a patient, the day of death among it if it is known. `known` is JSON: lists of objects, all `consents` and
    `covered_by`, and of the month `chronic` (confirmed conditions), `stayed` (paid by Part A), `visited`, `claimed` and `judged`.
    """

    patient: UUID
    died: date | None
    known: str


def patients_of_month(
    patients: Collection[UUID], first: date, last: date, *, billed_once: Collection[str] = ()
) -> list[KnownRow]:
    """Visits with extra planning and claims of the codes `billed_once` are of all months before as well."""
    given = {"patients": list(patients), "first": first, "last": last, "billed_once": list(billed_once)}
    return list(map(KnownRow._make, _known_of_month(**given)))


@kept
def _known_of_month() -> QuerySet:
    first, last = Given("first"), Given("last")
    of_patient = Q(patient=OuterRef("pk"))
    stands = of_patient & Q(retracted_at=None)
    in_month = Q(on__range=(first, last))
    touches = Q(from_day__lte=last) & (Q(to_day=None) | Q(to_day__gte=first))
    chronic = (
        Condition.objects.filter(of_patient, is_chronic=True, confirmed_at__isnull=False)
        .filter(Q(onset=None) | Q(onset__lte=last))
        .filter(Q(ended_on=None) | Q(ended_on__gte=first))
    )
    visits = Visit.objects.filter(stands).filter(in_month | Q(extra_planning=True, on__lt=first))
    claims = OutsideClaim.objects.filter(stands).filter(in_month | Q(code__among=Given("billed_once"), on__lt=first))
    return (
        Patient.objects.filter(pk__among=Given("patients"))
        .order_by("pk")
        .values_list(
            "pk",
            "deceased_on",
            JSONObject(
                chronic=_rows(chronic, "icd10cm", "expected_months"),
                consents=_rows(Enrollment.objects.filter(of_patient), *ENROLLMENT_FACTS),
                covered_by=_rows(
                    Coverage.objects.filter(of_patient),
                    "plan_kind",
                    "from_day",
                    "to_day",
                    "order",
                    payer="payer_id",
                    name="payer__name",
                ),
                stayed=_rows(Stay.objects.filter(stands & touches, is_part_a=True), "from_day", "to_day"),
                visited=_rows(visits, "on", "code", "practitioner", "is_face_to_face", "extra_planning"),
                claimed=_rows(claims, "on", "code", "practitioner"),
                judged=_rows(MonthJudgement.objects.filter(stands, month=first), "program", "complexity"),
            ),
        )
    )


def _rows(found: QuerySet, *names: str, **renamed: str) -> ArraySubquery:
    """Rows as JSON objects, in the order in which they were made."""
    return ArraySubquery(found.order_by("pk").values(facts=JSONObject(**{name: name for name in names}, **renamed)))


class LogRow(NamedTuple):
    """A time log of a month; ids as text, the start as the clock of the zone showed it."""

    patient: str
    pk: str
    service_date: date
    minutes: int
    program: str
    activity: str
    discipline: str
    author: str
    start: time | None


def logs_of_month(patients: Collection[UUID], first: date, last: date, zone: ZoneInfo) -> Iterator[LogRow]:
    """The month's time logs of these patients, as plain rows. Texts and times come as such from the server: of a month's run these are
    the most rows by far."""
    return map(LogRow._make, _logs_of_month(zone, patients=list(patients), first=first, last=last))


@kept
def _logs_of_month(zone: ZoneInfo) -> QuerySet:
    return (
        TimeLog.objects.filter(
            patient__among=Given("patients"), service_date__range=(Given("first"), Given("last")), voided_at=None
        )
        .order_by("pk")
        .values_list(
            Cast("patient", TextField()),
            Cast("pk", TextField()),
            "service_date",
            "minutes",
            "program",
            "activity",
            "discipline",
            Cast("author", TextField()),
            TruncTime("started_at", tzinfo=zone),
        )
    )


def logs_by_id(ids: Collection[str]) -> QuerySet[TimeLog]:
    """These time logs, with who gave the time and who wrote it down."""
    return TimeLog.objects.select_related("author", "contact__recorded_by").filter(pk__in=ids)
