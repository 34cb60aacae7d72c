"""A month closed, or a record merged, while somebody saves time there: whoever comes second waits and sees what came of it."""

from datetime import date, timedelta
from threading import Event, Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections

from coordination.models import Contact, MonthLock, TimeLog, Timer
from coordination.rules.durations import Duration
from coordination.selectors import merges
from coordination.services.contacts import contact_record, contact_void
from coordination.services.locks import month_lock
from coordination.services.measuring import Said
from coordination.services.merges import PreviewIsOld, merge_undo, patients_merge
from tenancy.context import agency_context
from tenancy.models import uuid7
from tests import factories
from tests.coordination.merging import merged
from tests.tenancy.support import wait_until

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"])

OCTOBER, DAY = date(2026, 10, 1), date(2026, 10, 20)


def one_after_the_other(agency, *works) -> list:
    """Each begins, on a connection of its own, when those before it are done or wait; the first commits once all others wait."""
    results, done, commit = [None] * len(works), Event(), Event()

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

    threads = [Thread(target=run, args=pair) for pair in enumerate(works)]
    try:
        for number, thread in enumerate(threads):
            thread.start()
            done.wait(20)
            wait_until(lambda n=number: waiting() == n, "whoever comes later to wait")
    finally:
        commit.set()
        for thread in threads:
            thread.join(20)
    return results


def waiting() -> int:
    """How many connections wait for another."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]


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


@pytest.fixture
def with_time(desk):
    """Ten minutes of October at each of the two records."""
    with agency_context(desk.agency):
        for patient in (desk.patient, desk.other):
            saving(desk, patient, minutes=10)()
    return desk


def merging(desk):
    """Merge as it was shown to somebody who looked before."""
    with agency_context(desk.agency):
        seen = merges.plan(desk.patient, desk.other).fingerprint
    return lambda: patients_merge(
        actor=desk.admin, kept=desk.patient, merged=desk.other, reason="one person", seen=seen, now=factories.NOW
    )


def of_october() -> list:
    return sorted(TimeLog.objects.values_list("patient", "minutes"))


def test_closing_waits_for_a_merge_and_closes_what_has_moved(with_time):
    merge, lock = one_after_the_other(with_time.agency, merging(with_time), closing(with_time))
    assert (merge.merged, lock.month) == (with_time.other, OCTOBER)
    with agency_context(with_time.agency):
        assert of_october() == [(with_time.patient.pk, 10)] * 2


def test_a_merge_waits_for_a_closing_and_its_time_then_stays(with_time):
    before = sorted([(with_time.patient.pk, 10), (with_time.other.pk, 10)])
    lock, refused = one_after_the_other(with_time.agency, closing(with_time), merging(with_time))
    assert (lock.month, type(refused)) == (OCTOBER, PreviewIsOld)
    with agency_context(with_time.agency):
        assert of_october() == before
        merge = merging(with_time)()
        assert of_october() == before
        assert "coordination.timelog.patient" not in merge.moved


def test_undoing_waits_for_a_closing_and_is_refused(with_time):
    with agency_context(with_time.agency):
        merge = merging(with_time)()
    undo = lambda: merge_undo(actor=with_time.admin, merge=merge, now=factories.NOW)  # noqa: E731
    _lock, refused = one_after_the_other(with_time.agency, closing(with_time), undo)
    assert "October 2026 has been closed since" in refused.messages[0]
    with agency_context(with_time.agency):
        assert of_october() == [(with_time.patient.pk, 10)] * 2


def test_a_save_a_closing_and_a_merge_of_one_record_wait_for_each_other_in_one_order(with_time):
    save = saving(with_time, with_time.other, minutes=5)
    saved, lock, refused = one_after_the_other(with_time.agency, save, closing(with_time), merging(with_time))
    assert (saved.patient, lock.month, type(refused)) == (with_time.other, OCTOBER, PreviewIsOld)
