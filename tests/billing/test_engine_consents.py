"""Consents, what the payer says of a code, and what facts decide."""

from datetime import date

import pytest
from msgspec.structs import replace

from billing.rules import (
    Claim,
    Terms,
    Visit,
    book,
)
from billing.rules.criteria import failure
from billing.rules.decision import Authority
from tests.billing.months import a_log, a_month, decide, enrolled, found, march, pieces, units
from tests.billing.programs import PRIMARY, two


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


@pytest.mark.parametrize(("first", "last"), [("a", "b"), ("b", "a")])
def test_the_month_is_that_of_the_practitioner_whom_the_patient_agreed_with_last(first, last):
    to_both = two({"practitioner": first}, {"consent": march(31), "practitioner": last})
    assert found(decide(a_log(20), enrollments=to_both))[0][:2] == ("minutes.other_practitioner", "99490")
    later = two({"practitioner": last, "consent": date(2025, 2, 1)}, {"practitioner": first})
    own = decide(a_log(20), enrollments=later, claims=(Claim(march(9), "99490", last),))
    assert found(own)[0][:3] == ("claims.duplicate", "99490", "99490")


def test_where_nobody_agreed_the_month_is_the_last_named_practitioners():
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


def test_who_agrees_again_waits_for_no_visit_that_the_first_consent_did_not_wait_for():
    """Two consents hold: the older was opened by its visit, and the visit that would open the newer is yet to come."""
    older = {"consent": date(2020, 1, 10), "initiating_visit": date(2020, 1, 10)}
    newer = {"consent": march(10), "initiating_visit": march(20)}
    assert units(decide(a_log(20, march(12)), enrollments=two(older, newer))) == {"99490": 1}
    alone = decide(a_log(20, march(12)), enrollments=(enrolled(**newer),))
    assert pieces(alone.ledger) == [(20, "not_countable", "", 0, "minutes.before_visit")]


def test_of_a_condition_of_which_nobody_said_how_long_it_lasts_no_month_is_told():
    elements = {"principal_care": frozenset(["condition", "high_risk"])}
    decision = decide(
        a_log(30, program="principal_care"), enrollments=(enrolled(program="principal_care"),), elements=elements
    )
    assert found(decision) == [("conditions.not_lasting", "99426", 0, 3)]


def test_primary_care_that_was_agreed_to_again():
    here = {"elements": {"advanced_primary_care": frozenset(["elements_available"])}, "requested": ("G0557",)}
    gone = enrolled(program="advanced_primary_care", revoked=date(2025, 2, 3))
    again = replace(gone, consent=march(31), revoked=None, initiating_visit=march(31))
    assert units(decide(enrollments=(gone, again), **here)) == {"G0557": 1}
    later = replace(again, consent=date(2025, 4, 1))
    assert ("consent.ended", "G0557", date(2025, 2, 28), None) in found(decide(enrollments=(gone, later), **here))


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


def test_a_month_that_is_said_to_be_two_programs_asks_which_of_them_it_is():
    both = ("advanced_primary_care", "chronic_care")
    facts = {"enrollments": tuple(enrolled(program=each) for each in both), "elements": PRIMARY}
    twice = decide(a_log(20), programs_for_month=both, **facts)
    assert (units(twice), found(twice)) == ({"G0557": 1}, [("program.undeclared", "99490", "G0557", None)])
    once = decide(a_log(20), programs_for_month=both[:1], **facts)
    assert (units(once), found(once)) == ({"G0557": 1}, [("code.mutually_exclusive", "99490", "G0557", None)])


def test_a_program_that_a_said_one_could_be_added_to_comes_after_all_that_were_said():
    """Collaborative care can stand beside primary care; people said chronic care and it, and not primary care."""
    said = ("chronic_care", "collaborative_care")
    decision = decide(
        a_log(20),
        a_log(36, program="collaborative_care"),
        programs_for_month=said,
        enrollments=tuple(enrolled(program=program) for program in ("advanced_primary_care", *said)),
        elements=PRIMARY,
        diagnoses=("F32.1",),
        episode_month={"collaborative_care": 1},
    )
    assert units(decision) == {"99490": 1, "99492": 1}
    assert ("code.mutually_exclusive", "G0557", "99490", None) in found(decision)


def test_a_level_that_the_payer_does_not_cover_is_not_billed_as_a_lower_one():
    payer = Terms("narrow", date(2025, 1, 1), not_covered=frozenset(["G0557"]))
    primary = {"enrollments": (enrolled(program="advanced_primary_care"),), "elements": PRIMARY}
    decision = decide(payer=payer, **primary)
    assert units(decision) == {}
    assert ("terms.not_covered", "G0557", "narrow", None) in found(decision)
    assert units(decide(payer=payer, chronic_conditions=(12, 11), **primary)) == {"G0556": 1}


