"""What cases cannot say of contracts: which log a code takes, and where its minutes go."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from billing.rules import (
    PRESETS,
    Unpaid,
)
from tests.billing.months import FIRST, LAST, a_log, decide, enrolled, found, march, pieces, units
from tests.billing.programs import CASE, MANAGED, billed, by_unit, contract, managed


def test_a_code_takes_the_logs_of_its_activities_and_another_all_others():
    payer = contract(by_unit(), by_unit("H2023", activities=frozenset(["job_coaching"])))
    decision = decide(managed(8), managed(15, activity="job_coaching"), payer=payer, **CASE)
    assert billed(decision) == [
        ("H2023", 1, march(4), march(4), (), ("1:04-15",)),
        ("T1017", 1, march(4), march(4), (), ("0:04-8",)),
    ]
    assert pieces(decision.ledger) == [(8, "counted", "T1017", 1, None), (15, "counted", "H2023", 1, None)]
    assert decision.findings == ()


def test_an_activity_of_no_code_is_named():
    decision = decide(managed(8), payer=contract(by_unit(activities=frozenset(["job_coaching"]))), **CASE)
    assert decision.lines == decision.findings == ()
    assert pieces(decision.ledger) == [(8, "not_countable", "", 0, "minutes.no_code_for_activity")]
    assert (decision.ledger[0].detail, decision.ledger[0].since) == ("care_coordination", date(2025, 1, 1))


def test_of_two_codes_for_the_same_logs_the_first_by_name_has_them():
    decision = decide(managed(8), payer=contract(by_unit("T1017"), by_unit("T1016")), requested=("T1017",), **CASE)
    assert units(decision) == {"T1016": 1}
    assert found(decision) == [("units.below_first", "T1017", 0, 8)]


def test_a_contract_without_a_unit_for_the_program_says_so():
    decision = decide(managed(8), managed(5, activity="travel"), payer=contract(), **CASE)
    assert found(decision) == [("terms.no_unit", "T1016", None, None)]
    assert pieces(decision.ledger) == [
        (8, "not_billed", "T1016", 0, "terms.no_unit"),
        (5, "not_countable", "", 0, "minutes.wrong_activity"),
    ]
    asked = decide(managed(8), payer=contract(), requested=("T2023", "T1017"), **CASE)
    assert found(asked) == [("terms.no_unit", "T1017", None, None), ("terms.no_unit", "T2023", None, None)]
    assert pieces(asked.ledger) == [(8, "not_billed", "T1017", 0, "terms.no_unit")]


def test_a_code_without_a_unit_is_refused_beside_one_that_has_one():
    decision = decide(managed(8), payer=contract(by_unit("T1017")), requested=("T1016",), **CASE)
    assert [line.code for line in decision.lines] == ["T1017"]
    assert found(decision) == [("terms.no_unit", "T1016", None, None)]


@pytest.mark.parametrize("codes", [(), (by_unit(),)])
def test_of_several_reasons_the_minutes_rest_on_the_first(codes):
    decision = decide(managed(8), payer=contract(*codes), enrollments=())
    assert [each[0] for each in found(decision)][:2] == ["eligibility.not_medicaid", "eligibility.not_in_target_group"]
    assert pieces(decision.ledger) == [(8, "not_billed", found(decision)[0][1], 0, "eligibility.not_medicaid")]


def test_clock_minutes_of_one_contracts_code_are_not_those_of_another():
    unit = replace(by_unit("H2017"), program="rehabilitation")
    both = {"elements": {**CASE["elements"], "rehabilitation": frozenset(["medicaid"])}, "enrollments": ()}
    trained = a_log(15, program="rehabilitation", activity="skills_training", discipline="BACHELORS_CM", start="09:05")
    decision = decide(managed(15, start="09:00"), trained, payer=contract(by_unit(), unit), **both)
    assert units(decision) == {"T1017": 1}
    assert pieces(decision.ledger) == [
        (15, "counted", "T1017", 1, None),
        (10, "not_countable", "", 0, "minutes.used_elsewhere"),
        (5, "below_threshold", "H2017", 0, "units.below_first"),
    ]


def test_where_nobody_said_who_renders_a_modifier_of_the_facility_stands_in_the_way_of_nothing():
    unit = by_unit(modifier_by_mode={"video": "95"}, facility_modifiers=frozenset(["95"]))
    assert units(decide(managed(15, mode="video"), payer=contract(unit), **CASE)) == {"T1017": 1}


def test_where_nobody_pays_that_is_the_reason():
    decision = decide(managed(8), payer=Unpaid("coverage.missing"), **CASE)
    assert found(decision) == [("coverage.missing", "T1016", None, None)]
    assert (decision.findings[0].cite, decision.findings[0].since) == ("COVERAGE", FIRST)
    assert pieces(decision.ledger) == [(8, "not_billed", "T1016", 0, "coverage.missing")]
    unsettled = decide(managed(8), payer=Unpaid("terms.ambiguous", "A / B"), **CASE)
    assert found(unsettled) == [("terms.ambiguous", "T1016", None, "A / B")]
    assert (unsettled.findings[0].cite, unsettled.findings[0].since) == ("CONTRACT", FIRST)


def test_a_log_of_a_program_without_patients_consent_is_in_no_question_of_consent():
    """A contract's programs but health homes ask for none."""
    assert units(decide(managed(8), payer=contract(by_unit()), **CASE)) == {"T1017": 1}


