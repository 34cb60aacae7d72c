"""Two people merge, or one merges while another records: whoever comes second waits, and nothing is lost or done twice."""

from threading import Barrier, Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from coordination.models import Contact, ContactPoint, Patient, PatientMerge, TimeLog, Timer
from coordination.rules.durations import Duration
from coordination.services.contacts import contact_record
from coordination.services.measuring import Said
from coordination.services.merges import PreviewIsOld
from coordination.services.records import record_save
from coordination.services.timers import timer_start
from tenancy.context import agency_context
from tenancy.models import uuid7
from tests import factories
from tests.coordination.merging import merged
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"])


def both(*works) -> list:
    """Do the two things at the same moment, each on a connection of its own; what became of each."""
    results, start = [None, None], Barrier(2)

    def run(number, work):
        try:
            start.wait(5)
            results[number] = work()
        except (ValidationError, PreviewIsOld) as refused:
            results[number] = refused
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.fixture
def two(worlds):
    world = worlds.riverbend
    with agency_context(world.agency):
        world.kept, world.other = factories.a_patient("Ana"), factories.a_patient("Anna")
    return world


def merging(world, kept, other):
    def work():
        with agency_context(world.agency):
            return merged(world, kept, other)

    return work


def test_each_into_the_other_leaves_one_merge_and_no_circle(two):
    results = both(merging(two, two.kept, two.other), merging(two, two.other, two.kept))
    assert sorted(type(each).__name__ in ("ValidationError", "PreviewIsOld") for each in results) == [False, True]
    with agency_context(two.agency):
        assert PatientMerge.objects.count() == 1
        assert Patient.objects.filter(merged_into__isnull=False).count() == 1


def test_what_is_recorded_while_records_merge_stands_at_the_kept_one(two):
    def recording():
        with agency_context(two.agency):
            return record_save(
                actor=two.coordinator,
                record=ContactPoint(patient=two.other),
                now=NOW,
                kind="phone",
                use="home",
                value="303 555 0142",
            )

    both(merging(two, two.kept, two.other), recording)
    with agency_context(two.agency):
        point = ContactPoint.objects.get()
        gone = Patient.objects.get(pk=two.other.pk).merged_into_id
        assert point.patient_id == (gone or two.other.pk)


def test_time_given_while_records_merge_stands_at_the_kept_one(two):
    said = Said(
        service_date=TODAY,
        duration=Duration(10),
        activity="care_coordination",
        program="chronic_care",
        note="called",
    )

    def saving():
        with agency_context(two.agency):
            timer_start(actor=two.coordinator, patient=two.other, now=NOW)
            return contact_record(actor=two.coordinator, patient=two.other, said=said, form_key=uuid7(), now=NOW)

    with agency_context(two.agency):
        merging(two, two.kept, two.other)()
    saving()
    with agency_context(two.agency):
        assert Patient.objects.get(pk=two.other.pk).merged_into_id == two.kept.pk
        found = Timer.objects.get(), Contact.objects.get(), TimeLog.objects.get(contact__recorded_by=two.coordinator)
        assert {each.patient_id for each in found} == {two.kept.pk}


def test_months_are_held_then_records_locked_in_the_order_of_their_keys_before_anything_is_written(two):
    """As saving time does; the other way round a save, a closing and a merge could wait for each other in a circle."""
    with agency_context(two.agency), CaptureQueriesContext(connection) as captured:
        merged(two, two.other, two.kept)
    statements = [each["sql"] for each in captured]
    lock = next(number for number, sql in enumerate(statements) if "FOR UPDATE" in sql)
    write = next(number for number, sql in enumerate(statements) if sql.startswith(("UPDATE", "INSERT", "DELETE")))
    held = next(number for number, sql in enumerate(statements) if "coordination_hold_months" in sql)
    assert held < lock < write
    assert 'ORDER BY "coordination_patient"."id" ASC FOR UPDATE' in statements[lock]
