"""The case files: ours pass whole, the shared one where the engine knows the facts, and nothing passes by accident."""

import json
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from billing.case_files import load
from billing.cases import SLUGS, run, select
from billing.management.commands.check_cases import document, outcomes, report
from billing.rules import FindingId, load_rulebook
from billing.rules.documents import DocumentError, read
from billing.rules.rulebook import FOLDER
from billing.rules.schema import AgencyTypesData

SHARED = ("tests/cases/billing.yaml", "tests/cases/tcm_calendar.json")
EDGES = ("tests/cases/chronic_care_edges.yaml", "tests/cases/chronic_care_family.yaml")
SCENARIOS = tuple(scenario for edges in EDGES for scenario in load(Path(edges)))

CASE = """
scenarios:
- id: ONE
  theme: made_up
  as_of: '2025-03'
  org_type: physician_practice
  payer_type: medicare_ffs
  facts:
    diagnoses: [E11.9, I10]
    enrollment: [{program: CCM, consent_date: '2025-01-10', initiating_visit_date: '2025-01-10'}]
    time_entries: [{date: '2025-03-04', minutes: 25, discipline: RN, program: CCM}]
  expected_lines: [{code: '99490', units: 1}]
"""


def failures_of(tmp_path, text):
    path = tmp_path / "case.yaml"
    path.write_text(text)
    (outcome,) = outcomes([str(path)])
    return list(outcome.wrong)


@pytest.mark.parametrize("case", [each for path in SHARED for each in load(Path(path))], ids=lambda each: each.id)
def test_shared_case(case):
    assert run(case, "", load_rulebook()).wrong == ()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.id)
def test_edge(scenario):
    assert run(scenario, "", load_rulebook()).wrong == ()


def test_each_first_day_of_a_code_has_an_edge_on_both_sides():
    billed = {(line.code, each.as_of) for each in SCENARIOS for line in each.expected_lines}
    refused = {(no.code, each.as_of, no.reason_slug) for each in SCENARIOS for no in each.expected_not_billable}
    for program in load_rulebook().programs:
        for code, data in program.codes.items():
            first = data.versions[0].from_
            before = f"{first - timedelta(days=1):%Y-%m}"
            assert (code, f"{first:%Y-%m}") in billed, code
            in_question = {code, *data.versions[0].add_on_to}  # without its base an add-on is in no question
            assert any((each, before, "code_not_effective") in refused for each in in_question), code
            assert (code, before) not in billed


def test_each_later_change_of_a_rule_has_an_edge_on_both_sides():
    """Of which agencies bill, and of what excludes: both are seen by what becomes of a month before and from the day."""
    months = {each.as_of for each in SCENARIOS}
    claimed = {(claim.code, each.as_of) for each in SCENARIOS for claim in each.facts.other_claims}
    rulebook = load_rulebook()
    begins = rulebook.programs[0].period[0].from_
    for versions in read(FOLDER / "agency_types.yaml").typed(AgencyTypesData).agency_types.values():
        for version in versions[1:]:
            assert {f"{version.from_:%Y-%m}", f"{version.from_ - timedelta(days=1):%Y-%m}"} <= months
    for exclusion in rulebook.programs[0].excluded_by:
        for version in exclusion.versions:
            days = [version.from_, version.from_ - timedelta(days=1)] if version.from_ > begins else []
            for day in days:
                assert any((code, f"{day:%Y-%m}") in claimed for code in exclusion.codes), (exclusion.name, day)


