"""What each program asks for, from the rows of a chart to the decision: documented, derived from other facts, and taken back."""

from datetime import date

import pytest

from billing.elements import LABELS, OF_OTHER_FACTS
from billing.facts import OTHER_PROGRAMS, STAYS
from billing.models import ContractTerm
from billing.rules import load_rulebook
from billing.services.decisions import decide
from coordination.models import (
    CarePeriod,
    CarePeriodKind,
    Contact,
    Coverage,
    Enrollment,
    MonthProgram,
    Patient,
    PayerKind,
    Program,
    Stay,
    StayKind,
    TimeLog,
    Track,
    Visit,
)
from coordination.ports import billing
from coordination.selectors.months import AT_HOME
from tenancy.context import agency_context
from tenancy.models import AgencySettings, Discipline, Election
from tests import factories

FIRST, DAY = date(2026, 11, 1), date(2026, 11, 16)
COCM = ("registry", "psychiatric_review", "rating_scale")


@pytest.fixture
def chart(riverbend):
    """A patient with nothing but a coverage, whose payer covers the codes of every program."""
    with agency_context(riverbend.agency):
        riverbend.patient = factories.a_patient("Liz", "Conn")
        factories.a_coverage(riverbend.patient)
        known = {each.code for each in ContractTerm.objects.all()}
        ContractTerm.objects.bulk_create(
            ContractTerm(version=riverbend.contract, code=code) for code in load_rulebook().codes if code not in known
        )
    return riverbend


def enroll(world, program, **facts):
    with agency_context(world.agency):
        by = {"by": world.coordinator, "practitioner": world.practitioner}
        return factories.an_enrollment(world.patient, **by, program=program, **facts)


def document(world, program, *elements, **more):
    said = {"documented_by": world.coordinator.pk, "from_day": "2026-11-02"} | more
    with agency_context(world.agency):
        return [factories.a_record(world, "element", element=f"{program}.{each}", **said) for each in elements]


def condition(world, code="F32.A"):
    with agency_context(world.agency):
        return factories.a_condition(world.patient, code, by=world.coordinator)


def minutes(world, many, program, *, by=None):
    with agency_context(world.agency):
        return factories.a_log(world.patient, many, by=by or world.coordinator, program=program)


def fact(world, model, **facts):
    with agency_context(world.agency):
        return model.objects.create(patient=world.patient, recorded_at=factories.NOW, **facts)


def decided(world):
    with agency_context(world.agency):
        return decide([world.patient.pk], FIRST)[world.patient.pk]


def units(world):
    return {line.code: line.units for line in decided(world).decision.lines}


def said(world):
    """Why codes are not billed, apart from minutes on the way to a further unit."""
    findings = decided(world).decision.findings
    return {each.id for each in findings if each.role == "declared" and each.id != "units.below_increment"}


def take_back(row):
    with agency_context(row.agency):
        type(row).objects.filter(pk=row.pk).update(retracted_at=factories.NOW, retracted_reason="wrong patient")


@pytest.fixture
def collaborative(chart):
    """Seventy minutes in the first month of an episode, with all that the program asks for."""
    program = Program.COLLABORATIVE_CARE
    condition(chart)
    chart.enrollment = enroll(chart, program, consent=date(2026, 11, 2))
    chart.elements = dict(zip(COCM, document(chart, program, *COCM), strict=True))
    minutes(chart, 70, program)
    return chart


def test_what_is_documented_meets_what_the_program_asks(collaborative):
    assert (units(collaborative), said(collaborative)) == ({"99492": 1}, set())


@pytest.mark.parametrize("element", COCM)
def test_each_element_that_is_taken_back_is_missing(collaborative, element):
    take_back(collaborative.elements[element])
    assert (units(collaborative), said(collaborative)) == ({}, {f"{element}.missing"})


@pytest.mark.parametrize(
    ("element", "days", "is_missing"),
    [
        ("registry", {"from_day": date(2026, 3, 1)}, False),
        ("registry", {"from_day": date(2026, 3, 1), "to_day": date(2026, 10, 31)}, True),
        ("registry", {"from_day": date(2026, 3, 1), "to_day": date(2026, 11, 1)}, False),
        ("psychiatric_review", {"from_day": date(2026, 10, 31)}, True),
        ("psychiatric_review", {"from_day": date(2026, 11, 1)}, False),
        ("rating_scale", {"from_day": date(2026, 12, 1)}, True),
    ],
)
def test_what_is_done_monthly_counts_in_its_month_and_what_stands_from_its_day_on(
    collaborative, element, days, is_missing
):
    row = collaborative.elements[element]
    with agency_context(collaborative.agency):
        type(row).objects.filter(pk=row.pk).update(**days)
    assert said(collaborative) == ({f"{element}.missing"} if is_missing else set())


