"""Clinical facts as CSV: text to rows whose cells have been read, or every fault with its line, column, value and remedy.

Columns are found by their names in the first line, in any order; the separator is a comma or a semicolon. What a fact may say
beyond its shape, and whose fact it is, is not decided here.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from interop.codecs.refusals import Refusal, Refused, printable

MOST_ROWS = 20_000
MOST_FAULTS = 1_000
LONGEST_CELL = 1_000
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_YES, _NO = ("yes", "y", "true", "1", "x"), ("no", "n", "false", "0", "")
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_TEXT = "cannot be read as text in UTF-8"


class CsvRefused(Refused):
    """Nothing was read. Of very many faults the first are told, and how many there are: the log keeps what is told."""

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        told = list(refusals)
        if len(told) > MOST_FAULTS:
            remedy = f"the first {MOST_FAULTS:,} are told: mend these, then send the file again"
            told = [Refusal("file", "faults", f"{len(told):,}", remedy), *told[:MOST_FAULTS]]
        super().__init__(told)


class _Unreadable(Exception):
    def __init__(self, remedy: str) -> None:
        super().__init__(remedy)
        self.remedy = remedy


@dataclass(frozen=True)
class Column:
    """One column: how a cell is read, and what is told of it in the documentation."""

    name: str
    read: Callable[[str], Any]
    needed: bool = False
    told: str = ""


@dataclass(frozen=True)
class Row:
    """A line of the file; `line` is where it begins, as an editor counts."""

    line: int
    cells: dict[str, Any]


def _text(longest: int) -> Callable[[str], str]:
    def read(cell: str) -> str:
        if len(cell) > longest:
            raise _Unreadable(f"shorten it to {longest} characters")
        return cell

    return read


def _day(cell: str) -> date | None:
    if not cell:
        return None
    if not _DAY.fullmatch(cell):
        raise _Unreadable("write the day as 2026-11-16; other orders mean two days, depending on who reads them")
    try:
        return date.fromisoformat(cell)
    except ValueError:
        raise _Unreadable("write a day that exists, as 2026-11-16") from None


def _yes_no(cell: str) -> bool:
    if cell.lower() not in (*_YES, *_NO):
        raise _Unreadable("write yes or no")
    return cell.lower() in _YES


def _yes_unless_no(cell: str) -> bool:
    return _yes_no(cell) if cell else True


def _one_of(*known: str) -> Callable[[str], str]:
    def read(cell: str) -> str:
        word = cell.lower().replace(" ", "_").replace("-", "_")
        if word and word not in known:
            raise _Unreadable(f"write one of {', '.join(known)}")
        return word

    return read


def _npi(cell: str) -> str:
    if cell and not (len(cell) == 10 and cell.isascii() and cell.isdigit()):
        raise _Unreadable("write the practitioner's NPI, ten digits")
    return cell


def _code(cell: str) -> str:
    return _text(5)("".join(cell.split()).upper())


_OF_WHOM = (
    Column("mrn", _text(64), needed=True, told="the patient's medical record number here"),
    Column("birth_date", _day, told="if given, it must be the patient's: a check against a wrong number"),
    Column(
        "id",
        _text(100),
        told="by which the row is recognised in the next file; without it, what the row is about tells",
    ),
)
_NOTE = Column("note", _text(500), told="anything to keep with it")
_PRACTITIONER = Column("practitioner_npi", _npi, told="NPI of a practitioner of the practice")
_COMPLEXITIES = ("straightforward", "low", "moderate", "high")
_STAYS = (
    "community",
    "assisted_living",
    "hospital",
    "observation",
    "psychiatric",
    "mental_institution",
    "rehabilitation",
    "snf",
    "nursing_facility",
    "jail",
    "juvenile_detention",
    "shelter",
    "unhoused",
)
_PERIODS = (
    "home_health_plan",
    "global_period",
    "hospice",
    "waiver",
    "community_waiver",
    "other_management",
    "health_home",
)
_FROM = Column("from", _day, needed=True, told="first day")
_TO = Column("to", _day, told="last day, included; empty while it lasts")

COLUMNS: dict[str, tuple[Column, ...]] = {
    "visits": (
        *_OF_WHOM,
        Column("date", _day, needed=True, told="the day of the visit"),
        Column("code", _code, told="CPT or HCPCS code"),
        Column("face_to_face", _yes_unless_no, told="yes or no; empty means yes"),
        _PRACTITIONER,
        Column("outside_practitioner", _text(120), told="who saw the patient, if not of the practice"),
        Column("complexity", _one_of(*_COMPLEXITIES), told="medical decision making: " + ", ".join(_COMPLEXITIES)),
        Column("complexity_judged_by_npi", _npi, told="NPI of the practitioner who judged it"),
        Column("extra_planning", _yes_no, told="yes if the practitioner assessed and planned beyond the visit itself"),
        _NOTE,
    ),
    "claims": (
        *_OF_WHOM,
        Column("date", _day, needed=True, told="date of service"),
        Column("code", _code, needed=True, told="CPT or HCPCS code that the other practice claimed"),
        Column("practice", _text(120), told="who claimed it"),
        Column("practitioner_npi", _npi, told="NPI, if the practitioner is also one of ours"),
        _NOTE,
    ),
    "stays": (
        *_OF_WHOM,
        Column("kind", _one_of(*_STAYS), needed=True, told="one of " + ", ".join(_STAYS)),
        Column("facility", _text(120), told="where"),
        _FROM,
        _TO,
        Column("part_a", _yes_no, told="yes if Medicare Part A pays for it"),
        _NOTE,
    ),
    "care_periods": (
        *_OF_WHOM,
        Column("kind", _one_of(*_PERIODS), needed=True, told="one of " + ", ".join(_PERIODS)),
        _FROM,
        _TO,
        _PRACTITIONER,
        Column("provider", _text(120), told="the agency or practice outside whose period it is"),
        _NOTE,
    ),
}


def template(kind: str) -> str:
    """The first line of a file of this kind."""
    return ",".join(column.name for column in COLUMNS[kind]) + "\r\n"


def read_rows(kind: str, content: bytes) -> list[Row]:
    """Every row of a file. Raises CsvRefused with all faults, nothing else."""
    text = _decoded(content)
    faults: list[Refusal] = []
    lines = _lines(text)
    header = _header(kind, next(lines, (1, [])), faults)
    if faults:  # the rows would be misread
        raise CsvRefused(faults)
    rows: list[Row] = []
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(rows) == MOST_ROWS:
            faults.append(Refusal("file", "rows", f"more than {MOST_ROWS:,}", "send it in parts", f"line {line}"))
            break
        rows.append(_row(kind, line, cells, header, faults))
    if not rows and not faults:
        faults.append(Refusal("file", "rows", "none", "write a row for each fact below the names of the columns"))
    if faults:
        raise CsvRefused(faults)
    return rows


def faults_csv(faults: list[dict[str, str]]) -> str:
    """Faults as CSV for a spreadsheet, in which no cell begins a formula."""
    out = io.StringIO()
    written = csv.writer(out)
    written.writerow(["file", "where", "field", "value", "remedy"])
    for each in faults:
        written.writerow(safe_cell(each[name]) for name in ("file", "where", "field", "value", "remedy"))
    return out.getvalue()


def safe_cell(text: str) -> str:
    """The text so that no spreadsheet computes it."""
    return f"'{text}" if text.lstrip(" \n").startswith(_BEGINS_A_FORMULA) else text


def fault(line: int, column: str, value: str, remedy: str) -> Refusal:
    """What is wrong with one cell."""
    where = f"line {line}"
    return Refusal(where, column, printable(value, 40), remedy, f"{where}, column {column}")


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise CsvRefused([Refusal("file", "encoding", "UTF-16", "save it as CSV UTF-8")])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        line = content[: broken.start].count(b"\n") + 1
        remedy = "it looks like Latin-1, as older spreadsheets write: save it as CSV UTF-8"
        raise CsvRefused([Refusal(f"line {line}", "encoding", _TEXT, remedy, f"line {line}")]) from None
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        raise CsvRefused([Refusal(f"line {line}", "encoding", "a NUL byte", "save it as CSV UTF-8, not as a workbook")])
    return text


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """(line on which it begins, cells) of each record."""
    first = text.partition("\n")[0]
    separator = ";" if first.count(";") > first.count(",") else ","
    # Both ways of ending a line become one, so that a cell over two lines counts as an editor counts.
    source = io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"), newline="\n")
    reader = csv.reader(source, delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as broken:
            remedy = "close every quotation mark, and double one inside a cell"
            where = f"line {line}"
            raise CsvRefused([Refusal(where, "quotes", printable(str(broken), 80), remedy, where)]) from None
        yield line, cells


def _header(kind: str, first: tuple[int, list[str]], faults: list[Refusal]) -> list[str]:
    names = [cell.strip().lower().replace(" ", "_") for cell in first[1]]
    known = {column.name: column for column in COLUMNS[kind]}
    for number, name in enumerate(names, 1):
        if name and name not in known:
            remedy = f"remove it, or name it as one of {', '.join(known)}"
            faults.append(fault(1, f"column {number}", name, remedy))
        elif name and names.index(name) != number - 1:
            faults.append(fault(1, name, "twice", "keep one of the two columns"))
    for name, column in known.items():
        if column.needed and name not in names:
            faults.append(fault(1, name, "missing", f"add the column {name}: {column.told}"))
    return names


def _row(kind: str, line: int, cells: list[str], header: list[str], faults: list[Refusal]) -> Row:
    if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
        faults.append(fault(line, "row", f"{len(cells)} cells", f"write {len(header)}, as many as there are columns"))
    given = dict(zip(header, cells, strict=False))
    found = {}
    for column in COLUMNS[kind]:
        cell = given.get(column.name, "").strip()
        if len(cell) > LONGEST_CELL:
            faults.append(fault(line, column.name, cell, f"shorten it to {LONGEST_CELL} characters"))
            continue
        if bad := next((sign for sign in cell if ord(sign) < 32 and sign not in "\n\t"), None):
            faults.append(fault(line, column.name, f"control character {ord(bad)}", "remove the control characters"))
            continue
        if column.needed and not cell and column.name in given:
            faults.append(fault(line, column.name, "empty", f"write {column.told or column.name}"))
            continue
        try:
            found[column.name] = column.read(cell)
        except _Unreadable as wrong:
            faults.append(fault(line, column.name, cell, wrong.remedy))
    return Row(line, found)
