"""A meter that is kept is a true one: whatever changes what it is made of is marked, in the statement that changes it."""

import re
from collections.abc import Collection

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.facts import read_months
from billing.port import kept_meters
from coordination.models import FactsVersion, Visit
from coordination.ports import billing
from coordination.selectors.facts_versions import facts_versions
from tenancy.bulk import insert_rows
from tenancy.context import agency_context
from tenancy.models import Agency, AgencySettings, Holiday, uuid7
from tests import factories
from tests.coordination.merging import merged, one_of_every_kind
from tests.tenancy.support import COMMITTED, in_a_thread, sql

OF_A_PATIENT = {
    "coordination_careperiod",
    "coordination_condition",
    "coordination_contact",
    "coordination_coverage",
    "coordination_enrollment",
    "coordination_monthjudgement",
    "coordination_monthprogram",
    "coordination_outsideclaim",
    "coordination_patient",
    "coordination_programelement",
    "coordination_stay",
    "coordination_timelog",
    "coordination_transition",
    "coordination_transitionstep",
    "coordination_visit",
}
OF_TWO = {"coordination_patientmerge"}
OF_ALL = {
    "billing_contract",
    "billing_contractterm",
    "billing_contractversion",
    "coordination_payer",
    "tenancy_agencysettings",
    "tenancy_holiday",
}
INSERT, DELETE, UPDATE = 4, 8, 16
"""Of pg_trigger.tgtype; for each row or before it would be 1 and 2 more."""


def version(patient):
    return facts_versions([patient.pk])[patient.pk]


def meter(patient):
    """As a list asks, with the version that it has read; nothing if there is none of the one program."""
    [found] = billing().month_effects([patient.pk], factories.MONTH, facts_versions([patient.pk]))[patient.pk]
    return found.have


def unmarked(tables: Collection[str]) -> set[str]:
    """Of these tables, those whose rows can come, change or go without a mark."""
    known = sql(
        "SELECT tgrelid::regclass::text, array_agg(tgtype::int) FROM pg_trigger t JOIN pg_proc p ON p.oid = tgfoid"
        " WHERE tgenabled = 'O' AND tgqual IS NULL AND prosrc LIKE '%INSERT INTO coordination_factsversion%' GROUP BY 1"
    )
    marked = {table for table, types in known if sorted(types) == [INSERT, DELETE, UPDATE]}
    return set(tables) - marked


def test_every_table_that_a_month_reads_is_marked(riverbend):
    read = set()

    def listening(execute, statement, *rest):
        read.update(re.findall(r'"(\w+)"', statement))
        return execute(statement, *rest)

    with agency_context(riverbend.agency), connection.execute_wrapper(listening):
        read_months(riverbend.agency, [riverbend.patient.pk], factories.MONTH)
    tables = read & {model._meta.db_table for model in apps.get_models()}
    assert tables == OF_A_PATIENT | OF_TWO | OF_ALL
    assert unmarked(tables) == set()


def test_a_table_without_its_three_triggers_is_noticed(db):
    assert unmarked(["coordination_visit", "coordination_careplan"]) == {"coordination_careplan"}


@pytest.fixture
def two(worlds):
    """Two patients of one agency, the first with a row in every table."""
    with agency_context(worlds.riverbend.agency):
        worlds.riverbend.patient = factories.a_patient("Ana", "Full")
        one_of_every_kind(worlds.riverbend.patient, worlds.riverbend)
        worlds.riverbend.second = factories.a_patient("Theo", "Park")
    return worlds.riverbend


@pytest.mark.parametrize("table", sorted(OF_A_PATIENT))
def test_rows_that_change_go_and_come_mark_their_patient_and_nobody_else(two, harbor, table):
    of = "id" if table == "coordination_patient" else "patient_id"
    with agency_context(harbor.agency):
        elsewhere = version(harbor.patient)
    with agency_context(two.agency):
        before, others = version(two.patient), version(two.second)
        sql(f"UPDATE {table} SET id = id WHERE {of} = %s", [two.patient.pk])
        changed = version(two.patient)
        [(row,)] = sql(f"SELECT to_jsonb(t)::text FROM {table} t WHERE {of} = %s LIMIT 1", [two.patient.pk])
        sql(f"DELETE FROM {table} WHERE id = (jsonb_populate_record(NULL::{table}, %s)).id", [row])
        gone = sql("SELECT array_agg(mark::text) FROM coordination_factsversion WHERE patient = %s", [two.patient.pk])
        sql(f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, %s)", [row])
        back = version(two.patient)
        assert version(two.second) == others
        assert len({before, changed, back, "{" + gone[0][0][0] + "}"} | {others}) == 5
    with agency_context(harbor.agency):
        assert version(harbor.patient) == elsewhere


@pytest.mark.parametrize("table", sorted(OF_ALL))
def test_what_all_patients_share_marks_them_all_and_no_other_agency(worlds, table):
    riverbend, harbor = worlds.riverbend, worlds.harbor
    with agency_context(harbor.agency):
        elsewhere = version(harbor.patient)
    with agency_context(riverbend.agency):
        second = factories.a_patient("Theo", "Park")
        AgencySettings.objects.create()
        Holiday.objects.create(day=factories.TODAY, name="Founders' day")
        before = version(riverbend.patient), version(second)
        sql(f"UPDATE {table} SET id = id")
        after = version(riverbend.patient), version(second)
        assert not set(before) & set(after)
    with agency_context(harbor.agency):
        assert version(harbor.patient) == elsewhere