def test_the_month_of_the_episode_is_counted_from_its_first_and_else_from_consent(collaborative):
    assert decided(collaborative).facts.episode_month == {"collaborative_care": 1}
    with agency_context(collaborative.agency):
        Enrollment.objects.filter(pk=collaborative.enrollment.pk).update(episode_began=date(2026, 9, 1))
    assert decided(collaborative).facts.episode_month == {"collaborative_care": 3}
    assert units(collaborative) == {"99493": 1}
    with agency_context(collaborative.agency):
        Enrollment.objects.filter(pk=collaborative.enrollment.pk).update(
            episode_began=None, consent_on=date(2026, 9, 30)
        )
    assert units(collaborative) == {"99493": 1}


def test_a_track_that_the_program_does_not_have_is_its_first(collaborative):
    with agency_context(collaborative.agency):
        Enrollment.objects.filter(pk=collaborative.enrollment.pk).update(track=Track.CLINICAL_STAFF)
    assert (decided(collaborative).facts.tracks, units(collaborative)) == ({}, {"99492": 1})


def test_the_one_condition_of_principal_care_stands_on_the_enrollment(chart):
    enrollment = enroll(chart, Program.PRINCIPAL_CARE)
    minutes(chart, 30, Program.PRINCIPAL_CARE)
    assert (units(chart), "conditions.none_named" in said(chart)) == ({}, True)

    def says(**facts):
        with agency_context(chart.agency):
            Enrollment.objects.filter(pk=enrollment.pk).update(**facts)
        return units(chart), said(chart)

    assert says(condition_code="I50.9") == ({}, {"conditions.not_high_risk"})
    assert says(condition_high_risk=True) == ({"99426": 1}, set())
    assert says(condition_months=2) == ({}, {"conditions.not_lasting"})


def test_behavioral_health_in_person_is_billed_by_whom_the_enrollment_was_written_for(chart):
    condition(chart)
    with agency_context(chart.agency):
        own = factories.a_member(name="Sol Meyer", discipline=Discipline.LCSW)
    with agency_context(chart.agency):
        factories.an_enrollment(
            chart.patient,
            by=chart.coordinator,
            practitioner=own,
            program=Program.BEHAVIORAL_HEALTH,
            track="own_time",
            billed_by=Discipline.LCSW,
        )
    minutes(chart, 20, Program.BEHAVIORAL_HEALTH, by=own)
    assert units(chart) == {"G0323": 1}
    with agency_context(chart.agency):
        Enrollment.objects.filter(patient=chart.patient).update(billed_by=Discipline.RN)
    assert "practitioner.discipline_not_allowed" in said(chart)
    assert decided(chart).facts.elements["behavioral_health"] == {"service_furnished"}


def test_the_visit_that_opens_a_program_is_looked_up_with_its_code(chart):
    program = Program.COMMUNITY_HEALTH
    document(chart, program, "need_limits_treatment", "staff_trained", from_day="2026-10-01")
    enroll(chart, program)
    minutes(chart, 60, program)
    assert units(chart) == {"G0019": 1}
    said_of = {"on": date(2026, 9, 20), "practitioner": chart.practitioner}
    wrong = fact(chart, Visit, code="99211", **said_of)
    assert said(chart) == {"initiating_visit.wrong_kind"}
    fact(chart, Visit, code="99214", **said_of)  # of two codes of one day one opens it
    assert units(chart) == {"G0019": 1}
    with agency_context(chart.agency):
        Visit.objects.filter(code="99214").update(practitioner=None, outside_practitioner="Dr. Elsewhere")
    assert said(chart) == {"initiating_visit.wrong_kind"}
    take_back(wrong)
    assert units(chart) == {"G0019": 1}


