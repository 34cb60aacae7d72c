"""The table of proposed ICD-10-CM codes: every code is one a claim can carry, and a person still decides."""

import csv
import re
from importlib.resources import files

import pytest
import simple_icd_10_cm as icd10cm

from interop.codecs.snomed_icd10cm import Proposal, proposals, propose

TABLE = files("interop.codecs").joinpath("snomed_icd10cm.csv").read_text(encoding="utf-8")
ROWS = list(csv.DictReader(line for line in TABLE.splitlines() if not line.startswith("#")))


def test_a_known_condition_has_a_proposal():
    assert propose("38341003") == Proposal(snomed="38341003", icd10cm="I10", usually_chronic=True)


@pytest.mark.parametrize(
    ("snomed", "code", "chronic"),
    [
        ("15777000", "R73.03", True),
        ("40055000", "J32.9", True),
        ("84757009", "G40.909", True),
        ("128613002", "G40.909", True),
        ("24079001", "L20.9", True),
        ("162864005", "E66.9", True),
        ("124171000119105", "G43.719", True),
        ("35489007", "F32.A", True),
        ("271737000", "D64.9", False),
    ],
)
def test_proposals_for_the_conditions_of_sample_bundles(snomed, code, chronic):
    found = propose(snomed)
    assert found is not None
    assert (found.icd10cm, found.usually_chronic) == (code, chronic)


@pytest.mark.parametrize("snomed", ["444814009", "74400008", "428251008", "55680006", "", "I10", "snomed"])
def test_acute_past_and_unknown_conditions_have_none(snomed):
    assert propose(snomed) is None


def test_every_code_exists_and_is_billable():
    assert [row["icd10cm"] for row in ROWS if not icd10cm.is_valid_item(row["icd10cm"])] == []
    assert [row["icd10cm"] for row in ROWS if not icd10cm.is_leaf(row["icd10cm"])] == []


@pytest.mark.parametrize("no_code", ["E66.81", "G20", "G35", "E88.81", "N18.3"])
def test_the_check_itself_knows_codes_that_were_split(no_code):
    assert icd10cm.is_valid_item(no_code)
    assert not icd10cm.is_leaf(no_code)


def test_every_code_named_in_a_note_exists():
    named = {code.rstrip(".-") for row in ROWS for code in re.findall(r"\b[A-Z]\d\d(?:\.[0-9A-Z]+)?-?", row["note"])}
    assert {code for code in named if not icd10cm.is_valid_item(code)} == set()


def test_every_row_is_whole_and_no_condition_comes_twice():
    assert [row for row in ROWS if row["usually_chronic"] not in ("yes", "no")] == []
    assert [row for row in ROWS if not (row["snomed"].isdigit() and row["note"])] == []
    assert len(proposals()) == len(ROWS)


def test_the_file_says_that_a_person_decides():
    first, second = TABLE.splitlines()[:2]
    assert first.startswith("# PROPOSED")
    assert second.startswith("# A person confirms")
