"""Complex care, the practitioner's own time and G0506, beside care by staff: what is billed, what is said, where minutes went."""

from datetime import date

import pytest
from msgspec.structs import replace

from billing.rules import FOR_LIFE, Claim, Stay, Visit, evaluate, load_rulebook, progress
from billing.rules.rulebook import FOLDER
from tests.billing.months import LAST, RULEBOOK, a_log, a_month, decide, enrolled, found, march, pieces, terms, units
from tests.billing.test_rulebook import changed

COMPLEX, PERSONAL = {"tracks": {"chronic_care": "complex"}}, {"tracks": {"chronic_care": "practitioner"}}
JUDGED = COMPLEX | {"complexity": {"chronic_care": "moderate"}}


FOURTH = march(4)


def md(minutes, day=FOURTH, **changes):
    return a_log(minutes, day, discipline="MD", staff="d1", **changes)


def test_a_complex_month_names_its_units_and_what_the_rest_lacks():
    decision = decide(a_log(100), **JUDGED)

    assert units(decision) == {"99487": 1, "99489": 1}
    assert pieces(decision.ledger) == [
        (60, "counted", "99487", 1, None),
        (30, "counted", "99489", 1, None),
        (10, "above_last_unit", "99489", 0, "units.below_increment"),
    ]
    assert found(decision) == [("units.below_increment", "99489", 10, 30)]
    assert found(decision, "alternative") == [
        ("code.mutually_exclusive", "99490", "99487", None),
        ("code.mutually_exclusive", "99439", "99487", None),
    ]


@pytest.mark.parametrize(
    ("judged", "said"),
    [
        ({}, ("complexity.not_documented", "99487", None, "moderate / high")),
        ({"chronic_care": ""}, ("complexity.not_documented", "99487", None, "moderate / high")),
        ({"chronic_care": "low"}, ("complexity.too_low", "99487", "low", "moderate / high")),
        ({"another_program": "high"}, ("complexity.not_documented", "99487", None, "moderate / high")),
    ],
)
def test_without_the_judgement_a_complex_month_is_billed_as_staff_time(judged, said):
    decision = decide(a_log(60), complexity=judged, **COMPLEX)

    assert units(decision) == {"99490": 1, "99439": 2}
    assert found(decision) == [said]
    assert {each.code for each in decision.ledger} == {"99490", "99439"}


def test_left_over_minutes_rest_on_the_declared_tracks_own_reason():
    """Weighed on the same full pool: the track that was tried first is not refused for minutes that another has used."""
    short = decide(a_log(19), **JUDGED)
    assert found(short) == [("minutes.below_threshold", "99487", 19, 60), ("minutes.below_threshold", "99490", 19, 20)]
    assert pieces(short.ledger) == [(19, "below_threshold", "99487", 0, "minutes.below_threshold")]

    refused = decide(a_log(65), risk_attested=False, **JUDGED)
    assert pieces(refused.ledger) == [(65, "not_billed", "99487", 0, "conditions.risk_not_attested")]


def test_a_track_nobody_declared_is_named_only_where_it_is_in_question():
    assert found(decide(a_log(59)), "alternative") == []
    assert found(decide(a_log(60)), "alternative") == [("complexity.not_documented", "99487", None, "moderate / high")]
    judged = {"complexity": {"chronic_care": "high"}}
    assert found(decide(a_log(59), **judged), "alternative") == [("minutes.below_threshold", "99487", 59, 60)]
    assert found(decide(a_log(60), **judged), "alternative") == [("code.mutually_exclusive", "99487", "99490", None)]
    assert found(decide(a_log(15), md(5)), "alternative") == [
        ("minutes.not_personal", "99491", 15, "RN"),
        ("minutes.below_threshold", "99491", 5, 30),
    ]
    assert found(decide(md(30)), "alternative") == [("code.mutually_exclusive", "99491", "99490", None)]


def test_a_practitioners_month_counts_what_the_practitioner_gave():
    decision = decide(md(30), a_log(25, march(5)), md(35, march(9)), **PERSONAL)

    assert units(decision) == {"99491": 1, "99437": 1}
    assert pieces(decision.ledger) == [
        (30, "counted", "99491", 1, None),
        (25, "not_countable", "", 0, "minutes.not_personal"),
        (30, "counted", "99437", 1, None),
        (5, "above_last_unit", "99437", 0, "units.below_increment"),
    ]


def test_a_practitioners_short_month_is_billed_as_nothing_and_says_what_the_facts_would_support():
    decision = decide(md(29), **PERSONAL)

    assert units(decision) == {}
    assert found(decision) == [("minutes.below_threshold", "99491", 29, 30)]
    assert found(decision, "alternative") == [("track.not_declared", "99490", "practitioner", "clinical_staff")]
    assert pieces(decision.ledger) == [(29, "below_threshold", "99491", 0, "minutes.below_threshold")]
    assert units(decide(md(29))) == {"99490": 1}  # as staff minutes they count


