"""A run outlives its worker: really killed, with a chunk in hand."""

from types import SimpleNamespace

import pytest
from django.db import transaction
from kombu import Connection

from billing.models import ChargeRun, RunChunk, StoredDecision
from billing.services.charge_run import run_begin
from billing.tasks import decide_chunk
from tenancy.context import agency_context
from tests import factories
from tests.tenancy.support import wait_until
from tests.workers import a_broker, end, environment, lose, start_worker

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"])]


@pytest.fixture
def broker():
    with a_broker() as url:
        yield url


def finished(world: SimpleNamespace) -> list[tuple[int, int, int]]:
    with agency_context(world.agency):
        return list(ChargeRun.objects.exclude(finished_at=None).values_list("patients", "changed", "minutes_logged"))


def test_a_run_whose_worker_was_killed_goes_on_where_it_stopped(riverbend, broker, tmp_path):
    """The chunk is held while its worker is killed: nothing is stored. Handed out again, it is decided once."""
    with agency_context(riverbend.agency):
        factories.a_log(riverbend.patient, 20, by=riverbend.coordinator)
    env = environment(broker)
    first = start_worker(tmp_path / "first", env)
    wait_until(lambda: b" ready." in (tmp_path / "first").read_bytes(), "the first worker")
    with agency_context(riverbend.agency):
        run, _is_new = run_begin(month=factories.MONTH, now=factories.NOW)
    with transaction.atomic("owner"), agency_context(riverbend.agency):
        list(RunChunk.objects.using("owner").select_for_update().filter(run=run))
        with Connection(broker) as queue:
            decide_chunk.apply_async([str(run.pk), 1], connection=queue)
        wait_until(lambda: b"received" in (tmp_path / "first").read_bytes(), "the chunk at the first worker")
        lose(first)
    assert finished(riverbend) == []
    second = start_worker(tmp_path / "second", env)
    try:
        with agency_context(riverbend.agency), Connection(broker) as queue:
            for number in (1, 1):
                decide_chunk.apply_async([str(run.pk), number], connection=queue)
        wait_until(lambda: finished(riverbend), "the run")
    finally:
        end(second)
    assert finished(riverbend) == [(1, 1, 20)]
    with agency_context(riverbend.agency):
        assert list(StoredDecision.objects.values_list("patient_id", "version")) == [(riverbend.patient.pk, 1)]