def test_a_row_that_moves_marks_both_its_patients(two):
    with agency_context(two.agency):
        before = version(two.patient), version(two.second)
        sql("UPDATE coordination_visit SET patient_id = %s WHERE patient_id = %s", [two.second.pk, two.patient.pk])
        assert not set(before) & {version(two.patient), version(two.second)}


def test_a_statement_that_finds_no_row_marks_nobody(two):
    with agency_context(two.agency):
        before = sql("SELECT mark FROM coordination_factsversion ORDER BY id")
        sql("UPDATE coordination_visit SET code = '99213' WHERE note = 'no such note'")
        assert sql("SELECT mark FROM coordination_factsversion ORDER BY id") == before


def test_many_rows_of_many_patients_are_marked_at_once_and_keep_a_mark_each(two):
    with agency_context(two.agency):
        people = [*(factories.a_patient("Ada", f"P{number}") for number in range(5)), two.patient]
        before = facts_versions([each.pk for each in people])
        visits = [(uuid7(), each.pk) for each in people for _ in range(2)]
        insert_rows(Visit, ("id", "patient_id"), visits, same={"on": factories.TODAY, "recorded_at": factories.NOW})
        after = facts_versions([each.pk for each in people])
        assert not set(before.values()) & set(after.values())
        assert len(set(after.values())) == len(people)
        assert FactsVersion.objects.filter(patient__in=after).count() == len(people)


def test_a_list_asks_for_facts_once_and_again_when_they_have_changed(riverbend, signed_in):
    client = signed_in(riverbend.coordinator)

    def shown():
        with CaptureQueriesContext(connection) as asked:
            [row] = client.get(reverse("coordination:patients", kwargs={"agency": riverbend.slug})).context["rows"]
        return row.meter.have, len(asked)

    shown()  # of a new session it asks more
    kept_meters.clear()
    (first, much), (again, little) = shown(), shown()
    assert (first, again, much - little) == (0, 0, 2)
    with agency_context(riverbend.agency):
        factories.a_log(riverbend.patient, 12, by=riverbend.coordinator)
    assert shown() == (12, much)
    assert shown() == (12, little)


def test_what_was_undone_is_not_found_again(riverbend):
    with agency_context(riverbend.agency):
        before = version(riverbend.patient)
        with transaction.atomic():
            factories.a_log(riverbend.patient, 12, by=riverbend.coordinator)
            assert meter(riverbend.patient) == 12
            transaction.set_rollback(True)
        assert version(riverbend.patient) == before
        assert meter(riverbend.patient) == 0
        factories.a_log(riverbend.patient, 5, by=riverbend.coordinator)
        assert meter(riverbend.patient) == 5


def test_merged_records_show_the_minutes_of_both_and_of_none(riverbend):
    with agency_context(riverbend.agency):
        other = factories.a_patient("Maria", "Lopes")
        factories.an_enrollment(other, by=riverbend.coordinator, practitioner=riverbend.practitioner)
        factories.a_log(other, 7, by=riverbend.coordinator)
        factories.a_log(riverbend.patient, 12, by=riverbend.coordinator)
        assert (meter(riverbend.patient), meter(other)) == (12, 7)
        merged(riverbend, riverbend.patient, other)
        assert meter(riverbend.patient) == 19


def test_a_merge_of_records_without_a_row_marks_both(riverbend):
    with agency_context(riverbend.agency):
        kept, other = factories.a_patient("Maria", "Lopes"), factories.a_patient("Mary", "Lopes")
        before = facts_versions([kept.pk, other.pk])
        merge = merged(riverbend, kept, other)
        between = facts_versions([kept.pk, other.pk])
        merge.reason = "one person, by her insurance card"
        merge.save()
        after = facts_versions([kept.pk, other.pk])
    for patient in (kept.pk, other.pk):
        assert before[patient] != between[patient] != after[patient]


def test_another_kind_of_agency_or_zone_is_another_meter(riverbend):
    with agency_context(riverbend.agency):
        versions = facts_versions([riverbend.patient.pk])
        billing().month_effects(versions, factories.MONTH, versions)
    counted = len(kept_meters)
    for changed in ({"agency_type": "rhc"}, {"time_zone": "America/New_York"}):
        agency = Agency(**{f.attname: getattr(riverbend.agency, f.attname) for f in Agency._meta.fields} | changed)
        with agency_context(agency):
            billing().month_effects(versions, factories.MONTH, versions)
        counted += 1
        assert len(kept_meters) == counted


@COMMITTED
def test_who_comes_second_does_not_wait_and_what_both_did_is_seen(riverbend):
    def touches(table, *, wait="10s"):
        sql(f"SET LOCAL lock_timeout = '{wait}'")
        sql(f"UPDATE {table} SET id = id WHERE patient_id = %s", [riverbend.patient.pk])
        return version(riverbend.patient)

    def second():
        with agency_context(riverbend.agency):
            return touches("coordination_enrollment", wait="1ms")

    with agency_context(riverbend.agency):
        before = version(riverbend.patient)
    with agency_context(riverbend.agency):
        of_first = touches("coordination_condition")
        of_second = in_a_thread(second)
        of_both = version(riverbend.patient)
    with agency_context(riverbend.agency):
        assert version(riverbend.patient) == of_both
        assert FactsVersion.objects.filter(patient=riverbend.patient.pk).count() == 2
        afterwards = touches("coordination_condition")
    assert len({before, of_first, of_second, of_both, afterwards}) == 5
