"""What is measured of background work. Workers have no address to be asked at, and a queue without workers has nobody to ask: so both
sides leave their numbers at the broker, and /metrics of the web process (config/health.py) reads them there.

Every process imports this, and first: what adds up the web's own measurements must not be imported before config/gunicorn.py.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from celery import Task, current_app
from celery.signals import before_task_publish, task_postrun

SENT_AT = "careledger_sent_at"
FINISHED, LAST = "careledger:tasks:finished", "careledger:tasks:last"
"""Hashes at the broker: "task outcome" -> how many; task -> when one last succeeded."""
PROBE_SECONDS = 3


class Work(NamedTuple):
    """Background work as it is now. `finished`: (task, outcome) -> how many; `succeeded`: task -> when one last did."""

    waiting: int
    oldest_seconds: float
    in_hand: int
    finished: dict[tuple[str, str], int]
    succeeded: dict[str, float]


@before_task_publish.connect
def say_when(headers: dict[str, Any], **kwargs: Any) -> None:
    """A message says since when it waits."""
    headers[SENT_AT] = time.time()


@task_postrun.connect
def count(task: Task, state: str | None = None, **kwargs: Any) -> None:
    """Under the task's name alone: whose agency it was for is nobody's business here."""
    if task.request.is_eager:
        return
    with task.app.pool.acquire(block=True) as connection, connection.default_channel.client.pipeline() as broker:
        broker.hincrby(FINISHED, f"{task.name} {'succeeded' if state == 'SUCCESS' else 'failed'}", 1)
        if state == "SUCCESS":
            broker.hset(LAST, task.name, time.time())
        broker.execute()


def work_now() -> Work:
    """What the broker knows; raises if it does not answer."""
    queues = sorted(current_app.amqp.queues)
    with at_broker() as broker, broker.pipeline() as asked:
        asked.zcard("unacked_index").hgetall(FINISHED).hgetall(LAST)
        for queue in queues:
            asked.llen(queue).lindex(queue, -1)
        in_hand, finished, last, *of_queues = asked.execute()
    return Work(
        sum(of_queues[::2]),
        max(map(_age, of_queues[1::2])),
        in_hand,
        {tuple(key.decode().split()): int(number) for key, number in sorted(finished.items())},
        {task.decode(): float(at) for task, at in sorted(last.items())},
    )


def _age(message: bytes | None) -> float:
    sent = json.loads(message)["headers"].get(SENT_AT) if message else None
    return max(0, time.time() - sent) if sent else 0


@contextmanager
def at_broker() -> Iterator[Any]:
    """The broker's client, for somebody who does not wait long."""
    limits = {"socket_timeout": PROBE_SECONDS, "socket_connect_timeout": PROBE_SECONDS}
    with current_app.connection_for_write(transport_options=limits) as connection:
        connection.ensure_connection(max_retries=1, timeout=PROBE_SECONDS)
        yield connection.default_channel.client