def test_a_home_health_plan_leaves_no_room_for_community_health(chart):
    program = Program.COMMUNITY_HEALTH
    document(chart, program, "need_limits_treatment", "staff_trained", from_day="2026-10-01")
    enroll(chart, program)
    minutes(chart, 60, program)
    plan = fact(chart, CarePeriod, kind=CarePeriodKind.HOME_HEALTH_PLAN, from_day=date(2026, 11, 30))
    assert (units(chart), said(chart)) == ({}, {"home_health.under_plan"})
    take_back(plan)
    assert units(chart) == {"G0019": 1}


def test_the_level_of_primary_care_follows_from_conditions_and_the_coverage_that_pays(chart):
    program = Program.ADVANCED_PRIMARY_CARE
    enroll(chart, program)
    document(chart, program, "elements_available")
    assert units(chart) == {"G0556": 1}
    condition(chart, "E11.9")
    condition(chart, "I10")
    assert units(chart) == {"G0557": 1}
    with agency_context(chart.agency):
        Coverage.objects.filter(patient=chart.patient).update(is_qmb=True)
    assert units(chart) == {"G0558": 1}
    with agency_context(chart.agency):
        factories.a_coverage(chart.patient, payer=factories.a_payer("Blue", PayerKind.COMMERCIAL), order=2)
        assert decided(chart).facts.is_qmb
        Coverage.objects.filter(patient=chart.patient, is_qmb=True).update(order=3)
    assert not decided(chart).facts.is_qmb


def meter(world, program):
    with agency_context(world.agency):
        meters = billing().month_effects([world.patient.pk], FIRST)[world.patient.pk]
        return next(each for each in meters if each.program == program)


def test_a_patient_of_the_lowest_level_lacks_nothing_of_a_higher_one(chart):
    """The practice has not attested; neither conditions nor being a beneficiary would have to change for G0556."""
    program = Program.ADVANCED_PRIMARY_CARE
    enroll(chart, program)
    assert [each.sentence for each in meter(chart, program).problems] == [
        "The practice has not attested that all elements of this service are available."
    ]
    document(chart, program, "elements_available")
    assert (meter(chart, program).problems, meter(chart, program).reached) == ((), ("G0556",))


def test_minutes_of_a_program_without_consent_count_for_who_is_not_enrolled_and_the_page_says_so(chart, signed_in):
    minutes(chart, 16, Program.REHABILITATION)
    minutes(chart, 16, Program.COMMUNITY_HEALTH)
    assert not meter(chart, Program.REHABILITATION).asks_consent
    assert meter(chart, Program.COMMUNITY_HEALTH).asks_consent
    page = signed_in(chart.coordinator).get(f"/a/{chart.agency.slug}/patients/{chart.patient.pk}/").content.decode()
    assert page.count("Not enrolled. This program counts minutes without it.") == 1
    assert page.count("cannot count before consent") == 1


def test_what_made_a_session_complex_reaches_its_code(chart):
    session = {"on": DAY, "practitioner": chart.practitioner, "code": "90837"}
    visit = fact(chart, Visit, **session)
    assert decided(chart).facts.visits[0].factors is None
    assert (units(chart), said(chart)) == ({}, set())  # nobody looked

    def factors(*found):
        with agency_context(chart.agency):
            Visit.objects.filter(pk=visit.pk).update(factors=list(found))
        return units(chart), said(chart)

    assert factors() == ({}, {"session.no_factor"})
    assert factors("interpreter") == ({}, {"session.factor_not_enough"})
    assert factors("interpreter", "sentinel_event") == ({"90785": 1}, set())


def test_stays_programs_of_others_and_the_person_reach_the_engine(chart):
    for kind in StayKind:
        fact(chart, Stay, kind=kind, from_day=date(2026, 11, 3), to_day=date(2026, 11, 5))
    fact(
        chart, Stay, kind=StayKind.JUVENILE_DETENTION, from_day=date(2026, 10, 1), to_day=date(2026, 11, 1),
        post_adjudication=True,
    )  # fmt: skip
    fact(chart, Stay, kind=StayKind.JAIL, from_day=date(2026, 10, 1), to_day=date(2026, 10, 31))
    for kind in CarePeriodKind:
        fact(chart, CarePeriod, kind=kind, from_day=date(2026, 11, 3))
    with agency_context(chart.agency):
        Patient.objects.filter(pk=chart.patient.pk).update(is_former_foster_youth=True)
        AgencySettings.objects.create(election=Election.G0511_TRANSITION)
    facts = decided(chart).facts
    assert sorted((each.kind, each.post_adjudication) for each in facts.stays) == sorted(
        [*((word, False) for word in STAYS.values()), ("juvenile_detention", True)]
    )
    assert STAYS.keys() | set(AT_HOME) == set(StayKind)
    assert sorted(each.kind for each in facts.other_programs) == sorted(OTHER_PROGRAMS.values())
    assert (facts.born, facts.is_former_foster_youth, facts.election) == (
        date(1957, 3, 8),
        True,
        "g0511_transition",
    )


