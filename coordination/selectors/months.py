"""What the rules need to know of many patients over one month, in one query however many there are."""

from collections.abc import Collection
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Exists, F, Func, JSONField, OuterRef, Q, QuerySet, Subquery, TextField, When, Window
from django.db.models.functions import Cast, RowNumber, TruncTime
from msgspec import Struct
from msgspec.json import Decoder

from coordination.models import (
    CarePeriod,
    Condition,
    Contact,
    Coverage,
    Enrollment,
    MonthJudgement,
    MonthProgram,
    OutsideClaim,
    Patient,
    PatientMerge,
    ProgramElement,
    Stay,
    StayKind,
    Step,
    TimeLog,
    Transition,
    TransitionState,
    TransitionStep,
    Visit,
)
from coordination.selectors.merges import rows_held
from tenancy.models import AgencySettings, Holiday
from tenancy.queries import Given, kept

PERIOD = timedelta(days=30)
"""The longest that a discharge is followed; the rulebook's own number is held below it by a test."""
FOLLOWED = (TransitionState.OPEN, TransitionState.UNDECIDED, TransitionState.WATCH, TransitionState.ENDED)
"""States of discharges that the rules are asked about: what is wanting of one that is only watched is said as well."""
AT_HOME = (StayKind.COMMUNITY, StayKind.ASSISTED_LIVING, StayKind.SHELTER, StayKind.UNHOUSED)
"""Where a patient lives without being cared for by an institution: no rule asks for it."""


def part_of_ids(column: str, *, is_begun: bool, is_ended: bool) -> Q:
    """Of a kept statement: ids `ids_from` (included) up to `ids_behind` (not included), as far as they are given."""
    begun = Q(**{f"{column}__gte": Given("ids_from")}) if is_begun else Q()
    return begun & Q(**{f"{column}__lt": Given("ids_behind")}) if is_ended else begun


def everybody(first: date, last: date, *, ids_from: UUID | None = None, ids_behind: UUID | None = None) -> list[UUID]:
    """The patients a month is about, of all ids or a part of them: enrolled before its end and not revoked before its start, with
    time logged, or in the thirty days after a discharge."""
    given = {"first": first, "last": last, "ids_from": ids_from, "ids_behind": ids_behind}
    given["period_before"] = first - PERIOD
    return [patient for (patient,) in _everybody(ids_from is not None, ids_behind is not None, **given)]


@kept
def _everybody(is_begun: bool, is_ended: bool) -> QuerySet:
    first, last = Given("first"), Given("last")
    part = part_of_ids("patient", is_begun=is_begun, is_ended=is_ended)
    enrolled = Enrollment.objects.filter(part, consent_on__lte=last).filter(
        Q(revoked_on=None) | Q(revoked_on__gte=first)
    )
    logged = TimeLog.objects.filter(part, service_date__range=(first, last), voided_at=None)
    followed = Transition.objects.filter(
        part, discharged_on__gt=Given("period_before"), discharged_on__lte=last, state__in=FOLLOWED
    )
    of_each = [found.order_by().values_list("patient") for found in (enrolled, logged, followed)]
    return of_each[0].union(*of_each[1:])


def every_nth_patient(n: int) -> list[UUID]:
    """Those with n, 2n ... patients before them in order of ids: where an agency's patients are divided into parts of `n`."""
    placed = Patient.objects.order_by("pk").annotate(before=Window(RowNumber(), order_by="pk") - 1)
    return list(placed.annotate(rest=F("before") % n).filter(before__gt=0, rest=0).values_list("pk", flat=True))


class ConsentRow(Struct, array_like=True, frozen=True):
    """A consent with what its enrollment says of it: the columns of Enrollment, and the codes of the initiating visit."""

    program: str
    consent_on: date
    revoked_on: date | None
    initiating_visit_on: date | None
    last_seen_on: date | None
    care_plan_on: date | None
    risk_attested_on: date | None
    track: str
    billing_practitioner: str
    billed_by: str
    episode_began: date | None
    condition_code: str
    condition_months: int | None
    condition_high_risk: bool
    initiating_codes: list[str]


class DischargeRow(Struct, array_like=True, frozen=True):
    """A discharge that thirty days follow, or followed until they were ended."""

    discharged_on: date
    setting: str
    destination: str
    is_continued: bool
    complexity: str
    reconciled: list[tuple[date]]  # the day, if it was done
    contacts: list[tuple[date, str, str, str, bool, str]]
    """Day, mode, spoken to, outcome, beyond scheduling, discipline of who called."""


