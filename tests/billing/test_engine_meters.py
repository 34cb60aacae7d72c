"""The meter of every program, and who pays for a month."""

from datetime import date

import pytest
from msgspec.structs import replace

from billing.rules import (
    Assessment,
    Claim,
    Coverage,
    Terms,
    Unpaid,
    Visit,
    payer_of_month,
    progress,
)
from tests.billing.months import FIRST, LAST, RULEBOOK, a_log, a_month, decide, enrolled, found, march, pieces, units
from tests.billing.programs import CASE, MANAGED, PRIMARY, a_visit, billed, by_unit, contract, managed


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
    begun = date(2026, 1, 10)
    later = decide(
        first=date(2026, 3, 1),
        last=date(2026, 3, 31),
        enrollments=(enrolled(begun, program="collaborative_care", initiating_visit=begun),),
        elements=PRIMARY,
        diagnoses=("F32.1",),
        tracks={"collaborative_care": "beside_primary_care"},
        episode_month={"collaborative_care": 2},
    )
    assert [each[:2] for each in found(later)] == [("episode.initial_used", "G0568"), ("base.missing", "G0568")]


def test_what_another_track_would_support_rests_on_the_rule_of_one_family():
    decision = decide(a_log(60), complexity={"chronic_care": "high"})
    assert [(each.id, each.code, each.rule) for each in decision.findings] == [
        ("code.mutually_exclusive", "99487", "chronic_care.one_family")
    ]


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


def meter_of(*logs, program="chronic_care", payer=None, **facts):
    payer = payer or contract()
    return progress(decide(*logs, payer=payer, **facts), a_month(*logs, **facts), payer, RULEBOOK, program)


def test_a_meter_without_a_threshold_has_no_goal():
    refused = meter_of(a_log(5), payer=contract(not_covered=frozenset(["99490"])))
    assert (refused.minutes, refused.steps, refused.most, refused.goal, refused.next) == (5, (), 0, 0, None)
    managed_ = meter_of(managed(8), program=MANAGED, payer=contract(by_unit()), **CASE)
    assert (managed_.minutes, managed_.steps, managed_.billed, managed_.instead) == (8, (), {"T1017": 1}, ())
    level = meter_of(program="advanced_primary_care", enrollments=(enrolled(program="advanced_primary_care"),))
    assert (level.steps, level.most) == ((), 0)


def test_a_code_without_a_cap_has_a_threshold_ahead_however_many_are_reached():
    complex_ = {"complexity": {"chronic_care": "high"}, "tracks": {"chronic_care": "complex"}}
    for minutes, thresholds in ((89, [60, 90]), (90, [60, 90, 120])):
        assert [each.minutes for each in meter_of(a_log(minutes), **complex_).steps] == thresholds


def test_a_meter_tells_what_is_billed_until_its_own_threshold_is_reached():
    """Of the program's own minutes: neither a code of a visit nor one of another program is told."""
    both = tuple(enrolled(march(4), program=each, initiating_visit=march(4), practitioner="ours") for each in TWO)
    facts = {"enrollments": both, "diagnoses": ("F32.1",), "tracks": {"chronic_care": "complex"}}
    facts |= {
        "complexity": {"chronic_care": "high"},
        "visits": (Visit(march(4), "99213", "ours", extra_planning=True),),
    }
    meter = meter_of(a_log(25), a_log(20, march(6), program="behavioral_health"), **facts)
    assert (meter.billed, meter.instead) == ({"99490": 1, "G0506": 1}, ("99490",))
    assert meter.steps[0].code == "99487"


TWO = ("chronic_care", "behavioral_health")


def test_a_payer_who_wants_full_units_moves_the_threshold():
    facts = {"enrollments": (enrolled(program="collaborative_care"),), "episode_month": {"collaborative_care": 1}}
    for full, first in ((frozenset(), 36), (frozenset(["collaborative_care"]), 70)):
        meter = meter_of(program="collaborative_care", payer=contract(full_time=full), **facts)
        assert meter.steps[0].minutes == first


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
    after_a_gap = of(
        cover("blue", last=march(3)), cover("blue", march(11), march(20)), cover("blue", march(21)), blue=BLUE
    )
    assert after_a_gap.spans == ((FIRST, march(3)), (march(11), LAST))
    a_day_apart = of(cover("blue", last=march(10)), cover("blue", march(12)), blue=BLUE)
    assert a_day_apart.spans == ((FIRST, march(10)), (march(12), LAST))
    assert of(cover("blue", LAST), blue=BLUE).spans == ((LAST, LAST),)
    elsewhen = cover("state", last=date(2025, 2, 28)), cover("state", date(2025, 4, 5))
    assert of(cover("blue"), *elsewhen, blue=BLUE, state=STATE) == BLUE


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
    assert of(cover("blue", last=march(20)), blue=(old, new)).contract == "new"
    overlapping = replace(new, since=march(10))
    assert of(cover("blue"), blue=(old, overlapping)) == Unpaid("terms.ambiguous", "old / new")
    endless = replace(old, until=None)
    assert of(cover("blue"), blue=(endless, replace(new, since=LAST))) == Unpaid("terms.ambiguous", "old / new")
