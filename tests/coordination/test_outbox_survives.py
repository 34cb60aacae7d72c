"""Messages outlive the worker that sends them, really killed: each arrives, and a repetition is known by its id."""

import json
from collections import Counter
from datetime import timedelta

import pytest
from kombu import Connection

from coordination.models import Alert, OutgoingMessage
from coordination.tasks import send_out
from tenancy import clock
from tenancy.context import agency_context
from tests.factories import TODAY
from tests.outbox import a_deadline, a_message, an_endpoint
from tests.receiver import a_receiver
from tests.tenancy.support import sql, wait_until
from tests.workers import a_broker, end, environment, lose, start_worker

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"])]


@pytest.fixture
def broker():
    with a_broker() as url:
        yield url


@pytest.fixture
def receiver():
    with a_receiver() as receiver:
        yield receiver


def messages(world) -> list[tuple]:
    with agency_context(world.agency):
        return list(OutgoingMessage.objects.order_by("pk").values_list("pk", "attempts", "sent_at"))


def ids(receiver) -> Counter[str]:
    return Counter(json.loads(body)["id"] for _headers, body in receiver.got)


def ask(broker: str) -> None:
    """As beat does."""
    with Connection(broker) as queue:
        send_out.apply_async(connection=queue)


def test_killed_between_sending_and_saying_so_it_is_sent_once_more_under_the_same_id(
    riverbend, broker, receiver, tmp_path
):
    with agency_context(riverbend.agency):
        an_endpoint(riverbend, receiver.url)
        deadline = a_deadline(riverbend, TODAY)
        Alert.objects.create(deadline=deadline, level=3, due_at=deadline.due_at, raised_at=deadline.due_at)
    receiver.holds = True  # it has the message, and the worker does not know it yet
    first = start_worker(tmp_path / "first", environment(broker))
    ask(broker)
    wait_until(lambda: receiver.got, "the call", seconds=60)
    lose(first)
    [(pk, attempts, sent_at)] = messages(riverbend)
    assert (attempts, sent_at) == (1, None)
    receiver.holds = False
    receiver.released.set()
    a_minute_ago = clock.now() - timedelta(days=999)  # nobody waits for the minute that the first worker had
    sql("UPDATE coordination_outgoingmessage SET next_try_at = %s", [a_minute_ago], using="owner")
    second = start_worker(tmp_path / "second", environment(broker))
    try:
        ask(broker)
        wait_until(lambda: messages(riverbend)[0][2], "the message to be sent", seconds=60)
    finally:
        end(second)
    assert [(each[0], each[1]) for each in messages(riverbend)] == [(pk, 2)]
    assert ids(receiver) == {str(pk): 2}


def test_two_beats_and_two_workers_send_everything_once(riverbend, harbor, broker, receiver, tmp_path):
    for world in (riverbend, harbor):
        with agency_context(world.agency):
            endpoint = an_endpoint(world, receiver.url)
            for _ in range(20):
                a_message(endpoint=endpoint)
    workers = [start_worker(tmp_path / str(number), environment(broker)) for number in range(2)]
    try:
        for _ in range(4):
            ask(broker)
        wait_until(
            lambda: all(sent_at for world in (riverbend, harbor) for _, _, sent_at in messages(world)),
            "everything to be sent",
            seconds=60,
        )
    finally:
        for worker in workers:
            end(worker)
    everything = [str(pk) for world in (riverbend, harbor) for pk, _, _ in messages(world)]
    assert ids(receiver) == dict.fromkeys(everything, 1)
