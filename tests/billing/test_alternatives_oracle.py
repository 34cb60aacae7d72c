"""The other lawful sets are all of them and no others: compared, on random small months, with trying every set."""

from collections import Counter
from datetime import date
from importlib import import_module

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from billing.rules import Alternative, Enrollment, Log, PatientMonth, alternatives, evaluate
from tests.billing.examples import examples
from tests.billing.lawful_sets import DOCUMENTED, Units, largest, lawful_sets, within
from tests.billing.months import RULEBOOK, terms

PROGRAMS = ("chronic_care", "principal_care", "behavioral_health", "collaborative_care", "advanced_primary_care")
ELEMENTS = {
    "principal_care": ("condition", "high_risk"),
    "collaborative_care": ("registry", "psychiatric_review", "rating_scale"),
    "advanced_primary_care": ("elements_available",),
    "behavioral_health": ("service_furnished",),
}
TRACKS = {
    program: tuple(RULEBOOK.on(date(2026, 5, 31)).plan(program).declared)
    for program in PROGRAMS
    if len(RULEBOOK.on(date(2026, 5, 31)).plan(program).declared) > 1
}
MOSTLY = st.sampled_from([True, True, True, True, False])


@st.composite
def months(draw: st.DrawFn) -> PatientMonth:
    year = draw(st.sampled_from([2024, 2025, 2026]))
    first, last = date(year, 5, 1), date(year, 5, 31)
    programs = draw(st.lists(st.sampled_from(PROGRAMS), min_size=1, max_size=5, unique=True))
    practitioners = draw(st.sampled_from([["ours"], ["ours"], ["ours", "another"]]))
    return PatientMonth(
        first,
        last,
        "physician_practice",
        logs=tuple(
            Log(
                str(number),
                date(year, 5, draw(st.integers(1, 28))),
                draw(st.sampled_from([5, 16, 19, 20, 30, 31, 36, 40, 60])),
                draw(st.sampled_from(programs)),
                "care_coordination",
                draw(st.sampled_from(["RN", "RN", "MD", "LCSW", "FRONT_DESK"])),
                "s1",
            )
            for number in range(draw(st.integers(0, 6)))
        ),
        enrollments=tuple(
            Enrollment(
                each,
                draw(st.sampled_from([date(year, 1, 1), date(year, 1, 1), date(year, 5, 10), date(year, 6, 1)])),
                initiating_visit=date(year, 1, 1),
                practitioner=draw(st.sampled_from(practitioners)),
            )
            for each in programs
        ),
        chronic_conditions=draw(st.sampled_from([(12, 12, 12), (12, 24), (12, 3), ()])),
        risk_attested=draw(MOSTLY),
        care_plan_current=draw(MOSTLY),
        diagnoses=draw(st.sampled_from([("F32.1", "I10"), ("F32.1",), ("I10",)])),
        complexity={"chronic_care": draw(st.sampled_from(["", "low", "moderate", "high"]))},
        elements={
            program: frozenset(each for each in elements if draw(MOSTLY)) for program, elements in ELEMENTS.items()
        },
        condition_months={"principal_care": draw(st.sampled_from([6, 6, 2]))},
        episode_month={"collaborative_care": draw(st.sampled_from([1, 2]))},
        billed_by={"behavioral_health": draw(st.sampled_from(["MD", "LCSW"]))},
        is_qmb=draw(st.booleans()),
        tracks={each: draw(st.sampled_from(TRACKS[each])) for each in programs if each in TRACKS},
        programs_for_month=tuple(draw(st.lists(st.sampled_from(programs), max_size=2, unique=True))),
    )


def units(alternative: Alternative) -> Units:
    total: Counter[str] = Counter()
    for line in alternative.lines:
        total[line.code] += line.units
    return frozenset(total.items())


@examples(400, at_least=100)
@given(months())
def test_the_supported_sets_are_the_lawful_ones(month):
    declared, *others = alternatives(month, terms(), RULEBOOK)
    lawful = lawful_sets(month)

    assert declared.lines == evaluate(month, terms(), RULEBOOK).lines
    assert units(declared) in lawful
    found = [units(each) for each in others if not each.missing]
    assert len(found) == len(set(found))
    assert set(found) == largest(lawful) - {units(declared)}


@examples(400, at_least=100)
@given(months())
def test_the_sets_that_one_document_would_support_are_those_that_become_lawful_by_it(month):
    declared, *others = alternatives(month, terms(), RULEBOOK)
    known = {units(declared), *largest(lawful_sets(month))}

    expected = {
        (each, finding)
        for finding, document in DOCUMENTED.items()
        for each in largest(lawful_sets(document(month)))
        if not any(within(each, other) for other in known)
    }
    found = [(units(each), {finding.id for finding in each.missing}) for each in others if each.missing]
    assert all(len(ids) == 1 for _, ids in found)
    assert {(each, *ids) for each, ids in found} == expected


@examples(200, at_least=100)
@given(months(), st.randoms(use_true_random=False))
def test_the_order_of_no_fact_changes_the_answer(month, random):
    shuffled = {}
    for name in ("logs", "enrollments", "diagnoses", "programs_for_month"):
        facts = list(getattr(month, name))
        random.shuffle(facts)
        shuffled[name] = tuple(facts)
    found = alternatives(month, terms(), RULEBOOK)
    assert alternatives(replace(month, **shuffled), terms(), RULEBOOK) == found


@examples(200, at_least=100)
@given(months())
def test_each_set_is_what_the_engine_decides_once_it_is_declared(month):
    declared, *others = alternatives(month, terms(), RULEBOOK)
    assert declared.is_declared
    for each in others:
        assert not each.is_declared
        tracks = {**month.tracks, **{other.program: other.track for other in each.tracks}}
        assert each.tracks or each.programs or each.missing
        if not each.programs and not each.missing:
            assert evaluate(replace(month, tracks=tracks), terms(), RULEBOOK).lines == each.lines


@examples(200, at_least=100)
@given(months())
def test_each_set_is_told_by_as_few_changes_as_lead_to_it(month):
    ways = {}
    for run in import_module(alternatives.__module__)._runs(month, terms(), RULEBOOK):
        ways.setdefault(frozenset(run.units.items()), []).append(len(run.tracks) + len(run.programs))
    for each in alternatives(month, terms(), RULEBOOK):
        if not each.missing:
            told = frozenset({(code, ()): count for code, count in units(each)}.items())
            assert each.is_declared or len(each.tracks) + len(each.programs) == min(ways[told])