@pytest.mark.parametrize(
    ("minutes", "ledger"),
    [
        (7, [(7, "below_threshold", "T1017", 0, "units.below_first")]),
        (8, [(8, "counted", "T1017", 1, None)]),
        (22, [(15, "counted", "T1017", 1, None), (7, "above_last_unit", "T1017", 0, "units.below_increment")]),
        (23, [(15, "counted", "T1017", 1, None), (8, "counted", "T1017", 2, None)]),
    ],
)
def test_where_the_minutes_of_a_day_go(minutes, ledger):
    assert pieces(decide(managed(minutes), payer=contract(by_unit()), **CASE).ledger) == ledger


def test_minutes_of_a_day_below_the_first_unit_beside_one_that_reaches_it():
    decision = decide(managed(7), managed(15, march(5)), payer=contract(by_unit()), **CASE)
    assert units(decision) == {"T1017": 1}
    assert pieces(decision.ledger) == [
        (7, "below_threshold", "T1017", 0, "units.below_first"),
        (15, "counted", "T1017", 1, None),
    ]


def test_over_the_cap_of_a_day_and_of_a_month():
    payer = contract(by_unit(max_units_day=2), max_units_month={"T1017": 3})
    decision = decide(managed(60), managed(30, march(5)), payer=payer, **CASE)
    assert billed(decision) == [
        ("T1017", 2, march(4), march(4), (), ("0:04-60",)),
        ("T1017", 1, march(5), march(5), (), ("1:05-30",)),
    ]
    assert found(decision) == [("units.over_daily_cap", "T1017", 4, 2), ("units.over_monthly_cap", "T1017", 4, 3)]
    assert pieces(decision.ledger) == [
        (15, "counted", "T1017", 1, None),
        (15, "counted", "T1017", 2, None),
        (30, "over_cap", "T1017", 0, "units.over_daily_cap"),
        (15, "counted", "T1017", 3, None),
        (15, "over_cap", "T1017", 0, "units.over_monthly_cap"),
    ]
    assert [entry.detail for entry in decision.ledger if entry.bucket == "over_cap"] == [2, 3]


def test_a_month_added_up_is_billed_from_the_last_log_to_the_contracts_end():
    rounding = replace(PRESETS["midpoint_8"], scope="month")
    payer = contract(replace(by_unit(), rounding=rounding), until=march(20))
    decision = decide(managed(4), managed(4, march(7)), payer=payer, **CASE)
    assert billed(decision) == [("T1017", 1, march(7), march(20), (), ("0:04-4", "1:07-4"))]
    later = replace(payer, since=march(10), until=None)
    assert billed(decide(managed(8), payer=later, **CASE))[0][2:4] == (march(10), LAST)