class Known(Struct, array_like=True, frozen=True):
    """What is known of a patient for a month, consents in the order in which they were made, other rows in any. All consents and
    coverages there are; visits with extra planning and claims of what is billed once of all months before as well; of the rest, the
    month's."""

    election: str | None  # what the agency chose where a rule leaves it a choice
    died: date | None
    born: date
    is_former_foster_youth: bool
    conditions: list[tuple[str, bool, int | None]]  # confirmed: code, chronic, months it is expected to last
    consents: list[ConsentRow]
    covered_by: list[tuple[str, date, date | None, int, str, str, bool]]
    """Kind of plan, from, to, order, payer, its name, qualified Medicare beneficiary."""
    stayed: list[
        tuple[str, date, date | None, bool, bool]
    ]  # not at home: kind, from, to, paid by Part A, after a court decided
    cared_for: list[tuple[str, date, date | None, str | None]]
    """Care and programs of others: kind, from, to, whose of ours."""
    visited: list[tuple[date, str, str | None, bool, bool, str, list[str] | None]]
    """Day, code, practitioner, face to face, extra planning, complexity, factors."""
    claimed: list[tuple[date, str, str | None]]  # code, practitioner
    judged: list[tuple[str, str]]  # program, complexity
    documented: list[tuple[str, str]]  # program, element
    declared: list[tuple[str]]  # of programs that exclude each other, those that the month is
    logs: list[tuple[str, date, int, str, str, str, str, time | None, str]]
    """Id, day, minutes, program, activity, discipline, author, start as the clock of the zone showed it, mode."""
    discharges: list[DischargeRow]  # whose period touches the month
    days_off: list[tuple[date]]  # all that the agency has named; none where nobody was discharged


def known_of_month(
    patients: Collection[UUID],
    first: date,
    last: date,
    zone: ZoneInfo,
    *,
    looked_back_for: Collection[str] = (),
    discharge_codes: Collection[str] = (),
    monthly: Collection[str] = (),
) -> dict[UUID, str]:
    """Each patient's `Known`, as the JSON text that `read` takes. Equal texts say the same.

    `looked_back_for` are codes of which earlier claims matter, `discharge_codes` those claimed once for the days after a discharge,
    `monthly` elements that count in the month of their day alone.

    Of a month that was closed when two records were merged each keeps the rows it had: what was decided and billed stays so.
    """
    given = {
        "first": first,
        "last": last,
        "looked_back_for": list(looked_back_for),
        "discharge_codes": list(discharge_codes),
        "monthly": list(monthly),
        "period_before": first - PERIOD,
        "period_after": last + PERIOD,
    }
    found = _known_of_month(zone, False, patients=list(patients), **given)
    known = {patient: text for patient, text, _in_merge in found}
    if in_merges := [patient for patient, _text, in_merge in found if in_merge]:
        for patient, held in rows_held(in_merges, first).items():
            [told] = _known_of_month(zone, True, patients=[patient], gave=held.gave, got=held.got, **given)
            known[patient] = told[1]
    return known


read = Decoder(Known).decode