def test_what_facts_decide_is_no_choice_of_peoples():
    """Level 3 was not declared by anybody: that the patient is not one for it is said as of an alternative."""
    decision = decide(enrollments=(enrolled(program="advanced_primary_care"),), elements=PRIMARY, requested=("G0558",))
    assert units(decision) == {"G0557": 1}
    assert found(decision) == []
    assert found(decision, "alternative") == [("patient.not_qmb", "G0558", False, True)]
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


def test_what_is_counted_is_told_as_counted():
    """Of three conditions two last a year; and where nobody said how long one lasts, that is no month."""
    primary = {"enrollments": (enrolled(program="advanced_primary_care"),), "elements": PRIMARY}
    level = decide(chronic_conditions=(12, 24, 3), requested=("G0556",), **primary)
    assert ("conditions.too_many", "G0556", 2, 1) in found(level, "alternative")
    principal = {"principal_care": frozenset(["condition", "high_risk"])}
    log = a_log(30, program="principal_care")
    unsaid = decide(log, enrollments=(enrolled(program="principal_care"),), elements=principal)
    assert found(unsaid) == [("conditions.not_lasting", "99426", 0, 3)]


def test_minutes_rest_on_what_all_levels_lack_and_not_on_what_stands_against_the_first_alone():
    decision = decide(
        a_log(5, program="advanced_primary_care"),
        enrollments=(enrolled(program="advanced_primary_care"),),
        is_qmb=True,
        payer=Terms("narrow", date(2025, 1, 1), not_covered=frozenset(["G0558"])),
    )
    assert found(decision)[0] == ("terms.not_covered", "G0558", "narrow", None)
    assert pieces(decision.ledger) == [(5, "not_billed", "", 0, "elements.not_available")]


def test_of_two_ways_to_meet_a_requirement_none_is_told_as_the_one_that_is_missing():
    ways = tuple((book.Test("elements", "has", element, 0, by_program=True),) for element in ("registry", "plan"))
    asked = book.Requirement(ways, "registry.missing", None, Authority("OWN", date(2013, 1, 1), "either"))
    assert failure(asked, a_month(), "health_home") == ("registry.missing", None, None)
    either = a_month(elements={"health_home": frozenset(["plan"])})
    assert failure(asked, either, "health_home") is None


def test_a_track_whose_minutes_suffice_says_what_it_lacks_and_one_without_a_code_nothing():
    assert found(decide(a_log(60)), "alternative") == [("complexity.not_documented", "99487", None, "moderate / high")]
    begun = (enrolled(date(2016, 1, 10), initiating_visit=date(2016, 1, 10)),)
    before = {"first": date(2016, 3, 1), "last": date(2016, 3, 31), "enrollments": begun}
    payer = Terms("2016", date(2016, 1, 1))
    early = decide(a_log(60, date(2016, 3, 4)), payer=payer, complexity={"chronic_care": "high"}, **before)
    assert found(early, "alternative") == []


def test_minutes_that_do_not_count_are_told_with_the_first_of_their_kind():
    logs = a_log(5, activity="voicemail_left"), a_log(6, march(5), activity="travel")
    assert found(decide(*logs))[0] == ("minutes.wrong_activity", "99490", 11, "voicemail_left")


def test_an_add_on_is_not_told_where_more_than_room_is_lacking():
    both = tuple(enrolled(program=each) for each in ("advanced_primary_care", "chronic_care"))
    decision = decide(a_log(45), enrollments=both, elements=PRIMARY, chronic_conditions=(24,))
    assert units(decision) == {"G0556": 1}
    assert {each[1] for each in found(decision)} == {"99490"}
    assert {each[0] for each in found(decision)} == {"conditions.too_few", "program.undeclared"}
    alone = decide(a_log(45), enrollments=both, elements=PRIMARY)
    assert {each[1] for each in found(alone)} == {"99490", "99439"}


def test_the_minutes_of_a_refused_month_rest_on_the_first_reason():
    lacking = decide(a_log(20), care_plan_current=False, risk_attested=False)
    assert pieces(lacking.ledger) == [(20, "not_billed", "99490", 0, "conditions.risk_not_attested")]
    log = a_log(5, program="advanced_primary_care")
    unready = {"enrollments": (enrolled(program="advanced_primary_care", initiating_visit=None),)}
    every_level = decide(log, is_qmb=True, **unready)
    assert pieces(every_level.ledger) == [(5, "not_billed", "", 0, "elements.not_available")]
