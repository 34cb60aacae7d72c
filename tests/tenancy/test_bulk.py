"""Many rows at once meet the same walls as one row."""

from datetime import date

import pytest
from django.db import DatabaseError, DataError, IntegrityError, connection, transaction

from coordination.models import Patient, PatientEvent, PatientToken
from tenancy.bulk import insert_rows, update_rows
from tenancy.context import AgencyRequired, CrossAgency, agency_context
from tenancy.models import uuid7

COLUMNS = ("id", "mrn", "family_name", "given_name", "birth_date")


def people(*names):
    return [(uuid7(), f"MRN {name}", name, "Ada", date(1950, 1, 1)) for name in names]


def test_rows_are_the_agencys_with_defaults_and_history(worlds):
    with agency_context(worlds.riverbend.agency):
        rows = people("Quist", "Tamm")
        assert insert_rows(Patient, COLUMNS, iter(rows), returning=("id",)) == [row[:1] for row in rows]
        found = Patient.objects.filter(given_name="Ada").order_by("family_name")
        assert [(each.family_name, each.sex, each.version) for each in found] == [
            ("Quist", "unknown", 1),
            ("Tamm", "unknown", 1),
        ]
        assert PatientEvent.objects.filter(given_name="Ada").count() == 2
    with agency_context(worlds.harbor.agency):
        assert not Patient.objects.filter(given_name="Ada").exists()


def test_more_rows_than_a_batch_and_none_at_all(riverbend, monkeypatch):
    monkeypatch.setattr("tenancy.bulk.BATCH", 2)
    with agency_context(riverbend.agency):
        stored = insert_rows(Patient, COLUMNS, people("Abbot", "Haas", "Kato", "Lamb", "Vega"), returning=("mrn",))
        assert len(stored) == 5
        assert insert_rows(Patient, COLUMNS, []) == []
        assert Patient.objects.filter(given_name="Ada").count() == 5


def test_written_over_is_what_is_given_and_nothing_else(riverbend):
    with agency_context(riverbend.agency):
        known, new = people("Quist", "Tamm")
        insert_rows(Patient, COLUMNS, [known], same={"language": "es"})
        over = [(*known[:2], "Quist-Hall", *known[3:]), new]
        insert_rows(Patient, COLUMNS, over, over=True)
        found = Patient.objects.filter(given_name="Ada").order_by("family_name")
        assert [(each.family_name, each.language) for each in found] == [("Quist-Hall", "es"), ("Tamm", "")]
        assert PatientEvent.objects.filter(pgh_obj_id=known[0]).count() == 2
        with pytest.raises(IntegrityError), transaction.atomic():
            insert_rows(Patient, COLUMNS, over)


def test_another_agencys_row_is_not_written_over(worlds):
    theirs = worlds.harbor.patient
    with (
        agency_context(worlds.riverbend.agency),
        pytest.raises(DatabaseError, match="row-level security"),
        transaction.atomic(),
    ):
        insert_rows(Patient, COLUMNS, [(theirs.pk, "MRN 1", "Quist", "Ada", date(1950, 1, 1))], over=True)
    with agency_context(worlds.harbor.agency):
        assert Patient.objects.get(pk=theirs.pk).family_name == theirs.family_name


def test_without_an_agency_nothing_is_inserted(riverbend):
    with pytest.raises(AgencyRequired):
        insert_rows(Patient, COLUMNS, people("Quist"))


def test_another_agencys_patient_cannot_be_named(worlds):
    with agency_context(worlds.riverbend.agency), transaction.atomic():
        insert_rows(PatientToken, ("patient_id", "token"), [(worlds.harbor.patient.pk, "x")])
        with pytest.raises(IntegrityError, match="patient_same_agency"):
            connection.check_constraints()
        transaction.set_rollback(True)


def test_what_is_too_long_is_refused_and_not_cut(riverbend):
    with agency_context(riverbend.agency), pytest.raises(DataError, match="too long"), transaction.atomic():
        insert_rows(Patient, COLUMNS, people("x" * 101))


def test_changed_rows_are_written_in_one_statement_with_history(riverbend, django_assert_num_queries):
    with agency_context(riverbend.agency):
        insert_rows(Patient, COLUMNS, people("Quist", "Tamm"))
        rows = list(Patient.objects.filter(given_name="Ada").order_by("family_name"))
        for row in rows:
            row.language, row.version = f"of {row.family_name}", 2
        with django_assert_num_queries(1):
            update_rows(rows)
        update_rows([])
        events = PatientEvent.objects.filter(given_name="Ada").order_by("family_name", "pgh_id")
        assert list(events.values_list("family_name", "pgh_label", "version", "language")) == [
            ("Quist", "insert", 1, ""),
            ("Quist", "update", 2, "of Quist"),
            ("Tamm", "insert", 1, ""),
            ("Tamm", "update", 2, "of Tamm"),
        ]
        assert Patient.objects.filter(language__startswith="of ", version=2).count() == 2


def test_another_agencys_row_is_not_written(worlds):
    with agency_context(worlds.harbor.agency):
        theirs = Patient.objects.get()
    theirs.language = "es"
    with agency_context(worlds.riverbend.agency), pytest.raises(CrossAgency):
        update_rows([theirs])
    with agency_context(worlds.harbor.agency):
        assert Patient.objects.get().language == ""
