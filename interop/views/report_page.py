"""Words and rows for the page of an import."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.models import Patient
from interop.models import ImportKind, ImportRun
from interop.services.reports import OUTCOMES

SHOWN_FAULTS = 50
SHOWN_PEOPLE = 5
OUTCOME_WORDS = {
    "new": gettext_lazy("new"),
    "updated": gettext_lazy("updated"),
    "unchanged": gettext_lazy("unchanged"),
    "kept": gettext_lazy("kept as here"),
    "skipped": gettext_lazy("skipped"),
    "refused": gettext_lazy("faults"),
}
TYPES = {
    "Patient": gettext_lazy("Patient"),
    "Patient.telecom": gettext_lazy("Phone and e-mail"),
    "Patient.address": gettext_lazy("Address"),
    "Patient.contact": gettext_lazy("Proxy"),
    "Patient.identifier": gettext_lazy("Identifier"),
    "Condition": gettext_lazy("Condition"),
    "Coverage": gettext_lazy("Coverage"),
    "Payer": gettext_lazy("Payer"),
    "Encounter": gettext_lazy("Visit or stay"),
    "CareTeam": gettext_lazy("Care team"),
    "CarePlan": gettext_lazy("Care plan"),
    "file": gettext_lazy("File"),
    **dict(ImportKind.choices),
}


Table = list[tuple[str, list[tuple[Any, int]]]]


@dataclass(frozen=True)
class Somebody:
    """Whom a file is about; `pk` where they are on record."""

    name: str
    born: date
    mrn: str
    pk: UUID | None


@dataclass(frozen=True)
class FilePage:
    """One file: `name` as sent while it waits, else its number. `known` are patients on record, for links and the access log; `people`
    are named while it waits only."""

    name: str
    outcome: str
    lines: list[tuple[str, str]]
    notes: list[dict[str, Any]]
    refused: list[dict[str, str]]
    more_faults: int
    changes: int
    patients: list[UUID]
    known: list[UUID]
    people: list[Somebody]

    @property
    def shown_people(self) -> list[Somebody]:
        return self.people[:SHOWN_PEOPLE]

    @property
    def more_people(self) -> int:
        return max(len(self.people) - SHOWN_PEOPLE, 0)

    @property
    def shown_faults(self) -> list[dict[str, str]]:
        return self.refused[:SHOWN_FAULTS]


def file_pages(run: ImportRun, *, waits: bool) -> list[FilePage]:
    """The files of an import: with values and names while they wait, without afterwards."""
    reports = [each.report for each in run.waiting_files.defer("content").order_by("number")] if waits else run.files
    wanted = {patient for report in reports for patient in report["patients"]}
    known = {str(pk) for pk in Patient.objects.filter(pk__in=wanted).values_list("pk", flat=True)} if wanted else set()
    return [_file(number, report, known) for number, report in enumerate(reports, 1)]


def totals_table(totals: dict[str, dict[str, int]]) -> Table:
    """(what, (word, count) of each outcome in order) of everything that is not only skipped, what changes first."""
    rows = sorted(
        (each for each in totals.items() if each[1].keys() != {"skipped"}),
        key=lambda each: (not _changes(each[1]), each[0]),
    )
    return [
        (str(TYPES.get(kind, kind)), [(OUTCOME_WORDS[outcome], counts.get(outcome, 0)) for outcome in OUTCOMES])
        for kind, counts in rows
    ]


def only_skipped(totals: dict[str, dict[str, int]]) -> str:
    """What is skipped as a whole, in one line."""
    return _listed({kind: counts["skipped"] for kind, counts in totals.items() if counts.keys() == {"skipped"}})


def _lines(types: dict[str, dict[str, int]]) -> list[tuple[str, str]]:
    """(outcome, what and how many) of one file; what is skipped stands among the reasons."""
    found = []
    for outcome, word in OUTCOME_WORDS.items():
        if outcome == "skipped":
            continue
        if counts := {kind: each[outcome] for kind, each in types.items() if each.get(outcome)}:
            found.append((str(word), _listed(counts)))
    return found


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{TYPES.get(kind, kind)} × {count}" for kind, count in sorted(counts.items()))


def _changes(counts: dict[str, int]) -> int:
    return counts.get("new", 0) + counts.get("updated", 0)


def _file(number: int, report: dict[str, Any], known: set[str]) -> FilePage:
    here = [UUID(each) for each in report["patients"] if each in known]
    notes = [{**each, "type": TYPES.get(each["type"], each["type"])} for each in report["notes"]]
    return FilePage(
        name=report.get("file") or _("File %(number)s") % {"number": number},
        outcome=report["outcome"],
        lines=_lines(report["types"]),
        notes=sorted(notes, key=lambda each: (each["outcome"] == "skipped", not each.get("remedy"))),
        refused=report["refused"],
        more_faults=max(len(report["refused"]) - SHOWN_FAULTS, 0),
        changes=sum(map(_changes, report["types"].values())),
        patients=here[:1] if len(here) == 1 else [],
        known=here,
        people=[
            Somebody(said["name"], date.fromisoformat(said["born"]), said["mrn"], UUID(pk) if pk in known else None)
            for pk, said in report.get("people", {}).items()
        ],
    )
