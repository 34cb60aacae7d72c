"""From the rows of a chart to the decision: the engine decides by what people recorded, and by nothing they took back."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import StoredDecision
from billing.services.charge_run import charge_run
from billing.services.decisions import decide
from coordination.models import (
    Condition,
    ConsentKind,
    Coverage,
    Enrollment,
    MonthJudgement,
    OutsideClaim,
    Program,
    Stay,
    TimeLog,
    Visit,
)
from tenancy.context import agency_context
from tenancy.models import Discipline
from tests import factories

FIRST, DAY = date(2026, 11, 1), date(2026, 11, 16)


@pytest.fixture
def hour(riverbend):
    """An hour of a nurse's time for an enrolled patient."""
    with agency_context(riverbend.agency):
        factories.a_log(riverbend.patient, 60, by=riverbend.coordinator)
    return riverbend


def fact(world, model, **facts):
    with agency_context(world.agency):
        return model.objects.create(patient=world.patient, recorded_at=factories.NOW, **facts)


def judged(world, complexity="moderate", **more):
    facts = {"program": Program.CHRONIC_CARE, "month": FIRST, "judged_by": world.practitioner, "judged_on": DAY} | more
    return fact(world, MonthJudgement, complexity=complexity, **facts)


def enroll(world, **facts):
    with agency_context(world.agency):
        Enrollment.objects.filter(patient=world.patient).update(**facts)


def decided(world):
    with agency_context(world.agency):
        return decide([world.patient.pk], FIRST)[world.patient.pk].decision


def units(world):
    return {line.code: line.units for line in decided(world).lines}


def said(world):
    return [(each.id, each.code) for each in decided(world).findings if each.role == "declared"]


def take_back(row):
    with agency_context(row.agency):
        type(row).objects.filter(pk=row.pk).update(retracted_at=factories.NOW, retracted_reason="wrong patient")


def test_a_condition_or_a_coverage_that_was_taken_back_counts_for_nothing(hour):
    with agency_context(hour.agency):
        condition = Condition.objects.get(patient=hour.patient, icd10cm="I10")
        coverage = Coverage.objects.get(patient=hour.patient)
    assert units(hour) == {"99490": 1, "99439": 2}
    take_back(condition)
    assert (units(hour), said(hour)[0][0]) == ({}, "conditions.too_few")
    with agency_context(hour.agency):
        Condition.objects.filter(pk=condition.pk).update(retracted_at=None)
    take_back(coverage)
    assert (units(hour), {name for name, _code in said(hour)}) == ({}, {"coverage.missing"})


def test_the_enrollment_declares_the_track_and_the_judgement_makes_it_complex(hour):
    assert units(hour) == {"99490": 1, "99439": 2}
    enroll(hour, track="complex")
    assert said(hour) == [("complexity.not_documented", "99487")]
    judgement = judged(hour)
    assert units(hour) == {"99487": 1}
    take_back(judgement)
    assert units(hour) == {"99490": 1, "99439": 2}


@pytest.mark.parametrize("other", [{"month": date(2026, 10, 1)}, {"program": Program.PRINCIPAL_CARE}])
def test_a_judgement_is_of_its_program_and_month(hour, other):
    enroll(hour, track="complex")
    judged(hour, **other)
    assert units(hour) == {"99490": 1, "99439": 2}


def test_a_practitioners_month_is_theirs_alone(hour):
    enroll(hour, track="practitioner")
    assert said(hour) == [("minutes.not_personal", "99491"), ("minutes.below_threshold", "99491")]
    with agency_context(hour.agency):
        TimeLog.objects.update(discipline=Discipline.NP)
    assert units(hour) == {"99491": 1, "99437": 1}


def test_the_track_is_that_of_the_months_own_consent(hour):
    """Whoever stopped and came back declared anew; a consent of a later month declares nothing yet."""
    enroll(hour, revoked_on=date(2026, 11, 10))
    with agency_context(hour.agency):
        again = factories.an_enrollment(
            hour.patient,
            by=hour.coordinator,
            practitioner=hour.practitioner,
            consent=date(2026, 11, 12),
            track="practitioner",
        )
    assert units(hour) == {}
    with agency_context(hour.agency):
        Enrollment.objects.filter(pk=again.pk).update(consent_on=date(2026, 12, 1))
    assert units(hour) == {"99490": 1, "99439": 2}


@pytest.mark.parametrize(
    ("code", "ours", "on", "finding"),
    [
        ("99490", False, DAY, "claims.another_practitioner"),
        ("99490", True, DAY, "claims.duplicate"),
        ("G0181", True, DAY, "claims.excluded"),
        ("G0181", False, DAY, None),
        ("99490", False, date(2026, 10, 31), None),
    ],
)
def test_claims_of_others_speak_until_they_are_taken_back(hour, code, ours, on, finding):
    claim = fact(hour, OutsideClaim, on=on, code=code, practitioner=hour.practitioner if ours else None)
    assert (said(hour)[0] if finding else None) == ((finding, "99490") if finding else None)
    assert units(hour) == ({} if finding else {"99490": 1, "99439": 2})
    take_back(claim)
    assert units(hour) == {"99490": 1, "99439": 2}


