"""The other lawful sets of one month: what each pays, what would have to be declared or documented for it, and in which order."""

from datetime import date
from decimal import Decimal
from importlib import import_module

import pytest
from msgspec.structs import replace

from billing.rules import Enrollment, OtherTrack, Unpaid, alternatives, evaluate
from tests.billing.months import RULEBOOK, a_log, a_month, enrolled, found, terms, units

RATES = {"99490": Decimal("60.49"), "99439": Decimal("45.93"), "99487": Decimal("131.65"), "99491": Decimal("82.16")}
MEDICARE = terms(rates=RATES)
JUDGED = {"complexity": {"chronic_care": "moderate"}}
ALL = (
    "advanced_primary_care",
    "chronic_care",
    "principal_care",
    "collaborative_care",
    "behavioral_health",
    "community_health",
    "illness_navigation",
)


def sets(*logs, payer=MEDICARE, **changes):
    return alternatives(a_month(*logs, **changes), payer, RULEBOOK)


def said(alternative):
    return units(alternative), alternative.amount


def collisions(alternative):
    return [(each.program, each.of) for each in alternative.programs]


def of(program, minutes, **changes):
    return a_log(minutes, program=program, **changes)


def consented(*programs):
    return tuple(Enrollment(each, date(2025, 1, 1), initiating_visit=date(2025, 1, 1)) for each in programs)


def test_sixty_minutes_of_staff_are_staff_time_or_complex_care_as_people_declare():
    declared, other = sets(a_log(60), **JUDGED)

    assert said(declared) == ({"99490": 1, "99439": 2}, Decimal("152.35"))
    assert said(other) == ({"99487": 1}, Decimal("131.65"))
    assert (declared.is_declared, other.is_declared) == (True, False)
    assert other.tracks == (OtherTrack("chronic_care", "clinical_staff", "complex"),)
    assert (other.programs, other.missing) == ((), ())


def test_the_declared_set_stands_first_whatever_it_pays_and_the_others_by_their_codes():
    by_complex = sets(a_log(60, discipline="MD"), tracks={"chronic_care": "complex"}, **JUDGED)

    assert [said(each) for each in by_complex] == [
        ({"99487": 1}, Decimal("131.65")),
        ({"99490": 1, "99439": 2}, Decimal("152.35")),
        ({"99491": 1, "99437": 1}, None),
    ]


def test_a_code_without_a_rate_leaves_the_set_without_an_amount_and_is_named():
    _, other = sets(a_log(60), payer=terms(), **JUDGED)

    assert (other.amount, other.unpriced) == (None, ("99487",))


def test_a_month_that_can_be_nothing_else_is_decided_once(monkeypatch):
    asked = counted(monkeypatch)

    assert [said(each) for each in sets(a_log(25))] == [({"99490": 1}, Decimal("60.49"))]
    assert len(asked) == 1
    assert [said(each) for each in sets(a_log(60, discipline="MD"), payer=Unpaid("coverage.missing"))] == [({}, 0)]


def before(year, **changes):
    return {"first": date(year, 3, 1), "last": date(year, 3, 31), **changes}


BEHAVIORAL = {
    "enrollments": consented("behavioral_health"),
    "diagnoses": ("F32.1",),
    "elements": {"behavioral_health": frozenset(["service_furnished"])},
}


@pytest.mark.parametrize(
    ("logs", "changes"),
    [
        ([a_log(35)], {}),  # a nurse's minutes are no practitioner's
        ([a_log(25), of("elsewhere", 35, discipline="MD")], {}),  # nor are those of another program
        ([a_log(60, date(2016, 3, 4))], before(2016, **JUDGED)),  # complex care is payable from 2017 on
        ([a_log(60, date(2020, 3, 4))], before(2020, agency_type="fqhc", **JUDGED)),  # a health center has one code
        ([a_log(60)], {"chronic_conditions": (24,), **JUDGED}),  # no declaration makes a second condition
        ([of("behavioral_health", 25, discipline="LCSW")], BEHAVIORAL | {"billed_by": {"behavioral_health": "MD"}}),
        (
            [of("behavioral_health", 25, date=date(2026, 3, 4))],  # nothing is billed that it could be beside
            before(2026, **BEHAVIORAL),
        ),
        (
            [a_log(20)],  # what primary care leaves no room for lacks consent as well
            {
                "enrollments": (*consented("advanced_primary_care"), enrolled(None)),
                "elements": {"advanced_primary_care": frozenset(["elements_available"])},
            },
        ),
    ],
)
def test_what_no_declaration_would_bill_is_not_tried(monkeypatch, logs, changes):
    asked = counted(monkeypatch)

    assert len(sets(*logs, **changes)) == 1
    assert len(asked) == 1


