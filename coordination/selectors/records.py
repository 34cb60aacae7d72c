"""The rows of a patient's chart, noun by noun: what stands first, everything a page at a time, and one by its id."""

from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When

from coordination.models import (
    CarePeriod,
    CarePlan,
    CareTeamMember,
    Condition,
    ContactPoint,
    Coverage,
    Enrollment,
    MonthJudgement,
    MonthProgram,
    OutsideClaim,
    Patient,
    PatientAddress,
    PatientIdentifier,
    ProgramElement,
    Proxy,
    Retractable,
    Stay,
    Visit,
)
from tenancy.models import TenantForeignKey, TenantModel

R = TypeVar("R", bound=TenantModel)
GLANCE, PAGE = 6, 50
"""How many rows of a noun the chart shows, and a page of its own."""

LAST_DAY: dict[type[TenantModel], str] = {
    **dict.fromkeys(
        (PatientAddress, Proxy, CareTeamMember, CarePlan, Coverage, Stay, CarePeriod, ProgramElement), "to_day"
    ),
    Condition: "ended_on",
    Enrollment: "revoked_on",
}
ORDER: dict[type[TenantModel], tuple[str, ...]] = {
    PatientIdentifier: ("kind", "value"),
    ContactPoint: ("-is_safe", "rank", "-may_leave_message"),
    PatientAddress: (),
    Proxy: ("-decides", "name"),
    CareTeamMember: ("-from_day",),
    CarePlan: ("-from_day",),
    Coverage: ("order", "-from_day"),
    Condition: ("icd10cm", "text"),
    Enrollment: ("-consent_on",),
    Visit: ("-on",),
    OutsideClaim: ("-on",),
    Stay: ("-from_day",),
    CarePeriod: ("-from_day",),
    MonthJudgement: ("-month",),
    ProgramElement: ("program", "element", "-from_day"),
    MonthProgram: ("-month",),
}
"""How the rows of a noun stand among each other, before the newest first."""
ORDERS = ("recorded", "standing")
"""The latest recorded first; or as the chart has them: what stands, what has ended, what was taken back."""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, and the key to ask for the next with, or None on the last page."""

    rows: list
    next_after: UUID | None


def glance(model: type[R], patient: Patient, today: date) -> list[R]:
    """The first rows of a noun and one more, if there is one: what stands, what has ended, what was taken back."""
    return list(_standing(model, patient, today)[: GLANCE + 1])


def _standing(model: type[R], patient: Patient, today: date) -> QuerySet[R]:
    over = Q(**{f"{LAST_DAY[model]}__lt": today}) if model in LAST_DAY else Q(pk=None)
    standing = [Case(When(over, then=Value(1)), default=Value(0), output_field=IntegerField())]
    if issubclass(model, Retractable):
        standing.insert(0, F("retracted_at").asc(nulls_first=True))
    if model is Condition:
        standing.append(F("confirmed_at").asc(nulls_last=True))
    return _rows(model, patient).order_by(*standing, *ORDER[model], "-pk")


def page(model: type[R], patient: Patient, after: UUID | None) -> Page:
    """Everything that was recorded of a noun, the latest first, ended and taken back included."""
    rows = _rows(model, patient).order_by("-pk")  # keys are ordered by the time of recording
    if after:
        rows = rows.filter(pk__lt=after)
    found = list(rows[: PAGE + 1])
    return Page(found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None)


def everything(model: type[R], patient: Patient, order: str, today: date) -> list[R]:
    """The same without pages: one patient's rows of a noun, for who looks through them."""
    return list(_standing(model, patient, today) if order == "standing" else _rows(model, patient).order_by("-pk"))


def page_within(rows: list[R], after: UUID | None) -> Page:
    """A page of rows that were read whole; behind a key that is not among them is the first."""
    begin = next((place for place, row in enumerate(rows, start=1) if row.pk == after), 0)
    page = rows[begin : begin + PAGE]
    return Page(page, page[-1].pk if len(rows) > begin + PAGE else None)


def record_by_id(model: type[R], patient: Patient, pk: UUID) -> R | None:
    return _rows(model, patient).filter(pk=pk).first()


def _rows(model: type[R], patient: Patient) -> QuerySet[R]:
    people = [each.name for each in model._meta.fields if isinstance(each, TenantForeignKey) and each.name != "patient"]
    return model._default_manager.filter(patient=patient).select_related("patient", *people)
