"""What cases cannot say of contracts, payers and discharges: which log a code takes, whom a month is billed to, where minutes go."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from billing.rules import (
    PRESETS,
    Assessment,
    Claim,
    Contact,
    Coverage,
    Enrollment,
    OtherProgram,
    Report,
    Stay,
    Terms,
    Transition,
    UnitCode,
    Unpaid,
    Visit,
    payer_of_month,
    progress,
)
from tests.billing.months import FIRST, LAST, RULEBOOK, a_log, a_month, decide, enrolled, found, march, pieces, units

CASE = {"elements": {"targeted_case_management": frozenset(["medicaid", "target_group"])}, "enrollments": ()}
MANAGED = "targeted_case_management"


def managed(minutes, day=None, **changes):
    return a_log(minutes, day or march(4), **{"program": MANAGED, "discipline": "BACHELORS_CM", **changes})


def by_unit(code="T1017", rounding="midpoint_8", **changes):
    return replace(UnitCode(code, MANAGED, PRESETS[rounding]), **changes)


def contract(*codes, **changes):
    return replace(Terms("State 2025", date(2025, 1, 1), units=codes, kind="medicaid"), **changes)


def billed(decision):
    return [(line.code, line.units, line.earliest, line.latest, line.modifiers, line.logs) for line in decision.lines]


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
    assert decision.ledger[0].detail == "care_coordination"


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


# -- discharges

DAY = march(3)
BUSINESS = (march(4), march(5), march(6), march(7), march(10))


def a_discharge(**changes):
    reached = Contact(march(4), True, True, True)
    return replace(Transition(DAY, "inpatient_acute", "home", BUSINESS, (reached,), DAY), **changes)


def a_visit(day, **changes):
    return replace(Visit(day, "99215", "ours", complexity="high"), **changes)


def after(*transitions, visits=(), logs=(), **changes):
    return decide(*logs, transitions=transitions, visits=visits, enrollments=(), **changes)


def test_a_second_discharge_in_an_open_period_is_not_billed_again():
    again = a_discharge(discharged=march(12), business_days=BUSINESS, contacts=(Contact(march(13), True, True, True),))
    again = replace(again, business_days=(march(13), march(14)), reconciled=march(12))
    decision = after(a_discharge(), again, visits=(a_visit(march(7)), a_visit(march(17))))
    assert [(line.code, line.units, line.earliest) for line in decision.lines] == [("99496", 1, march(7))]
    assert ("transition.period_overlap", "99496", date(2025, 4, 1), None) in found(decision)


def test_a_discharge_on_the_last_day_of_a_period_and_on_the_day_after():
    """Discharged on March 1: the thirty days end on March 30."""
    first = a_discharge(discharged=march(1), contacts=(Contact(march(3), True, True, True),), reconciled=march(1))
    first = replace(first, business_days=(march(3), march(4)))

    def then(day):
        contact = Contact(day, True, True, True)
        second = a_discharge(
            discharged=day, business_days=(day + timedelta(1), day + timedelta(2)), contacts=(contact,)
        )
        second = replace(second, reconciled=day)
        return after(first, second, visits=(a_visit(march(4)), a_visit(march(31))))

    assert units(then(march(30))) == {"99496": 1}
    assert [line.earliest for line in then(march(30)).lines] == [march(4)]


def test_both_codes_of_a_discharge_say_why():
    decision = after(a_discharge(contacts=()), visits=(a_visit(march(7)),))
    assert found(decision) == [
        ("contact.never_made", "99496", None, march(5)),
        ("contact.never_made", "99495", None, march(5)),
    ]
    billed_one = after(a_discharge(), visits=(a_visit(march(7)),))
    assert found(billed_one) == []
    assert found(billed_one, "alternative") == [("code.mutually_exclusive", "99495", "99496", None)]


def test_minutes_after_a_discharge_rest_on_what_stands_against_it():
    log = a_log(12, program="transitional_care")
    decision = after(a_discharge(setting="emergency"), visits=(a_visit(march(7)),), logs=(log,))
    assert pieces(decision.ledger) == [(12, "not_billed", "99496", 0, "transition.setting")]
    without = after(logs=(log,))
    assert pieces(without.ledger) == [(12, "not_billed", "99496", 0, "transition.none")]


def test_the_contact_that_is_told_is_the_first():
    hospital = Contact(march(4), True, True, False), Contact(march(5), True, True, False)
    assert ("contact.wrong_party", "99496", march(4), march(5)) in found(
        after(a_discharge(contacts=hospital), visits=(a_visit(march(7)),))
    )
    late = Contact(march(10), True, True, True), Contact(march(7), True, True, True)
    assert ("contact.late", "99496", march(7), march(5)) in found(
        after(a_discharge(contacts=late), visits=(a_visit(march(7)),))
    )


def test_a_visit_that_is_recorded_twice_is_one():
    twice = a_visit(march(7)), a_visit(march(7))
    assert units(after(a_discharge(), visits=twice)) == {"99496": 1}


# -- what several rules meet on


def test_of_two_stays_the_first_is_told():
    stays = (
        Stay(march(2), march(9), False, "jail"),
        Stay(march(1), march(8), False, "mental_disease_institution"),
    )
    decision = decide(managed(8), payer=contract(by_unit()), stays=stays, **CASE)
    assert found(decision)[0] == ("minutes.in_institution", "T1017", 8, march(1))


def test_a_program_of_others_counts_on_its_first_and_last_day():
    def beside(first, last):
        others = (OtherProgram("waiver_case_management", first, last),)
        return units(decide(managed(8), payer=contract(by_unit()), other_programs=others, **CASE))

    assert beside(march(4), march(4)) == {}
    assert beside(march(5), None) == beside(march(1), march(3)) == {"T1017": 1}


def test_a_claim_of_the_day_uses_its_time_up_and_one_of_others_does_not():
    def claimed(*claims):
        return units(decide(managed(8), payer=contract(by_unit()), claims=claims, **CASE))

    assert claimed(Claim(march(4), "T1017", "ours")) == {}
    assert claimed(Claim(march(4), "T1017", "")) == claimed(Claim(march(5), "T1017", "ours")) == {"T1017": 1}


def test_an_earlier_assessment_of_its_own_uses_up_six_months():
    def assessed(*days):
        made = tuple(Assessment(day, "sdoh", 5, True, True) for day in days)
        return decide(assessments=made, visits=(a_visit(march(4)),), enrollments=())

    assert units(assessed(date(2024, 9, 4), march(4))) == {"G0136": 1}
    assert found(assessed(date(2024, 9, 5), march(4))) == [("assessment.too_soon", "G0136", date(2024, 9, 5), march(5))]
    assert found(assessed(march(4), march(5))) == [("assessment.too_soon", "G0136", march(4), date(2025, 9, 4))]
    assert assessed(date(2025, 2, 20)).lines == assessed(date(2025, 4, 1)).lines == ()


def test_a_question_about_an_event_of_another_month_is_answered():
    earlier = (Assessment(date(2025, 2, 20), "sdoh", 5, True, True),)
    assert found(decide(assessments=earlier, requested=("G0136",), enrollments=())) == [
        ("assessment.wrong_kind", "G0136", None, None)
    ]
    report = (Report(date(2025, 2, 20), "G8978", True, True),)
    asked = found(decide(reports=report, requested=("G8978",), enrollments=()))
    assert ("report.necessity_missing", "G8978", None, None) in asked


def test_two_wrong_visits_that_open_nothing():
    health = {"community_health": frozenset(["need_limits_treatment", "staff_trained"])}
    both = [
        Enrollment("community_health", date(2025, 1, 10), initiating_visit=date(2025, 1, 10), initiating_code=code)
        for code in ("99211", "99283")
    ]
    for enrollments in (both, both[::-1]):
        log = a_log(60, program="community_health", discipline="CHW")
        decision = decide(log, enrollments=tuple(enrollments), elements=health)
        assert found(decision)[0] == ("initiating_visit.wrong_kind", "G0019", "99283", None)


def test_who_stopped_and_came_back_has_agreed():
    gone = Enrollment("advanced_primary_care", date(2024, 1, 1), date(2025, 2, 3), date(2024, 1, 1))
    back = replace(gone, consent=march(9), revoked=None, initiating_visit=march(9))
    here = {"elements": {"advanced_primary_care": frozenset(["elements_available"])}}
    assert units(decide(enrollments=(gone, back), **here)) == {"G0557": 1}
    ended = decide(
        enrollments=(gone, replace(gone, consent=date(2024, 6, 1), revoked=date(2025, 1, 3))),
        requested=("G0557",),
        **here,
    )
    assert ("consent.ended", "G0557", date(2025, 2, 28), None) in found(ended)


# -- consents


def two(first, second):
    return (enrolled(**first), enrolled(**second))


def test_of_two_consents_each_covers_its_first_and_its_last_day():
    """The first was stopped in March, which is its end on the 31st; the second begins on the 20th."""
    consents = two({"consent": march(10), "revoked": march(12)}, {"consent": march(20)})
    assert units(decide(a_log(20, march(10)), enrollments=consents)) == {"99490": 1}
    assert found(decide(a_log(20, march(9)), enrollments=consents))[0] == (
        "minutes.before_consent",
        "99490",
        20,
        march(10),
    )
    stopped = two({"revoked": march(12)}, {"revoked": march(14)})
    assert units(decide(a_log(20, march(31)), enrollments=stopped)) == {"99490": 1}
    gone = two({"revoked": date(2025, 2, 12)}, {"revoked": date(2025, 1, 14)})
    assert found(decide(a_log(20), enrollments=gone))[0] == ("minutes.after_revocation", "99490", 20, date(2025, 2, 28))


def test_the_month_is_that_of_the_practitioner_whom_the_patient_agreed_with_last():
    to_both = two({"practitioner": "a"}, {"consent": march(31), "practitioner": "b"})
    assert found(decide(a_log(20), enrollments=to_both))[0][:2] == ("minutes.other_practitioner", "99490")
    later = two({"practitioner": "b", "consent": date(2025, 2, 1)}, {"practitioner": "a"})
    own = decide(a_log(20), enrollments=later, claims=(Claim(march(9), "99490", "b"),))
    assert found(own)[0][:3] == ("claims.duplicate", "99490", "99490")
    nobody = two({"practitioner": "a", "consent": None}, {"practitioner": "b", "consent": None})
    unasked = decide(a_log(20), enrollments=nobody, claims=(Claim(march(9), "G0181", "b"),))
    assert ("claims.excluded", "99490", "G0181", None) in found(unasked)


def test_a_consent_of_next_month_changes_nothing_of_this_one():
    assert units(decide(a_log(20), enrollments=two({}, {"consent": date(2025, 4, 5)}))) == {"99490": 1}


def test_who_is_seen_on_the_last_day_is_seen_in_the_month():
    seen = (enrolled(march(1), initiating_visit=None, last_seen=march(31)),)
    assert units(decide(a_log(20, march(31)), enrollments=seen)) == {"99490": 1}
    assert found(decide(a_log(20, march(30)), enrollments=seen))[0] == ("minutes.before_visit", "99490", 20, march(31))


def test_the_first_visit_after_consent_opens_the_service_and_the_last_one_before_is_told():
    opened = two(
        {"consent": march(1), "initiating_visit": march(20)}, {"consent": march(1), "initiating_visit": march(5)}
    )
    assert units(decide(a_log(20, march(6)), enrollments=opened)) == {"99490": 1}
    long_ago = (enrolled(march(1), initiating_visit=date(2022, 1, 1), last_seen=date(2023, 1, 1)),)
    assert ("initiating_visit.missing", "99490", date(2023, 1, 1), 12) in found(decide(enrollments=long_ago))


def test_primary_care_that_was_agreed_to_again():
    here = {"elements": {"advanced_primary_care": frozenset(["elements_available"])}, "requested": ("G0557",)}
    gone = enrolled(program="advanced_primary_care", revoked=date(2025, 2, 3))
    again = replace(gone, consent=march(31), revoked=None, initiating_visit=march(31))
    assert units(decide(enrollments=(gone, again), **here)) == {"G0557": 1}
    later = replace(again, consent=date(2025, 4, 1))
    assert ("consent.ended", "G0557", date(2025, 2, 28), None) in found(decide(enrollments=(gone, later), **here))


# -- what the payer says of a code


def test_a_code_that_is_part_of_something_else_and_one_that_is_not_covered():
    payer = Terms("Rate 2025", date(2025, 1, 1), bundled=frozenset(["99490"]))
    bundled = decide(a_log(20), payer=payer)
    assert found(bundled)[0] == ("terms.bundled", "99490", "Rate 2025", None)
    assert (bundled.findings[0].cite, bundled.findings[0].since) == ("CONTRACT", date(2025, 1, 1))


def test_an_add_on_that_is_refused_twice_rests_on_the_first_reason():
    """In 2020 there was no 99439, and this payer would not cover it."""
    payer = Terms("2020", date(2020, 1, 1), not_covered=frozenset(["99439"]))
    consents = (enrolled(date(2020, 1, 10), initiating_visit=date(2020, 1, 10)),)
    days = {"first": date(2020, 12, 1), "last": date(2020, 12, 31), "enrollments": consents}
    decision = decide(a_log(25, date(2020, 12, 4)), payer=payer, **days)
    assert found(decision) == [
        ("terms.not_covered", "99439", "2020", None),
        ("code.not_effective", "99439", date(2020, 12, 31), date(2021, 1, 1)),
    ]
    assert pieces(decision.ledger)[1] == (5, "not_billed", "99439", 0, "terms.not_covered")


@pytest.mark.parametrize(("cap", "billed_units"), [(2, 2), (3, 3), (4, 3)])
def test_a_payers_cap_on_sessions(cap, billed_units):
    sessions = tuple(Visit(march(day), "90834", "ours", factors=("caregiver",)) for day in (3, 4, 5))
    payer = Terms("capped", date(2025, 1, 1), max_units_month={"90785": cap})
    decision = decide(visits=sessions, enrollments=(), payer=payer)
    assert sum(line.units for line in decision.lines) == billed_units
    over = [("units.over_monthly_cap", "90785", 3, 2)]
    assert found(decision) == (over if cap == 2 else [])


PRIMARY = {
    "advanced_primary_care": frozenset(["elements_available"]),
    "behavioral_health": frozenset(["service_furnished"]),
    "collaborative_care": frozenset(["registry", "psychiatric_review", "rating_scale"]),
}


def test_what_facts_decide_is_no_choice_of_peoples():
    """Level 3 was not declared by anybody: that the patient is not one for it is said as of an alternative."""
    decision = decide(enrollments=(enrolled(program="advanced_primary_care"),), elements=PRIMARY, requested=("G0558",))
    assert units(decision) == {"G0557": 1}
    assert found(decision) == []
    assert found(decision, "alternative") == [
        ("patient.not_qmb", "G0558", False, True),
        ("code.mutually_exclusive", "G0556", "G0557", None),
    ]
    log = a_log(31, program="collaborative_care", discipline="BHCM")
    later = decide(
        log,
        enrollments=(enrolled(program="collaborative_care"),),
        elements=PRIMARY,
        diagnoses=("F32.1",),
        episode_month={"collaborative_care": 2},
        requested=("99492",),
    )
    assert units(later) == {"99493": 1}
    assert [each for each in found(later) if each[1] == "99492"] == []


@pytest.mark.parametrize(("episode", "code"), [(1, "G0568"), (2, "G0569")])
def test_collaborative_care_declared_beside_primary_care(episode, code):
    """Its minutes would earn the code by time; people said that it is added to primary care."""
    day = date(2026, 3, 4)
    log = a_log(70, day, program="collaborative_care", discipline="BHCM")
    both = tuple(enrolled(program=program) for program in ("advanced_primary_care", "collaborative_care"))
    changes = {"first": date(2026, 3, 1), "last": date(2026, 3, 31), "enrollments": both, "elements": PRIMARY}
    changes |= {"diagnoses": ("F32.1",), "episode_month": {"collaborative_care": episode}}
    declared = decide(log, tracks={"collaborative_care": "beside_primary_care"}, **changes)
    assert units(declared) == {"G0557": 1, code: 1}
    assert units(decide(log, **changes)) == {"G0557": 1, "99492" if episode == 1 else "99493": 1}


def test_behavioral_health_declared_beside_primary_care():
    log = a_log(20, date(2026, 3, 4), program="behavioral_health")
    both = tuple(enrolled(program=program) for program in ("advanced_primary_care", "behavioral_health"))
    changes = {"first": date(2026, 3, 1), "last": date(2026, 3, 31), "enrollments": both, "elements": PRIMARY}
    declared = decide(log, tracks={"behavioral_health": "beside_primary_care"}, diagnoses=("F32.1",), **changes)
    assert units(declared) == {"G0557": 1, "G0570": 1}
    assert units(decide(log, diagnoses=("F32.1",), **changes)) == {"G0557": 1, "99484": 1}


# -- the meter


@pytest.mark.parametrize(
    ("program", "track", "episode", "steps"),
    [
        ("chronic_care", "clinical_staff", 1, [(20, "99490"), (40, "99439"), (60, "99439")]),
        ("principal_care", "clinical_staff", 1, [(30, "99426"), (60, "99427"), (90, "99427")]),
        ("principal_care", "practitioner", 1, [(30, "99424"), (60, "99425")]),
        ("collaborative_care", "by_month", 1, [(36, "99492"), (86, "99494"), (116, "99494")]),
        ("collaborative_care", "by_month", 2, [(31, "99493"), (76, "99494"), (106, "99494")]),
        ("behavioral_health", "general", 1, [(20, "99484")]),
        ("behavioral_health", "own_time", 1, [(20, "G0323")]),
        ("community_health", "auxiliary_staff", 1, [(60, "G0019"), (90, "G0022")]),
        ("illness_navigation", "navigator", 1, [(60, "G0023"), (90, "G0024")]),
        ("illness_navigation", "peer", 1, [(60, "G0140"), (90, "G0146")]),
        ("chronic_care", "practitioner", 1, [(30, "99491"), (60, "99437")]),
        ("chronic_care", "complex", 1, [(60, "99487"), (90, "99489")]),
    ],
)
def test_the_thresholds_of_a_meter(program, track, episode, steps):
    enrollments = (enrolled(program=program, initiating_code="99213"),)
    ready = {
        "enrollments": enrollments,
        "tracks": {program: track},
        "episode_month": {"collaborative_care": episode},
        "complexity": {"chronic_care": "high"},
        "diagnoses": ("F32.1",),
        "elements": {
            "principal_care": frozenset(["condition", "high_risk"]),
            "collaborative_care": frozenset(["registry", "psychiatric_review", "rating_scale"]),
            "community_health": frozenset(["need_limits_treatment", "staff_trained"]),
            "illness_navigation": frozenset(["condition", "high_risk", "staff_trained"]),
        },
        "condition_months": {"principal_care": 12, "illness_navigation": 12},
        "billed_by": {"behavioral_health": "LCSW"},
    }
    month = a_month(**ready)
    decision = decide(**ready, payer=contract())
    meter = progress(decision, month, contract(), RULEBOOK, program)
    last = steps[-1][0]
    assert [(step.minutes, step.code) for step in meter.steps if step.minutes <= last] == [
        step for step in steps if step[0] <= meter.most
    ]
    assert meter.steps[0] == replace_step(meter.steps[0], steps[0])


@pytest.mark.parametrize(
    ("program", "track", "steps"),
    [
        ("collaborative_care", "by_month", [(36, "99492"), (86, "99494"), (116, "99494")]),
        ("behavioral_health", "general", [(20, "99484")]),
    ],
)
def test_the_meter_of_who_lacks_something_is_not_that_of_a_code_beside_primary_care(program, track, steps):
    """Nothing stands against G0568 or G0570 but that there is no primary care: minutes are not measured by them."""
    facts = {
        "first": date(2026, 3, 1),
        "last": date(2026, 3, 31),
        "enrollments": (enrolled(program=program, initiating_visit=date(2026, 1, 10)),),
        "tracks": {program: track},
        "episode_month": {"collaborative_care": 1},
    }
    log = a_log(16, date(2026, 3, 4), program=program)
    meter = progress(decide(log, payer=contract(), **facts), a_month(log, **facts), contract(), RULEBOOK, program)
    assert [(step.minutes, step.code) for step in meter.steps] == steps


def replace_step(step, expected):
    return type(step)(expected[0], expected[1], 1)


def test_the_meter_counts_units_from_one_and_shows_the_next():
    ready = {"tracks": {"chronic_care": "complex"}, "complexity": {"chronic_care": "high"}}
    logs = (a_log(65),)
    meter = progress(decide(*logs, **ready), a_month(*logs, **ready), contract(), RULEBOOK)
    assert [(step.minutes, step.code, step.unit) for step in meter.steps] == [(60, "99487", 1), (90, "99489", 1)]
    capped = progress(decide(), a_month(), contract(), RULEBOOK)
    assert [(step.minutes, step.code, step.unit) for step in capped.steps] == [
        (20, "99490", 1),
        (40, "99439", 1),
        (60, "99439", 2),
    ]


def test_a_code_that_only_the_contract_knows_is_asked_for():
    payer = contract(by_unit("H2023"))
    assert found(decide(requested=("H2023",), payer=payer, **CASE)) == [("units.below_first", "H2023", 0, 8)]
    assert found(decide(requested=("H2024",), payer=payer, **CASE)) == [("code.unknown", "H2024", None, None)]
    decision = decide(managed(8), payer=payer, **CASE)
    assert [(line.code, line.cite, line.since) for line in decision.lines] == [("H2023", "CONTRACT", date(2025, 1, 1))]


def test_a_payer_of_half_a_month_is_billed_for_its_days():
    payer = contract(replace(by_unit("T2023", "monthly_case_rate"), by_month=True), spans=((FIRST, march(14)),))
    assert billed(decide(managed(5), payer=payer, **CASE))[0][2:4] == (FIRST, march(14))
    assert found(decide(managed(5, march(15)), payer=payer, **CASE))[0] == (
        "minutes.not_covered",
        "T2023",
        5,
        march(15),
    )


def test_the_program_that_people_said_is_first_though_it_could_be_added_to_another():
    logs = (
        a_log(36, program="collaborative_care", discipline="BHCM"),
        a_log(20, march(5), program="behavioral_health"),
    )
    both = tuple(enrolled(program=program) for program in ("collaborative_care", "behavioral_health"))
    ready = {"enrollments": both, "elements": PRIMARY, "diagnoses": ("F32.1",)}
    ready |= {"episode_month": {"collaborative_care": 1}}
    assert units(decide(*logs, **ready)) == {"99492": 1}
    said = decide(*logs, programs_for_month=("behavioral_health",), **ready)
    assert units(said) == {"99484": 1}
    assert ("code.mutually_exclusive", "99492", "99484", None) in found(said)


def test_where_no_track_is_for_the_facts_the_first_declared_says_why():
    one = (enrolled(program="collaborative_care"),)
    decision = decide(
        a_log(36, program="collaborative_care", discipline="BHCM"),
        enrollments=one,
        elements=PRIMARY,
        diagnoses=("F32.1",),
        tracks={"collaborative_care": "beside_primary_care"},
        episode_month={"collaborative_care": 1},
    )
    assert found(decision)[0][:2] == ("code.not_effective", "G0568")


def test_the_meter_of_what_is_refused_is_the_first_that_is_for_the_patient():
    nobody = {"enrollments": (), "complexity": {"chronic_care": "high"}, "tracks": {"chronic_care": "complex"}}
    meter = progress(decide(a_log(5), **nobody), a_month(a_log(5), **nobody), contract(), RULEBOOK)
    assert meter.steps[0].code == "99487"
    later = {"enrollments": (), "episode_month": {"collaborative_care": 2}}
    log = a_log(5, program="collaborative_care", discipline="BHCM")
    meter = progress(decide(log, **later), a_month(log, **later), contract(), RULEBOOK, "collaborative_care")
    assert meter.steps[0].code == "99493"


def test_a_unit_of_which_half_is_enough_is_complete_with_its_half():
    logs = [a_log(minutes, day, program="collaborative_care", discipline="BHCM") for minutes, day in HALVES]
    decision = decide(
        *logs,
        enrollments=(enrolled(program="collaborative_care"),),
        elements=PRIMARY,
        diagnoses=("F32.1",),
        episode_month={"collaborative_care": 1},
    )
    assert [(line.code, line.earliest, line.logs) for line in decision.lines] == [
        ("99492", march(4), ("0:04-36", "1:09-34"))
    ]


HALVES = ((36, march(4)), (34, march(9)))


def test_of_several_earlier_ones_the_last_assessment_and_the_first_planning_count():
    claims = (Claim(date(2024, 11, 1), "G0136", "ours"), Claim(date(2025, 1, 15), "G0136", "ours"))
    made = (Assessment(march(4), "sdoh", 5, True, True),)
    again = decide(assessments=made, visits=(a_visit(march(4)),), claims=claims, enrollments=())
    assert found(again) == [("assessment.too_soon", "G0136", date(2025, 1, 15), date(2025, 7, 15))]
    earlier = (Assessment(date(2024, 2, 20), "sdoh", 5, True, True), *made)
    asked = decide(assessments=earlier, visits=(a_visit(march(4)),), requested=("G0136",), enrollments=())
    assert (units(asked), found(asked)) == ({"G0136": 1}, [])
    planned = Visit(march(4), "99213", "ours", extra_planning=True)
    used = (Claim(date(2025, 2, 1), "G0506", "ours"), Claim(date(2024, 1, 1), "G0506", "ours"))
    opened = (enrolled(march(4), initiating_visit=march(4), practitioner="ours"),)
    decision = decide(visits=(planned,), claims=used, enrollments=opened)
    assert ("code.once_used", "G0506", date(2024, 1, 1), None) in found(decision)


def test_a_day_whose_cap_is_used_up_has_no_room_for_a_third_encounter():
    unit = by_unit(rounding="per_encounter_1_unit", max_units_day=2)
    decision = decide(managed(5), managed(6), managed(7), payer=contract(unit), **CASE)
    assert units(decision) == {"T1017": 2}
    assert found(decision) == [("units.over_daily_cap", "T1017", 3, 2)]
    assert pieces(decision.ledger)[2] == (7, "over_cap", "T1017", 0, "units.over_daily_cap")


# -- days


def test_a_birthday_is_the_first_day_of_an_age():
    stays = (Stay(march(1), None, False, "mental_disease_institution"),)
    payer = contract(by_unit())
    assert units(decide(managed(8), payer=payer, stays=stays, born=date(2003, 3, 5), **CASE)) == {"T1017": 1}
    assert units(decide(managed(8), payer=payer, stays=stays, born=date(2003, 3, 4), **CASE)) == {}
    assert units(decide(managed(8), payer=payer, stays=stays, born=date(1960, 3, 4), **CASE)) == {"T1017": 1}
    assert units(decide(managed(8), payer=payer, stays=stays, born=date(1960, 3, 5), **CASE)) == {}


def test_the_day_of_death_counts_beside_a_stay():
    stays = (Stay(march(20), march(21), True, "skilled_nursing_facility"),)
    assert units(decide(a_log(20, march(12)), died=march(12), stays=stays)) == {"99490": 1}
    assert units(decide(a_log(20, march(13)), died=march(12), stays=stays)) == {}


def test_without_a_payer_no_days_before_discharge_are_paid():
    stays = (Stay(march(1), march(10), False, "hospital"),)
    decision = decide(managed(8, march(9)), payer=Unpaid("coverage.missing"), stays=stays, **CASE)
    assert pieces(decision.ledger) == [(8, "not_countable", "", 0, "minutes.in_facility")]


# -- who pays

NAMES = {"blue": "Blue", "state": "State", "rest": "Rest"}


def cover(payer, first=date(2025, 1, 1), last=None, order=1, kind="commercial"):
    return Coverage(payer, kind, first, last, order)


def of(*coverages, **contracts):
    terms = {payer: each if isinstance(each, tuple) else (each,) for payer, each in contracts.items()}
    return payer_of_month(coverages, FIRST, LAST, NAMES, terms)


BLUE, STATE = Terms("Blue 2025", date(2025, 1, 1)), Terms("State 2025", date(2025, 1, 1))


def test_the_payer_of_the_last_covered_day_is_billed_for_its_days():
    assert of(cover("blue"), blue=BLUE) == BLUE
    changed = of(cover("blue", last=march(10)), cover("state", march(11)), blue=BLUE, state=STATE)
    assert (changed.contract, changed.spans) == ("State 2025", ((march(11), LAST),))
    only_first = of(cover("blue", last=march(10)), blue=BLUE)
    assert only_first.spans == ((FIRST, march(10)),)
    gap = of(cover("blue", last=march(10)), cover("blue", march(20)), blue=BLUE)
    assert gap.spans == ((FIRST, march(10)), (march(20), LAST))
    joined = of(cover("blue", last=march(10)), cover("blue", march(11)), blue=BLUE)
    assert joined.spans is None
    in_three = of(
        cover("blue", last=march(10)), cover("blue", march(11), march(20)), cover("blue", march(21)), blue=BLUE
    )
    assert in_three.spans is None


def test_order_one_pays_first_and_two_of_one_order_nobody_knows():
    assert of(cover("blue", order=2), cover("state"), blue=BLUE, state=STATE) == STATE
    assert of(cover("blue"), cover("state"), blue=BLUE, state=STATE) == Unpaid("terms.ambiguous", "Blue / State")


def test_who_cannot_be_billed():
    assert of() == Unpaid("coverage.missing")
    assert of(cover("blue", kind="medigap"), blue=BLUE) == Unpaid("coverage.not_in_force")
    assert of(cover("blue", last=date(2025, 2, 28)), blue=BLUE) == Unpaid("coverage.not_in_force")
    assert of(cover("blue", date(2025, 4, 1)), blue=BLUE) == Unpaid("coverage.not_in_force")
    assert of(cover("blue")) == Unpaid("terms.no_contract", "Blue")
    assert of(cover("blue", last=march(10)), blue=replace(BLUE, since=march(11))) == Unpaid("terms.no_contract", "Blue")
    assert of(cover("blue", last=march(11)), blue=replace(BLUE, since=march(11))).contract == "Blue 2025"


def test_two_versions_of_a_contract():
    old, new = replace(BLUE, contract="old", until=march(10)), replace(BLUE, contract="new", since=march(11))
    assert of(cover("blue"), blue=(old, new)) == new
    assert of(cover("blue", last=march(10)), blue=(old, new)).contract == "old"
    overlapping = replace(new, since=march(10))
    assert of(cover("blue"), blue=(old, overlapping)) == Unpaid("terms.ambiguous", "old / new")
    endless = replace(old, until=None)
    assert of(cover("blue"), blue=(endless, replace(new, since=LAST))) == Unpaid("terms.ambiguous", "old / new")
