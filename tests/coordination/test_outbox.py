"""The queue: each message is taken by one worker, tried a set number of times, and lost by nobody."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from coordination.models import Fault, MailSettings, MessageKind, OutgoingMessage
from coordination.rules.outbox import TRIES, WAITS
from coordination.selectors.outbox import agencies_with_work
from coordination.services.outbox import (
    message_failed,
    message_sent,
    message_take,
    messages_again,
    messages_forget,
)
from tenancy.access import CapabilityRequired
from tenancy.context import agency_context
from tests.factories import NOW, a_member
from tests.outbox import a_message, an_endpoint
from tests.tenancy.support import COMMITTED, in_a_thread

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def here(riverbend):
    with agency_context(riverbend.agency):
        riverbend.endpoint = an_endpoint(riverbend)
        yield riverbend


def again(message):
    message.refresh_from_db()
    return message


def test_who_takes_a_message_counts_the_try_before_anything_is_sent(here):
    waiting = a_message(endpoint=here.endpoint)
    taken = message_take(now=NOW)
    assert (taken, taken.attempts, taken.next_try_at) == (waiting, 1, NOW + WAITS[0])
    assert message_take(now=NOW + WAITS[0] - SECOND) is None  # nobody else has it meanwhile
    second = message_take(now=NOW + WAITS[0])
    assert (second.pk, second.attempts, second.next_try_at) == (waiting.pk, 2, NOW + WAITS[0] + WAITS[1])


def test_the_one_that_has_waited_longest_comes_first(here):
    late, early = (a_message(endpoint=here.endpoint, next_try_at=NOW - wait * SECOND) for wait in (1, 2))
    a_message(endpoint=here.endpoint, next_try_at=NOW + SECOND)
    assert [message_take(now=NOW) for _ in range(3)] == [early, late, None]


def test_what_was_sent_is_not_tried_again_and_can_no_longer_fail(here):
    message = a_message(endpoint=here.endpoint)
    message_sent(message=message_take(now=NOW), status=204, now=NOW)
    message_failed(message=message, fault=Fault.TIMEOUT, now=NOW)
    assert (again(message).sent_at, message.next_try_at, message.fault, message.status) == (NOW, None, "", 204)
    assert message_take(now=NOW + timedelta(days=9)) is None


def test_it_is_given_up_after_the_last_try_and_says_why(here):
    message, now = a_message(endpoint=here.endpoint), NOW
    for _ in range(TRIES):
        assert (again(message).given_up_at, message_take(now=now)) == (None, message)
        message_failed(message=again(message), fault=Fault.ANSWER, status=503, now=now)
        now = again(message).next_try_at or now
    assert (message.given_up_at, message.next_try_at, message.fault, message.status) == (now, None, "answer", 503)
    assert now - NOW == sum(WAITS, timedelta())


def test_one_whose_workers_all_died_is_given_up_too(here):
    message, now = a_message(endpoint=here.endpoint), NOW
    while message_take(now=now):
        now = again(message).next_try_at
    assert (again(message).attempts, message.given_up_at, message.fault) == (TRIES, now, Fault.CUT_OFF)


def test_it_is_sent_again_under_its_id_by_an_administrator_alone(here):
    message = a_message(endpoint=here.endpoint, next_try_at=None, given_up_at=NOW, attempts=TRIES, fault="timeout")
    with pytest.raises(CapabilityRequired):
        messages_again(actor=here.coordinator, messages=OutgoingMessage.objects.all(), now=NOW)
    sent = a_message(endpoint=here.endpoint, next_try_at=None, sent_at=NOW)
    assert messages_again(actor=here.admin, messages=OutgoingMessage.objects.all(), now=NOW) == 1
    assert again(sent).next_try_at is None
    taken = message_take(now=NOW)
    assert (taken.pk, taken.attempts, taken.given_up_at) == (message.pk, 1, None)


def test_a_paused_endpoint_waits_and_a_failing_one_is_passed_over(here):
    other = an_endpoint(here, "https://other.example.org")
    first, second = a_message(endpoint=here.endpoint), a_message(endpoint=other)
    assert message_take(now=NOW, without={here.endpoint.pk}) == second
    here.endpoint.paused_at = NOW
    here.endpoint.save()
    assert message_take(now=NOW) is None
    here.endpoint.paused_at = None
    here.endpoint.save()
    assert message_take(now=NOW) == first
    assert again(first).attempts == 1  # not counted while it was passed over


def test_mail_to_whoever_has_left_is_dropped_and_other_mail_is_not_passed_over(here):
    gone, there = a_member(name="Gone", is_active=False), a_member(name="There")
    nobody = a_member(name="Dr No", signs_in=False)
    for person in (gone, nobody):
        a_message(person=person, kind=MessageKind.ALERTS, next_try_at=NOW - SECOND)
    stays = a_message(person=there, kind=MessageKind.ALERTS)
    assert message_take(now=NOW, without={here.endpoint.pk}) == stays
    assert list(OutgoingMessage.objects.all()) == [stays]


def test_what_is_long_done_is_forgotten(here):
    def done(**more):
        return a_message(endpoint=here.endpoint, next_try_at=None, **more)

    kept = {
        done(sent_at=NOW - timedelta(days=30)),
        done(given_up_at=NOW - timedelta(days=90)),
        a_message(endpoint=here.endpoint, next_try_at=NOW - timedelta(days=200)),
    }
    done(sent_at=NOW - timedelta(days=30, seconds=1))
    done(given_up_at=NOW - timedelta(days=90, seconds=1))
    assert messages_forget(now=NOW) == 2
    assert set(OutgoingMessage.objects.all()) == kept


@pytest.mark.parametrize(
    "wrong",
    [
        {"person": None, "endpoint": None},
        {"next_try_at": None},
        {"sent_at": NOW},
        {"next_try_at": None, "sent_at": NOW, "given_up_at": NOW},
        {"key": "taken"},
    ],
)
def test_the_database_refuses_a_message_that_is_neither_waiting_nor_done(here, wrong):
    a_message(endpoint=here.endpoint, key="taken")
    with pytest.raises(IntegrityError), transaction.atomic():
        a_message(**{"endpoint": here.endpoint} | wrong)


def test_the_same_key_may_stand_in_both_agencies(worlds):
    for world in (worlds.riverbend, worlds.harbor):
        with agency_context(world.agency):
            a_message(endpoint=an_endpoint(world), key="alert:1")
            assert OutgoingMessage.objects.count() == 1


@COMMITTED
def test_two_workers_never_take_the_same_message(worlds):
    with agency_context(worlds.riverbend.agency):
        endpoint = an_endpoint(worlds.riverbend)
        first, second = (a_message(endpoint=endpoint, next_try_at=NOW - wait * SECOND) for wait in (2, 1))

    def take():
        with agency_context(worlds.riverbend.agency):
            return message_take(now=NOW)

    with agency_context(worlds.riverbend.agency):
        mine = message_take(now=NOW)
        assert (mine, in_a_thread(take), in_a_thread(take)) == (first, second, None)


@COMMITTED
def test_the_sweep_finds_the_agencies_that_have_something_to_send_and_sees_nothing_else(worlds):
    assert agencies_with_work(NOW) == []
    with agency_context(worlds.harbor.agency):
        a_message(endpoint=an_endpoint(worlds.harbor), next_try_at=NOW + SECOND)
    assert (agencies_with_work(NOW), agencies_with_work(NOW + SECOND)) == ([], [worlds.harbor.agency.pk])
    with agency_context(worlds.riverbend.agency):
        MailSettings.objects.create(person=worlds.riverbend.coordinator, digest_hour=7, digest_next_at=NOW)
    assert agencies_with_work(NOW) == [worlds.riverbend.agency.pk]
    for column in ("payload", "person_id", "key"):
        with pytest.raises(Exception, match="permission denied"), transaction.atomic(using="system"):
            connections["system"].cursor().execute(f"SELECT {column} FROM coordination_outgoingmessage")


def test_taking_and_marking_cost_few_statements(here):
    message = a_message(endpoint=here.endpoint)
    with CaptureQueriesContext(
        connection,
    ) as took:
        message_take(now=NOW)
    with CaptureQueriesContext(
        connection,
    ) as marked:
        message_sent(message=message, now=NOW)
    assert (len(took), len(marked)) == (4, 3)  # with their savepoints