def test_diagnoses_are_the_confirmed_ones_and_chronic_ones_make_a_health_home(chart):
    condition(chart, "F32.A")
    condition(chart, "I10")
    with agency_context(chart.agency):
        factories.a_condition(chart.patient, "E11.9", by=None)
        factories.a_condition(chart.patient, "J20.9", by=chart.coordinator, chronic=False)
    facts = decided(chart).facts
    assert sorted(facts.diagnoses) == ["F32.A", "I10", "J20.9"]
    assert (facts.health_home_conditions, len(facts.chronic_conditions)) == (2, 2)


def test_how_somebody_was_spoken_to_stands_in_the_log(chart):
    log = minutes(chart, 8, Program.CHRONIC_CARE)
    assert decided(chart).facts.logs[0].mode == ""
    with agency_context(chart.agency):
        Contact.objects.filter(pk=log.contact_id).update(mode="phone")
        TimeLog.objects.filter(pk=log.pk).update(mode="phone")
    assert decided(chart).facts.logs[0].mode == "phone"


def test_a_person_says_which_of_two_programs_a_month_is(chart):
    for program in (Program.CHRONIC_CARE, Program.PRINCIPAL_CARE):
        enroll(chart, program, condition_code="I10", condition_high_risk=True)
        minutes(chart, 30, program)
    condition(chart, "E11.9")
    condition(chart, "I10")
    assert (units(chart), said(chart)) == ({"99490": 1}, {"program.undeclared"})
    declared = fact(chart, MonthProgram, month=FIRST, program=Program.PRINCIPAL_CARE, note="the heart is what we treat")
    assert (units(chart), said(chart)) == ({"99426": 1}, {"code.mutually_exclusive"})
    take_back(declared)
    assert units(chart) == {"99490": 1}


def test_medicaid_is_said_of_whoever_is_covered_by_it(chart):
    assert "targeted_case_management" not in decided(chart).facts.elements
    with agency_context(chart.agency):
        payer = chart.contract.contract.payer
        payer.kind = PayerKind.MEDICAID
        payer.save()
    assert decided(chart).facts.elements == {
        "targeted_case_management": {"medicaid"},
        "rehabilitation": {"medicaid"},
    }


def test_words_of_the_product_are_the_rulebooks():
    book = load_rulebook()
    assert {each.program for each in book.programs if each.decided_by != "events"} == set(Program.values)
    assert {track for tracks in billing().tracks().values() for track in tracks} == set(Track.values)
    assert {each.element for each in billing().elements()} == LABELS.keys()
    assert {(each.element, each.is_monthly) for each in billing().elements() if each.is_monthly} == {
        ("psychiatric_review", True),
        ("rating_scale", True),
    }
    assert not OF_OTHER_FACTS & LABELS.keys()
    elections = {
        word
        for versions in book._parts.agency_types.agency_types.values()
        for each in versions
        for word in (*each.unless_elected.values(), each.only_elected)
        if word
    }
    assert elections == set(Election.values)
    kinds = {kind for rules in book._parts.stays.stays.values() for kind in rules}
    assert set(STAYS.values()) <= kinds


def test_of_what_a_program_does_not_ask_for_nothing_is_missing(chart, signed_in):
    enroll(chart, Program.COLLABORATIVE_CARE, care_plan_on=None, risk_attested_on=None)
    address = f"/a/{chart.agency.slug}/patients/{chart.patient.pk}/chart/"
    page = signed_in(chart.coordinator).get(address).content.decode()
    assert "<dt>Initiating visit</dt>" in page
    assert ("<dt>Care plan</dt>" in page, "<dt>Risk</dt>" in page) == (False, False)
    enroll(chart, Program.CHRONIC_CARE, care_plan_on=None, risk_attested_on=None)
    page = signed_in(chart.coordinator).get(address).content.decode()
    assert ("<dt>Care plan</dt>" in page, "<dt>Risk</dt>" in page) == (True, True)
