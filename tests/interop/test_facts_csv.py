"""CSV of clinical facts, as people's spreadsheets write it: read, or refused with line, column, value and remedy."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coordination.models import CarePeriodKind, Complexity, StayKind
from interop.codecs import facts_csv
from interop.codecs.facts_csv import COLUMNS, CsvRefused, faults_csv, read_rows, safe_cell, template

STAYS = "mrn,birth_date,id,kind,facility,from,to,part_a,note\n"
ONE = STAYS + 'A-1,1957-03-08,,hospital,"St. Luke, North",2026-11-02,2026-11-05,yes,\n'


def faults(content, kind="stays"):
    with pytest.raises(CsvRefused) as refused:
        read_rows(kind, content if isinstance(content, bytes) else content.encode())
    return [(each.where, each.field, each.value) for each in refused.value.refusals]


def test_a_row_is_read():
    [row] = read_rows("stays", ONE.encode())
    assert row.line == 2
    assert {name: str(cell) for name, cell in row.cells.items()} == {
        "mrn": "A-1",
        "birth_date": "1957-03-08",
        "id": "",
        "kind": "hospital",
        "facility": "St. Luke, North",
        "from": "2026-11-02",
        "to": "2026-11-05",
        "part_a": "True",
        "note": "",
    }


@pytest.mark.parametrize(
    "written",
    [
        b"\xef\xbb\xbf" + ONE.encode(),
        ONE.replace("\n", "\r\n").encode(),
        ONE.replace("\n", "\r").encode(),
        ONE.replace(",", ";").replace("Luke; North", "Luke, North").encode(),
        ONE.replace("hospital,", "Hospital ,").encode(),
        (ONE + "\n,,,,,,,,\n").encode(),
        ONE.replace("mrn,", "MRN ,").replace("birth_date", "Birth date").encode(),
    ],
    ids=["BOM", "CRLF", "CR", "semicolons", "case and spaces", "empty lines", "names of columns"],
)
def test_what_spreadsheets_do_to_a_file_is_no_fault(written):
    assert read_rows("stays", written) == read_rows("stays", ONE.encode())


def test_columns_may_stand_in_any_order_and_be_left_out():
    [row] = read_rows("stays", b"from,kind,mrn\n2026-11-02,snf,A-1\n")
    assert (row.cells["kind"], row.cells["to"], row.cells["part_a"], row.cells["note"]) == ("snf", None, False, "")


def test_a_note_over_two_lines_moves_the_lines_below():
    text = STAYS + 'A-1,,,hospital,,2026-11-02,,,"first\nsecond"\nA-2,,,jail,,,,,\n'
    assert faults(text) == [("line 4", "from", "empty")]
    assert faults(text.replace("\n", "\r\n")) == [("line 4", "from", "empty")]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"2026-11-02": "11/02/2026"}, [("line 2", "from", "11/02/2026")]),
        ({"2026-11-02": "2026-02-30"}, [("line 2", "from", "2026-02-30")]),
        ({"hospital": "hotel"}, [("line 2", "kind", "hotel")]),
        ({"yes": "maybe"}, [("line 2", "part_a", "maybe")]),
        ({"A-1": ""}, [("line 2", "mrn", "empty")]),
        ({"A-1": "x" * 65}, [("line 2", "mrn", "x" * 40 + "…")]),
        ({"A-1": "a\x07"}, [("line 2", "mrn", "control character 7")]),
        ({",part_a": ",part_b"}, [("line 1", "column 8", "part_b")]),
        ({"mrn,": ","}, [("line 1", "mrn", "missing")]),
        ({",note": ",kind"}, [("line 1", "kind", "twice")]),
        ({"yes,\n": "yes,,,extra\n"}, [("line 2", "row", "11 cells")]),
        ({'North"': "North"}, [("line 2", "quotes", "unexpected end of data")]),
        (
            {"hospital": "hotel", "2026-11-02": "2.11.26"},
            [("line 2", "kind", "hotel"), ("line 2", "from", "2.11.26")],
        ),
    ],
)
def test_a_fault_is_told_with_its_line_column_and_value(changed, expected):
    text = ONE
    for before, after in changed.items():
        text = text.replace(before, after, 1)
    assert faults(text) == expected


def test_every_fault_has_a_remedy():
    with pytest.raises(CsvRefused) as refused:
        read_rows("stays", ONE.replace("2026-11-02", "11/02/2026").encode())
    [fault] = refused.value.refusals
    assert (fault.remedy, fault.place) == (
        "write the day as 2026-11-16; other orders mean two days, depending on who reads them",
        "line 2, column from",
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            ONE.replace("St. Luke", "Peña").encode("latin-1"),
            [("line 2", "encoding", "cannot be read as text in UTF-8")],
        ),
        (ONE.encode("utf-16"), [("file", "encoding", "UTF-16")]),
        (b"PK\x03\x04\x00\x00", [("line 1", "encoding", "a NUL byte")]),
        (b"", [("line 1", "mrn", "missing"), ("line 1", "kind", "missing"), ("line 1", "from", "missing")]),
        (STAYS.encode(), [("file", "rows", "none")]),
    ],
    ids=["Latin-1", "UTF-16", "a workbook", "empty", "only names"],
)
def test_files_that_are_no_such_csv(content, expected):
    assert faults(content) == expected


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr(facts_csv, "MOST_ROWS", 2)
    row = "A-1,,,hospital,,2026-11-02,,,\n"
    assert len(read_rows("stays", (STAYS + row * 2).encode())) == 2
    assert faults(STAYS + row * 3) == [("file", "rows", "more than 2")]


def test_of_very_many_faults_the_first_are_told_and_how_many_there_are(monkeypatch):
    monkeypatch.setattr(facts_csv, "MOST_FAULTS", 2)
    wrong = "A-1,,,hotel,,2026-11-02,,,\n"
    two = [("line 2", "kind", "hotel"), ("line 3", "kind", "hotel")]
    assert faults(STAYS + wrong * 2) == two
    assert faults(STAYS + wrong * 4) == [("file", "faults", "4"), *two]


def test_the_words_are_those_of_the_chart():
    assert tuple(StayKind.values) == facts_csv._STAYS
    assert tuple(CarePeriodKind.values) == facts_csv._PERIODS
    assert tuple(Complexity.values) == facts_csv._COMPLEXITIES


@pytest.mark.parametrize("kind", COLUMNS)
def test_the_template_has_every_column(kind):
    assert faults(template(kind).encode(), kind) == [("file", "rows", "none")]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1"])
def test_no_cell_of_a_file_of_faults_begins_a_formula(cell):
    assert safe_cell(cell) == f"'{cell}"
    written = faults_csv([{"file": "a", "where": "line 2", "field": "mrn", "value": cell, "remedy": "check it"}])
    assert f"'{cell}" in written


def test_a_plain_cell_stays_as_it_is():
    assert safe_cell("2026-11-02") == "2026-11-02"


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(list(COLUMNS)),
    st.binary(max_size=80) | st.text(max_size=80).map(lambda t: t.encode("utf-8", "replace")),
)
def test_any_bytes_are_read_or_refused(kind, content):
    for whole in (content, template(kind).encode() + content):
        rows, told = read_or_refuse(kind, whole)
        assert all(each.where and each.field and each.value and each.remedy for each in told)
        assert "".join(map(str, told)).isprintable()
        assert bool(rows) != bool(told)
        assert all(set(row.cells) == {column.name for column in COLUMNS[kind]} for row in rows)


def read_or_refuse(kind, content):
    try:
        return read_rows(kind, content), ()
    except CsvRefused as refused:
        return [], refused.refusals