def test_what_has_fewer_units_of_the_same_codes_is_no_other_set():
    """Declared complex and judged low, the month is staff time either way; the practitioner's own track would earn nothing."""
    assert len(sets(a_log(65), complexity={"chronic_care": "low"}, tracks={"chronic_care": "complex"})) == 1


def test_without_the_judgement_the_complex_set_is_not_supported_and_says_what_stands_against_it():
    declared, almost = sets(a_log(60))

    assert units(declared) == {"99490": 1, "99439": 2}
    assert said(almost) == ({"99487": 1}, Decimal("131.65"))
    assert [(each.id, each.code) for each in almost.missing] == [("complexity.not_documented", "99487")]
    assert almost.tracks == (OtherTrack("chronic_care", "clinical_staff", "complex"),)


def test_too_few_minutes_or_two_documents_are_no_other_set():
    assert len(sets(a_log(59))) == 1
    assert [units(each) for each in sets(a_log(19), care_plan_current=False)] == [{}]
    assert [units(each) for each in sets(a_log(60), care_plan_current=False, risk_attested=False)] == [{}]
    assert [units(each) for each in sets(a_log(60), care_plan_current=False)] == [{}, {"99490": 1, "99439": 2}]


def test_a_consent_a_visit_or_a_diagnosis_is_no_document():
    """Writing does not make an event: what would need one is told on the ledger and not as a set."""
    for missing in (
        {"enrollments": (enrolled(None),)},
        {"enrollments": (enrolled(initiating_visit=None),)},
        {"chronic_conditions": (24,)},
        {"complexity": {"chronic_care": "low"}, "tracks": {"chronic_care": "complex"}, "chronic_conditions": ()},
    ):
        assert len(sets(a_log(60), **missing)) == 1


def test_of_programs_that_leave_each_other_no_room_each_is_told_and_the_others_named():
    both = {"enrollments": consented("chronic_care", "principal_care"), "condition_months": {"principal_care": 12}}
    both["elements"] = {"principal_care": frozenset(["condition", "high_risk"])}
    logs = a_log(20), of("principal_care", 30)

    declared, other = sets(*logs, **both)
    assert (units(declared), units(other)) == ({"99490": 1}, {"99426": 1})
    assert collisions(other) == [("principal_care", ("chronic_care",))]
    assert (other.programs[0].finding.rule, other.programs[0].finding.cite) == (
        "principal_care.excluded_by.chronic_care",
        "PCM",
    )

    declared, other = sets(*logs, **both, programs_for_month=("principal_care",))
    assert (units(declared), units(other)) == ({"99426": 1}, {"99490": 1})
    assert collisions(other) == [("chronic_care", ("principal_care",))]

    names = {"chronic_care": "dr a", "principal_care": "dr b"}
    theirs = tuple(replace(each, practitioner=names[each.program]) for each in both["enrollments"])
    assert [units(each) for each in sets(*logs, **both | {"enrollments": theirs})] == [{"99490": 1, "99426": 1}]


def test_two_collisions_in_one_month_are_four_sets():
    programs = ("chronic_care", "principal_care", "collaborative_care", "behavioral_health")
    found_ = sets(
        *(a_log(20), of("principal_care", 30), of("collaborative_care", 31), of("behavioral_health", 20)),
        enrollments=consented(*programs),
        condition_months={"principal_care": 12},
        diagnoses=("F32.1",),
        episode_month={"collaborative_care": 2},
        elements={
            "principal_care": frozenset(["condition", "high_risk"]),
            "collaborative_care": frozenset(["registry", "psychiatric_review", "rating_scale"]),
        },
    )
    assert [tuple(units(each)) for each in found_] == [
        ("99490", "99493"),
        ("99426", "99484"),
        ("99426", "99493"),
        ("99490", "99484"),
    ]
    principal, behavioral = ("principal_care", ("chronic_care",)), ("behavioral_health", ("collaborative_care",))
    assert [set(collisions(each)) for each in found_[1:]] == [{principal, behavioral}, {principal}, {behavioral}]


