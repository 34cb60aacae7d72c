"""SQL that an injection could run as the application's role while Riverbend works. Nothing of Harbor is read or changed by it."""

import hashlib
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from coordination.models import Condition, Patient
from tenancy import tokens
from tenancy.context import agency_context, person_context
from tenancy.models import uuid7
from tests.factories import a_patient
from tests.tenancy.attacks import ATTACKS, LOOK
from tests.tenancy.support import NO_AGENCY, another_session, insert_like, refusal, sql, violation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("harbor_stays_as_it_was")]


@pytest.fixture
def names(worlds) -> dict[str, Any]:
    """What an attacker inside Riverbend knows or guesses."""
    own = tokens.mint(tokens.AGENCY, worlds.riverbend.agency.pk)
    _, expiry, mac = own.split(":")
    later = int(expiry) + 10**6
    there = worlds.harbor.agency.pk
    return {
        "here": worlds.riverbend.agency.pk,
        "there": there,
        "own": own,
        "expiry": expiry,
        "mac": mac,
        "later": later,
        "expired": tokens.mint(tokens.AGENCY, worlds.riverbend.agency.pk, lifetime=-1),
        "person": tokens.mint(tokens.PERSON, there),
        "patient": worlds.harbor.patient.pk,
        "user": worlds.harbor.coordinator.user_id,
        "empty_key_mac": hashlib.sha256(hashlib.sha256(f"a{there}:{later}".encode()).digest()).hexdigest(),
        "fresh": uuid7(),
    }


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_injection_inside_riverbend_gets_nowhere(attack, names, riverbend):
    statement = attack.statement.format(**names)
    with agency_context(riverbend.agency):
        if isinstance(attack.answer, str) and attack.answer != "EXPLAIN":
            assert refusal(statement) == attack.answer.replace("DATABASE", connection.settings_dict["NAME"])
            assert sql("SELECT mrn FROM coordination_patient") == [("QRIV-1",)]
        elif attack.answer == "EXPLAIN":
            # A one-time filter: the two agencies are compared before a row is looked at.
            assert sql(statement)[0] == ("Result",)
        else:
            with transaction.atomic():
                assert run_last(statement) == attack.answer
                transaction.set_rollback(True)


