"""Faults planted for real, each found and named by the catalog's checks: a test that cannot fail guards nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connections, models, transaction
from django.test.utils import isolate_apps

from coordination.models import Condition, Patient
from tenancy.context import agency_context
from tenancy.models import Membership, TenantForeignKey, TenantModel
from tests import factories
from tests.tenancy import catalog
from tests.tenancy.support import refusal, sql

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

OPEN_POLICY = "CREATE POLICY helpful ON coordination_patient TO careledger_app USING (true)"
PLAIN_KEY = """ALTER TABLE coordination_condition DROP CONSTRAINT coordination_condition_patient_same_agency,
               ADD CONSTRAINT simpler FOREIGN KEY (patient_id) REFERENCES coordination_patient (id)"""

PLANTED = {
    "row security off": (
        "ALTER TABLE coordination_patient DISABLE ROW LEVEL SECURITY",
        ["coordination_patient: row security is off"],
    ),
    "row security that spares the owner": (
        "ALTER TABLE coordination_patient NO FORCE ROW LEVEL SECURITY",
        ["coordination_patient: row security does not bind its owner (FORCE)"],
    ),
    "a second policy": (OPEN_POLICY, ["coordination_patient: policy helpful is one too many"]),
    "a policy that was widened": (
        "ALTER POLICY coordination_patient_wall_app ON coordination_patient USING (true)",
        [
            "coordination_patient: policy coordination_patient_wall_app says ('PERMISSIVE', 'ALL', ['careledger_app'], 'true', "
            "'(agency_id = ( SELECT app_sec.agency() AS agency))'), agreed is ('PERMISSIVE', 'ALL', ['careledger_app'], "
            "'(agency_id = ( SELECT app_sec.agency() AS agency))', '(agency_id = ( SELECT app_sec.agency() AS agency))')"
        ],
    ),
    "a policy for everybody": (
        "ALTER POLICY coordination_patient_wall_owner ON coordination_patient TO PUBLIC",
        [
            "coordination_patient: policy coordination_patient_wall_owner says ('PERMISSIVE', 'ALL', ['public'], 'true', 'true'), "
            "agreed is ('PERMISSIVE', 'ALL', ['careledger_owner'], 'true', 'true')"
        ],
    ),
    "a policy too few": (
        "DROP POLICY coordination_patient_wall_owner ON coordination_patient",
        ["coordination_patient: policy coordination_patient_wall_owner is missing"],
    ),
    "a plain key": (
        PLAIN_KEY,
        [
            "coordination_condition: key simpler (patient_id) lets a row point into another agency's coordination_patient",
            "coordination.Condition.patient has no key (agency_id, patient_id)",
        ],
    ),
    "a key nobody checked": (
        "ALTER TABLE coordination_timelog ADD CONSTRAINT later FOREIGN KEY (agency_id, patient_id)"
        " REFERENCES coordination_patient (agency_id, id) NOT VALID",
        ["coordination_timelog: key later was never checked against the rows that were there"],
    ),
    "an index too few": (
        "DROP INDEX patient_d150e1a0_idx",
        [
            "coordination_condition: no index begins with (agency_id, patient_id), "
            "as the key coordination_condition_patient_same_agency wants"
        ],
    ),
    "a unique without agency": (
        "CREATE UNIQUE INDEX one_mrn ON coordination_patient (mrn)",
        ["coordination_patient: one_mrn is unique across agencies, it begins with mrn"],
    ),
    "an exclusion without agency": (
        "ALTER TABLE coordination_patient ADD CONSTRAINT one_birthday"
        " EXCLUDE USING gist (daterange(birth_date, birth_date, '[]') WITH &&)",
        [
            "coordination_patient: one_birthday is unique across agencies, "
            "it begins with daterange(birth_date, birth_date, '[]'::text)"
        ],
    ),
    "a function that forgets to ask again": (
        "ALTER FUNCTION app_sec.agency() IMMUTABLE",
        [
            "function app_sec.agency is IMMUTABLE: a kept plan would answer for the agency before",
            "function app_sec.agency is not STABLE, or claims to be leakproof",
        ],
    ),
    "a function with its owner's hands": (
        "CREATE FUNCTION public.all_patients() RETURNS SETOF coordination_patient LANGUAGE sql SECURITY DEFINER"
        " AS 'SELECT * FROM coordination_patient'",
        [
            "function public.all_patients works with its owner's rights and is not on the list",
            "function public.all_patients works with its owner's rights and looks names up along any path",
        ],
    ),
    "a function that looks where it should not": (
        "ALTER FUNCTION app_sec.agency() SET search_path = public",
        ["function app_sec.agency works with its owner's rights and looks names up along search_path=public"],
    ),
    "a function that remembers a setting": (
        "CREATE FUNCTION public.whose() RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT current_setting(''app.agency'')'",
        ["function public.whose is IMMUTABLE: a kept plan would answer for the agency before"],
    ),
    "a view": (
        "CREATE VIEW everybody AS SELECT * FROM coordination_patient",
        ["view everybody reads with its owner's eyes (no security_invoker)"],
    ),
    "a materialized view": (
        "CREATE MATERIALIZED VIEW everybody AS SELECT 1 AS one",
        ["materialized view everybody is a copy outside the walls"],
    ),
    "a rule": (
        "CREATE RULE spy AS ON INSERT TO coordination_patient DO ALSO NOTHING",
        ["coordination_patient: rule spy rewrites statements"],
    ),
    "a table of nobody's": (
        "CREATE TABLE notes (id bigint PRIMARY KEY)",
        [
            "notes has no agency_id and does not stand on the list of open tables",
            "notes: careledger_app may nothing; agreed is DELETE, INSERT, SELECT, UPDATE",
        ],
    ),
    "truncate for the app": (
        "GRANT TRUNCATE ON coordination_patient TO careledger_app",
        [
            "coordination_patient: careledger_app may DELETE, INSERT, SELECT, TRUNCATE, UPDATE; "
            "agreed is DELETE, INSERT, SELECT, UPDATE"
        ],
    ),
    "patients for everybody": (
        "GRANT SELECT ON coordination_patient TO PUBLIC",
        ["coordination_patient: PUBLIC may SELECT; agreed is nothing"],
    ),
    "patients for the sweep": (
        "GRANT SELECT (mrn) ON coordination_patient TO careledger_system",
        ["coordination_patient.mrn: careledger_system may SELECT, which is not agreed"],
    ),
    "a door that was widened": (
        "GRANT SELECT (patient_id), UPDATE (due_at) ON coordination_deadline TO careledger_system",
        [
            "coordination_deadline.due_at: careledger_system may UPDATE, which is not agreed",
            "coordination_deadline.patient_id: careledger_system may SELECT, which is not agreed",
        ],
    ),
    "a door for the app": (
        "ALTER POLICY coordination_deadline_sweep_select ON coordination_deadline TO careledger_app",
        [
            "coordination_deadline: policy coordination_deadline_sweep_select says ('PERMISSIVE', 'SELECT', "
            "['careledger_app'], 'true', None), agreed is ('PERMISSIVE', 'SELECT', ['careledger_system'], 'true', None)"
        ],
    ),
    "a door that is shut": (
        "DROP POLICY coordination_alert_sweep_insert ON coordination_alert",
        ["coordination_alert: policy coordination_alert_sweep_insert is missing"],
    ),
    "the keys for the app": (
        "GRANT SELECT ON app_sec.key TO careledger_app",
        ["careledger_app may read the signing keys"],
    ),
    "temporary tables for everybody": (
        "DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', current_database()); END $$",
        ["careledger_app may create temporary tables", "careledger_system may create temporary tables"],
    ),
    "tables for the app": (
        "GRANT CREATE ON SCHEMA public TO careledger_app",
        ["careledger_app may create in schema public"],
    ),
    "history that can be rewritten": (
        "GRANT UPDATE ON billing_decision TO careledger_app",
        [
            "billing_decision is append-only and the app may UPDATE",
            "billing_decision: careledger_app may INSERT, SELECT, UPDATE; agreed is INSERT, SELECT",
        ],
    ),
    "history without its trigger": (
        "ALTER TABLE coordination_patientevent DISABLE TRIGGER USER",
        ["coordination_patientevent is append-only and has no trigger that says so"],
    ),
}


@contextmanager
def planted(statement: str) -> Iterator[None]:
    """The fault is there inside, for the owner's session alone."""
    with transaction.atomic(using="owner"):
        sql(statement, using="owner")
        yield
        transaction.set_rollback(True, using="owner")


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_named(fault):
    statement, sentences = PLANTED[fault]
    assert catalog.all_faults() == []
    with planted(statement):
        assert sorted(catalog.all_faults()) == sorted(sentences)
    assert catalog.all_faults() == []


