"""Which tracks are worth a word beside the one that is billed, and what minutes rest on where none is."""

from datetime import date

import pytest

from billing.rules import Claim, Rulebook, Stay, Visit, evaluate, load_rulebook
from tests.billing.months import a_log, a_month, decide, enrolled, found, march, pieces, terms, units
from tests.billing.programs import CASE, PRIMARY, by_unit, contract, managed
from tests.billing.small_rulebooks import FIRST as BEGIN
from tests.billing.small_rulebooks import NEWER, OTHER, code, loaded, requirement, rulebook, since

PERSONAL = {"discipline": "MD", "staff": "d1"}


def agreed(*programs, **changes):
    return tuple(enrolled(program=program, **changes) for program in programs)


def in_2023(*minutes):
    """A month of the small rulebook, with time in several programs."""
    logs = [a_log(each, date(2023, 3, 4 + n), program=program) for n, (program, each) in enumerate(minutes)]
    programs = agreed(*(program for program, _ in minutes))
    return a_month(*logs, first=date(2023, 3, 1), last=date(2023, 3, 31), enrollments=programs)


def weighed(month: object, rulebook: Rulebook) -> object:
    return evaluate(month, terms(since=date(2023, 1, 1), rates={}), rulebook)


def test_a_practitioner_whose_minutes_do_not_count_is_no_track_to_speak_of():
    """With one minute that counts it is, and then the others are told too."""
    travel = a_log(35, march(5), activity="travel", **PERSONAL)
    decision = decide(a_log(20), travel)
    assert found(decision, "alternative") == []
    assert pieces(decision.ledger)[-1] == (35, "not_countable", "", 0, "minutes.wrong_activity")
    assert found(decide(a_log(20), travel, a_log(1, march(6), **PERSONAL)), "alternative") == [
        ("minutes.not_personal", "99491", 20, "RN"),
        ("minutes.wrong_activity", "99491", 35, "travel"),
        ("minutes.below_threshold", "99491", 1, 30),
    ]


def test_of_a_code_that_is_not_in_force_nothing_is_said_unless_somebody_asks_for_it():
    """G0568 is for this month of the episode, beside primary care that is billed, and begins in 2026."""
    month = {
        "enrollments": agreed("advanced_primary_care", "collaborative_care"),
        "elements": PRIMARY,
        "diagnoses": ("F32.1",),
        "episode_month": {"collaborative_care": 1},
    }
    log, payer = a_log(36, program="collaborative_care"), terms(rates={})
    decision = decide(log, payer=payer, **month)
    assert units(decision) == {"G0557": 1, "99492": 1}
    assert found(decision, "alternative") == [
        ("patient.not_qmb", "G0558", False, True),
        ("code.mutually_exclusive", "G2214", "99492", None),
    ]
    asked = decide(log, payer=payer, requested=("G0568",), **month)
    assert ("code.not_effective", "G0568", march(31), date(2026, 1, 1)) in found(asked, "alternative")


PHYSICIANS = ("agency_type.not_eligible", "G0512", "physician_practice")
ASKED_FOR_G0512 = [
    (*PHYSICIANS, None),
    (*PHYSICIANS, "fqhc / rhc"),
    ("minutes.below_threshold", "G0512", 36, 70),
    (*PHYSICIANS, None),
    (*PHYSICIANS, "fqhc / rhc"),
    ("episode.still_initial", "G0512", 1, 2),
    ("minutes.below_threshold", "G0512", 36, 60),
]


@pytest.mark.parametrize(
    ("code", "year", "episode", "told"),
    [
        ("G0512", 2025, 1, ASKED_FOR_G0512),  # of each of its two tracks
        ("G0569", 2026, 1, [("episode.still_initial", "G0569", 1, 2)]),
        ("G0568", 2026, 2, [("episode.initial_used", "G0568", 2, 1)]),
    ],
)
def test_who_asks_for_another_code_of_collaborative_care_is_told_why_it_is_not_for_this_month(
    code, year, episode, told
):
    decision = decide(
        a_log(36, date(year, 3, 4), program="collaborative_care"),
        payer=terms(rates={}),
        first=date(year, 3, 1),
        last=date(year, 3, 31),
        enrollments=agreed("advanced_primary_care", "collaborative_care"),
        elements=PRIMARY,
        diagnoses=("F32.1",),
        episode_month={"collaborative_care": episode},
        requested=(code,),
    )
    assert [each for each in found(decision, "alternative") if each[1] == code] == told


@pytest.mark.parametrize(
    ("when", "is_told"),
    [([], False), ([requirement("agency_type", since(BEGIN, one_of=["physician_practice"]))], True)],
)
def test_a_code_that_has_ended_is_worth_a_word_where_it_was_for_such_an_agency(when, is_told):
    ended = {"name": "ended", "codes": ["A0003"], "when": when}
    book = loaded(
        ("care.yaml", "codes", "A0003", code("base", since(BEGIN, minutes=20), since(NEWER, retired=True))),
        ("care.yaml", "tracks", [*rulebook()["care.yaml"]["tracks"], ended]),
    )
    told = found(weighed(in_2023(("care", 20)), book), "alternative")
    assert told == ([("code.retired", "A0003", date(2023, 3, 31), date(2022, 1, 1))] if is_told else [])


