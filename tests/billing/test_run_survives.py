"""A run outlives its worker, really killed with a part in hand; two of everything at once come to one."""

from threading import Barrier, Thread
from types import SimpleNamespace

import pytest
from django.db import connections, transaction
from kombu import Connection

from billing.models import Charge, ChargeRun, RunChunk, StoredDecision
from billing.services.charge_run import charge_run, chunks_left, run_begin, run_chunk
from billing.tasks import decide_chunk
from tenancy.context import agency_context
from tests import factories
from tests.tenancy.support import sql, wait_until
from tests.workers import a_broker, end, environment, lose, start_worker

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"])]


@pytest.fixture
def broker():
    with a_broker() as url:
        yield url


def documents(world: SimpleNamespace) -> list[tuple]:
    with agency_context(world.agency):
        stored = StoredDecision.objects.order_by("patient", "version")
        lines = Charge.objects.order_by("decision__patient", "code").values_list(
            "decision__patient", "code", "units", "amount"
        )
        return [*stored.values_list("patient", "version", "document", "sha256"), *lines]


def chunks(world: SimpleNamespace) -> list[bool]:
    with agency_context(world.agency):
        return [chunk.finished_at is not None for chunk in RunChunk.objects.order_by("number")]


def hand_out(run: ChargeRun, broker: str) -> None:
    with Connection(broker) as queue:
        for number in chunks_left(run):
            decide_chunk.apply_async([str(run.pk), number], connection=queue)


def somebody_waits() -> bool:
    return sql("SELECT count(*) FROM pg_locks WHERE NOT granted", using="owner")[0][0] > 0


@pytest.fixture
def five(riverbend, monkeypatch):
    """Five patients, two to a chunk."""
    monkeypatch.setattr("billing.services.charge_run.PATIENTS_AT_ONCE", 2)
    with agency_context(riverbend.agency):
        patients = [riverbend.patient, *(factories.an_enrolled_patient(riverbend, f"M{n}", "Diaz") for n in range(4))]
        for extra, patient in enumerate(patients):
            factories.a_log(patient, 20 + 10 * extra, by=riverbend.coordinator)
    return riverbend


def test_a_run_whose_worker_was_killed_goes_on_where_it_stopped(five, broker, tmp_path):
    """Killed with one part done, one in hand and one to come. What is left is handed out twice, and in the end every byte is as in
    a run that nobody disturbed."""
    with agency_context(five.agency):
        undisturbed = charge_run(month=factories.MONTH, now=factories.NOW)
    whole = documents(five)
    sql(
        "TRUNCATE billing_chargerun, billing_runchunk, billing_decision, billing_charge",
        using="owner",
    )
    env = environment(broker)
    with agency_context(five.agency):
        run, _is_new = run_begin(month=factories.MONTH, now=factories.NOW)
    with transaction.atomic("owner"):
        sql("SELECT FROM billing_runchunk WHERE number > 1 FOR UPDATE", using="owner")
        first = start_worker(tmp_path / "first", env)
        with agency_context(five.agency):
            hand_out(run, broker)
        wait_until(lambda: chunks(five) == [True, False, False] and somebody_waits(), "the first part", seconds=60)
        lose(first)
    assert chunks(five) == [True, False, False]
    assert {row[0] for row in documents(five)} < {row[0] for row in whole}
    second = start_worker(tmp_path / "second", env)
    try:
        with agency_context(five.agency):
            hand_out(run, broker)
            hand_out(run, broker)
        wait_until(lambda: all(chunks(five)), "the other parts", seconds=60)
    finally:
        end(second)
    assert documents(five) == whole
    with agency_context(five.agency):
        run.refresh_from_db()
        assert (run.patients, run.changed, run.units) == (5, 5, undisturbed.units)
        assert charge_run(month=factories.MONTH, now=factories.NOW).changed == 0
    assert documents(five) == whole


def test_two_clicks_at_the_same_moment_begin_one_run(five):
    together, begun = Barrier(2), []

    def click() -> None:
        try:
            with agency_context(five.agency):
                together.wait(20)
                run, is_new = run_begin(month=factories.MONTH, now=factories.NOW)
                begun.append((run.pk, is_new))
        finally:
            connections.close_all()

    clicks = [Thread(target=click) for _ in range(2)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join(30)
    with agency_context(five.agency):
        run = ChargeRun.objects.get()
        assert sorted(begun) == [(run.pk, False), (run.pk, True)]
        assert RunChunk.objects.count() == 3


def test_two_workers_at_one_part_decide_it_once(five):
    with agency_context(five.agency):
        run, _is_new = run_begin(month=factories.MONTH, now=factories.NOW)
    together, done = Barrier(2), []

    def work() -> None:
        try:
            with agency_context(five.agency):
                together.wait(20)
                run_chunk(run=run.pk, number=1, now=factories.NOW)
            done.append(1)
        finally:
            connections.close_all()

    workers = [Thread(target=work) for _ in range(2)]
    for each in workers:
        each.start()
    for each in workers:
        each.join(30)
    with agency_context(five.agency):
        assert list(StoredDecision.objects.values_list("version", flat=True)) == [1, 1]
    assert done == [1, 1]  # the second found it done, and was not stopped by the database's own guard
