"""Two records of one person: what refers to each, and what exactly would move if they became one.

Nothing here knows the tables by name: whatever refers to a patient is found by walking the models, so that a table made tomorrow
moves as well.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from functools import cache
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Exists, OuterRef, Q, QuerySet, UniqueConstraint

from coordination.models import Coverage, Deadline, MonthLock, Opening, Patient, PatientMerge, PatientToken
from coordination.rules.months import month_of
from coordination.rules.names import name_tokens
from tenancy.models import TenantForeignKey, TenantModel

FIELDS = "fields"
"""In `moved` of a merge, beside the tables: what was filled in on the kept record."""
FILLED = ("preferred_name", "language", "needs", "preferences")
"""Empty on the kept record, they are filled from the merged one; all else about the person stays as the kept record says it."""
COMPARED = ("family_name", "given_name", "birth_date", "sex", "is_deceased", "deceased_on", "needs_interpreter", "mrn")


class Why(Enum):
    """Why a row stays with the merged record."""

    CLASH = "clash"
    CLOSED = "closed"
    WITH_ITS_PARENT = "with its parent"


class Doubt(Enum):
    """What a person should look at before two records become one."""

    NAME = "name"
    BIRTH_DATE = "birth date"
    DECEASED = "deceased"
    INTERPRETER = "interpreter"
    COVERAGE = "coverage"


@dataclass(frozen=True, slots=True)
class Reference:
    """A column that names a patient."""

    model: type[TenantModel]
    name: str

    @property
    def key(self) -> str:
        return f"{self.model._meta.label_lower}.{self.name}"

    @property
    def is_time(self) -> bool:
        """Whether its rows are of a service day, and so of a month that may be closed."""
        return any(each.name == "service_date" for each in self.model._meta.local_fields)

    def rows_of(self, *patients: Patient | UUID) -> QuerySet:
        return self.model._default_manager.filter(**{f"{self.name}__in": patients})


@dataclass(frozen=True, slots=True)
class Staying:
    """A row that stays with the merged record: because of the kept record's row `beside`, or of the closed `month`."""

    row: TenantModel
    why: Why
    beside: TenantModel | None = None
    month: date | None = None


@dataclass(slots=True)
class Plan:
    """What merging would do. `moves`: reference -> keys of rows; `fills`: field -> [before, after] on the kept record."""

    kept: Patient
    merged: Patient
    moves: dict[Reference, list[Any]] = field(default_factory=dict)
    stays: list[Staying] = field(default_factory=list)
    fills: dict[str, list[str]] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)

    @property
    def fingerprint(self) -> str:
        """Differs as soon as anything that was shown has changed."""
        said = {
            "versions": [[str(each.pk), each.version] for each in (self.kept, self.merged)],
            "moves": {reference.key: sorted(map(str, keys)) for reference, keys in self.moves.items()},
            "stays": sorted(f"{each.row._meta.label}{each.row.pk}{each.why}" for each in self.stays),
            "fills": self.fills,
        }
        return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


@cache
def references() -> tuple[Reference, ...]:
    """Every column that names a patient and moves.

    Six kinds stay: history tells what was; append-only rows (decisions, charges) are what was billed; merges tell of merges; whose
    page was opened is that record's; the words a record is found by are made anew, and what is due follows what asks for it.
    """
    return tuple(each for each in every_reference() if not stays_by_kind(each.model))


def every_reference() -> Iterator[Reference]:
    for model in apps.get_models():
        for each in model._meta.local_fields:
            if isinstance(each, TenantForeignKey) and each.related_model is Patient:
                yield Reference(model, each.name)


def stays_by_kind(model: type[TenantModel]) -> bool:
    return (
        hasattr(model, "pgh_tracked_model")
        or getattr(model, "append_only", False)
        or model in (Deadline, Opening, PatientMerge, PatientToken)
    )


@cache
def links() -> tuple[tuple[Reference, str, type[TenantModel]], ...]:
    """(child, its column, parent) for every pair of moving tables of which one refers to the other."""
    moving = {each.model for each in references()} - {Patient}
    return tuple(
        (reference, each.name, each.related_model)
        for reference in references()
        if reference.model in moving
        for each in reference.model._meta.local_fields
        if isinstance(each, TenantForeignKey) and each.related_model in moving
    )


def plan(kept: Patient, merged: Patient) -> Plan:
    """What merging `merged` into `kept` would do now."""
    found = Plan(kept, merged)
    staying: dict[type[TenantModel], dict[Any, Staying]] = defaultdict(dict)
    for reference in references():
        for each in (*_clashing(reference, kept, merged), *_closed(reference, merged)):
            staying[reference.model].setdefault(each.row.pk, each)
    for child, name, parent in _until_nothing_is_new(staying):
        rows = child.rows_of(merged).filter(**{f"{name}__in": list(staying[parent])})
        for row in rows.exclude(pk__in=list(staying[child.model])):
            staying[child.model][row.pk] = Staying(row, Why.WITH_ITS_PARENT)
    for reference in references():
        keys = reference.rows_of(merged).exclude(pk__in=list(staying[reference.model])).order_by("pk")
        if moving := list(keys.values_list("pk", flat=True)):
            found.moves[reference] = moving
    found.stays = [each for rows in staying.values() for each in rows.values()]
    found.fills = {
        name: [getattr(kept, name), getattr(merged, name)]
        for name in FILLED
        if getattr(merged, name) and not getattr(kept, name)
    }
    found.doubts = list(_doubts(kept, merged))
    return found