def test_the_made_up_case_passes_as_it_stands(tmp_path):
    assert failures_of(tmp_path, CASE) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("units: 1", "units: 2"), "lines: expected 2 x 99490; got 1 x 99490"),
        (("units: 1", "units: 1, modifiers: ['95']"), "lines: expected 1 x 99490-95; got 1 x 99490"),
        (
            ("units: 1", "units: 1, date_of_service: '2025-03-03'"),
            "date of 99490: expected 2025-03-03; got 2025-03-04 to 2025-03-31",
        ),
        (("diagnoses:", "moon_phase: full\n    diagnoses:"), "uses facts not modelled: moon_phase"),
        (("discipline: RN", "discipline: RN, mood: low"), "uses facts not modelled: time_entries.mood"),
        (("discipline: RN, program: CCM", "discipline: RN, program: XYZ"), "uses facts not modelled: program XYZ"),
        (("diagnoses:", "ccm_track: dearest\n    diagnoses:"), "uses facts not modelled: track dearest"),
        (("diagnoses:", "mdm: hard\n    diagnoses:"), "uses facts not modelled: mdm hard"),
        (
            ("diagnoses:", "stays: [{type: SPA, from: 2025-03-01}]\n    diagnoses:"),
            "uses facts not modelled: stay SPA",
        ),
        (
            ("units: 1}]", "units: 1}]\n  expected_not_billable: [{code: '99439', reason_slug: code_retired}]"),
            "not billable: expected 99439 code_retired; got add_on_below_increment for 99439",
        ),
    ],
)
def test_a_case_says_what_is_wrong_with_it(tmp_path, change, said):
    assert failures_of(tmp_path, CASE.replace(*change)) == [said]


@pytest.mark.parametrize(
    ("absent", "null", "slug"),
    [
        (", consent_date: '2025-01-10'", ", consent_date: null", "consent_missing"),
        (", initiating_visit_date: '2025-01-10'", ", initiating_visit_date: null", "initiating_visit_missing"),
    ],
)
def test_what_is_absent_is_met_and_what_is_null_was_looked_for(tmp_path, absent, null, slug):
    refused = f"expected_lines: []\n  expected_not_billable: [{{code: '99490', reason_slug: {slug}}}]"

    assert failures_of(tmp_path, CASE.replace(absent, "")) == []
    looked_for = CASE.replace(absent, null).replace("expected_lines: [{code: '99490', units: 1}]", refused)
    assert failures_of(tmp_path, looked_for) == []


@pytest.mark.parametrize("word", ["earliest", "latest"])
def test_a_service_day_in_words_asks_for_a_line_and_no_day(tmp_path, word):
    assert failures_of(tmp_path, CASE.replace("units: 1", f"units: 1, date_of_service: {word}")) == []


def test_units_are_totals_however_many_lines_expect_them(tmp_path):
    twice = CASE.replace("minutes: 25", "minutes: 60").replace(
        "[{code: '99490', units: 1}]",
        "[{code: '99490', units: 1}, {code: '99439', units: 1}, {code: '99439', units: 1}]",
    )
    assert failures_of(tmp_path, twice) == []


def test_a_file_that_is_not_a_case_file_is_refused_with_its_line(tmp_path):
    path = tmp_path / "case.yaml"
    path.write_text(CASE.replace("code: '99490'", "code: 99490"))
    with pytest.raises(DocumentError, match=r"case\.yaml:12: .*code: Input should be a valid string"):
        load(path)


def test_the_report_ends_with_the_count(tmp_path):
    (tmp_path / "good.yaml").write_text(CASE)
    (tmp_path / "bad.yaml").write_text(CASE.replace("units: 1", "units: 2").replace("ONE", "TWO"))
    results = outcomes([str(tmp_path)])

    assert report(results).splitlines() == [
        f"FAIL TWO ({tmp_path}/bad.yaml)",
        "     lines: expected 2 x 99490; got 1 x 99490",
        "1 passed, 1 failed",
    ]
    assert json.loads(json.dumps(document(results)))["failures"][0]["id"] == "TWO"
    assert report(outcomes([str(tmp_path / "g*.yaml")])) == "1 passed, 0 failed"
    assert report(outcomes([str(tmp_path)], themes=["nothing"])) == "0 passed, 0 failed"


def test_selection_is_by_the_beginning_of_a_theme_and_by_id():
    chosen = select(SCENARIOS, themes=["edge_con", "edge_cou"])
    assert {each.theme for each in chosen} == {"edge_consent", "edge_counting"}
    assert [each.id for each in select(SCENARIOS, themes=["edge_t"], ids=["EDGE-20", "EDGE-SCHEDULING"])] == ["EDGE-20"]


def test_a_name_without_a_file_is_an_error():
    with pytest.raises(DocumentError, match="no such case file"):
        outcomes(["tests/cases/nowhere.yaml"])


def test_every_finding_has_a_reason_of_the_case_files():
    assert set(SLUGS) == set(get_args(FindingId))
    assert set(SLUGS.values()) <= set(read(Path(SHARED[0])).data["reason_slugs"])
