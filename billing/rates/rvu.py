"""CMS's file of relative values (PPRRVU): text in, values of codes out. Knows no table and keeps no descriptor, which is the AMA's.

The file comes as CSV, its columns named by several lines above each other ("WORK" over "RVU"), or as text of fixed width. Both begin
with lines about the release and the copyright.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

COLUMNS = {
    "modifier": ("MOD",),
    "status": ("STATUS CODE",),
    "work": ("WORK RVU",),
    "practice_expense": ("NON-FAC PE RVU", "NON-FACILITY PE RVU"),
    "practice_expense_facility": ("FACILITY PE RVU",),
    "malpractice": ("MP RVU",),
    "total": ("NON-FACILITY TOTAL", "NON-FAC TOTAL"),
    "conversion_factor": ("CONV FACTOR",),
}
"""What is read, and what the columns are called."""
FIXED = {
    "modifier": slice(5, 7),
    "status": slice(57, 58),
    "work": slice(59, 65),
    "practice_expense": slice(66, 72),
    "practice_expense_facility": slice(75, 81),
    "malpractice": slice(84, 89),
}
"""Places in a line of fixed width. The factor is looked for: it alone has four decimals."""
FACTOR = re.compile(r"(?<![\d.])\d{2}\.\d{4}(?!\d)")
CODE = re.compile(r"[0-9A-Z]\d{3}[0-9A-Z]")
NUMBERS = ("work", "practice_expense", "practice_expense_facility", "malpractice")
STACKED = 6
"""How many lines above the last one may name a column."""


class NotAnRvuFile(ValueError):
    """The file has no line that names its columns, or not all that are read."""


@dataclass(frozen=True, slots=True)
class RvuRow:
    """Values of one code, outside any locality."""

    line: int
    code: str
    modifier: str
    status: str
    work: Decimal
    practice_expense: Decimal
    practice_expense_facility: Decimal
    malpractice: Decimal
    conversion_factor: Decimal


@dataclass(frozen=True, slots=True)
class RvuFault:
    """A row that cannot be taken, and why."""

    line: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class RvuFile:
    """What a file calls itself, and its rows in order."""

    title: str
    rows: tuple[RvuRow, ...]
    faults: tuple[RvuFault, ...]


def read_rvu(content: bytes) -> RvuFile:
    """Every row of a file with a code; NotAnRvuFile where it is none."""
    lines = content.decode("cp1252", errors="replace").lstrip("ï»¿").splitlines()
    told = _csv(lines) if any("," in line for line in lines[:20]) else _fixed(lines)
    rows, faults = [], []
    for line, code, values in told:
        made = _row(line, code, values)
        (rows if isinstance(made, RvuRow) else faults).append(made)  # type: ignore[arg-type]
    if not rows and not faults:
        raise NotAnRvuFile("no line of it begins with a code: this is no PPRRVU file of CMS")
    return RvuFile(_title(lines), tuple(rows), tuple(faults))


def _title(lines: Sequence[str]) -> str:
    """The release, as one of the first lines names it."""
    named = (line.strip(' ,"') for line in lines[:12] if "relative value file" in line.lower())
    return re.sub(r"^HDR\s*", "", next(named, "PPRRVU"))[:120].strip(' ,"')


def _csv(lines: Sequence[str]) -> Iterator[tuple[int, str, dict[str, str]]]:
    rows = list(csv.reader(lines))
    head = next((number for number, row in enumerate(rows) if row and row[0].strip().upper() == "HCPCS"), None)
    if head is None:
        raise NotAnRvuFile("no line names its columns, beginning with HCPCS: this is no PPRRVU file of CMS")
    places = _places(rows[max(0, head - STACKED) : head + 1])
    for number, row in enumerate(rows[head + 1 :], start=head + 2):
        code = row[0].strip() if row else ""
        if CODE.fullmatch(code):
            yield number, code, {name: row[at].strip() if at < len(row) else "" for name, at in places.items()}


def _places(head: Sequence[Sequence[str]]) -> dict[str, int]:
    """Where each column is, by its name, whose words may stand in several lines."""
    titles = [
        " ".join(words)
        for at in range(len(head[-1]))
        if (words := [" ".join(row[at].upper().split()) for row in head if at < len(row) and row[at].strip()]) or True
    ]
    found = {}
    for name, known in COLUMNS.items():
        # A line about the release may stand above a column as well: its name is at the end.
        at = next((at for at, title in enumerate(titles) if any(_ends(title, each) for each in known)), None)
        if at is None:
            raise NotAnRvuFile(f"no column is called {known[0]}: the file's form has changed")
        found[name] = at
    return found


def _ends(title: str, name: str) -> bool:
    """Whether a column's title is the name, or ends with it as words of their own; NON-FACILITY is not FACILITY."""
    return title == name or title.endswith(f" {name}")


def _fixed(lines: Sequence[str]) -> Iterator[tuple[int, str, dict[str, str]]]:
    for number, line in enumerate(lines, start=1):
        code = line[:5]
        if CODE.fullmatch(code) and len(line) > FIXED["malpractice"].stop:
            factor = FACTOR.search(line, FIXED["malpractice"].stop)
            values = {name: line[place].strip() for name, place in FIXED.items()}
            yield number, code, values | {"conversion_factor": factor[0] if factor else ""}


def _row(line: int, code: str, values: dict[str, str]) -> RvuRow | RvuFault:
    numbers: dict[str, Decimal] = {}
    for name in (*NUMBERS, "conversion_factor"):
        text = values[name]
        try:
            numbers[name] = Decimal(text or "0")
        except InvalidOperation:
            return RvuFault(line, code, f"{name.replace('_', ' ')}: {text[:20]!r} is no number")
        if not numbers[name].is_finite() or numbers[name] < 0 or numbers[name] >= 10_000:
            return RvuFault(line, code, f"{name.replace('_', ' ')}: {text[:20]!r} cannot be")
    if not numbers["conversion_factor"]:
        return RvuFault(line, code, "conversion factor: there is none")
    total = values.get("total", "")
    sum_of_all = numbers["work"] + numbers["practice_expense"] + numbers["malpractice"]
    if total and total.replace(".", "", 1).isdigit() and abs(Decimal(total) - sum_of_all) > Decimal("0.02"):
        return RvuFault(line, code, f"total: {total} is not the sum of its parts, {sum_of_all}")
    return RvuRow(line, code, values["modifier"], values["status"], **numbers)
