"""A real worker on a real broker: tasks of two agencies side by side, each in its own, and none in nobody's."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from kombu import Connection

from billing.models import ChargeRun, StoredDecision
from billing.tasks import run_month, run_months
from config.celery import app
from coordination.models import TimeLog
from tenancy.context import AgencyRequired, CrossAgency, agency_context
from tenancy.models import Crossing
from tenancy.tasks import HEADER
from tests import factories
from tests.tenancy.support import contents, sql, wait_until
from tests.workers import a_broker, end, environment, start_worker

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"])]
MONTH = "2026-11"


@pytest.fixture(scope="module")
def broker() -> Iterator[str]:
    with a_broker() as url:
        yield url


@pytest.fixture(scope="module")
def log(django_db_setup, broker, tmp_path_factory) -> Iterator[Path]:
    """The log of a worker that is ready."""
    path = tmp_path_factory.mktemp("worker") / "log"
    worker = start_worker(path, environment(broker))
    try:
        wait_until(lambda: b" ready." in path.read_bytes() or worker.poll() is not None, "the worker")
        assert worker.poll() is None, path.read_text()
        yield path
    finally:
        end(worker)


@pytest.fixture
def queue(log, broker) -> Iterator[Connection]:
    """Where tasks are sent to; empty at the end, so that no test leaves work to the next."""
    with Connection(broker) as connection:
        yield connection
        assert connection.default_channel.client.llen("celery") == 0


@pytest.fixture
def both(worlds) -> list[SimpleNamespace]:
    for world, minutes in ((worlds.riverbend, 20), (worlds.harbor, 40)):
        with agency_context(world.agency):
            factories.a_log(world.patient, minutes, by=world.coordinator)
    return [worlds.riverbend, worlds.harbor]


def runs(world: SimpleNamespace) -> list[tuple[int, int, int]]:
    """Patients, changed decisions and minutes of each finished run, oldest first."""
    with agency_context(world.agency):
        return list(
            ChargeRun.objects.exclude(finished_at=None)
            .order_by("pk")
            .values_list("patients", "changed", "minutes_logged")
        )


def versions(world: SimpleNamespace) -> list[tuple]:
    with agency_context(world.agency):
        return list(StoredDecision.objects.order_by("pk").values_list("patient_id", "version"))


def until_run(worlds: list[SimpleNamespace], times: int) -> None:
    wait_until(lambda: all(len(runs(world)) == times for world in worlds), f"{times} runs of each agency")


def failed(log: Path, fault: str) -> None:
    wait_until(lambda: fault in log.read_text(), f"{fault!r} in the worker's log")


def test_tasks_of_two_agencies_taken_in_turns_each_write_in_their_own_and_twice_is_once(queue, both):
    for times in range(1, 4):
        for world in both:
            run_month.apply_async([MONTH], agency=world.agency, connection=queue)
        until_run(both, times)
    riverbend, harbor = both
    assert runs(riverbend) == [(1, 1, 20), (1, 0, 20), (1, 0, 20)]
    assert runs(harbor) == [(1, 1, 40), (1, 0, 40), (1, 0, 40)]
    assert versions(riverbend) == [(riverbend.patient.pk, 1)]
    assert versions(harbor) == [(harbor.patient.pk, 1)]


def test_a_changed_month_makes_a_second_version_for_its_agency_alone(queue, both):
    for world in both:
        run_month.apply_async([MONTH], agency=world.agency, connection=queue)
    until_run(both, 1)
    riverbend, harbor = both
    with agency_context(harbor.agency):
        factories.a_log(harbor.patient, 5, by=harbor.coordinator)
    for world in both:
        run_month.apply_async([MONTH], agency=world.agency, connection=queue)
    until_run(both, 2)
    assert versions(riverbend) == [(riverbend.patient.pk, 1)]
    assert versions(harbor) == [(harbor.patient.pk, 1), (harbor.patient.pk, 2)]


def test_a_task_is_sent_for_the_agency_in_context(queue, both):
    riverbend, harbor = both
    with agency_context(harbor.agency):
        run_month.apply_async([MONTH], connection=queue)
    wait_until(lambda: runs(harbor), "the run")
    assert runs(harbor) == [(1, 1, 40)]
    assert runs(riverbend) == []


def test_a_task_for_nobody_is_refused_where_it_is_sent(queue, both):
    for send in (lambda: run_month.delay(MONTH), lambda: run_month.apply_async([MONTH], connection=queue)):
        with pytest.raises(AgencyRequired) as refused:
            send()
        assert str(refused.value).startswith("sending billing.tasks.run_month needs an agency: ")
    assert queue.default_channel.client.llen("celery") == 0
    assert [runs(world) for world in both] == [[], []]


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        ({}, "running billing.tasks.run_month needs an agency"),
        ({HEADER: 10**9}, "Agency matching query does not exist"),
        ({HEADER: "1 OR 1=1"}, "Field 'id' expected a number but got '1 OR 1=1'"),
    ],
    ids=["no agency", "an agency nobody is", "an injection"],
)
def test_a_message_that_names_no_agency_is_refused_where_it_runs_and_writes_nothing(header, fault, queue, both, log):
    before = [contents(world.agency) for world in both]
    app.send_task("billing.tasks.run_month", [MONTH], connection=queue, headers=header)
    failed(log, fault)
    assert [contents(world.agency) for world in both] == before


def test_after_a_task_that_failed_the_worker_serves_the_other_agency_as_ever(queue, both, log):
    riverbend, harbor = both
    run_month.apply_async(["2026-77"], agency=riverbend.agency, connection=queue)
    failed(log, "month must be in 1..12")
    for times in range(1, 4):
        run_month.apply_async([MONTH], agency=harbor.agency, connection=queue)
        until_run([harbor], times)
    assert runs(riverbend) == []
    assert runs(harbor) == [(1, 1, 40), (1, 0, 40), (1, 0, 40)]


def test_a_session_serves_many_tasks_and_one_that_broke_is_replaced(queue, both):
    _, harbor = both
    for times in range(1, 4):
        run_month.apply_async([MONTH], agency=harbor.agency, connection=queue)
        until_run([harbor], times)
        ended = sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert ended  # the worker had kept it


def test_the_nightly_sweep_asks_for_every_agency_once_and_leaves_its_reason(queue, both):
    run_months.apply_async(connection=queue)
    wait_until(lambda: all(runs(world) for world in both), "a run of each agency")
    assert list(Crossing.objects.using("owner").values_list("reason", flat=True)) == ["nightly month run"]
    with agency_context(both[0].agency):
        assert TimeLog.objects.count() == 1  # it only reads them


def test_called_directly_a_task_is_held_to_the_same(both):
    with pytest.raises(AgencyRequired):
        run_month(MONTH)
    app.conf.task_always_eager, app.conf.task_eager_propagates = True, True
    try:
        with agency_context(both[0].agency), pytest.raises(CrossAgency):
            run_month.apply_async([MONTH], agency=both[1].agency)
    finally:
        app.conf.task_always_eager, app.conf.task_eager_propagates = False, False
    assert [runs(world) for world in both] == [[], []]


def test_a_worker_does_not_start_as_the_owner(broker, tmp_path, transactional_db):
    worker = start_worker(tmp_path / "log", environment(broker, DATABASE_URL="careledger_owner"))
    try:
        wait_until(
            lambda: worker.poll() is not None or b" ready." in (tmp_path / "log").read_bytes(), "the worker's decision"
        )
        assert "signs in as careledger_owner, which owns tables" in (tmp_path / "log").read_text()
        assert worker.poll() not in (None, 0)
    finally:
        end(worker)