@kept
def _known_of_month(zone: ZoneInfo, is_held: bool) -> QuerySet:
    first, last = Given("first"), Given("last")

    def of(patient: OuterRef) -> Q:
        if is_held:
            return (Q(patient=patient) | Q(pk__among=Given("gave"))) & ~Q(pk__among=Given("got"))
        return Q(patient=patient)

    of_patient = of(OuterRef("pk"))
    stands = of_patient & Q(retracted_at=None)
    in_month = Q(on__range=(first, last))
    touches = Q(from_day__lte=last) & (Q(to_day=None) | Q(to_day__gte=first))
    conditions = (
        Condition.objects.filter(stands, confirmed_at__isnull=False)
        .filter(Q(onset=None) | Q(onset__lte=last))
        .filter(Q(ended_on=None) | Q(ended_on__gte=first))
    )
    opened_by = Visit.objects.filter(
        patient=OuterRef("patient"),
        on=OuterRef("initiating_visit_on"),
        practitioner=OuterRef("billing_practitioner"),
        retracted_at=None,
    ).exclude(code="")
    consents = Enrollment.objects.filter(of_patient).annotate(initiating_codes=ArraySubquery(opened_by.values("code")))
    coverages = Coverage.objects.filter(stands)
    documented = ProgramElement.objects.filter(stands & touches).filter(
        Q(from_day__gte=first) | ~Q(element__among=Given("monthly"))
    )
    whose_period = Q(
        discharged_on__gt=Given("period_before"), discharged_on__lte=last, state__in=FOLLOWED
    )  # touches the month
    after_one = Exists(
        Transition.objects.filter(whose_period, patient=OuterRef("patient"), discharged_on__lt=OuterRef("on"))
    )
    near = Q(on__gt=Given("period_before"), on__lte=Given("period_after"))
    visits = Visit.objects.filter(stands).filter(in_month | Q(extra_planning=True, on__lt=first) | (near & after_one))
    claims = OutsideClaim.objects.filter(stands).filter(
        in_month | Q(code__among=Given("looked_back_for"), on__lt=first) | Q(near, code__among=Given("discharge_codes"))
    )
    reconciled = TransitionStep.objects.filter(transition=OuterRef("pk"), kind=Step.RECONCILIATION, retracted_at=None)
    standing = TimeLog.objects.filter(contact=OuterRef("pk"), voided_at=None)
    called_by = Subquery(standing.values("discipline")[:1])
    contacts = Contact.objects.filter(Exists(standing), transition=OuterRef("pk"))
    discharges = Transition.objects.filter(of_patient & whose_period)
    logs = TimeLog.objects.filter(of_patient, service_date__range=(first, last), voided_at=None)
    kept_in = PatientMerge.objects.filter(kept=OuterRef("pk"), undone_at=None)
    in_merge = Case(When(Q(merged_into__isnull=False) | Exists(kept_in), then=True), default=False)
    start = TruncTime("started_at", tzinfo=zone)
    known = {
        "election": Subquery(AgencySettings.objects.values("election")[:1]),
        "died": "deceased_on",
        "born": "birth_date",
        "is_former_foster_youth": "is_former_foster_youth",
        "conditions": rows(conditions, "icd10cm", "is_chronic", "expected_months"),
        "consents": rows(consents.order_by("pk"), *ConsentRow.__struct_fields__),
        "covered_by": rows(coverages, "plan_kind", "from_day", "to_day", "order", "payer", "payer__name", "is_qmb"),
        "stayed": rows(
            Stay.objects.filter(stands & touches).exclude(kind__in=AT_HOME),
            "kind", "from_day", "to_day", "is_part_a", "post_adjudication",
        ),
        "cared_for": rows(CarePeriod.objects.filter(stands & touches), "kind", "from_day", "to_day", "practitioner"),
        "visited": rows(
            visits, "on", "code", "practitioner", "is_face_to_face", "extra_planning", "complexity", "factors"
        ),
        "claimed": rows(claims, "on", "code", "practitioner"),
        "judged": rows(MonthJudgement.objects.filter(stands, month=first), "program", "complexity"),
        "documented": rows(documented, "program", "element"),
        "declared": rows(MonthProgram.objects.filter(stands, month=first), "program"),
        "logs": rows(
            logs, "pk", "service_date", "minutes", "program", "activity", "discipline", "author", start, "mode"
        ),
        "discharges": rows(
            discharges, "discharged_on", "setting", "destination", "is_continued", "complexity", rows(reconciled, "on"),
            rows(
                contacts, "service_date", "mode", "spoken_to", "outcome", "is_beyond_scheduling", called_by
            ),
        ),
        "days_off": rows(
            Holiday.objects.filter(Exists(Transition.objects.filter(of(OuterRef(OuterRef("pk"))) & whose_period))), "day"
        ),
    }  # fmt: skip
    return (
        Patient.objects.filter(pk__among=Given("patients"))
        .order_by()
        .values_list("pk", Cast(JsonRow(*(known[field] for field in Known.__struct_fields__)), TextField()), in_merge)
    )


class JsonRow(Func):
    """A JSON array of values, nulls among them. Django's own makes jsonb, which takes longer to put together than to send."""

    function = "JSON_ARRAY"
    template = "%(function)s(%(expressions)s NULL ON NULL)"
    output_field = JSONField()


def rows(found: QuerySet, *columns: Any) -> ArraySubquery:
    """Rows as a JSON array each, in an array."""
    return ArraySubquery(found.values(row=JsonRow(*columns)))


def logs_by_id(ids: Collection[str]) -> QuerySet[TimeLog]:
    """These time logs, with who gave the time and who wrote it down."""
    return TimeLog.objects.select_related("author", "contact__recorded_by").filter(pk__in=ids)