def test_a_tenant_table_without_any_wall_has_every_fault_named():
    with planted("CREATE TABLE notes (id bigint PRIMARY KEY, agency_id bigint NOT NULL)"):
        assert set(catalog.all_faults()) >= {
            "notes: row security is off",
            "notes: row security does not bind its owner (FORCE)",
            "notes: policy notes_wall_app is missing",
            "notes: policy notes_wall_owner is missing",
            "notes: no UNIQUE (agency_id, id) for keys to point at",
        }


def test_a_plain_reference_and_an_automatic_table_between_tenant_models_are_named(monkeypatch):
    with isolate_apps("coordination"):

        class Tag(TenantModel):
            class Meta(TenantModel.Meta):
                app_label = "coordination"

        class Note(TenantModel):
            patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
            author = TenantForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
            tags = models.ManyToManyField(Tag)

            class Meta(TenantModel.Meta):
                app_label = "coordination"

        monkeypatch.setattr(catalog.apps, "get_models", lambda: [Note, Tag])
        assert catalog.models_not_as_agreed(catalog.reader("owner")) == [
            "coordination.Note.patient is a plain ForeignKey into tenant data: use TenantForeignKey",
            "coordination.Note.author has no key (agency_id, author_id)",
            "coordination.Note.tags makes a table without an agency: name a through model",
        ]


