"""The rulebook as people read it: each dated value by its name, whom it governs, and what changes its digest."""

import re
from datetime import date
from itertools import pairwise

import pytest

from billing.rules import load_rulebook
from billing.rules.rulebook import FOLDER
from tests.billing.test_rulebook import RULES, changed

RULEBOOK = load_rulebook()
FIRST, SINCE_2020 = date(2015, 1, 1), date(2020, 1, 1)
TRANSITIONAL = "chronic_care.excluded_by.transitional_care"


def program(name):
    return next(each for each in RULEBOOK.programs if each.program == name)


@pytest.mark.parametrize(
    ("name", "kind", "programs", "about"),
    [
        ("scope", "scope", [], {}),
        ("chronic_care.period", "rule", ["chronic_care"], {"rule": "period"}),
        ("chronic_care.health_center", "requirement", ["chronic_care"], {"fact": "agency_type"}),
        (TRANSITIONAL, "exclusion", ["chronic_care"], {"codes": ("99495", "99496")}),
        (
            "G0511",
            "code",
            ["chronic_care", "principal_care", "behavioral_health", "community_health", "illness_navigation"],
            {"label": "General care management by a health center or rural clinic", "shape": "base"},
        ),
        ("staff.clinical_staff", "staff", ["chronic_care", "principal_care", "behavioral_health"], {}),
        ("staff.practitioners", "staff", ["chronic_care", "principal_care"], {}),
        ("agency_types.individual_codes", "agency_types", ["chronic_care"], {}),
        (
            "stays.medicaid.jail",
            "stay",
            ["targeted_case_management", "rehabilitation", "health_home"],
            {"word": "jail"},
        ),
    ],
)
def test_a_value_knows_its_kind_and_the_programs_that_go_by_it_in_order(name, kind, programs, about):
    rule = RULEBOOK.rules[name]
    assert (rule.name, rule.kind, list(rule.programs), dict(rule.about)) == (name, kind, programs, about)


def test_an_activity_is_of_the_programs_that_leave_it_out():
    rule = RULEBOOK.rules["activities.not_care_management.travel"]
    assert (rule.kind, dict(rule.about)) == ("activity", {"word": "travel"})
    assert {"chronic_care", "transitional_care"} <= set(rule.programs)
    assert "targeted_case_management" not in rule.programs


def test_every_name_that_a_file_gives_is_a_value():
    """Programs, codes and lists: none is left out, and none is there that no program goes by."""
    names = set(RULEBOOK.rules)
    assert set(RULEBOOK.codes) <= names
    for name in ("staff", "agency_types"):
        told = re.findall(r"^  ([a-z_]+):", (FOLDER / f"{name}.yaml").read_text(), re.MULTILINE)
        assert {each for each in names if each.startswith(f"{name}.")} == {f"{name}.{each}" for each in told}
    assert all(rule.programs for name, rule in RULEBOOK.rules.items() if name != "scope")


def test_a_value_through_time():
    rule = RULEBOOK.rules[TRANSITIONAL]
    assert [(each.from_, each.excludes) for each in rule.settled()] == [(FIRST, True), (SINCE_2020, False)]
    assert rule.on(date(2014, 12, 31)) is None
    assert (rule.on(date(2019, 12, 31)).excludes, rule.on(SINCE_2020).excludes) == (True, False)
    assert rule.stated(SINCE_2020).from_ == SINCE_2020
    assert rule.stated(date(2020, 1, 2)) is None


def test_a_later_version_is_settled_with_all_that_it_inherits():
    """That the second version states no minutes of its own does not make them none."""
    for rule in RULEBOOK.rules.values():
        for before, after in pairwise(rule.settled()):
            assert before.model_fields_set <= after.model_fields_set


def test_the_digest_of_a_value_is_of_what_it_says_and_of_nothing_else(tmp_path):
    def digests(*changes):
        rules = load_rulebook(changed(tmp_path / str(len(list(tmp_path.iterdir()))), *changes)).rules
        return {since: rules[TRANSITIONAL].digest_of(since) for since in (FIRST, SINCE_2020)}

    ours = {since: RULEBOOK.rules[TRANSITIONAL].digest_of(since) for since in (FIRST, SINCE_2020)}
    assert len({*ours.values()}) == 2
    begins = "{from: 2020-01-01, excludes: false, cite: TCM-2020, confidence: seen,"
    other_source = digests((RULES, begins, begins.replace("TCM-2020", "MLN-CCM").replace("seen", "memory")))
    assert other_source == ours
    words = "Transitional care by the same practitioner no longer excludes chronic care."
    reworded = digests((RULES, words, "It excludes no more."))
    assert reworded[FIRST] == ours[FIRST]
    assert reworded[SINCE_2020] != ours[SINCE_2020]
    more_codes = digests((RULES, 'codes: ["99495", "99496"]', 'codes: ["99495"]'))
    assert more_codes[FIRST] != ours[FIRST]
    before = RULEBOOK.rules[TRANSITIONAL].digest_of(date(2014, 1, 1))
    assert before not in ours.values()


def test_a_digest_names_no_value_that_a_rule_merely_could_state(tmp_path):
    """A field that a file spells out with its default says nothing new."""
    spelled = "{from: 2015-01-01, minutes: 20, max_units_month: 1,"
    rules = load_rulebook(
        changed(tmp_path, (RULES, spelled, spelled.replace(" minutes", " retired: false, minutes")))
    ).rules
    assert rules["99490"].digest_of(FIRST) == RULEBOOK.rules["99490"].digest_of(FIRST)


def test_what_governs_a_code_in_each_program_that_bills_it():
    assert RULEBOOK.billed_by("99999") == []
    (chronic,) = RULEBOOK.billed_by("99491")
    assert (chronic.program.program, chronic.tracks) == ("chronic_care", ("practitioner",))
    assert dict(chronic.of_tracks) == {"practitioner": ("staff.practitioners",)}
    assert chronic.rules == RULEBOOK.governing(program("chronic_care"))
    assert [(each.program.program, each.tracks) for each in RULEBOOK.billed_by("G0511")][:2] == [
        ("chronic_care", ("health_center",)),
        ("principal_care", ("health_center",)),
    ]
    (complex_,) = RULEBOOK.billed_by("99487")
    assert complex_.of_tracks["complex"] == ("chronic_care.complexity",)
    (staff_time,) = RULEBOOK.billed_by("99490")
    assert staff_time.of_tracks["clinical_staff"] == ()


def test_the_rules_of_a_whole_program_in_the_order_in_which_they_are_asked():
    own = "targeted_case_management"
    rules = RULEBOOK.governing(program(own))
    assert rules[:4] == (f"{own}.medicaid", f"{own}.target_group", f"{own}.care_plan_current", f"{own}.period")
    assert [each.split(".")[0] for each in rules if not each.startswith(own)] == ["activities"] * 4 + ["stays"] * 7
    assert [each for each in rules if each.startswith("staff.")] == []
    assert "staff.clinical_staff" in RULEBOOK.governing(program("chronic_care"))
    assert {*rules} <= {*RULEBOOK.rules}
