"""Discharges, assessments, stays and days: what several rules meet on."""

from datetime import date, timedelta

from msgspec.structs import replace

from billing.rules import (
    Assessment,
    Claim,
    Contact,
    Enrollment,
    OtherProgram,
    Report,
    Stay,
    Transition,
    Unpaid,
    Visit,
)
from tests.billing.months import a_log, decide, enrolled, found, march, pieces, units
from tests.billing.programs import CASE, a_visit, by_unit, contract, managed

DAY = march(3)
BUSINESS = (march(4), march(5), march(6), march(7), march(10))


def a_discharge(**changes):
    reached = Contact(march(4), True, True, True)
    return replace(Transition(DAY, "inpatient_acute", "home", BUSINESS, (reached,), DAY), **changes)


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


def test_a_birthday_is_the_first_day_of_an_age():
    stays = (Stay(march(1), None, False, "mental_disease_institution"),)
    payer = contract(by_unit())
    assert units(decide(managed(8), payer=payer, stays=stays, born=date(2003, 3, 5), **CASE)) == {"T1017": 1}
    assert units(decide(managed(8), payer=payer, stays=stays, born=date(2003, 3, 4), **CASE)) == {}
    assert units(decide(managed(8), payer=payer, stays=stays, born=date(1960, 3, 4), **CASE)) == {"T1017": 1}
    assert units(decide(managed(8), payer=payer, stays=stays, born=date(1960, 3, 5), **CASE)) == {}


def test_before_release_a_day_counts_only_where_a_court_has_decided_and_at_the_age_that_is_on_record():
    """Nothing recorded is no: neither the court's decision nor that the patient was in foster care."""

    def counts(born, of_the_stay, **of_the_patient):
        stays = (Stay(march(1), march(20), False, "jail", **of_the_stay),)
        decision = decide(managed(8), payer=contract(by_unit()), stays=stays, born=born, **of_the_patient, **CASE)
        return units(decision) == {"T1017": 1}

    at_17, at_22, decided = date(2008, 1, 1), date(2003, 1, 1), {"post_adjudication": True}
    assert (counts(at_17, {}), counts(at_17, decided)) == (False, True)
    assert (counts(at_22, decided), counts(at_22, decided, is_former_foster_youth=True)) == (False, True)


def test_of_two_stays_from_one_day_one_may_still_last():
    stays = (Stay(march(1), None, False, "jail"), Stay(march(1), march(3), False, "jail"))
    for given in (stays, stays[::-1]):
        decision = decide(managed(8), payer=contract(by_unit()), stays=given, **CASE)
        assert pieces(decision.ledger) == [(8, "not_countable", "", 0, "minutes.in_detention")]


def test_the_day_of_death_counts_beside_a_stay():
    stays = (Stay(march(20), march(21), True, "skilled_nursing_facility"),)
    assert units(decide(a_log(20, march(12)), died=march(12), stays=stays)) == {"99490": 1}
    assert units(decide(a_log(20, march(13)), died=march(12), stays=stays)) == {}


def test_without_a_payer_no_days_before_discharge_are_paid():
    stays = (Stay(march(1), march(10), False, "hospital"),)
    decision = decide(managed(8, march(9)), payer=Unpaid("coverage.missing"), stays=stays, **CASE)
    assert pieces(decision.ledger) == [(8, "not_countable", "", 0, "minutes.in_facility")]


def test_a_code_of_a_discharge_that_nobody_recorded_is_refused():
    asked = found(decide(requested=("99495",), enrollments=()))
    assert asked == [("transition.none", "99495", None, None)]


SOCIAL = Assessment(march(4), "sdoh", 5, True, True)


def test_an_earlier_assessment_is_judged_by_the_rules_of_its_own_day():
    """Of social risk in December 2025, when that was what the code meant; nutrition in March 2026 comes too soon after it."""
    made = replace(SOCIAL, on=date(2025, 12, 20)), replace(SOCIAL, on=date(2026, 3, 4), kind="nutrition")
    march_2026 = {"first": date(2026, 3, 1), "last": date(2026, 3, 31), "visits": (a_visit(date(2026, 3, 4)),)}
    again = decide(assessments=made, enrollments=(), **march_2026)
    assert found(again) == [("assessment.too_soon", "G0136", date(2025, 12, 20), date(2026, 6, 20))]
    long_ago = replace(SOCIAL, on=date(2012, 12, 31)), made[1]
    assert units(decide(assessments=long_ago, enrollments=(), **march_2026)) == {"G0136": 1}


def test_an_earlier_assessment_that_was_too_short_uses_nothing_up():
    made = replace(SOCIAL, on=date(2025, 1, 20), minutes=4), SOCIAL
    assert units(decide(assessments=made, visits=(a_visit(march(4)),), enrollments=())) == {"G0136": 1}


def test_an_assessment_on_an_edge_of_the_month_answers_who_asked_for_it():
    for day in (march(1), march(31)):
        made = (replace(SOCIAL, on=day),)
        decision = decide(assessments=made, visits=(a_visit(day),), requested=("G0136",), enrollments=())
        assert (units(decision), found(decision)) == ({"G0136": 1}, [])


def test_before_the_code_of_an_assessment_nothing_else_is_said_of_it():
    made = (replace(SOCIAL, on=date(2023, 3, 4), minutes=4),)
    year = {"first": date(2023, 3, 1), "last": date(2023, 3, 31), "visits": (a_visit(date(2023, 3, 4)),)}
    payer = contract(since=date(2023, 1, 1))
    assert [each[0] for each in found(decide(assessments=made, payer=payer, enrollments=(), **year))] == [
        "code.not_effective"
    ]