# The faults are not only named: this is what they would have let through.


@pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"])
def test_a_second_policy_would_show_every_agency_s_patients(worlds):
    look = "SELECT mrn FROM coordination_patient ORDER BY 1"
    sql(OPEN_POLICY, using="owner")
    try:
        with agency_context(worlds.riverbend.agency):
            assert sql(look) == [("QRIV-1",), ("QZHARB-1",)]
            assert [patient.mrn for patient in Patient.objects.all()] == [
                "QRIV-1"
            ]  # the application's wall still stands
        assert catalog.all_faults() == ["coordination_patient: policy helpful is one too many"]
    finally:
        sql("DROP POLICY helpful ON coordination_patient", using="owner")
    with agency_context(worlds.riverbend.agency):
        assert sql(look) == [("QRIV-1",)]


@pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"])
def test_a_plain_key_would_take_a_row_that_points_into_the_other_agency(worlds):
    point = {"patient_id": worlds.harbor.patient.pk, "text": "points across"}
    composite = sql(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'coordination_condition_patient_same_agency'",
        using="owner",
    )[0][0]
    sql(PLAIN_KEY, using="owner")
    try:
        with agency_context(worlds.riverbend.agency):
            assert Condition.objects.create(**point).pk is not None
        with agency_context(worlds.riverbend.agency):
            Condition.objects.filter(text="points across").delete()
    finally:
        sql(
            "ALTER TABLE coordination_condition DROP CONSTRAINT simpler,"
            f" ADD CONSTRAINT coordination_condition_patient_same_agency {composite}",
            using="owner",
        )
    assert catalog.all_faults() == []
    with agency_context(worlds.riverbend.agency):
        assert refusal("UPDATE coordination_condition SET patient_id = %s", [worlds.harbor.patient.pk]).endswith(
            'violates foreign key constraint "coordination_condition_patient_same_agency"'
        )


@pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"])
def test_a_constant_function_would_answer_for_the_agency_before(worlds):
    sql("ALTER FUNCTION app_sec.agency() IMMUTABLE", using="owner")
    try:
        connections["default"].close()
        sql("SET plan_cache_mode = force_generic_plan")
        with agency_context(worlds.riverbend.agency):
            sql("PREPARE kept AS SELECT mrn FROM coordination_patient")
            assert sql("EXECUTE kept") == [("QRIV-1",)]
        with agency_context(worlds.harbor.agency):
            assert sql("EXECUTE kept") == [("QRIV-1",)]  # the leak
    finally:
        sql("ALTER FUNCTION app_sec.agency() STABLE", using="owner")
        connections["default"].close()
    assert factories.agencies()
    assert catalog.all_faults() == []
