"""Faults that lie between the rulebook's files: names of nothing, days without a rule, windows that cannot be."""

import re

import pytest

from billing.management.commands.check_rulebook import check
from billing.rules.rulebook import FOLDER
from tests.billing.test_rulebook import RULES, changed

DISCHARGE, SHARED, FOREIGN, STAYS = (
    "transitional_care.yaml",
    "shared_codes.yaml",
    "foreign_codes.yaml",
    "stays.yaml",
)
IN_PRINCIPAL = "minutes_in: {principal_care: 30}"
IN_THREE = "minutes_in: {principal_care: 30, community_health: 60, illness_navigation: 60}"
HOME = "health_home.yaml"
UNUSED = """codes:
  "X0060":
    label: A code that no track bills
    shape: base
    versions:
      - {from: 2020-01-01, minutes: 20, cite: CPT-TIME, confidence: memory, words: "nobody bills it"}
"""
PRISON = "    prison: *detention\n"
A_LATE_STAY = (
    '    prison: [{from: 2014-01-01, finding: minutes.in_detention, cite: CFR-IMD, confidence: seen, words: "late"}]\n'
)


@pytest.mark.parametrize(
    ("name", "old", "new", "where", "said"),
    [
        (RULES, "codes: [G0181, G0182]", "codes: [G0181, G0183]", "name: care_plan_oversight", "the code G0183 is in no file"),
        (RULES, "G0402, G0438, G0439", "G0402, G0437, G0439", 'visits: ["99202"', "the code G0437 is in no file"),
        (RULES, 'add_on_to: ["99490"]', 'add_on_to: ["99490", "99480"]', "add_on_to: ", "the code 99480 is in no file"),
        (
            "illness_navigation.yaml",
            "G0402, G0438, G0439",
            "G0402, G0437, G0439",
            '"99495", "99496", G0402',
            "the code G0437 is in no file",
        ),
        (
            "collaborative_care.yaml",
            '"99484", G0323, G0570]',
            '"99484", G0323, G0577]',
            "excludes: ",
            "the code G0577 is in no file",
        ),
        (SHARED, IN_PRINCIPAL, "minutes_in: {principle_care: 30}", IN_PRINCIPAL, "no program principle_care"),
        (SHARED, IN_THREE, IN_THREE.replace("illness_navigation", "rehabilitation"), IN_THREE, "rehabilitation does not bill G0511"),
        (
            SHARED,
            "collaborative_care.health_center_first: 70",
            "collaborative_care.first_month: 70",
            "health_center_first: 70",
            "collaborative_care has no track first_month that bills G0512",
        ),
        (SHARED, IN_PRINCIPAL, "minutes_in: {principal_care: 0}", IN_PRINCIPAL, "greater than 0"),
        (SHARED, "agency_types: health_center_general", "agency_types: general", "health_center_general", "has no list general"),
        (
            "principal_care.yaml",
            "codes: [G0511]",
            'codes: ["99424"]',
            IN_PRINCIPAL,
            "principal_care does not bill G0511",
        ),
        ("rulebook.yaml", "  - health_home\n", "", "order:", "the program health_home has no place in the order"),
        ("rulebook.yaml", "  - health_home", "  - health_hone", "  - health_home", "there is no program health_hone"),
        ("rulebook.yaml", "  - health_home", "  - chronic_care", "  - health_home", "chronic_care has two places in the order"),
        (DISCHARGE, "days: 7,", "days: 30,", "days: 7,", "30 days reach beyond the 30 of the discharge"),
        (DISCHARGE, "days: 7,", "days: 0,", "days: 7,", "greater than 0"),
        (DISCHARGE, "complexity: [high]", "complexity: [higher]", "complexity: [high]", "higher is no complexity"),
        (DISCHARGE, "window: {days: 7, complexity: [high]}", "max_units_month: 1", '  "99496":', "states its window"),
        (RULES, "one_of: [moderate, high]", "one_of: [moderately, high]", "requires:", "moderately is no complexity"),
        (STAYS, "ages: [22, 65]", "ages: [65, 22]", "ages: [22, 65]", "ages from 65 up to 22 are nobody's"),
        (STAYS, "release_below_age: 21, release_below_age_foster: 26, ", "", "release_days: 30", "go with the age below which"),
        (STAYS, PRISON, A_LATE_STAY, "institutions: medicaid", "gap: medicaid.prison of stays.yaml starts on 2014-01-01"),
        (STAYS, "finding: minutes.in_institution", "finding: minutes.in_prison", "minutes.in_institution", "minutes.in_institution"),
        (FOREIGN, '"90792"', '"99490"', '"90792"', "the code 99490 is decided in chronic_care.yaml"),
        (FOREIGN, "G0181, G0182", "G0181, G0182, G0181", "G0181, G0182", "the code G0181 stands twice"),
        (FOREIGN, "G0181, G0182", "G0181, G0182, G0179", "G0181, G0182", "no rule names the code G0179"),
        (FOREIGN, '"90791", "90792"]', '"90791"]', 'visits: ["90791", "90792"', "the code 90792 is in no file"),
        (
            RULES,
            "    from: 2018-01-01\n    codes: [G0511]",
            "    from: 2017-01-01\n    codes: [G0511]",
            "    from: 2018-01-01",
            "gap: the code of track health_center starts on 2018-01-01, after what it governs on 2017-01-01",
        ),
        (
            RULES,
            "{from: 2015-01-01, at_least: 2",
            "{from: 2016-01-01, at_least: 2",
            "requires:",
            "gap: requires.chronic_conditions starts on 2016-01-01",
        ),
        (
            RULES,
            "{from: 2015-01-01, minutes: 20, max_units_month: 1,",
            "{from: 2015-01-01, minutes: 20, retired: true,",
            '  "99490":',
            "the first version is already retired",
        ),
        (HOME, "program: health_home", "program: rehabilitation", "program: rehabilitation", "is already in another file"),
        (HOME, "  S0280:", "  H2017:", "  H2017:", "the code H2017 is already in "),
        (SHARED, "codes:\n", UNUSED, "codes:", "the code X0060 is in no track"),
        (HOME, "institutions: medicaid", "institutions: nowhere", "institutions: medicaid", "stays.yaml has no list nowhere"),
        (HOME, "decided_by: contract", "decided_by: minutes", "  S0280:", "only a program that is decided by contract has"),
        (
            "agency_types.yaml",
            "{from: 2018-01-01, types: [fqhc, rhc]",
            "{from: 2019-01-01, types: [fqhc, rhc]",
            "agency_types: health_center",
            "gap: the list health_center",
        ),
        (
            RULES,
            "  - fact: risk_attested",
            "  - fact: risk_attested\n    name: care_plan_current",
            "requires:",
            "two requirements are called care_plan_current",
        ),
        (
            "risk_assessment.yaml",
            "beside: [G0136]",
            "beside: [G0136]\ndeclared: {any: [any]}",
            "beside: [G0136]",
            "only such a program, says which are tried",
        ),
        (RULES, "beside: [G0506]", "beside: []", "  G0506:", "the code G0506 is in no track and beside none"),
        (RULES, "beside: [G0506]", "beside: []", "  G0506:", "codes of a visit or another event, and no others"),
        (RULES, "beside: [G0506]", "beside: [G0506, G0507]", "beside: [G0506]", "the code G0507 has no entry"),
    ],
)  # fmt: skip
def test_a_fault_between_files_is_shown_where_it_stands(tmp_path, name, old, new, where, said):
    report = check(changed(tmp_path, (name, old, new)))

    told = [problem for problem in report.problems if said in problem]
    assert told, report.problems
    file, line = re.fullmatch(r".*/([a-z_]+\.yaml):(\d+): .*", told[0], re.DOTALL).groups()
    assert where in lines_near(file, int(line)), told


def lines_near(file: str, line: int) -> str:
    """A line of a file and its neighbours: one that was taken away moves those below it."""
    return "\n".join((FOLDER / file).read_text().splitlines()[max(0, line - 2) : line + 1])
