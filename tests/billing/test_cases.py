"""The case files: ours pass whole, the shared one where the engine knows the facts, and nothing passes by accident."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

import pytest

from billing.case_facts import month_of, terms_of
from billing.case_files import load
from billing.case_reasons import SLUGS
from billing.cases import run, select
from billing.management.commands.check_cases import document, outcomes, report
from billing.rules import FindingId, evaluate, load_rulebook
from billing.rules.decision import CONTRACT_RULE
from billing.rules.documents import DocumentError, read

SHARED = ("tests/cases/billing.yaml", "tests/cases/tcm_calendar.json")
EDGES = sorted(str(path) for path in Path("tests/cases").glob("*.yaml") if str(path) not in SHARED)
OURS = tuple(scenario for edges in EDGES for scenario in load(Path(edges)))
SCENARIOS = (*OURS, *load(Path(SHARED[0])))

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


@pytest.mark.parametrize("scenario", OURS, ids=lambda each: each.id)
def test_edge(scenario):
    assert run(scenario, "", load_rulebook()).wrong == ()


NOT_SHOWN = {
    ("illness_navigation.consent_renewal", date(2024, 1, 1)): "no month is decided by it: a deadline is",
    ("agency_types.practices", date(2015, 1, 1)): "G0506 of 2017 is the first code that goes by this list",
    ("staff.practitioners", date(2015, 1, 1)): "99491 of 2019 is the first code that goes by this list",
    (
        "chronic_care.excluded_by.transitional_care",
        date(2020, 1, 1),
    ): "it takes a rule away: EXCLUDED-TRANSITION-2020 bills",
    (
        "transitional_care.excluded_by.concurrent_care",
        date(2020, 1, 1),
    ): "it takes a rule away: CLAIMED-BESIDE-2020 bills",
    (
        "transitional_care.excluded_by.health_center_care",
        date(2022, 1, 1),
    ): "it takes a rule away: CLAIMED-G0511-2022 bills",
}
"""Versions that nothing a case shows can rest on in their first month, and why."""


def dated_rules() -> list[tuple[str, date]]:
    """The name and the first day of every version of every rule."""
    return [(name, version.from_) for name, rule in load_rulebook().rules.items() for version in rule.versions]


def months_by_rule() -> dict[tuple[str, date], set[str]]:
    """In which months of all cases something rests on each version of each rule; on a contract's code also what is billed as it."""
    months: dict[tuple[str, date], set[str]] = defaultdict(set)
    rules = load_rulebook().rules
    for scenario in SCENARIOS:
        decision = evaluate(month_of(scenario), terms_of(scenario), load_rulebook())
        for each in (*decision.lines, *decision.findings, *decision.ledger):
            months[each.rule, each.since].add(scenario.as_of[:7])
            for named in (each.code, each.program):
                months[named, date.min].add(scenario.as_of[:7])
        for line in decision.lines:
            if (
                line.rule == CONTRACT_RULE and line.code in rules
            ):  # it rests on the contract because the code is one of a contract
                months[line.code, rules[line.code].on(decision.last).from_].add(scenario.as_of[:7])
    return months


def without_a_case(dated: Iterable[tuple[str, date]], begins: date) -> Iterator[str]:
    """The versions on which nothing rests in the month of their first day; and those whose rule, or whose program or code where it is
    the first version, no case puts in question in the month before. Before the rulebook begins there is no answer to show."""
    months = months_by_rule()
    of_rule: dict[str, list[date]] = defaultdict(list)
    for rule, since in sorted(dated):
        if f"{since:%Y-%m}" not in months[rule, since] and (rule, since) not in NOT_SHOWN:
            yield f"{rule} of {since}"
        before = f"{since - timedelta(days=1):%Y-%m}"
        owner, is_list = rule.split(".")[0], rule.startswith(("staff.", "agency_types.", "activities.", "stays."))
        earlier = of_rule[rule][-1:]
        asked = months[rule, earlier[0]] if earlier else months[owner, date.min]
        if since > begins and before not in asked and not (is_list and not earlier):
            yield f"{rule} before {since}"
        of_rule[rule].append(since)


def test_every_version_of_every_rule_has_a_case_on_its_first_day_and_the_day_before():
    assert list(without_a_case(dated_rules(), load_rulebook().begins)) == []
    assert set(NOT_SHOWN) <= set(dated_rules())


def test_a_version_without_a_case_is_named():
    """The guard itself: a change of 2024 and one of a code that no case knows."""
    changed = [*dated_rules(), ("chronic_care.consent", date(2023, 7, 1)), ("12345", date(2024, 1, 1))]
    assert list(without_a_case(changed, date(2013, 1, 1))) == [
        "12345 of 2024-01-01",
        "12345 before 2024-01-01",
        "chronic_care.consent of 2023-07-01",
        "chronic_care.consent before 2023-07-01",
    ]


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
        (
            (
                "units: 1}]",
                "units: 1}]\n  expected_not_billable: [{code: '99439', reason_slug: add_on_below_increment,"
                " finding: units.below_increment, have: 4, need: 20, since: 2021-01-01}]",
            ),
            "not billable: expected 99439 add_on_below_increment units.below_increment 4 20 2021-01-01; "
            "got add_on_below_increment units.below_increment 5 20 2021-01-01 for 99439",
        ),
        (
            (
                "units: 1}]",
                "units: 1}]\n  expected_ledger: [{minutes: 25, bucket: counted, code: '99490'}]",
            ),
            "ledger: expected 25 min counted 99490; "
            "got 20 min counted 99490, 5 min above_last_unit units.below_increment 99439",
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
