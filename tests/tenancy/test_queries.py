"""A statement that is kept answers for whoever asks, and keeps nothing of the answer."""

import pytest
from django.db import connection
from django.db.models import Exists, OuterRef
from django.test.utils import CaptureQueriesContext
from psycopg.types.numeric import Int8

from coordination.models import Enrollment, Patient, PatientToken
from tenancy.context import AgencyRequired, agency_context, person_context
from tenancy.models import Membership
from tenancy.queries import Given, kept


def test_what_was_compiled_in_one_agency_answers_for_another(worlds):
    built = []

    @kept
    def named(order):
        built.append(order)
        return Patient.objects.filter(given_name__startswith=Given("name")).order_by(order).values_list("pk")

    for world in (worlds.riverbend, worlds.harbor) * 8:  # often enough for PostgreSQL to keep its plan as well
        with agency_context(world.agency):
            assert named("pk", name="Maria") == [(world.patient.pk,)]
            assert named("pk", name="Mariana") == []
    assert built == ["pk"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT generic_plans > 0 FROM pg_prepared_statements WHERE statement ~ 'given_name'")
        assert cursor.fetchall() == [(True,)]
    with pytest.raises(AgencyRequired):
        named("pk", name="Maria")


def test_every_part_of_a_statement_follows_the_agency(worlds):
    @kept
    def found():
        tokens = PatientToken.objects.filter(patient=OuterRef("pk"), token__prefix=Given("word"))
        own = Patient.objects.filter(Exists(tokens)).values_list("pk")
        return own.union(Patient.objects.values_list("pk"), all=True)

    asked = []

    def noted(execute, sql, params, many, context):
        asked.append((sql, params))
        return execute(sql, params, many, context)

    for world in (worlds.riverbend, worlds.harbor, worlds.riverbend):
        with agency_context(world.agency), connection.execute_wrapper(noted):
            everybody = list(Patient.objects.values_list("pk"))
            assert sorted(found(word="mar")) == sorted([*everybody, (world.patient.pk,)])
        sql, params = asked[-1]
        assert sql.count('"agency_id" = %s') == 3
        assert [param for param in params if isinstance(param, Int8)] == [world.agency.pk] * 3


def test_a_person_without_an_agency_asks_for_their_own_places(worlds):
    memberships = kept(lambda: Membership.objects.values_list("pk"))
    for world in (worlds.riverbend, worlds.harbor):
        with person_context(world.coordinator.user):
            assert memberships() == [(world.coordinator.pk,)]
        with agency_context(world.agency):
            everybody = memberships()
            assert (world.coordinator.pk,) in everybody and len(everybody) == Membership.objects.count()
    with pytest.raises(AgencyRequired):
        memberships()


def test_among_takes_lists_of_any_length(worlds):
    among = kept(lambda: Patient.objects.filter(pk__among=Given("patients")).values_list("pk"))
    with agency_context(worlds.riverbend.agency):
        own, foreign = worlds.riverbend.patient.pk, worlds.harbor.patient.pk
        assert among(patients=[]) == []
        assert among(patients=[own]) == [(own,)]
        assert among(patients=[own, foreign]) == [(own,)]


def test_objects_come_whole_with_what_was_selected_beside_them(worlds):
    enrollments = kept(lambda: Enrollment.objects.select_related("patient", "supervising_practitioner"))
    for world in (worlds.riverbend, worlds.harbor):
        with agency_context(world.agency):
            (found,) = enrollments()
            with CaptureQueriesContext(connection) as asked:
                assert (found.pk, found.patient) == (world.enrollment.pk, world.patient)
                assert found.supervising_practitioner == world.enrollment.supervising_practitioner
                assert found.consent_on == world.enrollment.consent_on
            assert len(asked) == 0
            assert found._state.adding is False
