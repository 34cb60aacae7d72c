"""What was changed about a patient: every version of every record that is theirs, newest first, in one statement.

The tables of history are found by walking the models, so that a record made tomorrow has its history here as well.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import JSONObject

from coordination.models import ConsentText, Patient, PatientMerge, Payer, Transition
from coordination.selectors.merges import every_reference
from tenancy.models import Membership

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Change:
    """One version of a record. `before` is what the version before it said; None for a new record."""

    model: type[models.Model]
    label: str
    at: datetime
    context: dict[str, Any]
    before: dict[str, Any] | None
    after: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Up to PAGE_SIZE changes; `next_after` is the key to ask for the next page with, or "" on the last."""

    rows: list[Change]
    next_after: str


@dataclass(frozen=True, slots=True)
class Asked:
    """`kind`: the name of a table; `person`: a membership; `since` and `until`: moments; `after`: the key of a page."""

    kind: str = ""
    person: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: str = ""


@cache
def histories() -> dict[str, tuple[type[models.Model], str]]:
    """Name of a table -> (its history, the column there that names the patient), for all that is a patient's."""
    column = {Patient: "pgh_obj_id"} | {
        each.model: f"{each.name}_id" for each in every_reference() if each.model not in (Patient, PatientMerge)
    }
    column[PatientMerge] = "kept_id"
    events = {
        each.pgh_tracked_model: each for each in apps.get_models() if getattr(each, "pgh_tracked_model", None) in column
    }
    return {
        model._meta.label: (event, column[model])
        for model, event in sorted(events.items(), key=lambda pair: pair[0]._meta.label)
    }


def changes_page(patient: Patient, asked: Asked) -> Page:
    """One page of what was changed."""
    parts = [
        _part(number, event, column, patient, asked)
        for number, (name, (event, column)) in enumerate(histories().items())
        if asked.kind in ("", name)
    ]
    first, *others = parts
    # Of a single kind there is nothing to unite.
    found = (
        first.union(*others, all=True).order_by("-told_at", "told_kind", "-told_key")[: PAGE_SIZE + 1]
        if others
        else first
    )
    rows = list(found)
    page = rows[:PAGE_SIZE]
    return Page([_change(row) for row in page], _key(page[-1]) if len(rows) > PAGE_SIZE else "")


def _part(number: int, event: type[models.Model], column: str, patient: Patient, asked: Asked) -> QuerySet:
    """The newest rows of one table of history, each beside the version before it."""
    said = JSONObject(**{each.attname: each.attname for each in event.pgh_tracked_model._meta.concrete_fields})
    earlier = event.objects.filter(pgh_obj_id=OuterRef("pgh_obj_id"), pgh_id__lt=OuterRef("pgh_id")).order_by("-pgh_id")
    found = event.objects.filter(**{column: patient.pk})
    if asked.person:
        found = found.filter(pgh_context__membership=str(asked.person))
    if asked.since:
        found = found.filter(pgh_created_at__gte=asked.since)
    if asked.until:
        found = found.filter(pgh_created_at__lt=asked.until)
    if behind := _behind(number, asked.after):
        found = found.filter(behind)
    return (
        found.annotate(
            told_kind=Value(number),
            told_at=F("pgh_created_at"),
            told_key=F("pgh_id"),
            told_what=F("pgh_label"),
            told_why=F("pgh_context"),
            told_after=said,
            told_before=Subquery(earlier.values(said=said)[:1]),
        )
        .order_by("-pgh_created_at", "-pgh_id")
        .values("told_kind", "told_at", "told_key", "told_what", "told_why", "told_before", "told_after")[
            : PAGE_SIZE + 1
        ]
    )


def _behind(number: int, after: str) -> Q | None:
    """Rows of table `number` that come after the page's last."""
    try:
        moment, kind, key = after.split("|")
        at, last, last_key = datetime.fromisoformat(moment), int(kind), int(key)
    except ValueError:
        return None
    earlier, same = Q(pgh_created_at__lt=at), Q(pgh_created_at=at)
    if number < last:
        return earlier
    return earlier | same & (Q(pgh_id__lt=last_key) if number == last else Q())


def _key(row: dict[str, Any]) -> str:
    return f"{row['told_at'].isoformat()}|{row['told_kind']}|{row['told_key']}"


def _change(row: dict[str, Any]) -> Change:
    event, _column = list(histories().values())[row["told_kind"]]
    before = row["told_before"] if row["told_what"] == "update" else None
    return Change(
        event.pgh_tracked_model, row["told_what"], row["told_at"], row["told_why"] or {}, before, row["told_after"]
    )


def changes_of(record: models.Model) -> list[Change]:
    """The newest PAGE_SIZE changes of one record that is no patient's, newest first."""
    event = next(each for each in apps.get_models() if getattr(each, "pgh_tracked_model", None) is type(record))
    said = [each.attname for each in record._meta.concrete_fields]
    found = list(event.objects.filter(pgh_obj_id=record.pk).order_by("-pgh_id")[: PAGE_SIZE + 1])
    versions = [({name: getattr(each, name) for name in said}, each) for each in found]
    return [
        Change(type(record), each.pgh_label, each.pgh_created_at, each.pgh_context or {}, before, after)
        for (after, each), (before, _) in pairwise([*versions, (None, None)])
    ][:PAGE_SIZE]


def names(patients: Collection[UUID] = ()) -> dict[str, str]:
    """What the people and other records that records refer to are called, by id; of these patients also their discharges."""
    others = (
        *Payer.objects.all(),
        *ConsentText.objects.defer("body"),
        *Transition.objects.filter(patient__in=patients),
    )
    return names_of_people() | {str(each.pk): str(each) for each in others}


def same_person(patient: Patient) -> list[Patient]:
    """This record, and those that were ever merged with it."""
    into, out_of = PatientMerge.objects.filter(kept=patient), PatientMerge.objects.filter(merged=patient)
    return list(
        Patient.objects.filter(
            Q(pk=patient.pk) | Q(pk__in=into.values("merged")) | Q(pk__in=out_of.values("kept"))
        ).order_by("pk")
    )


def names_of_people() -> dict[str, str]:
    return {str(each.pk): each.signature for each in people()}


def people() -> Iterator[Membership]:
    """Everybody who ever worked here: they may have looked or written."""
    return iter(Membership.objects.order_by("name", "pk"))
