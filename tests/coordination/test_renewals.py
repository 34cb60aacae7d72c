"""What comes due again, or ends: each rule on both sides of its edge, and who writes it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from billing.services.contracts import contract_agree
from coordination.models import CarePlan, Deadline, Program, ProgramElement
from coordination.ports import billing
from coordination.rules.renewals import (
    NOTHING_ASKED,
    EnrollmentFacts,
    Opening,
    ProgramAsks,
    care_plan_due,
    enrollment_dues,
)
from coordination.selectors import deadlines as lists
from coordination.sentences import why
from coordination.services.deadlines import patients_differing
from coordination.services.enrollments import enrollment_start, enrollment_update
from coordination.services.patients import patient_save
from coordination.services.payers import payer_save
from coordination.services.records import record_save, record_withdraw
from tenancy.context import agency_context
from tenancy.models import Licence
from tenancy.services.people import licence_save, person_disable, person_enable, person_profile_save
from tests import factories

DENVER = ZoneInfo("America/Denver")
CONSENT = date(2026, 3, 10)
VISIT = ProgramAsks(Opening(12, 6, frozenset()))
CARE = EnrollmentFacts("chronic_care", CONSENT, NOTHING_ASKED)


def dues(**known):
    return {due.kind: due for due in enrollment_dues(replace(CARE, **known), DENVER, 30)}


@pytest.mark.parametrize(
    ("known", "is_due"),
    [
        ({}, True),
        ({"initiating_visit": date(2025, 3, 10)}, False),  # twelve months before
        ({"initiating_visit": date(2025, 3, 9)}, True),
        ({"initiating_visit": date(2026, 4, 1)}, False),  # after consent: minutes count from it on
        ({"last_seen": date(2025, 9, 10)}, False),  # six months before
        ({"last_seen": date(2025, 9, 9)}, True),
    ],
)
def test_a_visit_that_opens_the_program_is_due_by_the_day_of_consent(known, is_due):
    found = dues(asks=VISIT, **known)
    assert ("initiating_visit" in found) == is_due
    if is_due:
        visit = found["initiating_visit"]
        assert (visit.on, visit.at) == (CONSENT, datetime(2026, 3, 11, 6, tzinfo=UTC))
        assert (visit.levels, visit.settled) == ((), "")
        assert visit.said == {"program": "chronic_care", "consent": "2026-03-10"}


def test_only_a_visit_of_a_kind_that_opens_it_does():
    asks = ProgramAsks(Opening(12, 0, frozenset({"99213"})))
    seen = {"asks": asks, "initiating_visit": date(2026, 3, 1)}
    assert dues(**seen) == {}  # of what kind it was is not on record
    assert dues(**seen, visit_codes=["99211", "99213"]) == {}
    assert "initiating_visit" in dues(**seen, visit_codes=["99211"])
    assert "initiating_visit" in dues(asks=asks, last_seen=CONSENT)  # to have been seen opens nothing here


def test_consent_is_asked_for_anew_where_a_program_does_counted_from_the_last_time():
    asks = ProgramAsks(consent_months=12)
    renewal = dues(asks=asks)["consent_renewal"]
    assert (renewal.on, renewal.said["months"], renewal.said["last"]) == (date(2027, 3, 10), 12, "2026-03-10")
    assert dues(asks=asks, consent_renewed=date(2027, 3, 1))["consent_renewal"].on == date(2028, 3, 1)
    assert dues(asks=asks, consent=date(2024, 2, 29))["consent_renewal"].on == date(2025, 2, 28)
    assert dues() == {}


def test_a_rating_scale_is_due_so_many_days_after_the_last_or_after_consent():
    asks = ProgramAsks(rating_scale=True)
    assert dues(asks=asks)["rating_scale"].on == date(2026, 4, 9)
    assert dues(asks=asks)["rating_scale"].said == {"program": "chronic_care", "consent": "2026-03-10", "days": 30}
    later = dues(asks=asks, scale_on=date(2026, 5, 1))["rating_scale"]
    assert (later.on, later.said["last"]) == (date(2026, 5, 31), "2026-05-01")
    assert dues(asks=asks, scale_on=date(2026, 1, 1))["rating_scale"].on == date(2026, 4, 9)  # of an earlier consent


def test_a_care_plan_is_reviewed_so_many_months_after_the_latest_of_any_program():
    asks = replace(CARE, asks=ProgramAsks(care_plan=True), care_plan=date(2026, 3, 1))
    [due] = care_plan_due([CARE, asks], [], DENVER, 12)
    assert (due.kind, due.on, due.said) == ("care_plan_review", date(2027, 3, 1), {"last": "2026-03-01", "months": 12})
    [later] = care_plan_due([asks], [date(2025, 1, 1), date(2026, 8, 31)], DENVER, 6)
    assert later.on == date(2027, 2, 28)
    assert list(care_plan_due([replace(asks, care_plan=None)], [], DENVER, 12)) == []
    assert list(care_plan_due([CARE], [date(2026, 1, 1)], DENVER, 12)) == []


def test_what_programs_ask_for_is_the_rulebooks():
    """Which of them ask for what, and the numbers, as of a day."""
    asked = {each: billing().program_asks(each, date(2026, 1, 1)) for each in Program.values}
    assert {name for name, asks in asked.items() if asks.rating_scale} == {"collaborative_care"}
    assert {name: asks.consent_months for name, asks in asked.items() if asks.consent_months} == {
        "illness_navigation": 12
    }
    assert {name for name, asks in asked.items() if asks.care_plan} == {
        "chronic_care", "principal_care", "targeted_case_management", "rehabilitation",
    }  # fmt: skip
    opened = {name: asks.opening.seen_within_months for name, asks in asked.items() if asks.opening}
    assert opened == dict(billing().opened(date(2026, 1, 1)))
    assert (
        "99202" in asked["community_health"].opening.visits and "99211" not in asked["community_health"].opening.visits
    )
    assert billing().program_asks("illness_navigation", date(2023, 12, 31)).consent_months is None


# ---------- stored ----------

stored_here = pytest.mark.django_db


@pytest.fixture
def desk(riverbend):
    with agency_context(riverbend.agency):
        yield riverbend


def enroll(world, program=Program.CHRONIC_CARE, patient=None, **facts):
    known = {
        "billing_practitioner": world.practitioner, "consent_on": date(2026, 10, 1), "consent_kind": "verbal",
    }  # fmt: skip
    return enrollment_start(
        actor=world.coordinator,
        patient=patient or factories.a_patient(),
        program=program,
        conditions=[],
        now=factories.NOW,
        **known | facts,
    )


def update(world, enrollment, **facts):
    return enrollment_update(
        actor=world.coordinator,
        enrollment=enrollment,
        version=enrollment.version,
        conditions=[],
        now=factories.NOW,
        **facts,
    )


def open_of(*abouts):
    """kind -> last day in time, of what is open."""
    found = Deadline.objects.filter(about__in=[each.pk for each in abouts], settled_at=None)
    return dict(found.values_list("kind", "due_on"))


@stored_here
def test_an_enrollment_says_what_is_due_and_its_end_withdraws_it(desk):
    enrollment = enroll(desk)
    assert open_of(enrollment) == {"initiating_visit": date(2026, 10, 1)}
    opened = update(desk, enrollment, initiating_visit_on=date(2026, 9, 20), care_plan_on=date(2026, 10, 2))
    assert open_of(enrollment) == {}
    assert open_of(enrollment.patient) == {"care_plan_review": date(2027, 10, 2)}
    update(desk, opened, revoked_on=factories.TODAY, end_reason="goals_met")
    assert open_of(enrollment, enrollment.patient) == {}
    assert set(Deadline.objects.filter(patient=enrollment.patient).values_list("settled_as", flat=True)) == {
        "withdrawn"
    }


@stored_here
@pytest.mark.parametrize("day", [None, factories.TODAY])
def test_of_a_patient_who_died_nothing_is_due(desk, day):
    enrollment = enroll(desk, care_plan_on=date(2026, 10, 2))
    enrollment.patient.is_deceased, enrollment.patient.deceased_on = True, day
    patient_save(enrollment.patient)
    assert open_of(enrollment, enrollment.patient) == {}


@stored_here
def test_a_consent_is_asked_for_anew_without_moving_the_day_from_which_minutes_count(desk):
    enrollment = enroll(
        desk, Program.ILLNESS_NAVIGATION, consent_on=date(2025, 11, 20), initiating_visit_on=date(2025, 11, 1)
    )
    assert open_of(enrollment) == {"consent_renewal": date(2026, 11, 20)}
    told = why(
        Deadline.objects.get(about=enrollment.pk),
        now=factories.NOW,
        today=factories.TODAY,
        holidays={},
        last_window=None,
    )
    assert told.sentences == (
        "Illness navigation asks for consent anew 12 months after the last time, which was Thu Nov 20, 2025.",
    )
    renewed = update(desk, enrollment, consent_renewed_on=date(2026, 11, 10))
    assert (renewed.consent_on, open_of(enrollment)) == (date(2025, 11, 20), {"consent_renewal": date(2027, 11, 10)})


@stored_here
def test_a_care_plan_and_a_rating_scale_move_what_is_due_and_taking_them_back_moves_it_again(desk):
    enrollment = enroll(desk, Program.COLLABORATIVE_CARE, initiating_visit_on=date(2026, 9, 20))
    chronic = enroll(
        desk, patient=enrollment.patient, initiating_visit_on=date(2026, 9, 20), care_plan_on=date(2026, 10, 1)
    )
    assert open_of(enrollment, chronic) == {"rating_scale": date(2026, 10, 31)}
    scale = factories.a_record(
        desk, "element", enrollment.patient, element="collaborative_care.rating_scale", from_day="2026-11-02"
    )
    plan = factories.a_record(desk, "care_plan", enrollment.patient, from_day="2026-11-03")
    assert open_of(enrollment)["rating_scale"] == date(2026, 12, 2)
    assert open_of(enrollment.patient) == {"care_plan_review": date(2027, 11, 3)}
    assert isinstance(scale, ProgramElement) and isinstance(plan, CarePlan)
    record_withdraw(actor=desk.coordinator, record=scale, version=1, because="another patient", now=factories.NOW)
    record_save(actor=desk.coordinator, record=plan, version=1, now=factories.NOW, to_day=date(2026, 11, 4))
    assert open_of(enrollment)["rating_scale"] == date(2026, 10, 31)
    assert open_of(enrollment.patient) == {"care_plan_review": date(2027, 10, 1)}
    assert patients_differing([enrollment.patient_id], now=factories.NOW) == []


@stored_here
def test_a_visit_that_turns_out_to_be_of_another_kind_leaves_the_program_closed(desk):
    enrollment = enroll(
        desk, Program.COMMUNITY_HEALTH, initiating_visit_on=date(2026, 9, 20), patient=factories.a_patient("Al", "Bee")
    )
    assert open_of(enrollment) == {}
    factories.a_record(desk, "visit", enrollment.patient, on="2026-09-20", code="99211")
    assert open_of(enrollment) == {"initiating_visit": date(2026, 10, 1)}


@stored_here
def test_what_was_there_from_the_beginning_has_no_row(desk):
    enrollment = enroll(desk, initiating_visit_on=date(2026, 9, 20))
    assert not Deadline.objects.filter(about=enrollment.pk).exists()


def record_licence(world, person, number="RN-1", valid_from=date(2025, 1, 1), valid_to=date(2026, 12, 31)):
    return licence_save(
        actor=world.admin, licence=Licence(person=person), version=1, kind="RN", state="CO", number=number,
        valid_from=valid_from, valid_to=valid_to,
    )  # fmt: skip


@stored_here
def test_a_licence_is_its_persons_until_the_next_one_is_on_record(desk):
    first = record_licence(desk, desk.coordinator)
    deadline = Deadline.objects.get(about=first.pk)
    assert (deadline.kind, deadline.due_on, deadline.assignee, deadline.patient) == (
        "licence",
        date(2026, 12, 31),
        desk.coordinator,
        None,
    )
    assert deadline.said == {"licence": "RN", "state": "CO", "person": "Dana QRIV"}
    assert not Deadline.objects.filter(about=record_licence(desk, desk.coordinator, "RN-2", valid_to=None).pk).exists()
    record_licence(desk, desk.coordinator, "RN-3", date(2027, 1, 1), date(2028, 12, 31))
    deadline.refresh_from_db()
    assert deadline.settled_as == "met"


@stored_here
def test_a_licence_of_who_does_not_sign_in_is_nobodys_and_of_who_left_is_withdrawn(desk):
    licence = record_licence(desk, desk.practitioner)
    assert Deadline.objects.get(about=licence.pk).assignee is None
    profile = {
        "discipline": "MD", "npi": "", "site": None, "team": None, "weekly_hours": None, "works_from": None, "works_until": None,
    }  # fmt: skip
    person_profile_save(actor=desk.admin, person=desk.practitioner, version=1, name="Olu Ade", **profile)
    assert Deadline.objects.get(about=licence.pk).said["person"] == "Olu Ade"
    person_disable(actor=desk.admin, person=desk.practitioner, version=2, now=factories.NOW)
    assert Deadline.objects.get(about=licence.pk).settled_as == "withdrawn"
    person_enable(actor=desk.admin, person=desk.practitioner, version=3)
    assert open_of(licence) == {"licence": date(2026, 12, 31)}


@stored_here
def test_licences_and_contracts_stand_among_what_is_soon_sixty_days_ahead(desk):
    at = lists.moments(factories.NOW, DENVER)
    for number, ahead in enumerate((60, 61)):
        record_licence(desk, desk.coordinator, f"RN-{number}", valid_to=factories.TODAY + timedelta(days=ahead))
    found = lists.in_buckets(lists.mine(desk.coordinator.pk), at, reader=desk.coordinator.pk)
    assert [(row.due_on, row.bucket) for row in found.order_by("due_on")] == [
        (date(2027, 1, 15), "soon"),
        (date(2027, 1, 16), "later"),
    ]


@stored_here
def test_a_contract_ends_until_a_version_follows_it(desk):
    payer = factories.a_payer("Mountain Health")
    version = contract_agree(payer=payer, terms=[], effective_from=date(2026, 1, 1), effective_to=date(2026, 12, 31))
    deadline = Deadline.objects.get(about=version.pk)
    assert (deadline.kind, deadline.due_on, deadline.said) == (
        "contract",
        date(2026, 12, 31),
        {"payer": "Mountain Health"},
    )
    payer_save(actor=desk.admin, payer=payer, version=payer.version, name="Mountain Health Plan")
    deadline.refresh_from_db()
    assert deadline.said == {"payer": "Mountain Health Plan"}
    assert billing().contract_endings()[version.pk].is_followed is False
    type(version).objects.create(contract=version.contract, number=2, effective_from=date(2027, 1, 1))
    assert billing().contract_endings()[version.pk].is_followed is True