def run_last(statement: str) -> list[tuple]:
    """The rows of the last of several statements."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        while cursor.nextset():
            pass
        return cursor.fetchall() if cursor.description else []


@pytest.mark.parametrize(
    "statement",
    [
        LOOK,
        "SELECT 1 FROM coordination_patient LIMIT 1",
        "UPDATE coordination_patient SET language = ''",
        "DELETE FROM coordination_patient",
        insert_like("coordination_patient", id=uuid7()),
        "SELECT app_sec.agency()",
        "EXPLAIN ANALYZE SELECT * FROM coordination_patient",
    ],
)
def test_raw_sql_without_an_agency_is_refused(statement, worlds):
    assert refusal(statement) == NO_AGENCY


def test_raw_of_the_orm_passes_the_manager_and_is_stopped_by_postgresql(worlds):
    with pytest.raises(Exception, match="no app.agency in context"), transaction.atomic():
        list(Patient.objects.raw(LOOK))
    with agency_context(worlds.riverbend.agency):
        assert [patient.mrn for patient in Patient.objects.raw(LOOK)] == ["QRIV-1"]


def copied_out() -> bytes:
    with connection.cursor() as cursor, cursor.copy("COPY coordination_patient (mrn) TO STDOUT") as copy:
        return b"".join(bytes(part) for part in copy)


def test_copying_out_gives_one_s_own_rows_and_without_an_agency_a_refusal(worlds):
    with pytest.raises(Exception, match="no app.agency in context"), transaction.atomic():
        copied_out()
    with agency_context(worlds.riverbend.agency):
        assert copied_out() == b"QRIV-1\n"


def test_a_prepared_plan_kept_from_one_agency_answers_for_the_next(worlds):
    sql("PREPARE kept AS SELECT mrn FROM coordination_patient")
    sql("SET LOCAL plan_cache_mode = force_generic_plan")
    for world, mrn in ((worlds.riverbend, "QRIV-1"), (worlds.harbor, "QZHARB-1"), (worlds.riverbend, "QRIV-1")):
        with agency_context(world.agency):
            assert sql("EXECUTE kept") == [(mrn,)]
    assert refusal("EXECUTE kept") == NO_AGENCY
    with pytest.raises(ProgrammingError, match="does not exist"), transaction.atomic():
        sql("EXECUTE kept")  # the driver forgets what a session has prepared whenever a transaction fails


def test_a_token_left_on_the_session_is_neither_used_nor_seen_by_the_next_request(worlds):
    """An injection may set its own token for the session; who comes next on the connection brings another."""
    with agency_context(worlds.riverbend.agency):
        sql("SELECT set_config('app.agency', %s, false)", [tokens.mint(tokens.AGENCY, worlds.riverbend.agency.pk)])
        assert sql("SELECT mrn FROM coordination_patient") == [("QRIV-1",)]
    with agency_context(worlds.harbor.agency):
        assert sql("SELECT mrn FROM coordination_patient") == [("QZHARB-1",)]


def test_a_person_s_token_opens_their_own_memberships_and_no_other(worlds):
    with person_context(worlds.riverbend.coordinator.user):
        assert sql("SELECT name FROM tenancy_membership") == [("Dana QRIV",)]
        assert sql("SELECT name FROM tenancy_membership WHERE agency_id = %s", [worlds.harbor.agency.pk]) == []
        assert refusal("UPDATE tenancy_membership SET role = 'admin'") == NO_AGENCY
        assert refusal(insert_like("tenancy_membership", id=uuid7(), agency_id=worlds.harbor.agency.pk)) == NO_AGENCY


def test_a_key_into_the_other_agency_is_answered_like_one_into_nothing(worlds):
    def point_at(patient):
        return refusal(insert_like("coordination_condition", id=uuid7(), patient_id=patient))

    with agency_context(worlds.riverbend.agency):
        assert point_at(worlds.harbor.patient.pk) == point_at(uuid7()) == violation("coordination_condition", "patient")
        assert Condition.objects.count() == 2


def test_the_same_record_number_in_the_other_agency_is_no_conflict_and_no_hint(worlds):
    with agency_context(worlds.riverbend.agency):
        assert a_patient(mrn="QZHARB-1").mrn == "QZHARB-1"
        assert Patient.objects.filter(mrn="QZHARB-1").count() == 1


def test_another_session_that_knows_no_token_sees_nothing(worlds):
    with agency_context(worlds.harbor.agency), another_session() as stranger:
        with pytest.raises(Exception, match="no app.agency in context"):
            stranger.execute("SELECT app_sec.agency()")
        [(shown,)] = [
            stranger.execute(
                "SELECT string_agg(query, '') FROM pg_stat_activity WHERE usename = 'careledger_app'"
                " AND pid <> pg_backend_pid()"
            ).fetchone()
        ]
        assert shown == ""


def test_sessions_are_no_table(worlds, signed_in):
    signed_in(worlds.harbor.coordinator)
    assert sql("SELECT relname FROM pg_class WHERE relname LIKE '%%session%%' AND relkind = 'r'") == []


def test_the_password_of_a_person_of_the_other_agency_is_out_of_reach(worlds):
    change = "UPDATE tenancy_user SET password = 'x' WHERE id = %s RETURNING id"
    victim = worlds.harbor.coordinator.user_id
    with agency_context(worlds.riverbend.agency):
        assert refusal(change, [victim]).startswith("no app.person in context")
        with person_context(worlds.riverbend.coordinator.user):
            assert sql(change, [victim]) == []
            assert len(sql(change, [worlds.riverbend.coordinator.user_id])) == 1


def test_a_person_alone_changes_and_removes_no_membership(worlds):
    """The person's token reads their places; it must not write them, whatever agency they are in."""
    with person_context(worlds.harbor.coordinator.user):
        assert sql("SELECT count(*) FROM tenancy_membership") == [(1,)]
        for write in (
            "DELETE FROM tenancy_membership",
            "UPDATE tenancy_membership SET role = 'admin'",
            "UPDATE tenancy_membership SET agency_id = agency_id",
        ):
            assert refusal(write).startswith("no app.agency in context"), write
