"""Small faults in the rulebook: each number and date one off, each truth turned, each item of a list gone, each finding another."""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args

from billing.rules.decision import FindingId
from billing.rules.documents import Document, Location, read
from coordination.rules.months import months_after

LEFT_OUT = (
    "sources.yaml",
    "foreign_codes.yaml",
)  # where rules come from, and which codes are none of ours: nothing is decided by them
NOT_DECIDED_BY = ("words", "cite", "confidence", "label", "checked_through", "not_modelled", "version", "read_on")
FINDINGS = get_args(FindingId)
DAY = re.compile(r"\d{4}-\d\d-\d\d")
GONE = ...  # which stays what it is on its way to another process


@dataclass(frozen=True)
class RulebookMutant:
    """One value of one file, changed."""

    file: str
    at: Location
    line: int
    what: str
    value: Any

    @property
    def place(self) -> str:
        return f"billing/rulebook/{self.file}:{self.line}"


def mutants(path: Path) -> Iterator[RulebookMutant]:
    """Every change of a file."""
    document = read(path)
    for at, value, what in _changes(document.data, ()):
        yield RulebookMutant(path.name, at, document.line(at), f"{'.'.join(map(str, at))}: {what}", value)


def mutated(document: Document, mutant: RulebookMutant) -> Document:
    """The file with the change made."""
    data = deepcopy(document.data)
    place = data
    for step in mutant.at[:-1]:
        place = place[step]
    if mutant.value is GONE:
        del place[mutant.at[-1]]
    else:
        place[mutant.at[-1]] = mutant.value
    return replace(document, data=data)


def _changes(data: Any, at: Location) -> Iterator[tuple[Location, Any, str]]:
    if isinstance(data, dict):
        if "minutes" in data and "attained" not in data and "assessments" not in data:
            yield (*at, "attained"), "half", "half instead of full"
        for key, value in data.items():
            if key not in NOT_DECIDED_BY:
                yield from _changes(value, (*at, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            if len(data) > 1:
                yield (*at, index), GONE, f"{value if isinstance(value, str) else 'item'} removed"
            yield from _changes(value, (*at, index))
    elif isinstance(data, bool):
        yield at, not data, f"{not data} instead of {data}"
    elif isinstance(data, int):
        for other in (data + 1, data - 1):
            yield at, other, f"{other} instead of {data}"
    elif isinstance(data, str):
        yield from _of_text(data, at)


def _of_text(text: str, at: Location) -> Iterator[tuple[Location, Any, str]]:
    if DAY.fullmatch(text):
        day = date.fromisoformat(text)
        for other in (day - timedelta(days=1), day + timedelta(days=1), months_after(day, -1), months_after(day, 1)):
            yield at, str(other), f"{other} instead of {text}"
    elif text in FINDINGS:
        other = FINDINGS[(FINDINGS.index(text) + 1) % len(FINDINGS)]
        yield at, other, f"{other} instead of {text}"
    elif at[-1] == "attained":
        yield at, "full" if text == "half" else "half", f"the other of {text}"
    elif at[-1] in ("admission_day", "discharge_day"):
        yield at, "outside" if text == "inside" else "inside", f"the other of {text}"
