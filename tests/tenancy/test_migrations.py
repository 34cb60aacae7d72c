"""Migrations on a database that two agencies already work in: the owner sees all rows, the walls stand before and after."""

from collections.abc import Iterator
from importlib import import_module

import pytest
from django.core.management import call_command
from django.db import ProgrammingError, connections, migrations
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState

from billing.models import ChargeRun
from billing.services.charge_run import charge_run
from coordination.models import Condition, Patient, PatientEvent
from tenancy.context import agency_context
from tenancy.models import CompositeForeignKey, uuid7
from tests import factories
from tests.tenancy import catalog
from tests.tenancy.support import NO_AGENCY, contents, insert_like, refusal, sql, violation

ALIASES = ("default", "owner", "system")
KEY = "coordination_condition_patient_same_agency"


@pytest.fixture(scope="module")
def scratch(django_db_setup, django_db_blocker) -> Iterator[None]:
    """All three connections on a database of its own, made by the owner and migrated from nothing."""
    settings = [connections[alias].settings_dict for alias in ALIASES]
    name = settings[0]["NAME"]

    def point_at(database: str) -> None:
        connections.close_all()
        for each in settings:
            each["NAME"] = database

    with django_db_blocker.unblock():
        with connections["owner"]._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}_scratch"')
            cursor.execute(f'CREATE DATABASE "{name}_scratch"')
        point_at(f"{name}_scratch")
        try:
            call_command("migrate", verbosity=0)
            yield
        finally:
            point_at(name)
            with connections["owner"]._nodb_cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{name}_scratch"')
            connections.close_all()


@pytest.fixture
def two_at_work(scratch, django_db_blocker, at):
    with django_db_blocker.unblock():
        yield factories.worlds()
        call_command("migrate", verbosity=0)
        call_command("flush", database="owner", interactive=False, verbosity=0)


def everything(worlds):
    return {world.slug: contents(world.agency) for world in (worlds.riverbend, worlds.harbor)}


def test_billing_is_taken_down_and_put_up_again_beside_patients(two_at_work):
    before = {
        slug: {table: rows for table, rows in tables.items() if not table.startswith("billing_")}
        for slug, tables in everything(two_at_work).items()
    }
    call_command("migrate", "billing", "zero", verbosity=0)
    assert sql("SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname LIKE 'billing\\_%'", using="owner") == [
        (0,)
    ]
    call_command("migrate", verbosity=0)
    assert catalog.all_faults() == []
    after = everything(two_at_work)
    for slug, tables in before.items():
        assert {table: after[slug][table] for table in tables} == tables
    for world in (two_at_work.riverbend, two_at_work.harbor):
        with agency_context(world.agency):
            factories.a_contract()
            charge_run(month=factories.MONTH, now=factories.NOW)
            assert ChargeRun.objects.count() == 1


def test_coordination_is_taken_down_and_its_walls_come_up_again(two_at_work):
    call_command("migrate", "coordination", "zero", verbosity=0)
    assert sql("SELECT count(*) FROM pg_policies WHERE tablename LIKE 'coordination\\_%'", using="owner") == [(0,)]
    call_command("migrate", verbosity=0)
    assert catalog.all_faults() == []
    with agency_context(two_at_work.riverbend.agency):
        assert Patient.objects.count() == 0


BEFORE_ONE = """
CREATE FUNCTION app_sec.verified(setting text, kind text) RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, app_sec, pg_temp AS $$ BEGIN RETURN 0; END $$;
CREATE OR REPLACE FUNCTION app_sec.agency() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, app_sec, pg_temp AS $$ SELECT app_sec.verified('app.agency', 'a') $$;
CREATE OR REPLACE FUNCTION app_sec.person() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, app_sec, pg_temp AS $$ SELECT app_sec.verified('app.person', 'u') $$;
"""
"""The functions of a database that was made before each verified its token alone; what they answered is beside the point."""


def test_functions_of_before_are_replaced_beneath_the_policies_that_ask_them(two_at_work):
    before = everything(two_at_work)
    sql(BEFORE_ONE, using="owner")
    with agency_context(two_at_work.riverbend.agency):
        assert Patient.objects.count() == 0
    [replaced] = import_module("tenancy.migrations.0006_verify_in_one").Migration.operations
    with connections["owner"].schema_editor() as editor:
        replaced.database_forwards("tenancy", editor, ProjectState(), ProjectState())
    assert catalog.all_faults() == []
    assert sql("SELECT to_regprocedure('app_sec.verified(text, text)')", using="owner") == [(None,)]
    assert everything(two_at_work) == before
    assert refusal("SELECT * FROM coordination_patient") == NO_AGENCY


def test_a_composite_key_added_later_is_checked_against_the_rows_of_every_agency(two_at_work):
    """PostgreSQL validates a new key with a query of the owner's: a wall that hid rows from the owner would let the fault pass."""
    key = CompositeForeignKey(field="patient", name=KEY)
    with connections["owner"].schema_editor(collect_sql=True) as editor:
        editor.add_constraint(Condition, key)
    [add] = [statement for statement in editor.collected_sql if KEY in statement]
    sql(f"ALTER TABLE coordination_condition DROP CONSTRAINT {KEY}", using="owner")
    here, there = two_at_work.riverbend.agency.pk, two_at_work.harbor.patient.pk
    sql(
        insert_like("coordination_condition", id=uuid7(), agency_id=here, patient_id=there, text="points across"),
        using="owner",
    )
    assert refusal(add, using="owner") == violation("coordination_condition", "patient")
    assert catalog.all_faults() == ["coordination.Condition.patient has no key (agency_id, patient_id)"]
    sql("DELETE FROM coordination_condition WHERE text = 'points across'", using="owner")
    sql(add, using="owner")
    assert catalog.all_faults() == []


def run_python(work, alias):
    """Run `work` the way a data migration is run."""
    executor = MigrationExecutor(connections["owner"])
    state = executor.loader.project_state()
    operation = migrations.RunPython(work)
    with connections[alias].schema_editor() as editor:
        operation.database_forwards("coordination", editor, state, state)


def test_a_data_migration_of_the_owner_reaches_the_rows_of_every_agency_and_leaves_history(two_at_work):
    changed = []

    def speak_spanish(apps, editor):
        changed.append(
            apps.get_model("coordination", "Patient").objects.using(editor.connection.alias).update(language="es")
        )

    run_python(speak_spanish, "owner")
    assert changed == [2]
    for world in (two_at_work.riverbend, two_at_work.harbor):
        with agency_context(world.agency):
            assert [patient.language for patient in Patient.objects.all()] == ["es"]
            assert list(PatientEvent.objects.order_by("pgh_id").values_list("pgh_label", "agency_id"))[-1] == (
                "update",
                world.agency.pk,
            )


def test_a_data_migration_run_as_the_application_changes_nothing_and_says_so(two_at_work):
    before = everything(two_at_work)
    with pytest.raises(ProgrammingError, match=NO_AGENCY.split(":")[0]):
        run_python(
            lambda apps, editor: (
                apps.get_model("coordination", "Patient").objects.using("default").update(language="es")
            ),
            "default",
        )
    assert everything(two_at_work) == before