def test_in_a_meeting_the_time_is_the_practitioners_on_their_track_and_one_persons_on_the_others():
    meeting = (a_log(30, start="10:00"), md(30, start="10:00"))

    own = decide(*meeting, **PERSONAL)
    assert units(own) == {"99491": 1}
    assert [(each.minutes, each.reason) for each in own.ledger] == [(30, "minutes.not_personal"), (30, None)]
    assert units(decide(*meeting)) == {"99490": 1}
    assert sum(each.minutes for each in decide(*meeting).ledger if each.reason == "minutes.two_staff_same_time") == 30


def test_a_code_asked_for_is_answered_whatever_was_declared():
    for code, base in (("99489", "99487"), ("99437", "99491")):
        assert ("base.missing", code, None, base) in [
            (each.id, each.code, each.have, each.need) for each in decide(a_log(25), requested=(code,)).findings
        ]
    asked = decide(a_log(25), requested=("99491",), **JUDGED)
    assert ("minutes.below_threshold", "99491", 0, 30) in found(asked, "alternative")


def test_the_consent_to_another_practitioner_covers_no_minute_of_this_ones_month():
    consents = (
        enrolled(practitioner="before", revoked=march(12)),
        enrolled(march(14), practitioner="now", initiating_visit=None),
    )
    decision = decide(a_log(20, march(5)), a_log(15, march(14)), enrollments=consents)

    assert pieces(decision.ledger) == [
        (20, "not_countable", "", 0, "minutes.other_practitioner"),
        (15, "below_threshold", "99490", 0, "minutes.below_threshold"),
    ]
    assert found(decision) == [
        ("minutes.other_practitioner", "99490", 20, None),
        ("minutes.below_threshold", "99490", 15, 20),
    ]
    same = tuple(replace(each, practitioner="now") for each in consents)
    assert units(decide(a_log(20, march(5)), enrollments=same)) == {"99490": 1}


def test_conditions_that_do_not_last_a_year_are_told_from_conditions_that_are_missing():
    assert found(decide(a_log(20), chronic_conditions=(FOR_LIFE,))) == [("conditions.too_few", "99490", 1, 2)]
    assert found(decide(a_log(20), chronic_conditions=(FOR_LIFE, 11))) == [("conditions.too_short", "99490", 1, 12)]
    assert units(decide(a_log(20), chronic_conditions=(12, 12))) == {"99490": 1}
    assert units(decide(a_log(20), chronic_conditions=(3, 12, FOR_LIFE))) == {"99490": 1}


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        (Claim(march(31), "99491", ""), ("claims.another_practitioner", "99490", "99491", None)),
        (Claim(march(1), "99490", "of another colleague"), ("claims.another_practitioner", "99490", "99490", None)),
        (Claim(march(1), "99490", "dr"), ("claims.duplicate", "99490", "99490", None)),
        (Claim(march(1), "99487", "dr"), ("claims.excluded", "99490", "99487", None)),
        (Claim(march(1), "90960", "dr"), ("claims.excluded", "99490", "90960", None)),
        (Claim(march(1), "90960", ""), None),
        (Claim(date(2025, 2, 28), "99490", ""), None),
        (Claim(date(2025, 4, 1), "99490", ""), None),
        (Claim(march(1), "99214", ""), None),
    ],
)
def test_what_a_claim_says_against_a_month(claim, said):
    decision = decide(a_log(25), enrollments=(enrolled(practitioner="dr"),), claims=(claim, claim))

    assert found(decision) == ([said] if said else [("units.below_increment", "99439", 5, 20)])
    assert {each.bucket for each in decision.ledger} == ({"not_billed"} if said else {"counted", "above_last_unit"})


def test_nobody_known_as_the_practitioner_makes_no_claim_ours():
    assert found(decide(a_log(20), claims=(Claim(march(1), "G0181", ""),)))[0][0] == "units.below_increment"
    assert found(decide(a_log(20), claims=(Claim(march(1), "99490", ""),)))[0][0] == "claims.another_practitioner"


