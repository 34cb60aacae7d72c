"""Stored deadlines: written by whoever changes a fact, renewed when the calendar changes, checked every night."""

import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
import structlog
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from kombu.exceptions import OperationalError

from config.logs import FIELDS
from coordination import tasks
from coordination.models import (
    Activity,
    Deadline,
    Destination,
    Heartbeat,
    Mode,
    Outcome,
    Patient,
    Program,
    Setting,
    SpokenTo,
    Step,
)
from coordination.rules.durations import Duration
from coordination.services.contacts import contact_record, contact_void
from coordination.services.deadlines import patients_differing, patients_renew, transitions_renew
from coordination.services.measuring import Said
from coordination.services.merges import merge_undo
from coordination.services.transition_steps import step_record, step_withdraw
from coordination.services.transitions import Discharge, discharge_record
from tenancy.context import agency_context
from tenancy.models import Holiday, uuid7
from tenancy.services.places import deadline_settings_save, holiday_add, holiday_remove, holidays_fill_ahead
from tests import factories
from tests.coordination.merging import merged

pytestmark = pytest.mark.django_db
FRIDAY = date(2026, 11, 13)
TUESDAY = date(2026, 11, 17)
NOW = factories.NOW  # Monday, three in the afternoon in Denver


@pytest.fixture
def discharge(riverbend):
    with agency_context(riverbend.agency):
        patients_renew([riverbend.patient.pk], now=NOW)  # made by hand, and so nothing was due yet
        yield a_discharge(riverbend)


def a_discharge(world, patient=None, on=FRIDAY):
    return discharge_record(
        actor=world.coordinator,
        patient=patient or world.patient,
        said=Discharge(on, Setting.INPATIENT_ACUTE, Destination.HOME),
        learned_at=NOW,
        now=NOW,
    )


def stored(kind, about):
    return Deadline.objects.get(about=about.pk, kind=kind)


def everything():
    """Every column of every deadline."""
    return list(Deadline.objects.order_by("pk").values())


def test_writing_the_same_twice_changes_nothing(discharge):
    before = everything()
    assert transitions_renew([discharge.pk], now=NOW + timedelta(days=9)) == 0
    assert patients_differing([discharge.patient_id], now=NOW + timedelta(days=9)) == []
    assert everything() == before


def called(world, discharge, outcome=Outcome.REACHED):
    """Today, by phone; nobody picks up unless somebody was reached."""
    said = Said(
        service_date=factories.TODAY, duration=Duration(5), activity=Activity.CARE_COORDINATION, program=Program.TRANSITIONAL_CARE,
        note="called", spoken_to=SpokenTo.PATIENT, mode=Mode.PHONE, direction="out", outcome=outcome, transition=discharge,
    )  # fmt: skip
    return contact_record(actor=world.coordinator, patient=discharge.patient, said=said, form_key=uuid7(), now=NOW)


def test_a_call_settles_the_contact_and_taking_it_back_opens_it_again(riverbend, discharge):
    contact = called(riverbend, discharge)
    met = stored("contact", discharge)
    assert (met.settled_as, met.settled_at, met.next_at) == ("met", NOW, None)
    later = NOW + timedelta(hours=22)
    contact_void(actor=riverbend.coordinator, contact=contact, version=1, reason="another patient", now=later)
    again = stored("contact", discharge)
    assert (again.settled_as, again.settled_at) == ("", None)
    assert (again.level, again.next_at) == (1, again.levels[1])  # the warning has passed: only the care team is told


def test_two_calls_in_vain_settle_the_contact_and_ask_to_try_again(riverbend, discharge):
    called(riverbend, discharge, Outcome.NO_ANSWER)
    assert (stored("contact", discharge).settled_as, stored("contact", discharge).said["attempts"]) == ("", 1)
    called(riverbend, discharge, Outcome.VOICEMAIL)
    assert stored("contact", discharge).settled_as == "met"
    assert stored("retry", discharge).due_on == TUESDAY
    called(riverbend, discharge)
    assert stored("retry", discharge).settled_as == "withdrawn"


