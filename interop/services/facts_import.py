"""Taking clinical facts in from CSV: every row, or none of the file and each fault with its line and column."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from coordination.models import CarePeriod, OutsideClaim, Patient, Stay, Visit
from coordination.services.patients import patients_held
from interop.codecs.facts_csv import CsvRefused, Row, fault, read_rows
from interop.codecs.refusals import Refusal
from interop.models import ImportKind
from interop.services.keeping import Chart, Marks, Said, keep
from interop.services.reports import FileReport, Occasion
from tenancy.models import Membership, TenantModel


@dataclass(frozen=True)
class Fact:
    """How a kind of row becomes a row here; `about` are the columns that tell one fact from another where rows have no id."""

    model: type[TenantModel]
    about: tuple[str, ...]
    columns: dict[str, str]


PEOPLE = {"practitioner_npi": "practitioner", "complexity_judged_by_npi": "complexity_judged_by"}
PERIOD = {"from": "from_day", "to": "to_day"}
FACTS = {
    ImportKind.VISITS: Fact(
        Visit,
        ("date", "code", "practitioner_npi", "outside_practitioner"),
        {"date": "on", "face_to_face": "is_face_to_face", **PEOPLE}
        | {each: each for each in ("code", "outside_practitioner", "complexity", "extra_planning", "note")},
    ),
    ImportKind.CLAIMS: Fact(
        OutsideClaim,
        ("date", "code", "practice"),
        {"date": "on", "code": "code", "practice": "practice", "practitioner_npi": "practitioner", "note": "note"},
    ),
    ImportKind.STAYS: Fact(
        Stay,
        ("kind", "facility", "from"),
        {"kind": "kind", "facility": "facility", **PERIOD, "part_a": "is_part_a", "note": "note"},
    ),
    ImportKind.CARE_PERIODS: Fact(
        CarePeriod,
        ("kind", "from", "practitioner_npi", "provider"),
        {"kind": "kind", **PERIOD, "practitioner_npi": "practitioner", "provider": "provider", "note": "note"},
    ),
}


def facts_import(kind: str, content: bytes, *, on: Occasion) -> FileReport:
    """Store every row of the file or, raising CsvRefused, none. The caller holds the transaction.

    A patient is recognised by the MRN; a row by its id or, without one, by what it is about, so that a stay that ends is the same
    stay. `keeping` says what a later file may change.
    """
    rows = read_rows(kind, content)
    fact, report, faults = FACTS[ImportKind(kind)], FileReport(), []
    patients = _by_mrn({row.cells["mrn"] for row in rows})
    colleagues = {each.npi: each for each in Membership.objects.filter(npi__in=_npis(rows))}
    said: dict[UUID, list[Said]] = defaultdict(list)
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        key = _key(fact, row)
        before = seen.setdefault((row.cells["mrn"], key), row.line)
        if before != row.line:
            faults.append(
                fault(row.line, "id", row.cells["id"], f"line {before} is the same: leave one out, or give each an id")
            )
        patient = patients.get(row.cells["mrn"])
        faults += [*_patient_faults(row, patient), *_people_faults(row, colleagues)]
        if patient:
            fields = {name: row.cells[column] for column, name in fact.columns.items() if column not in PEOPLE}
            people = {
                fact.columns[column]: colleagues.get(row.cells[column]) for column in PEOPLE if column in fact.columns
            }
            said[patient.pk].append(Said(kind, fact.model, f"csv:{key}", f"line {row.line}", fields | people))
    if not faults:
        faults = _kept(said, fact, report, on)
    if faults:
        raise CsvRefused(sorted(faults, key=lambda each: _line(each.where)))
    return report


def _kept(said: dict[UUID, list[Said]], fact: Fact, report: FileReport, on: Occasion) -> list[Refusal]:
    """Each patient's rows through the chart's service; what that refuses."""
    held = patients_held(said)
    sources = {each.source_id for rows in said.values() for each in rows}
    marks = Marks.of_subjects(held, noun=fact.model._meta.model_name, source_id__in=sources)
    charts = [Chart(held[pk], marks[pk], said[pk]) for pk in sorted(said)]
    refused = keep(charts, report, on)
    Marks.write(marks.values())
    for chart in charts:
        report.about(chart.patient)
    columns = {name: column for column, name in fact.columns.items()}
    return [
        fault(_line(each.place), columns.get(name, name), "not accepted", sentence)
        for each, told in refused
        for name, sentence in told.items()
    ]


def _key(fact: Fact, row: Row) -> str:
    if row.cells["id"]:
        return str(row.cells["id"])
    return "=" + hashlib.sha256("|".join(str(row.cells[name]) for name in fact.about).encode()).hexdigest()[:32]


def _patient_faults(row: Row, patient: Patient | None) -> Iterable[Refusal]:
    born = row.cells["birth_date"]
    if patient is None:
        yield fault(
            row.line,
            "mrn",
            row.cells["mrn"],
            "no patient here has this number: check it, or bring the patient in first",
        )
    elif born and born != patient.birth_date:
        remedy = "the patient with this number was born on another day: check which of the two is wrong"
        yield fault(row.line, "birth_date", born.isoformat(), remedy)


def _people_faults(row: Row, colleagues: dict[str, Membership]) -> Iterable[Refusal]:
    for column in PEOPLE:
        npi = row.cells.get(column, "")
        if npi and npi not in colleagues:
            remedy = "nobody of the practice has this NPI: check it, or enter it on the person's page"
            yield fault(row.line, column, npi, remedy)


def _npis(rows: Iterable[Row]) -> set[str]:
    return {row.cells[column] for row in rows for column in PEOPLE if row.cells.get(column)}


def _by_mrn(mrns: set[str]) -> dict[str, Patient]:
    """Only what tells whether it is the patient that is meant: the whole of each is read when it is held."""
    return {each.mrn: each for each in Patient.objects.filter(mrn__in=mrns).only("mrn", "birth_date")}


def _line(place: str) -> int:
    return int(place.removeprefix("line "))