def _clashing(reference: Reference, kept: Patient, merged: Patient) -> Iterator[Staying]:
    """Rows that a unique constraint allows a patient only once, and that the kept record has already."""
    for constraint in reference.model._meta.constraints:
        if not isinstance(constraint, UniqueConstraint) or reference.name not in constraint.fields:
            continue
        others = [name for name in constraint.fields if name not in ("agency", reference.name)]
        rows = reference.rows_of(kept, merged).filter(constraint.condition or Q())
        theirs: dict[tuple[Any, ...], dict[Any, TenantModel]] = defaultdict(dict)
        for row in rows:
            said = tuple(getattr(row, row._meta.get_field(name).attname) for name in others)
            if None not in said:  # empty differs from empty
                theirs[said][getattr(row, f"{reference.name}_id")] = row
        for pair in theirs.values():
            if len(pair) == 2:
                yield Staying(pair[merged.pk], Why.CLASH, beside=pair[kept.pk])


def _closed(reference: Reference, merged: Patient) -> Iterator[Staying]:
    """Time of a closed month stays where it was billed."""
    if reference.is_time:
        for month in locked_months():
            for row in reference.rows_of(merged).filter(service_date__range=month_of(month)):
                yield Staying(row, Why.CLOSED, month=month)


def months_of_time(patient: UUID) -> set[date]:
    """The first days of the months in which time stands at a record."""
    timed = [each.rows_of(patient) for each in references() if each.is_time]
    return {month for rows in timed for month in rows.dates("service_date", "month")}


def locked_months() -> QuerySet:
    return MonthLock.objects.filter(unlocked_at=None).order_by("month").values_list("month", flat=True)


def _until_nothing_is_new(staying: dict[type[TenantModel], dict]) -> Iterator[tuple[Reference, str, type[TenantModel]]]:
    """The links, again and again, as long as following them finds more rows that stay."""
    before = -1
    while (count := sum(map(len, staying.values()))) != before:
        before = count
        yield from links()


def _doubts(kept: Patient, merged: Patient) -> Iterator[Doubt]:
    if {*name_tokens(kept.family_name, kept.given_name)} != {*name_tokens(merged.family_name, merged.given_name)}:
        yield Doubt.NAME
    if kept.birth_date != merged.birth_date:
        yield Doubt.BIRTH_DATE
    if (kept.is_deceased, kept.deceased_on) != (merged.is_deceased, merged.deceased_on):
        yield Doubt.DECEASED
    if kept.needs_interpreter != merged.needs_interpreter:
        yield Doubt.INTERPRETER
    standing = Coverage.objects.filter(retracted_at=None)
    theirs = list(standing.filter(patient=merged))
    for ours in standing.filter(patient=kept):
        for each in theirs:
            if _overlap(ours, each) and ours.order == each.order:
                yield Doubt.COVERAGE
                return


def _overlap(one: Coverage, other: Coverage) -> bool:
    return not ((one.to_day and one.to_day < other.from_day) or (other.to_day and other.to_day < one.from_day))


def merges_of(patient: Patient) -> QuerySet[PatientMerge]:
    """Merges that this record was kept in, newest first, also those that were undone."""
    return (
        PatientMerge.objects.select_related("merged", "merged_by", "undone_by")
        .filter(kept=patient)
        .order_by("-merged_at", "-pk")
    )


def merge_by_id(pk: UUID) -> PatientMerge | None:
    return PatientMerge.objects.select_related("kept", "merged", "merged_by", "undone_by").filter(pk=pk).first()


def standing_merge_of(merged: Patient) -> PatientMerge | None:
    """The merge that a merged record rests on."""
    return PatientMerge.objects.filter(merged=merged, undone_at=None).first()


@dataclass(slots=True)
class Held:
    """Rows that a record had and `gave`, or `got`, in merges that found a month closed."""

    gave: list[UUID] = field(default_factory=list)
    got: list[UUID] = field(default_factory=list)


def rows_held(patients: Collection[UUID], month: date) -> dict[UUID, Held]:
    """Of these records those that a standing merge touched when the month that begins on `month` was closed: its time stayed, so it is
    decided by the rows of that day."""
    then = MonthLock.objects.filter(month=month, locked_at__lte=OuterRef("merged_at"))
    closed = then.filter(Q(unlocked_at=None) | Q(unlocked_at__gt=OuterRef("merged_at")))
    found: dict[UUID, Held] = defaultdict(Held)
    standing = PatientMerge.objects.filter(
        Q(merged__in=patients) | Q(kept__in=patients), Exists(closed), undone_at=None
    )
    for merged, kept, moved in standing.values_list("merged", "kept", "moved"):
        keys = [UUID(key) for name, keys in moved.items() if name != FIELDS for key in keys]
        found[merged].gave += keys
        found[kept].got += keys
    return {patient: held for patient, held in found.items() if patient in patients}


def since(merge: PatientMerge) -> dict[Reference, int]:
    """How much was recorded about the kept record after the merge; keys are in order of time."""
    counts = {
        each: each.rows_of(merge.kept).filter(pk__gt=merge.pk).count()
        for each in references()
        if each.model is not Patient
    }
    return {each: count for each, count in counts.items() if count}
