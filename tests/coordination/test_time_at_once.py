"""Two devices, two windows, one person: whoever comes second waits, and no minute and no timer stands twice."""

from datetime import time, timedelta

import pytest
from django.core.exceptions import ValidationError

from coordination.models import Contact, Timer
from coordination.rules.durations import Duration
from coordination.services.contacts import contact_record
from coordination.services.measuring import Overlap, Said
from coordination.services.timers import timer_start, timer_stop, timer_take_back
from tenancy.context import agency_context
from tenancy.models import uuid7
from tests import factories
from tests.coordination.test_merges_at_once import both

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"])


@pytest.fixture
def desk(worlds):
    with agency_context(worlds.riverbend.agency):
        worlds.riverbend.second = factories.a_patient("Theo", "Park")
    return worlds.riverbend


def starting(desk, patient, now):
    def work():
        with agency_context(desk.agency):
            return timer_start(actor=desk.coordinator, patient=patient, now=now)

    return work


def saving(desk, patient, key):
    said = Said(
        service_date=factories.TODAY,
        duration=Duration(10, time(9), time(9, 10)),
        activity="care_coordination",
        program="chronic_care",
        note="called",
    )

    def work():
        with agency_context(desk.agency):
            return contact_record(actor=desk.coordinator, patient=patient, said=said, form_key=key, now=factories.NOW)

    return work


def test_two_devices_that_start_at_once_leave_one_timer_running(desk):
    now = factories.NOW
    both(starting(desk, desk.patient, now), starting(desk, desk.second, now + timedelta(seconds=1)))
    with agency_context(desk.agency):
        stopped, running = Timer.objects.order_by("stopped_at")
    assert (running.stopped_at, stopped.stopped_at is None) == (None, False)
    assert stopped.stopped_at == max(stopped.started_at, running.started_at)


def test_two_starts_for_one_patient_are_one_timer(desk):
    both(*[starting(desk, desk.patient, factories.NOW)] * 2)
    with agency_context(desk.agency):
        assert Timer.objects.count() == 1


def test_taking_a_start_back_while_it_is_stopped_elsewhere_does_the_one_or_the_other(desk):
    now = factories.NOW
    first, _ = starting(desk, desk.patient, now)()
    second, _ = starting(desk, desk.second, now + timedelta(minutes=1))()

    def doing(service):
        def work():
            with agency_context(desk.agency):
                return service(actor=desk.coordinator, timer=second, now=now + timedelta(minutes=2))

        return work

    taken, _stopped = both(doing(timer_take_back), doing(timer_stop))
    with agency_context(desk.agency):
        first, second = Timer.objects.order_by("started_at")
    if isinstance(taken, ValidationError):
        assert (first.stopped_at, second.stopped_at, second.discarded_at) == (
            second.started_at,
            now + timedelta(minutes=2),
            None,
        )
    else:
        assert (first.stopped_at, second.discarded_at) == (None, now + timedelta(minutes=2))


def test_a_minute_saved_twice_at_once_is_saved_once(desk):
    results = both(saving(desk, desk.patient, uuid7()), saving(desk, desk.second, uuid7()))
    assert sorted(type(each).__name__ for each in results) == [Contact.__name__, Overlap.__name__]
    with agency_context(desk.agency):
        assert Contact.objects.count() == 1


def test_a_double_click_saves_one_entry(desk):
    first, second = both(*[saving(desk, desk.patient, uuid7())] * 2)
    assert first.pk == second.pk
    with agency_context(desk.agency):
        assert Contact.objects.count() == 1
