"""Storing what a file says of a patient, row by row, so that a second time nothing is doubled.

The rule, one for every kind of row: a row that came by an import and was not changed here since follows the file; a row that a
person changed, retracted, removed or recorded themselves stays as it is, and the report says so.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models

from coordination.models import CareTeamMember, Condition, Coverage, Patient, Stay, Visit
from coordination.services.records import record_save, record_withdraw
from interop.codecs.fhir import TakenBack
from interop.models import ImportedRow
from interop.services.reports import FileReport, Occasion

REMOVED = "removed or retracted here since it came: it is not brought back"
ERROR = "entered in error, says the source"
TAKE_BACK = "take it back on the patient's page if it is not so"
BECOMES = {"Encounter": (Visit, Stay), "Coverage": (Coverage,), "CareTeam": (CareTeamMember,)}
LOOK = "compare the two on the patient's page"


@dataclass(frozen=True)
class Said:
    """What a file says of one row; `at_first`, what a new one begins with.

    `same` names the fields by which a row that a person recorded is known to be this one.
    """

    kind: str
    model: type[models.Model]
    source_id: str
    place: str
    fields: dict[str, Any]
    at_first: dict[str, Any] = field(default_factory=dict)
    same: tuple[str, ...] = ()


Fault = tuple[Said, dict[str, str]]
"""What the chart's rules refused: per field a sentence with the value and the remedy."""


class Marks:
    """What earlier imports made for a patient of the source."""

    def __init__(self, subject: UUID) -> None:
        self.subject = subject
        self._known = {(row.noun, row.source_id): row for row in ImportedRow.objects.filter(subject=subject)}
        self._new: list[ImportedRow] = []
        self._moved: list[ImportedRow] = []

    def of(self, model: type[models.Model], source_id: str) -> ImportedRow | None:
        return self._known.get((model._meta.model_name or "", source_id))

    def of_resource(self, model: type[models.Model], source_id: str) -> list[ImportedRow]:
        """All that one resource became: of a care team, each place in it."""
        of_team = model is CareTeamMember
        return [
            mark
            for (noun, known), mark in self._known.items()
            if noun == model._meta.model_name and (known.startswith(f"{source_id}/") if of_team else known == source_id)
        ]

    def set(self, row: models.Model, source_id: str) -> None:
        """Remember the version of `row` that this import leaves."""
        if mark := self.of(type(row), source_id):
            mark.version = row.version
            self._moved.append(mark)
        else:
            noun = row._meta.model_name or ""
            mark = ImportedRow(subject=self.subject, noun=noun, source_id=source_id, row=row.pk, version=row.version)
            self._known[noun, source_id] = mark
            self._new.append(mark)

    def write(self) -> None:
        ImportedRow.objects.bulk_create(self._new)
        ImportedRow.objects.bulk_update(self._moved, ["version"])


def keep(patient: Patient, said: Sequence[Said], marks: Marks, report: FileReport, on: Occasion) -> list[Fault]:
    """Store every `said` of a patient through the chart's own service; what that refuses is returned, and not stored."""
    faults: list[Fault] = []
    for model in dict.fromkeys(each.model for each in said):
        rows = list(model._default_manager.filter(patient=patient).order_by("pk"))
        by_key = {row.pk: row for row in rows}
        by_source = {row.source_id: row for row in rows if getattr(row, "source_id", "")}
        for each in said:
            if each.model is not model:
                continue
            mark = marks.of(model, each.source_id)
            row = by_key.get(mark.row) if mark else by_source.get(each.source_id) or _same(each, rows)
            if (row is None and mark) or getattr(row, "retracted_at", None):
                report.leave(each.kind, "kept", REMOVED, place=each.place)
                continue
            try:
                _keep(patient, each, row, mark, marks, report, on)
            except ValidationError as refused:
                faults.append((each, {name: " ".join(told) for name, told in _told(refused).items()}))
    return faults


def take_back(
    patient: Patient, found: Iterable[tuple[str, str, TakenBack]], marks: Marks, report: FileReport, on: Occasion
) -> None:
    """Take back what the source says was an error, unless a person here has had the last word."""
    for kind, place, each in found:
        came = list(_came(kind, each.source_id, patient, marks))
        if not came:
            report.leave(kind, "skipped", f"{ERROR}, and no file brought it here", place=place)
        for row, last_word in came:
            if row is None or row.retracted_at:
                report.count(kind, "unchanged")
            elif last_word:
                report.leave(kind, "kept", f"{ERROR}, but it was {last_word}", TAKE_BACK, place)
            else:
                report.changes("taken back", kind, row.pk, row.version)
                record_withdraw(actor=None, record=row, version=row.version, because=ERROR, now=on.now)
                report.leave(kind, "updated", f"{ERROR}, so taken back", place=place)


def _came(kind: str, source_id: str, patient: Patient, marks: Marks) -> Iterator[tuple[Any, str]]:
    """The rows that imports made of a resource (None: gone since), each with the last word that a person had on it, if one had."""
    if kind == "Condition":  # of these a confirmation is a person's word
        for row in Condition.objects.filter(patient=patient, source_id=source_id):
            yield row, "confirmed here" if row.confirmed_at else ""
    for model in BECOMES.get(kind, ()):
        for mark in marks.of_resource(model, source_id):
            row = model._default_manager.filter(patient=patient, pk=mark.row).first()
            yield row, "changed here since it came" if row and row.version != mark.version else ""


def _keep(
    patient: Patient,
    said: Said,
    row: Any,
    mark: ImportedRow | None,
    marks: Marks,
    report: FileReport,
    on: Occasion,
) -> None:
    """Record it, or let the row that is known follow the file if nobody here has touched it."""
    if row is None:
        own = {"source_id": said.source_id} if _has(said.model, "source_id") else {}
        written = said.fields | said.at_first | own
        row = record_save(actor=None, record=said.model(patient=patient), now=on.now, **written)
        marks.set(row, said.source_id)
        report.count(said.kind, "new")
        report.changes("new", said.kind, said.source_id, sorted(said.fields.items()))
        return
    differ = [name for name, value in said.fields.items() if getattr(row, name) != value]
    if not differ:
        report.count(said.kind, "unchanged")
    elif mark is None or mark.version != row.version:
        report.leave(said.kind, "kept", stays(row, differ, came=mark is not None), LOOK, said.place)
    else:
        before = row.version
        marks.set(record_save(actor=None, record=row, version=before, now=on.now, **said.fields), said.source_id)
        report.count(said.kind, "updated")
        report.changes("updated", said.kind, row.pk, before, sorted(said.fields.items()))


def _same(said: Said, rows: list[Any]) -> Any:
    if not said.same:
        return None
    return next((row for row in rows if all(getattr(row, name) == said.fields[name] for name in said.same)), None)


def stays(row: models.Model, differ: Iterable[str], *, came: bool) -> str:
    """Why a row does not follow the file, naming what the two say differently."""
    names = ", ".join(str(row._meta.get_field(name).verbose_name) for name in differ)
    return f"{'changed here since it came' if came else 'recorded here, not imported'}, so kept: {names}"


def _told(refused: ValidationError) -> dict[str, list[str]]:
    return refused.message_dict if hasattr(refused, "error_dict") else {"row": refused.messages}


def _has(model: type[models.Model], name: str) -> bool:
    return any(each.name == name for each in model._meta.concrete_fields)