def test_medicines_that_were_reconciled_and_were_not(riverbend, discharge):
    step = step_record(
        actor=riverbend.coordinator,
        transition=discharge,
        kind=Step.RECONCILIATION,
        on=factories.TODAY,
        done_by=riverbend.coordinator,
        note="",
        now=NOW,
    )
    assert stored("reconciliation", discharge).settled_as == "met"
    step_withdraw(actor=riverbend.coordinator, step=step, version=step.version, because="of somebody else", now=NOW)
    assert stored("reconciliation", discharge).settled_as == ""


def test_what_moves_begins_anew_and_is_no_longer_put_off(riverbend, discharge):
    first = stored("contact", discharge)
    first.level, first.next_at, first.snoozed_until = 4, None, NOW + timedelta(hours=2)
    first.save()
    Holiday.objects.create(day=factories.TODAY, name="Founders' day")
    assert transitions_renew([discharge.pk], now=NOW) == 1  # days of visits are calendar days
    moved = stored("contact", discharge)
    assert (moved.due_on, moved.level, moved.snoozed_until) == (date(2026, 11, 18), 0, None)
    assert moved.next_at == datetime(2026, 11, 18, 7, tzinfo=UTC)
    assert moved.said["holidays"] == ["2026-11-16"]


def test_whom_a_person_waits_for_stays_when_facts_change(riverbend, discharge):
    Deadline.objects.filter(about=discharge.pk, kind="visit_last").update(
        waits_on_name="Dr. Gale's office", waits_since=NOW, waits_on=riverbend.coordinator
    )
    Holiday.objects.create(day=factories.TODAY, name="Founders' day")
    transitions_renew([discharge.pk], now=NOW)
    waits = stored("visit_last", discharge)
    assert (waits.waits_on, waits.waits_on_name, waits.waits_since) == (riverbend.coordinator, "Dr. Gale's office", NOW)


def test_an_open_deadline_of_which_nobody_would_be_told_is_healed(discharge):
    Deadline.objects.filter(about=discharge.pk, kind="contact").update(next_at=None)
    [found] = patients_renew([discharge.patient_id], now=NOW)
    assert (found.deadline.kind, found.columns) == ("contact", ("next_at",))
    assert stored("contact", discharge).next_at == datetime(2026, 11, 17, 7, tzinfo=UTC)


def test_of_a_merged_record_nothing_is_due(riverbend, discharge):
    Patient.objects.filter(pk=discharge.patient_id).update(merged_into=factories.a_patient())
    patients_renew([discharge.patient_id], now=NOW)
    assert set(Deadline.objects.values_list("settled_as", flat=True)) == {"withdrawn"}


def test_what_is_due_follows_the_discharge_when_two_records_become_one_and_come_apart(riverbend, discharge):
    kept = factories.an_enrolled_patient(riverbend, "Maria", "Lopes")
    Deadline.objects.filter(about=discharge.pk, kind="contact").update(snoozed_until=NOW + timedelta(hours=2))
    merge = merged(riverbend, kept, riverbend.patient)
    assert stored("contact", discharge).patient == kept
    assert stored("contact", discharge).snoozed_until == NOW + timedelta(hours=2)
    assert patients_differing([kept.pk, riverbend.patient.pk], now=NOW) == []
    merge_undo(actor=riverbend.members["supervisor"], merge=merge, now=NOW)
    assert stored("contact", discharge).patient == riverbend.patient
    assert patients_differing([kept.pk, riverbend.patient.pk], now=NOW) == []


@pytest.mark.parametrize("many", [1, 12])
def test_renewing_takes_as_many_statements_however_many_there_are(riverbend, django_assert_num_queries, many):
    with agency_context(riverbend.agency):
        patients = [factories.an_enrolled_patient(riverbend, f"Ann{n}", "Bee") for n in range(many)]
        for patient in patients:
            a_discharge(riverbend, patient)
        patients_renew([each.pk for each in patients], now=NOW)
        Holiday.objects.create(day=factories.TODAY, name="Founders' day")
        with django_assert_num_queries(15):
            assert len(patients_renew([each.pk for each in patients], now=NOW)) == many


