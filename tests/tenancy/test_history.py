"""Every version of every record, behind the same wall, with who and why; added to, and never changed."""

import pytest

from coordination.models import ConditionEvent, Patient, PatientEvent
from tenancy.context import agency_context, person_context, reason
from tests.tenancy.support import refusal, sql

pytestmark = pytest.mark.django_db


def test_history_rows_are_walled_and_carry_who_and_why(worlds):
    with reason(membership="the-key", command="test"), agency_context(worlds.riverbend.agency):
        patient = Patient.objects.get()
        patient.language = "es"
        patient.save()
        event = PatientEvent.objects.order_by("pgh_id").last()
        assert (event.pgh_label, event.language, event.agency_id) == ("update", "es", worlds.riverbend.agency.pk)
        assert event.pgh_context == {"membership": "the-key", "command": "test"}
    with agency_context(worlds.harbor.agency):
        assert list(PatientEvent.objects.values_list("pgh_label", "family_name")) == [("insert", "LopezQZHARB")]
        assert [event.pgh_context for event in PatientEvent.objects.all()] == [{}]
    assert refusal("SELECT count(*) FROM pghistory_context") == "permission denied for table pghistory_context"


def test_a_reason_given_inside_an_open_agency_is_carried_as_well(riverbend):
    with agency_context(riverbend.agency), reason(task="inside"):
        Patient.objects.update(language="es")
        assert PatientEvent.objects.order_by("pgh_id").last().pgh_context == {"task": "inside"}


def test_looking_up_a_person_in_between_keeps_the_reason(riverbend):
    with reason(command="test"), agency_context(riverbend.agency):
        with person_context(riverbend.coordinator.user):
            pass
        Patient.objects.update(language="es")
        assert PatientEvent.objects.order_by("pgh_id").last().pgh_context == {"command": "test"}


def test_history_of_a_deleted_row_stays_and_nobody_changes_it(riverbend):
    with agency_context(riverbend.agency):
        gone = riverbend.condition.pk
        riverbend.condition.delete()
        assert list(
            ConditionEvent.objects.filter(pgh_obj_id=gone).order_by("pgh_id").values_list("pgh_label", flat=True)
        ) == ["insert", "delete"]
        for change in ("UPDATE coordination_conditionevent SET text = ''", "DELETE FROM coordination_conditionevent"):
            assert refusal(change) == "permission denied for table coordination_conditionevent"


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
def test_not_even_the_owner_changes_history(riverbend):
    for change in ("UPDATE coordination_patientevent SET mrn = ''", "DELETE FROM coordination_patientevent"):
        assert refusal(change, using="owner").startswith(
            "pgtrigger: Cannot update or delete rows from coordination_patientevent"
        )


def test_a_session_cannot_switch_history_off(riverbend):
    with agency_context(riverbend.agency):
        before = PatientEvent.objects.count()
        sql(
            "SELECT set_config('pgtrigger.ignore', array_agg(tgname)::text, true) FROM pg_trigger"
            " WHERE tgrelid = 'coordination_patient'::regclass AND NOT tgisinternal"
        )
        assert Patient.objects.update(language="es") == 1
        assert PatientEvent.objects.count() == before + 1