def test_each_report_is_of_its_own_code():
    days = {"first": date(2014, 3, 1), "last": date(2014, 3, 31), "enrollments": ()}
    reports = tuple(Report(date(2014, 3, 4), code, True, True) for code in ("G8979", "G8980"))
    assert units(decide(reports=reports, payer=contract(since=date(2014, 1, 1)), **days)) == {"G8979": 1, "G8980": 1}


def opened(*days):
    return tuple(enrolled(march(1), initiating_visit=day, practitioner="ours") for day in days)


def test_extra_planning_is_of_the_first_visit_that_opened_the_service():
    plain = Visit(march(5), "99213", "ours"), Visit(march(9), "99213", "ours")
    planned = tuple(replace(each, extra_planning=True) for each in plain)
    both = opened(march(5), march(9))
    assert [line.earliest for line in decide(visits=planned, enrollments=both).lines] == [march(5)]
    asked = {"requested": ("G0506",)}
    unplanned = decide(visits=plain, enrollments=both, **asked)
    assert ("planning.not_documented", "G0506", march(5), None) in found(unplanned)
    earlier = opened(date(2025, 2, 10), date(2025, 1, 10), None)
    assert ("visit.not_initiating", "G0506", march(5), date(2025, 1, 10)) in found(
        decide(visits=planned, enrollments=earlier, **asked)
    )


def test_extra_planning_on_the_first_day_of_the_code_has_used_it():
    first = date(2017, 1, 1)
    planned = tuple(Visit(day, "99213", "ours", extra_planning=True) for day in (first, march(5)))
    decision = decide(visits=planned, enrollments=opened(first, march(5)))
    assert ("code.once_used", "G0506", first, None) in found(decision)


def test_a_visit_beside_a_session_is_no_news():
    same_day = tuple(Visit(march(3), code, "ours", factors=("caregiver",)) for code in ("90834", "99213"))
    decision = decide(visits=same_day, enrollments=())
    assert (units(decision), found(decision)) == ({"90785": 1}, [])


def test_a_discharge_raises_no_other_program():
    decision = after(a_discharge(), visits=(a_visit(march(7)),))
    assert {each.program for each in (*decision.lines, *decision.findings)} == {"transitional_care"}
    assert decision.terms == "Medicare 2025"


def test_who_asks_for_one_code_has_not_asked_for_what_the_contract_pays_besides():
    asked = decide(requested=("99490",), payer=contract(by_unit()))
    assert {each.code for each in asked.findings} == {"99490"}
    assert decide(a_log(0, program="knitting")).ledger == ()


def test_what_begins_on_one_day_is_decided_alike_in_any_order():
    stays = Stay(march(10), None, is_part_a=True), Stay(march(10), march(12), is_part_a=True)
    decided = [decide(a_log(25, march(11)), stays=each) for each in (stays, stays[::-1])]
    assert decided[0] == decided[1]
    twice = a_discharge(), a_discharge(reconciled=None)
    decided = [after(*each, visits=(a_visit(march(7)),)) for each in (twice, twice[::-1])]
    assert decided[0] == decided[1]
    assert units(decided[0]) == {"99496": 1}
    in_turn = a_discharge(), a_discharge(discharged=march(5), business_days=(march(6), march(7)), reconciled=None)
    decided = [after(*each, visits=(a_visit(march(7)),)) for each in (in_turn, in_turn[::-1])]
    assert decided[0] == decided[1]


def test_minutes_rest_on_the_first_of_what_a_discharge_lacks():
    log = a_log(5, march(5), program="transitional_care")
    decision = after(a_discharge(setting="emergency", contacts=()), visits=(a_visit(march(7)),), logs=(log,))
    assert [each[0] for each in found(decision)][:2] == ["transition.setting", "contact.never_made"]
    assert pieces(decision.ledger) == [(5, "not_billed", "99496", 0, "transition.setting")]


def test_a_call_on_the_day_of_discharge_is_no_visit_of_the_wrong_kind():
    def said(day):
        call = replace(a_visit(day), is_face_to_face=False)
        return found(after(a_discharge(), visits=(call,)))[0][0]

    assert (said(DAY), said(march(4))) == ("transition.visit_missing", "transition.visit_wrong_kind")


def test_a_contract_that_says_nothing_of_the_days_before_discharge_pays_none():
    stays = (Stay(march(1), march(10), False, "hospital"),)
    decision = decide(managed(8, march(9)), payer=contract(by_unit()), stays=stays, **CASE)
    assert pieces(decision.ledger) == [(8, "not_countable", "", 0, "minutes.in_facility")]


def test_a_payer_pays_on_the_first_and_the_last_day_of_each_of_its_spans():
    spans = (march(1), march(10)), (march(20), march(28))
    for day, counted in ((1, True), (10, True), (11, False), (19, False), (20, True), (28, True), (29, False)):
        decision = decide(managed(8, march(day)), payer=contract(by_unit(), spans=spans), **CASE)
        assert units(decision) == ({"T1017": 1} if counted else {}), day
    by_month = replace(by_unit("T2023", "monthly_case_rate"), by_month=True)
    (line,) = decide(managed(5), payer=contract(by_month, spans=spans), **CASE).lines
    assert (line.earliest, line.latest) == (march(1), march(28))


def test_of_a_day_that_is_one_unit_the_unit_takes_its_hour():
    decision = decide(managed(70), payer=contract(by_unit(rounding="day_min_60")), **CASE)
    assert pieces(decision.ledger) == [
        (60, "counted", "T1017", 1, None),
        (10, "above_last_unit", "T1017", 0, "units.below_increment"),
    ]