def test_lines_of_encounters_apart_and_together():
    rounding = replace(PRESETS["midpoint_8"], scope="encounter")
    together = replace(by_unit(), rounding=rounding)
    logs = managed(15), managed(16)
    assert billed(decide(*logs, payer=contract(together), **CASE)) == [
        ("T1017", 2, march(4), march(4), (), ("0:04-15", "1:04-16"))
    ]
    apart = contract(replace(together, line_per_encounter=True))
    assert billed(decide(*logs, payer=apart, **CASE)) == [
        ("T1017", 1, march(4), march(4), (), ("0:04-15",)),
        ("T1017", 1, march(4), march(4), (), ("1:04-16",)),
    ]


def test_modifiers_of_mode_and_discipline():
    unit = by_unit(modifier_by_mode={"video": "95"}, modifier_by_discipline={"BACHELORS_CM": "HN"})
    decision = decide(managed(15, mode="video"), managed(15, march(5)), payer=contract(unit), **CASE)
    assert [(line.modifiers, line.units) for line in decision.lines] == [(("95", "HN"), 1), (("HN",), 1)]


def test_a_month_by_the_rate_is_billed_on_any_day_that_the_payer_pays():
    unit = replace(by_unit("T2023", "monthly_case_rate"), by_month=True)
    decision = decide(managed(5, march(9)), payer=contract(unit, rates={"T2023": Decimal("120.005")}), **CASE)
    assert billed(decision) == [("T2023", 1, FIRST, LAST, (), ("0:09-5",))]
    assert decision.lines[0].amount == Decimal("120.01")
    assert pieces(decision.ledger) == [(5, "included", "T2023", 1, "units.included")]
    from_the_tenth = decide(managed(5, march(12)), payer=contract(unit, since=march(10), until=march(25)), **CASE)
    assert billed(from_the_tenth)[0][2:4] == (march(10), march(25))


def test_what_a_contract_pays_rests_on_its_version_and_not_on_the_day_since_which_the_code_is_known():
    by_rate = replace(by_unit("T2023", "monthly_case_rate", activities=frozenset(["home_visit"])), by_month=True)
    payer = contract(by_unit(max_units_day=1), by_rate, since=march(3))
    decision = decide(managed(34), managed(5, activity="home_visit"), payer=payer, **CASE)
    assert pieces(decision.ledger) == [
        (15, "counted", "T1017", 1, None),
        (19, "over_cap", "T1017", 0, "units.over_daily_cap"),
        (5, "included", "T2023", 1, "units.included"),
    ]
    rests_on = {(each.cite, each.since, each.rule) for each in (*decision.lines, *decision.ledger)}
    assert rests_on == {("CONTRACT", march(3), "contract")}


def test_a_month_by_the_rate_without_a_service():
    unit = replace(by_unit("T2023", "monthly_case_rate"), by_month=True, min_contacts=2)
    decision = decide(managed(5, activity="travel"), managed(6), payer=contract(unit), **CASE)
    assert found(decision) == [
        ("minutes.wrong_activity", "T2023", 5, "travel"),
        ("service.none_in_month", "T2023", 1, 2),
    ]
    assert pieces(decision.ledger) == [
        (5, "not_countable", "", 0, "minutes.wrong_activity"),
        (6, "not_billed", "T2023", 0, "service.none_in_month"),
    ]


def test_of_two_codes_that_exclude_each_other_the_first_is_billed():
    first = by_unit(activities=frozenset(["care_coordination"]), exclusive_with=("T2023",))
    second = replace(by_unit("T2023", "monthly_case_rate"), by_month=True, exclusive_with=("T1017",))
    decision = decide(managed(8), managed(9, activity="other"), payer=contract(first, second), **CASE)
    assert units(decision) == {"T1017": 1}
    assert found(decision) == [
        ("code.mutually_exclusive", "T2023", "T1017", None),
        ("code.mutually_exclusive", "T2023", "T1017", None),
    ]
    assert pieces(decision.ledger)[1] == (9, "not_billed", "T2023", 0, "code.mutually_exclusive")


def test_clock_minutes_that_another_program_bills_are_used():
    """Two logs of the same minutes: chronic care has them, case management counts what is left."""
    logs = a_log(20, start="09:00"), managed(30, start="09:00", staff="s2")
    decision = decide(*logs, payer=contract(by_unit()), elements=CASE["elements"])
    assert units(decision) == {"99490": 1, "T1017": 1}
    assert pieces(decision.ledger) == [
        (20, "counted", "99490", 1, None),
        (20, "not_countable", "", 0, "minutes.used_elsewhere"),
        (10, "counted", "T1017", 1, None),
    ]


