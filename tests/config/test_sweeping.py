"""Beat and a worker as they are: deadlines are told of by themselves, and a sweep does not wait behind a night's work."""

import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.test import Client
from kombu import Connection

from billing.tasks import run_month
from config import background, devstack
from config.celery import app
from coordination.selectors.sweep import swept_at
from tenancy import clock
from tests.coordination.test_sweep import a_deadline, told
from tests.tenancy.support import COMMITTED, wait_until
from tests.workers import a_broker, end, environment, start_worker

pytestmark = [pytest.mark.worker, COMMITTED]
REAL = clock.now


def test_beat_asks_and_a_worker_tells_though_a_night_s_work_waits(worlds, tmp_path, settings, monkeypatch, at):
    began = REAL()
    moments = tuple(began + timedelta(seconds=seconds) for seconds in (-60, -30, 1, 3600))
    about = a_deadline(worlds.riverbend, levels=moments, at=moments[-1], made=began - timedelta(hours=1))
    settings.METRICS_TOKEN = "right"
    monkeypatch.setattr(clock, "now", REAL)  # the worker has no other

    def metrics() -> dict[str, float]:
        lines = Client().get("/metrics", headers={"authorization": "Bearer right"}).content.decode().splitlines()
        return {name: float(number) for name, _, number in (line.rpartition(" ") for line in lines if line[0] != "#")}

    with a_broker() as url, Connection(url) as queue:
        monkeypatch.setattr(background.current_app.conf, "broker_write_url", url)
        for _ in range(300):
            run_month.apply_async(["2026-11"], agency=worlds.harbor.agency, connection=queue)
        before = metrics()
        assert (before["careledger_deadlines_untold"], before["careledger_tasks_waiting"]) == (1, 300)
        assert "careledger_sweep_age_seconds" not in before
        told_of = environment(url) | {"SWEEP_SECONDS": "0.5"}
        command = [sys.executable, "-m", "celery", "-A", "config", "beat", "--schedule", str(tmp_path / "beat")]
        worker = start_worker(tmp_path / "log", told_of)
        beat = subprocess.Popen([*command, "--pidfile", ""], cwd=devstack.ROOT, env=told_of, stderr=subprocess.DEVNULL)
        try:
            wait_until(lambda: swept_at() and len(told(worlds.riverbend)) == 3, "three alerts", 60)
            assert queue.default_channel.client.llen("celery") > 50  # the sweeps went past them
            at_last = metrics()
            assert at_last["careledger_deadlines_untold"] == 0
            assert at_last["careledger_sweep_age_seconds"] < 5
            end(beat)
            time.sleep(1)
            last = swept_at()
            time.sleep(1)
            assert swept_at() == last  # nobody else asks
        finally:
            end(beat)
            end(worker)
    assert [(deadline, level) for deadline, level, _ in told(worlds.riverbend)] == [
        (about, level) for level in range(3)
    ]


def test_a_sweep_asked_for_in_vain_is_forgotten():
    entry = app.conf.beat_schedule["sweep-deadlines"]
    assert entry["schedule"] == 60
    assert entry["options"] == {"queue": "sweeps", "expires": 180}