@pytest.mark.parametrize(
    ("kind", "is_part_a", "from_day", "to_day", "counts"),
    [
        ("snf", True, DAY, DAY, False),
        ("snf", True, date(2026, 10, 1), None, False),
        ("hospital", True, date(2026, 11, 1), date(2026, 11, 20), False),
        ("snf", False, DAY, DAY, True),
        ("snf", True, date(2026, 11, 1), date(2026, 11, 15), True),
        ("snf", True, date(2026, 11, 17), None, True),
    ],
)
def test_minutes_inside_a_stay_that_part_a_pays_do_not_count(hour, kind, is_part_a, from_day, to_day, counts):
    stay = fact(hour, Stay, kind=kind, is_part_a=is_part_a, from_day=from_day, to_day=to_day)
    assert units(hour) == ({"99490": 1, "99439": 2} if counts else {})
    take_back(stay)
    assert units(hour) == {"99490": 1, "99439": 2}


def visit(world, on=DAY, **more):
    facts = {"code": "99214", "practitioner": world.practitioner, "extra_planning": True} | more
    return fact(world, Visit, on=on, **facts)


def test_a_planned_initiating_visit_earns_g0506_once(riverbend):
    enroll(riverbend, consent_on=DAY, initiating_visit_on=DAY)
    first = visit(riverbend)
    assert units(riverbend) == {"G0506": 1}
    take_back(first)
    assert units(riverbend) == {}
    visit(riverbend)
    claim = fact(riverbend, OutsideClaim, on=date(2024, 2, 1), code="G0506", practitioner=riverbend.practitioner)
    assert ("code.once_used", "G0506") in said(riverbend)
    take_back(claim)
    assert units(riverbend) == {"G0506": 1}


def test_an_earlier_enrollments_planned_visit_uses_g0506_up(riverbend):
    before = date(2025, 5, 5)
    enroll(riverbend, consent_on=before, initiating_visit_on=before, revoked_on=date(2026, 1, 31))
    with agency_context(riverbend.agency):
        Enrollment.objects.create(
            patient=riverbend.patient,
            program=Program.CHRONIC_CARE,
            billing_practitioner=riverbend.practitioner,
            consent_on=DAY,
            consent_kind=ConsentKind.WRITTEN,
            consent_taken_by=riverbend.coordinator,
            initiating_visit_on=DAY,
            care_plan_on=DAY,
            risk_attested_on=DAY,
        )
    visit(riverbend)
    assert units(riverbend) == {"G0506": 1}
    visit(riverbend, on=before)
    assert ("code.once_used", "G0506") in said(riverbend)


def test_a_visit_outside_the_practice_is_not_the_practitioners(riverbend):
    enroll(riverbend, consent_on=DAY, initiating_visit_on=DAY)
    visit(riverbend, practitioner=None, outside_practitioner="Dr. Elsewhere")
    assert units(riverbend) == {}


def test_conditions_are_expected_to_last_a_year(hour):
    def months(value):
        with agency_context(hour.agency):
            Condition.objects.filter(patient=hour.patient, icd10cm="I10").update(expected_months=value)

    for value, finding in ((11, ("conditions.too_short", "99490")), (12, None), (None, None)):
        months(value)
        assert (said(hour)[:1] == [finding]) if finding else (units(hour) == {"99490": 1, "99439": 2})


def test_a_voided_log_never_counts(hour):
    with agency_context(hour.agency):
        TimeLog.objects.update(voided_at=factories.NOW, voided_by=hour.coordinator, void_reason="twice")
    decision = decided(hour)
    assert (decision.lines, decision.ledger) == ((), ())


def test_deciding_takes_two_queries_however_many_patients_and_facts(hour):
    def counted(patients):
        with agency_context(hour.agency), CaptureQueriesContext(connection) as captured:
            decide(patients, FIRST)
        return len(captured)

    one = counted([hour.patient.pk])
    with agency_context(hour.agency):
        more = [factories.an_enrolled_patient(hour, f"Ann{number}").pk for number in range(5)]
    judged(hour)
    visit(hour)
    fact(hour, OutsideClaim, on=DAY, code="99214")
    fact(hour, Stay, kind="snf", is_part_a=True, from_day=DAY)
    assert counted([hour.patient.pk, *more]) == one == 2


def test_a_run_lists_the_findings_of_declared_tracks_alone(hour):
    with agency_context(hour.agency):
        charge_run(month=FIRST, now=factories.NOW)
        factories.a_log(hour.patient, 5, by=hour.coordinator)
        charge_run(month=FIRST, now=factories.NOW)
        before, after = StoredDecision.objects.order_by("pk")
        assert (before.findings, before.finding_codes) == ([], [])
        assert (after.findings, after.finding_codes) == (["units.rest_past_cap"], ["99439"])
        assert "complexity.not_documented" in after.document