def test_two_conditions_that_last_just_a_year_are_not_one_condition():
    """The lower level is not for such a patient, and so not a word is said of it."""
    decision = decide(
        payer=terms(rates={}),
        enrollments=agreed("advanced_primary_care"),
        elements=PRIMARY,
        is_qmb=True,
        chronic_conditions=(12, 12),
    )
    assert (units(decision), found(decision)) == ({"G0558": 1}, [])
    assert found(decision, "alternative") == [("code.mutually_exclusive", "G0557", "G0558", None)]


def test_where_levels_are_refused_for_different_reasons_minutes_rest_on_the_one_that_asks_for_least():
    """Its first reason: that this payer pays it as part of something else, and not that it is claimed already."""
    decision = decide(
        a_log(7, program="advanced_primary_care"),
        payer=terms(bundled=frozenset(["G0557"])),
        enrollments=agreed("advanced_primary_care", practitioner="ours"),
        elements=PRIMARY,
        claims=(Claim(march(2), "G0557", "ours"),),
    )
    assert (units(decision), found(decision)) == (
        {},
        [
            ("patient.not_qmb", "G0558", False, True),
            ("claims.excluded", "G0558", "G0557", None),
            ("terms.bundled", "G0557", "Medicare 2025", None),
            ("claims.duplicate", "G0557", "G0557", None),
        ],
    )
    assert pieces(decision.ledger) == [(7, "not_billed", "G0557", 0, "terms.bundled")]


def test_where_one_level_was_tried_minutes_rest_on_its_code():
    """Collaborative care beside primary care in 2026: of its two codes one is for the first month."""
    decision = decide(
        a_log(20, date(2026, 3, 4), program="collaborative_care"),
        payer=terms(rates={}),
        first=date(2026, 3, 1),
        last=date(2026, 3, 31),
        enrollments=agreed("advanced_primary_care", "collaborative_care"),
        elements={**PRIMARY, "collaborative_care": frozenset(["psychiatric_review", "rating_scale"])},
        diagnoses=("F32.1",),
        episode_month={"collaborative_care": 1},
        tracks={"collaborative_care": "beside_primary_care"},
    )
    assert (units(decision), found(decision)) == ({"G0557": 1}, [("registry.missing", "G0568", None, "registry")])
    assert pieces(decision.ledger) == [(20, "not_billed", "G0568", 0, "registry.missing")]


@pytest.mark.parametrize(
    ("cap", "billed", "where"),
    [
        (1, 1, (25, "over_cap", "A0009", 0, "units.over_monthly_cap")),
        (2, 2, (20, "counted", "A0009", 1, None)),
    ],
)
def test_minutes_of_a_code_that_another_program_has_used_up_are_over_its_cap(cap, billed, where):
    book = loaded(
        ("shared_codes.yaml", "codes", "A0009", code("base", since(BEGIN, minutes=20, max_units_month=cap))),
        ("rulebook.yaml", "order", ["other", "care"]),
        ("other.yaml", OTHER),
        ("care.yaml", "tracks", [{"name": "plain", "codes": ["A0009"]}]),
        ("care.yaml", "codes", {}),
    )
    decision = weighed(in_2023(("other", 20), ("care", 25)), book)
    assert sum(line.units for line in decision.lines) == billed
    assert pieces(decision.ledger)[:2] == [(20, "counted", "A0009", 1, None), where]


def test_of_a_session_after_the_code_has_ended_only_that_is_said():
    """Whether the visit was one that takes it is no question any more."""
    book = loaded(
        ("foreign_codes.yaml", "foreign", [{"label": "sessions", "codes": ["90834"]}]),
        ("care.yaml", "beside", ["V0001"]),
        (
            "care.yaml",
            "codes",
            "V0001",
            code("visit", since(BEGIN, visit_has="factor", visits=["90834"]), since(NEWER, retired=True)),
        ),
    )
    session = Visit(date(2023, 3, 4), "99213", "ours", factors=("caregiver",))
    month = a_month(first=date(2023, 3, 1), last=date(2023, 3, 31), enrollments=agreed("care"), visits=(session,))
    told = [each for each in found(weighed(month, book)) if each[1] == "V0001"]
    assert told == [("code.retired", "V0001", date(2023, 3, 31), date(2022, 1, 1))]


@pytest.mark.parametrize("kind", ["hospital", "nursing_facility", "skilled_nursing_facility"])
def test_a_contract_may_pay_for_the_last_days_in_any_facility(kind):
    stays = (Stay(march(1), march(10), False, kind),)
    payer = contract(by_unit(), days_before_discharge=3)
    counted = [
        units(decide(managed(8, march(day)), payer=payer, stays=stays, **CASE)) == {"T1017": 1} for day in (6, 7, 10)
    ]
    assert counted == [False, True, True]


def test_every_track_is_tried_for_some_word_and_discharges_are_not_declared():
    for program in load_rulebook().programs:
        tried = {track for tracks in program.declared.values() for track in tracks}
        assert tried == {track.name for track in program.tracks}, program.program
        if program.decided_by == "discharge":
            assert program.by_facts, program.program