def test_patients_are_held_before_their_facts_are_read(discharge):
    """Or a call that is saved at this moment would settle the contact, and what was read before it open it again."""
    with CaptureQueriesContext(connection) as asked:
        patients_renew([discharge.patient_id], now=NOW)
    first, *others = [each["sql"] for each in asked]
    assert "coordination_patient" in first and first.endswith("FOR NO KEY UPDATE")
    assert len(others) > 5


# ---------- the calendar changes ----------


@pytest.fixture
def asked(monkeypatch):
    """What the broker was asked for; renewing runs at once."""
    found = []

    def at_once(**kwargs):
        found.append(("renew_deadlines", kwargs))
        tasks.renew_deadlines.run(**kwargs.get("kwargs", {}))

    def chunk(*args):
        found.append(("renew_chunk", args))
        tasks.renew_chunk.run(*args)

    monkeypatch.setattr(tasks.renew_deadlines, "apply_async", at_once)
    monkeypatch.setattr(tasks.renew_chunk, "delay", chunk)
    return found


def hours(world, **said):
    known = {
        "visit_day": 0, "team_hours_before": 12, "supervisor_hours_before": 9, "care_plan_months": 12, "rating_scale_days": 30,
    }  # fmt: skip
    deadline_settings_save(actor=world.admin, version=1, **known | said)