@pytest.mark.parametrize(
    ("starts", "left"),
    [("09:00", 0), ("09:05", 5), ("09:19", 19), ("09:20", 20), ("08:50", 10), ("08:40", 20), ("08:41", 19)],
)
def test_used_minutes_are_those_that_overlap(starts, left):
    logs = a_log(20, start="09:00"), managed(20, start=starts, staff="s2")
    decision = decide(*logs, payer=contract(by_unit()), elements=CASE["elements"])
    used = sum(entry.minutes for entry in decision.ledger if entry.reason == "minutes.used_elsewhere")
    assert used == 20 - left


def test_minutes_that_two_logs_of_another_program_bill_are_used_once():
    """09:00 to 09:20 and 09:10 to 09:30 of chronic care; 09:05 to 09:35 of case management has five minutes of its own."""
    logs = a_log(20, start="09:00"), a_log(20, start="09:10", staff="s2"), managed(30, start="09:05", staff="s3")
    decision = decide(*logs, payer=contract(by_unit()), elements=CASE["elements"])
    used = [entry.minutes for entry in decision.ledger if entry.reason == "minutes.used_elsewhere"]
    assert used == [25]


def test_the_same_time_of_one_person_and_of_two():
    one = decide(a_log(20, start="09:00"), a_log(15, start="09:10"))
    assert pieces(one.ledger) == [
        (20, "counted", "99490", 1, None),
        (10, "not_countable", "", 0, "minutes.duplicate_time"),
        (5, "above_last_unit", "99439", 0, "units.below_increment"),
    ]
    two = decide(a_log(20, start="09:00"), a_log(15, start="09:10", staff="s2"))
    assert [entry.reason for entry in two.ledger][1] == "minutes.two_staff_same_time"
    beside = decide(a_log(20, start="09:00"), a_log(20, start="09:20"))
    assert units(beside) == {"99490": 1, "99439": 1}
    inside = decide(a_log(30, start="09:00"), a_log(5, start="09:10"), a_log(10, start="09:25"))
    assert [(entry.minutes, entry.reason) for entry in inside.ledger if entry.bucket == "not_countable"] == [
        (5, "minutes.duplicate_time"),
        (5, "minutes.duplicate_time"),
    ]


def test_a_rate_of_the_month_is_in_question_for_who_is_enrolled_or_was_served():
    rate = replace(by_unit("T2023", "monthly_case_rate"), by_month=True, activities=frozenset(["other"]))
    payer = contract(by_unit(), rate)
    assert found(decide(managed(8), payer=payer, **CASE)) == []
    enrolled_too = CASE | {"enrollments": (enrolled(program=MANAGED),)}
    assert found(decide(managed(8), payer=payer, **enrolled_too)) == [("service.none_in_month", "T2023", 0, 1)]
    assert found(decide(payer=contract(by_unit()), **enrolled_too)) == []


def test_each_program_has_the_codes_of_its_own():
    trained = replace(by_unit("H2017"), program="rehabilitation")
    elements = CASE["elements"] | {"rehabilitation": frozenset(["medicaid"])}
    both = decide(
        managed(8),
        managed(23, program="rehabilitation"),
        payer=contract(by_unit(), trained),
        elements=elements,
        enrollments=(),
    )
    assert [(line.program, line.code, line.units) for line in both.lines] == [
        (MANAGED, "T1017", 1),
        ("rehabilitation", "H2017", 2),
    ]


def test_of_a_program_that_ended_nothing_is_said_because_somebody_asked_for_another_code():
    """A unit by the month takes no log to be in question; the patient stopped in January."""
    by_month = replace(by_unit("T2023", "monthly_case_rate"), by_month=True)
    ended = CASE | {"enrollments": (enrolled(program=MANAGED, revoked=date(2025, 1, 20)),)}
    asked = decide(payer=contract(by_month), requested=("99490",), **ended)
    assert {each.code for each in asked.findings} == {"99490"}
    itself = decide(payer=contract(by_month), requested=("T2023",), **ended)
    assert {each.code for each in itself.findings} == {"T2023"}
