"""Storing what a file says of patients, so that a second time nothing is doubled.

The rule, one for every kind of row: a row that came by an import and was not changed here since follows the file; a row that a
person changed, retracted, removed or recorded themselves stays as it is, and the report says so.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models

from coordination.models import CareTeamMember, Condition, Coverage, Patient, Stay, Visit
from coordination.services.records import TOGETHER, fact_ready, facts_store, record_save, record_withdraw
from interop.codecs.fhir import TakenBack
from interop.models import ImportedRow
from interop.services.reports import FileReport, Occasion
from tenancy.bulk import update_rows

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
        self.new: list[ImportedRow] = []
        self.moved: list[ImportedRow] = []
        self._known: dict[tuple[str, str], ImportedRow] = {}

    @classmethod
    def of_subjects(cls, subjects: Iterable[UUID], **only: Any) -> dict[UUID, "Marks"]:
        """Of each of these, in one statement; with `only`, conditions on what is asked for."""
        marks = {subject: cls(subject) for subject in subjects}
        for row in ImportedRow.objects.filter(subject__in=marks, **only):
            marks[row.subject]._known[row.noun, row.source_id] = row
        return marks

    @staticmethod
    def write(written: Collection["Marks"]) -> None:
        """Store what was set in any of them, in two statements."""
        ImportedRow.objects.bulk_create([row for marks in written for row in marks.new])
        update_rows([row for marks in written for row in marks.moved])

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
            self.moved.append(mark)
        else:
            noun = row._meta.model_name or ""
            mark = ImportedRow(subject=self.subject, noun=noun, source_id=source_id, row=row.pk, version=row.version)
            self._known[noun, source_id] = mark
            self.new.append(mark)


@dataclass(frozen=True)
class Chart:
    """All that a file says of one patient. `patient`, held, is whose rows they become: after a merge not the one of `marks`."""

    patient: Patient
    marks: Marks
    said: Sequence[Said]


def keep(charts: Sequence[Chart], report: FileReport, on: Occasion) -> list[Fault]:
    """Store all that is said through the chart's own service; what that refuses is returned, and not stored.

    Clinical facts of any number take the same few statements; of other rows each has its own, because what one may say depends on
    the rows before it.
    """
    faults: list[Fault] = []
    for model in dict.fromkeys(each.model for chart in charts for each in chart.said):
        said = [(chart, each) for chart in charts for each in chart.said if each.model is model]
        known, ready = _Known(model, said), []
        for chart, each in said:
            mark = chart.marks.of(model, each.source_id)
            row = known.row(chart.patient, each, mark)
            if (row is None and mark) or getattr(row, "retracted_at", None):
                report.leave(each.kind, "kept", REMOVED, place=each.place)
                continue
            try:
                stored = _keep(chart, each, row, mark, report, on)
            except ValidationError as refused:
                faults.append((each, {name: " ".join(told) for name, told in _told(refused).items()}))
                continue
            if stored:
                known.add(stored)
                ready.append(stored)
        if issubclass(model, TOGETHER):
            facts_store(ready, now=on.now)
    return faults


class _Known:
    """The rows of one kind that a file may be speaking of."""

    def __init__(self, model: type[models.Model], said: Sequence[tuple[Chart, Said]]) -> None:
        rows = model._default_manager.filter(patient__in={chart.patient.pk for chart, _ in said})
        if _has(model, "source_id"):
            rows = rows.filter(source_id__in={each.source_id for _, each in said})
        self._by_key: dict[UUID, Any] = {}
        self._by_source: dict[tuple[UUID, str], Any] = {}
        for row in rows.order_by("pk"):
            self.add(row)

    def add(self, row: Any) -> None:
        self._by_key[row.pk] = row
        if source_id := getattr(row, "source_id", ""):
            self._by_source[row.patient_id, source_id] = row

    def row(self, patient: Patient, said: Said, mark: ImportedRow | None) -> Any:
        """The row that is meant, of the patient: the one that an import made, or one that is known to be it."""
        if mark:
            row = self._by_key.get(mark.row)
            return row if row and row.patient_id == patient.pk else None
        return self._by_source.get((patient.pk, said.source_id)) or self._same(patient, said)

    def _same(self, patient: Patient, said: Said) -> Any:
        if not said.same:
            return None
        rows = (row for row in self._by_key.values() if row.patient_id == patient.pk)
        return next((row for row in rows if all(getattr(row, name) == said.fields[name] for name in said.same)), None)


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


def _keep(chart: Chart, said: Said, row: Any, mark: ImportedRow | None, report: FileReport, on: Occasion) -> Any:
    """What is recorded: a new row, or the one that is known, which follows the file if nobody here has touched it. None: neither."""
    if row is None:
        own = {"source_id": said.source_id} if _has(said.model, "source_id") else {}
        new = _written(chart, said.model(patient=chart.patient), said.fields | said.at_first | own, on)
        chart.marks.set(new, said.source_id)
        report.count(said.kind, "new")
        report.changes("new", said.kind, said.source_id, sorted(said.fields.items()))
        return new
    differ = [name for name, value in said.fields.items() if _differs(row, name, value)]
    if not differ:
        report.count(said.kind, "unchanged")
    elif mark is None or mark.version != row.version:
        report.leave(said.kind, "kept", stays(row, differ, came=mark is not None), LOOK, said.place)
    else:
        changed = _written(chart, row, said.fields, on)
        chart.marks.set(changed, said.source_id)
        report.count(said.kind, "updated")
        report.changes("updated", said.kind, row.pk, row.version, sorted(said.fields.items()))
        return changed
    return None


def _written(chart: Chart, record: Any, said: dict[str, Any], on: Occasion) -> Any:
    if isinstance(record, TOGETHER):
        record.patient = chart.patient
        return fact_ready(actor=None, fact=record, now=on.now, **said)
    return record_save(actor=None, record=record, version=record.version, now=on.now, **said)


def _differs(row: models.Model, name: str, value: Any) -> bool:
    """Compared by key where it is a colleague or a payer, whom nobody has to look up for that."""
    return bool(
        getattr(row, row._meta.get_field(name).attname) != (value.pk if isinstance(value, models.Model) else value)
    )


def stays(row: models.Model, differ: Iterable[str], *, came: bool) -> str:
    """Why a row does not follow the file, naming what the two say differently."""
    names = ", ".join(str(row._meta.get_field(name).verbose_name) for name in differ)
    return f"{'changed here since it came' if came else 'recorded here, not imported'}, so kept: {names}"


def _told(refused: ValidationError) -> dict[str, list[str]]:
    return refused.message_dict if hasattr(refused, "error_dict") else {"row": refused.messages}


def _has(model: type[models.Model], name: str) -> bool:
    return any(each.name == name for each in model._meta.concrete_fields)
