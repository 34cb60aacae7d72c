"""What became of one file: counted per type and outcome, with reason, remedy and place; and the fingerprint of its changes."""

import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any
from uuid import UUID

from django.conf import settings

from coordination.models import Patient
from interop.codecs.refusals import Refusal
from tenancy.models import Membership

OUTCOMES = ("new", "updated", "unchanged", "kept", "skipped", "refused")


@dataclass(frozen=True)
class Occasion:
    """When, on which clock, and by whom something is brought in; `actor` None: by a command."""

    now: datetime
    zone: tzinfo
    actor: Membership | None = None

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


class FileReport:
    """`kept` is what the file says otherwise than a person here, who has the last word."""

    def __init__(self, refusals: Iterable[Refusal] = ()) -> None:
        """With `refusals` the file is refused as a whole, and nothing else is said of it."""
        self.counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.refusals = tuple(refusals)
        self.patients: dict[UUID, dict[str, str]] = {}
        self._notes: dict[tuple[str, str, str, str], list[Any]] = {}
        self._changes = hashlib.sha256()
        for each in self.refusals:
            self.count(_type_of(each.where), "refused")
            self.changes(each, each.place)

    def count(self, kind: str, outcome: str, count: int = 1) -> None:
        self.counts[kind][outcome] += count

    def note(self, kind: str, outcome: str, reason: str, remedy: str = "", place: str = "", count: int = 1) -> None:
        """Say why, without counting: of several for one reason the first place is told."""
        self._notes.setdefault((kind, outcome, reason, remedy), [0, place])[0] += count

    def leave(self, kind: str, outcome: str, reason: str, remedy: str = "", place: str = "", count: int = 1) -> None:
        """Count what is not taken, with the reason."""
        self.count(kind, outcome, count)
        self.note(kind, outcome, reason, remedy, place, count)

    def changes(self, *what: Any) -> None:
        """Let the fingerprint know one change, with what it rests on."""
        self._changes.update(json.dumps([str(each) for each in what]).encode())

    def about(self, patient: Patient) -> None:
        """Say whom it is about, in words by which a namesake is told apart."""
        born = patient.birth_date.isoformat()
        self.patients[patient.pk] = {"name": str(patient), "born": born, "mrn": patient.mrn}

    @property
    def people(self) -> dict[str, dict[str, str]]:
        """Who it is about, for a page alone: the log and the report of a command name nobody."""
        return {str(pk): said for pk, said in self.patients.items()}

    @property
    def fingerprint(self) -> str:
        return self._changes.hexdigest()

    def as_json(self, **head: Any) -> dict[str, Any]:
        return {
            **head,
            "outcome": "refused" if self.refusals else "taken",
            "patients": sorted(map(str, self.patients)),
            "types": {kind: _in_order(counts) for kind, counts in sorted(self.counts.items())},
            "notes": [
                {"type": kind, "outcome": outcome, "reason": reason, "remedy": remedy, "place": place, "count": count}
                for (kind, outcome, reason, remedy), (count, place) in sorted(self._notes.items())
            ],
            "refused": [
                {"where": r.where, "field": r.field, "value": r.value, "remedy": r.remedy, "place": r.place}
                for r in self.refusals
            ],
        }


def totals(files: Iterable[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Counts per type over several files, as `as_json` has them."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for file in files:
        for kind, counts in file["types"].items():
            for outcome, count in counts.items():
                found[kind][outcome] += count
    return {kind: _in_order(counts) for kind, counts in sorted(found.items())}


def without_values(file: dict[str, Any]) -> dict[str, Any]:
    """A file's report as it is kept: no value of the file, no sentence that may hold one, and no name of a file, which may be a
    patient's, or of a patient."""
    kept = {name: value for name, value in file.items() if name not in ("file", "people")}
    for told in ("notes", "refused"):
        kept[told] = [
            {name: text for name, text in each.items() if name not in ("value", "remedy")} for each in kept[told]
        ]
    return kept


def name_digest(name: str) -> str:
    """By which a file's name is recognised again without being told: keyed, since names of patients can be guessed."""
    return hmac.new(settings.SECRET_KEY.encode(), name.encode(), hashlib.sha256).hexdigest()[:12]


def fingerprint_of(reports: Iterable[FileReport]) -> str:
    return hashlib.sha256("".join(report.fingerprint for report in reports).encode()).hexdigest()


def _in_order(counts: dict[str, int]) -> dict[str, int]:
    return {outcome: counts[outcome] for outcome in OUTCOMES if counts.get(outcome)}


def _type_of(where: str) -> str:
    """`entry[3].resource Encounter/e1` is an Encounter; a fault of the file as a whole is the file's."""
    _, found, named = where.partition(".resource ")
    return named.partition("/")[0] if found else "file"
