"""A month closed, or a record merged, while somebody saves time there: whoever comes second waits and sees what came of it."""

from datetime import date, timedelta
from threading import Event, Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections

from coordination.models import Contact, MonthLock, TimeLog, Timer
from coordination.rules.durations import Duration
from coordination.services.contacts import contact_record, contact_void
from coordination.services.locks import month_lock
from coordination.services.measuring import Said
from coordination.services.merges import PreviewIsOld
from tenancy.context import agency_context
from tenancy.models import uuid7
from tests import factories
from tests.coordination.merging import merged
from tests.tenancy.support import wait_until

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"])

OCTOBER, DAY = date(2026, 10, 1), date(2026, 10, 20)


def one_after_the_other(agency, first, second) -> list:
    """`second` begins, on a connection of its own, when `first` is done but not committed, which it is once `second` waits for it."""
    results, done, commit = [None, None], Event(), Event()

    def run(number, work):
        try:
            with agency_context(agency):
                results[number] = work()
                if number == 0:
                    done.set()
                    commit.wait(20)
        except (ValidationError, PreviewIsOld) as refused:
            results[number] = refused
        finally:
            done.set()
            connections.close_all()

    threads = [Thread(target=run, args=(0, first)), Thread(target=run, args=(1, second))]
    threads[0].start()
    done.wait(20)
    threads[1].start()
    try:
        wait_until(somebody_waits, "whoever comes second to wait")
    finally:
        commit.set()
        for thread in threads:
            thread.join(20)
    return results


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0] > 0


def saving(desk, patient, *, minutes=75, day=DAY, timer=None):
    said = Said(
        service_date=day, duration=Duration(minutes), activity="care_coordination", program="chronic_care", note="x"
    )
    return lambda: contact_record(
        actor=desk.coordinator,
        patient=patient,
        said=said,
        form_key=uuid7(),
        confirmed=True,
        timer=timer,
        now=factories.NOW,
    )


def closing(desk):
    return lambda: month_lock(actor=desk.admin, month=OCTOBER, reason="done", now=factories.NOW)


@pytest.fixture
def desk(worlds):
    world = worlds.riverbend
    with agency_context(world.agency):
        world.other = factories.a_patient("Maria", "Lopes")
    return world


def test_closing_waits_for_a_save_and_sees_its_entry(desk):
    saved, refused = one_after_the_other(desk.agency, saving(desk, desk.patient), closing(desk))
    assert isinstance(saved, Contact)
    assert "1 entry of this month waits" in refused.messages[0]
    with agency_context(desk.agency):
        assert MonthLock.objects.count() == 0


def test_a_save_waits_for_a_closing_and_asks_why_it_comes_now(desk):
    lock, refused = one_after_the_other(desk.agency, closing(desk), saving(desk, desk.patient))
    assert lock.month == OCTOBER
    assert "October 2026 is closed" in refused.message_dict["reason"][0]
    with agency_context(desk.agency):
        assert Contact.objects.count() == 0


def test_a_void_waits_for_a_closing_and_is_flagged(desk):
    with agency_context(desk.agency):
        contact = saving(desk, desk.patient, minutes=10)()
    void = lambda: contact_void(  # noqa: E731
        actor=desk.coordinator, contact=contact, version=contact.version, reason="another patient", now=factories.NOW
    )
    one_after_the_other(desk.agency, closing(desk), void)
    with agency_context(desk.agency):
        assert Contact.objects.get().flag == "after_lock"


def test_a_save_of_another_month_does_not_wait(desk):
    saved = []

    def save():
        with agency_context(desk.agency):
            saved.append(saving(desk, desk.patient, day=factories.TODAY)())
        connections.close_all()

    with agency_context(desk.agency):
        closing(desk)()
        other = Thread(target=save)
        other.start()
        other.join(20)
        assert len(saved) == 1


def test_time_saved_in_the_moment_of_a_merge_stands_at_the_kept_record(desk):
    with agency_context(desk.agency):
        began = factories.NOW - timedelta(minutes=10)
        timer = Timer.objects.create(member=desk.coordinator, patient=desk.other, started_at=began)
    save = saving(desk, desk.other, minutes=10, day=factories.TODAY, timer=timer)
    one_after_the_other(desk.agency, lambda: merged(desk, desk.patient, desk.other), save)
    with agency_context(desk.agency):
        [contact] = Contact.objects.all()
        assert contact.patient_id == desk.patient.pk
        assert set(TimeLog.objects.values_list("patient", flat=True)) == {desk.patient.pk}


def test_a_merge_waits_for_a_save_and_asks_to_look_at_its_entry(desk):
    save, merge = saving(desk, desk.other, day=factories.TODAY), lambda: merged(desk, desk.patient, desk.other)
    _saved, refused = one_after_the_other(desk.agency, save, merge)
    assert isinstance(refused, PreviewIsOld)
    with agency_context(desk.agency):
        merge()
        assert Contact.objects.get().patient_id == desk.patient.pk