def test_the_edge_days_of_a_stay_follow_the_rulebooks_convention(tmp_path):
    outside = "admission_day: outside, discharge_day: outside"
    folder = changed(tmp_path, ("chronic_care.yaml", "admission_day: inside, discharge_day: inside", outside))
    stay = Stay(march(10), march(20), is_part_a=True)

    def billed(rulebook, day, **changes):
        facts = {"stays": (replace(stay, **changes),)}
        return units(evaluate(a_month(a_log(20, march(day)), **facts), terms(), rulebook)) == {"99490": 1}

    days = (9, 10, 15, 20, 21)
    assert [billed(load_rulebook(FOLDER), day) for day in days] == [True, False, False, False, True]
    assert [billed(load_rulebook(folder), day) for day in days] == [True, True, False, True, True]
    assert [billed(RULEBOOK, day, last=None) for day in days] == [True, False, False, False, False]
    assert [billed(RULEBOOK, day, is_part_a=False) for day in days] == [True] * 5


def test_minutes_inside_a_stay_say_since_when():
    stays = (Stay(march(10), None, is_part_a=True), Stay(march(8), march(12), is_part_a=True))
    decision = decide(a_log(25, march(11)), stays=stays)

    assert found(decision)[0] == ("minutes.inside_stay", "99490", 25, march(8))


VISIT = Visit(march(5), "99214", "dr", True, True)
STARTED = {"enrollments": (enrolled(march(5), initiating_visit=march(5), practitioner="dr"),)}


def g0506(*visits, requested=("G0506",), payer=None, **changes):
    decision = decide(payer=payer, visits=visits, requested=requested, **STARTED | changes)
    return [each for each in decision.lines if each.code == "G0506"], [
        each for each in found(decision) if each[1] == "G0506"
    ]


def test_g0506_is_billed_on_the_day_of_the_visit_and_uses_no_minutes():
    [line], said = g0506(VISIT, requested=())
    assert (line.units, line.earliest, line.latest, line.logs, said) == (1, march(5), march(5), (), [])
    assert units(decide(a_log(20, march(9)), visits=(VISIT,), **STARTED)) == {"99490": 1, "G0506": 1}


@pytest.mark.parametrize(
    ("visits", "said"),
    [
        ((), ("visit.missing", "G0506", None, None)),
        ((replace(VISIT, practitioner=""),), ("visit.missing", "G0506", None, None)),
        ((replace(VISIT, code="99211"),), ("visit.missing", "G0506", None, None)),
        ((replace(VISIT, is_face_to_face=False),), ("visit.missing", "G0506", None, None)),
        ((replace(VISIT, on=march(7)),), ("visit.not_initiating", "G0506", march(7), march(5))),
        ((replace(VISIT, extra_planning=False),), ("planning.not_documented", "G0506", march(5), None)),
    ],
)
def test_what_g0506_asks_of_a_visit(visits, said):
    assert g0506(*visits) == ([], [said])
    assert g0506(*visits, requested=()) == ([], [])  # an ordinary visit raises no question


def test_g0506_is_used_up_by_the_visit_or_the_claim_that_used_it():
    earlier = replace(VISIT, on=date(2023, 6, 1))
    first = enrolled(date(2023, 6, 1), revoked=date(2024, 1, 1), initiating_visit=date(2023, 6, 1), practitioner="dr")
    both = {"enrollments": (first, *STARTED["enrollments"])}

    assert g0506(VISIT, earlier, **both) == ([], [("code.once_used", "G0506", date(2023, 6, 1), None)])
    assert len(g0506(VISIT, replace(earlier, extra_planning=False), **both)[0]) == 1
    assert len(g0506(VISIT, replace(earlier, practitioner="another"), **both)[0]) == 1
    claimed = Claim(date(2020, 2, 2), "G0506", "dr")
    assert g0506(VISIT, claims=(claimed,)) == ([], [("code.once_used", "G0506", date(2020, 2, 2), None)])
    assert len(g0506(VISIT, claims=(replace(claimed, practitioner=""),))[0]) == 1


@pytest.mark.parametrize(
    "payer",
    [
        terms(until=march(4)),
        terms(since=march(6)),
        terms(spans=((march(6), LAST),)),
    ],
)
def test_g0506_needs_a_payer_on_the_day_of_the_visit(payer):
    assert g0506(VISIT, payer=payer) == ([], [("visit.not_payable", "G0506", march(5), None)])


def test_the_meter_follows_the_track_that_can_be_billed():
    def meter(*logs, **changes):
        month = a_month(*logs, **changes)
        state = progress(evaluate(month, terms(), RULEBOOK), month, terms(), RULEBOOK)
        return state.minutes, state.goal, [(step.code, step.minutes) for step in state.steps]

    assert meter(a_log(45), **JUDGED) == (45, 60, [("99487", 60)])
    assert meter(a_log(95), **JUDGED)[2] == [("99487", 60), ("99489", 90), ("99489", 120)]
    assert meter(a_log(45), **COMPLEX) == (45, 60, [("99490", 20), ("99439", 40), ("99439", 60)])
    assert meter(md(20), a_log(30, march(5)), **PERSONAL) == (20, 30, [("99491", 30)])