CHANGES = {
    "a day off": (lambda world: holiday_add(actor=world.admin, day=factories.TODAY, name="Founders' day"), "contact"),
    "the convention": (lambda world: hours(world, visit_day=1), "visit_last"),
    "hours": (lambda world: hours(world, team_hours_before=20), "reconciliation"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_the_calendar_counts_anew_after_the_commit(
    riverbend, discharge, asked, django_capture_on_commit_callbacks, change
):
    make, kind = CHANGES[change]
    before = stored(kind, discharge)
    with django_capture_on_commit_callbacks(execute=True):
        make(riverbend)
        assert (asked, stored(kind, discharge).levels) == ([], before.levels)
    assert stored(kind, discharge).levels != before.levels
    assert [name for name, _ in asked][:2] == ["renew_deadlines", "renew_chunk"]
    assert patients_differing([discharge.patient_id], now=NOW) == []


def test_a_day_off_that_is_taken_away_counts_again(riverbend, discharge, asked, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        day = holiday_add(actor=riverbend.admin, day=factories.TODAY, name="Founders' day")
    with django_capture_on_commit_callbacks(execute=True):
        holiday_remove(actor=riverbend.admin, holiday=day)
    assert stored("contact", discharge).due_on == TUESDAY


def test_without_a_broker_the_change_is_saved_and_the_night_renews(
    riverbend, discharge, monkeypatch, django_capture_on_commit_callbacks
):
    def gone(**kwargs):
        raise OperationalError("refused")

    monkeypatch.setattr(tasks.renew_deadlines, "apply_async", gone)
    with structlog.testing.capture_logs() as logs, django_capture_on_commit_callbacks(execute=True):
        holiday_add(actor=riverbend.admin, day=factories.TODAY, name="Founders' day")
    assert [entry["event"] for entry in logs] == ["deadlines_renewed_tonight"]
    assert stored("contact", discharge).due_on == TUESDAY
    assert Holiday.objects.filter(day=factories.TODAY).exists()
    tasks.renew_chunk.run(str(discharge.patient_id), None, False)
    assert stored("contact", discharge).due_on == date(2026, 11, 18)


def test_patients_are_handed_out_in_chunks_that_leave_nobody_out(
    riverbend, discharge, asked, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(tasks, "CHUNK", 2)
    others = [factories.a_patient(f"Ann{n}", "Bee") for n in range(3)]
    for each in others:
        a_discharge(riverbend, each)
    Deadline.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        tasks.renew_deadlines.run()
    assert [name for name, _ in asked] == ["renew_chunk"] * 2
    assert Deadline.objects.filter(kind="contact").count() == 4


# ---------- days off of years to come ----------


def test_a_year_without_a_day_off_is_filled_and_one_that_was_looked_after_is_not(riverbend):
    with agency_context(riverbend.agency):
        Holiday.objects.create(day=date(2026, 7, 3), name="Independence day, observed")
        assert holidays_fill_ahead(today=factories.TODAY) > 10
        assert Holiday.objects.filter(day__year=2026).count() == 1
        assert Holiday.objects.filter(day=date(2027, 11, 25)).exists()
        assert holidays_fill_ahead(today=factories.TODAY) == 0


def test_the_first_day_off_of_a_year_brings_its_federal_days(riverbend):
    """Or the year would have this one alone: a year without any is counted with the federal ones."""
    with agency_context(riverbend.agency):
        holiday_add(actor=riverbend.admin, day=date(2027, 11, 25), name="Harvest")
        assert Holiday.objects.get(day=date(2027, 11, 25)).name == "Harvest"
        assert Holiday.objects.filter(day=date(2027, 12, 24)).exists()  # Christmas, a Saturday
        assert Holiday.objects.filter(day__year=2027).count() > 10
        holiday_add(actor=riverbend.admin, day=date(2027, 3, 1), name="Founders' day")
        assert Holiday.objects.filter(day__year=2027, name="Harvest").exists()


# ---------- every night ----------


@pytest.mark.django_db(databases=["default", "system"])
def test_the_night_heals_what_differs_and_tells_without_a_name(discharge, asked, django_capture_on_commit_callbacks):
    Deadline.objects.filter(about=discharge.pk, kind="contact").update(due_on=date(2026, 11, 20))
    Deadline.objects.filter(about=discharge.pk, kind="visit_last").delete()
    before = Heartbeat.objects.using("system").filter(name=tasks.HEALED).first()
    with structlog.testing.capture_logs() as logs, django_capture_on_commit_callbacks(execute=True):
        tasks.renew_deadlines.run(check=True)
    told = {"event": "deadlines_differed", "agency": "riverbend", "healed": 2, "kinds": {"contact": 1, "visit_last": 1}}
    assert logs == [told | {"log_level": "error"}]
    assert told.keys() <= FIELDS  # what a line in production may hold
    assert stored("contact", discharge).due_on == TUESDAY
    assert stored("visit_last", discharge).due_on == date(2026, 11, 27)
    assert Heartbeat.objects.using("system").get(name=tasks.HEALED).found == (before.found if before else 0) + 2
    with structlog.testing.capture_logs() as logs, django_capture_on_commit_callbacks(execute=True):
        tasks.renew_deadlines.run(check=True)
    assert logs == []


@pytest.mark.django_db(databases=["default", "system"])
def test_every_agency_is_asked_for(worlds, monkeypatch):
    asked = []
    monkeypatch.setattr(tasks.renew_deadlines, "apply_async", lambda **said: asked.append(said))
    assert tasks.check_deadlines.run() == 2
    assert [(said["agency"].slug, said["kwargs"]) for said in asked] == [
        ("riverbend", {"check": True}),
        ("harbor", {"check": True}),
    ]


def told(*more):
    out = StringIO()
    code = 0
    try:
        call_command("check_deadlines", "--agency", "riverbend", *more, stdout=out)
    except SystemExit as ended:
        code = ended.code
    return code, out.getvalue()


def test_the_command_says_what_differs_and_changes_nothing(discharge):
    assert told() == (0, "riverbend: 0 deadlines differ from what is due\n")
    Deadline.objects.filter(about=discharge.pk, kind="contact").update(due_on=date(2026, 11, 20))
    Deadline.objects.filter(about=discharge.pk, kind="visit_last").delete()
    before = everything()
    code, lines = told()
    assert (code, lines.splitlines()) == (
        1,
        [
            f"contact about {discharge.pk}, due 2026-11-17: due_on",
            f"visit_last about {discharge.pk}, due 2026-11-27: missing",
            "riverbend: 2 deadlines differ from what is due",
        ],
    )
    code, document = told("--json")
    assert (code, json.loads(document)["differing"][1]["differs"]) == (1, "missing")
    assert everything() == before
