"""What /metrics says of background work, with a real broker and a real worker, and without."""

import re
from types import SimpleNamespace

import pytest
from django.test import Client
from kombu import Connection

from billing.tasks import run_current_months, run_month, run_months
from config import background
from tenancy.context import agency_context
from tests import factories
from tests.tenancy.support import wait_until
from tests.workers import a_broker, end, environment, start_worker

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"])]


@pytest.fixture
def measured(settings, monkeypatch):
    """A broker, and what /metrics says: name and labels -> number."""
    settings.METRICS_TOKEN = "right"
    with a_broker() as url, Connection(url) as queue:
        monkeypatch.setattr(background.current_app.conf, "broker_write_url", url)

        def ask() -> dict[str, float]:
            answer = Client().get("/metrics", headers={"authorization": "Bearer right"})
            assert answer.status_code == 200
            ask.text = answer.content.decode()
            told = re.findall(r"^careledger_((?:task|broker)\S*) (\S+)$", ask.text, flags=re.M)
            return {name: float(number) for name, number in told}

        yield SimpleNamespace(ask=ask, url=url, queue=queue, client=queue.default_channel.client)


def test_tasks_wait_are_taken_and_finish_and_each_is_counted_under_its_name_alone(measured, worlds, tmp_path):
    with agency_context(worlds.riverbend.agency):
        factories.a_log(worlds.riverbend.patient, 20, by=worlds.riverbend.coordinator)
    assert measured.ask() == {"broker_up": 1, "tasks_waiting": 0, "tasks_oldest_waiting_seconds": 0, "tasks_in_hand": 0}
    run_months.apply_async(connection=measured.queue)
    run_month.apply_async(["2026-77"], agency=worlds.harbor.agency, connection=measured.queue)
    waits = measured.ask()
    assert (waits["tasks_waiting"], waits["tasks_in_hand"]) == (2, 0)
    assert waits["tasks_oldest_waiting_seconds"] > 0
    worker = start_worker(tmp_path / "log", environment(measured.url))
    try:
        both = outcome(run_current_months, "succeeded")
        wait_until(lambda: measured.ask().get(both) == 2, "a run of each agency", seconds=60)
        wait_until(lambda: measured.ask()["tasks_waiting"] == measured.ask()["tasks_in_hand"] == 0, "an empty queue")
    finally:
        end(worker)
    done = measured.ask()
    assert done["tasks_oldest_waiting_seconds"] == 0
    assert (done[outcome(run_months, "succeeded")], done[outcome(run_month, "failed")]) == (1, 1)
    latest = {key for key in done if key.startswith("task_last")}
    assert latest >= {
        f'task_last_succeeded_timestamp_seconds{{task="{each.name}"}}' for each in (run_months, run_current_months)
    }
    assert not any(run_month.name + '"' in key for key in latest)  # it never succeeded
    for mark in ("riverbend", "harbor", "QRIV", str(worlds.riverbend.patient.pk)):
        assert mark not in measured.ask.text


def outcome(task, word):
    return f'tasks_finished_total{{outcome="{word}",task="{task.name}"}}'


def test_a_task_that_waits_grows_old(measured, worlds, monkeypatch):
    began = background.time.time()
    monkeypatch.setattr(background, "time", SimpleNamespace(time=lambda: began))
    run_months.apply_async(connection=measured.queue)
    monkeypatch.setattr(background, "time", SimpleNamespace(time=lambda: began + 90))
    run_months.apply_async(connection=measured.queue)
    assert measured.ask()["tasks_oldest_waiting_seconds"] == 90


def test_a_broker_that_is_away_is_a_number_and_the_rest_is_told(settings, monkeypatch):
    settings.METRICS_TOKEN = "right"
    monkeypatch.setattr(background.current_app.conf, "broker_write_url", "redis+socket:///nowhere/valkey.sock")
    answer = Client().get("/metrics", headers={"authorization": "Bearer right"}).content.decode()
    assert "careledger_broker_up 0.0" in answer
    assert "careledger_request_seconds" in answer
    assert "careledger_tasks_waiting" not in answer