COLLABORATIVE = {
    "diagnoses": ("F32.1",),
    "episode_month": {"collaborative_care": 1},
    "elements": {"collaborative_care": frozenset(["registry", "psychiatric_review", "rating_scale"])},
}


def test_a_program_that_two_codes_of_another_shut_out_is_told_with_the_first_of_them():
    _, other = sets(
        *(of("collaborative_care", 86), of("behavioral_health", 20)),
        enrollments=consented("collaborative_care", "behavioral_health"),
        **COLLABORATIVE,
    )
    assert units(other) == {"99484": 1}
    assert [(each.finding.code, each.finding.have) for each in other.programs] == [("99484", "99492")]


def test_what_is_missing_of_a_set_is_the_document_and_nothing_that_is_said_of_codes_it_has_anyway():
    _, almost = sets(
        *(a_log(20), of("collaborative_care", 91)),
        enrollments=consented("chronic_care", "collaborative_care"),
        care_plan_current=False,
        **COLLABORATIVE,
    )
    assert units(almost) == {"99490": 1, "99492": 1, "99494": 1}
    assert [(each.id, each.code) for each in almost.missing] == [("care_plan.missing", "99490")]


def test_advanced_primary_care_and_chronic_care_are_told_beside_each_other():
    month = a_month(a_log(20), enrollments=consented("advanced_primary_care", "chronic_care"))
    elements = {"advanced_primary_care": frozenset(["elements_available"])}
    declared, other = alternatives(replace(month, elements=elements), MEDICARE, RULEBOOK)

    assert (units(declared), units(other)) == ({"G0557": 1}, {"99490": 1})
    assert collisions(other) == [("chronic_care", ("advanced_primary_care",))]


def test_a_declared_track_that_is_for_nobody_here_says_so_beside_one_that_would_be():
    """Behavioral health declared as beside advanced primary care, which is not billed: the twenty minutes are kept and explained."""
    month = a_month(
        of("behavioral_health", 20),
        enrollments=consented("behavioral_health"),
        diagnoses=("F32.1",),
        tracks={"behavioral_health": "beside_primary_care"},
    )
    decision = evaluate(month, MEDICARE, RULEBOOK)

    assert units(decision) == {}
    assert found(decision, "alternative") == [
        ("track.not_declared", "99484", "beside_primary_care", "general"),
    ]
    assert {(each.minutes, each.code) for each in decision.ledger} == {(20, "G0570")}
    declared, other = alternatives(month, MEDICARE, RULEBOOK)
    assert (units(declared), units(other)) == ({}, {"99484": 1})


def test_what_is_added_to_another_program_is_decided_after_it_though_people_say_it_first():
    month = a_month(
        first=date(2026, 3, 1),
        last=date(2026, 3, 31),
        enrollments=consented("advanced_primary_care", "behavioral_health"),
        diagnoses=("F32.1",),
        elements={
            "advanced_primary_care": frozenset(["elements_available"]),
            "behavioral_health": frozenset(["service_furnished"]),
        },
        programs_for_month=("behavioral_health",),
    )
    assert units(evaluate(month, MEDICARE, RULEBOOK)) == {"G0557": 1, "G0570": 1}


def test_a_month_that_asks_for_everything_is_bounded(monkeypatch):
    asked = counted(monkeypatch)
    logs = [of(program, 40, discipline=who) for program in ALL for who in ("MD", "LCSW", "PEER", "RN")]
    month = a_month(
        *logs,
        first=date(2026, 3, 1),
        last=date(2026, 3, 31),
        enrollments=consented(*ALL),
        diagnoses=("F32.1",),
        billed_by={"behavioral_health": "LCSW"},
        risk_attested=False,
        care_plan_current=False,
    )
    alternatives(replace(month, logs=tuple(replace(each, date=date(2026, 3, 4)) for each in logs)), MEDICARE, RULEBOOK)
    assert 100 < len(asked) < 1000


def counted(monkeypatch):
    asked = []
    module = import_module(alternatives.__module__)

    def also_counted(*given):
        asked.append(given)
        return evaluate(*given)

    monkeypatch.setattr(module, "evaluate", also_counted)
    return asked
