"""What machines ask about this process: is it alive, may it be sent requests, what has it measured.

Answered before host names, TLS and sessions are looked at, because a load balancer knows a process by its address alone. Nothing
here says more than which part is red: anybody may ask.
"""

import os
import time
from collections.abc import Callable, Iterator
from hmac import compare_digest
from typing import Any

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.http.response import HttpResponseBase
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Histogram, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from config.background import at_broker, work_now
from config.celery import SWEEP_SECONDS
from config.logs import method_of, route_of
from coordination.selectors.sweep import healed, swept_at, untold
from tenancy import clock
from tenancy.context import agency_context
from tenancy.models import Agency

log = structlog.get_logger(__name__)

REQUEST_SECONDS = Histogram(
    "careledger_request_seconds",
    "Time to answer a request, by route, method and status.",
    ["route", "method", "status"],
)
"""Labels are names of routes: never an address, an agency or a patient."""
STARTED_AT = clock.now()
MISSED_SWEEPS = 3
"""So many intervals without a sweep are too many."""


def database() -> None:
    """The app's role is the app's: a stronger one is refused where the connection is made (tenancy/startup.py)."""
    _ask("default")


def system_database() -> None:
    _ask("system")


def signing_keys() -> None:
    """The database knows the key that this process signs with."""
    with agency_context(Agency(pk=0)), connections["default"].cursor() as cursor:
        cursor.execute("SELECT app_sec.agency()")


def migrations() -> None:
    """Everything this code needs has been applied. Once it has, it stays so: only a later release takes it away."""
    if not _migrated:
        executor = MigrationExecutor(connections["default"])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            raise LookupError("migrations wait")
        _migrated.append(True)


def sessions_and_cache() -> None:
    cache.set("readyz", 1, timeout=60)
    if cache.get("readyz") != 1:
        raise LookupError("the cache forgets")


def broker() -> None:
    with at_broker() as client:
        client.ping()


def sweep() -> None:
    """Deadlines are told of. Where nothing was ever swept, waiting begins with this process: a new installation is ready."""
    waited = clock.now() - (swept_at() or STARTED_AT)
    if waited.total_seconds() > MISSED_SWEEPS * SWEEP_SECONDS:
        raise LookupError(f"no sweep came to its end for {waited}")


CHECKS: tuple[Callable[[], None], ...] = (
    database,
    system_database,
    signing_keys,
    migrations,
    sessions_and_cache,
    broker,
    sweep,
)
"""What must be well. Each raises when it is not; its name is all that is told."""
_migrated: list[bool] = []


def _ask(alias: str) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT 1")


def livez(request: HttpRequest) -> HttpResponse:
    """This process answers. It asks nobody else: a database that is down is no reason to restart it."""
    return JsonResponse({"alive": True})


def readyz(request: HttpRequest) -> HttpResponse:
    """Whether all is well, but for what `?exclude=` names: requests can be answered while sweeps stand still."""
    red, excluded = [], request.GET.getlist("exclude")
    for check in CHECKS:
        if check.__name__ in excluded:
            continue
        try:
            check()
        except Exception:
            log.exception("not ready", red=check.__name__)
            red.append(check.__name__)
    return JsonResponse({"ready": not red, "red": red}, status=503 if red else 200)


class Background(Collector):
    """Background work at the moment of asking; that the broker does not answer is a number too."""

    def collect(self) -> Iterator[Metric]:
        yield from self._sweep()
        yield from self._tasks()

    def _sweep(self) -> Iterator[Metric]:
        now = clock.now()
        try:
            last, waiting, differed = swept_at(), untold(now), healed()
        except Exception:
            log.exception("the sweep not measured")
            return
        yield _gauge("deadlines_untold", "Deadlines whose moment has come and of which nobody was told.", waiting)
        yield CounterMetricFamily(
            "careledger_deadlines_healed", "Deadlines that were not what is due when a night looked.", value=differed
        )
        if last is not None:
            age = (now - last).total_seconds()
            yield _gauge("sweep_age_seconds", "Since a sweep last came to its end.", age)

    def _tasks(self) -> Iterator[Metric]:
        try:
            work = work_now()
        except Exception:
            log.exception("background work not measured")
            work = None
        yield _gauge("broker_up", "Whether the broker answered.", work is not None)
        if work is None:
            return
        yield _gauge("tasks_waiting", "Tasks that no worker has taken.", work.waiting)
        yield _gauge("tasks_oldest_waiting_seconds", "How long the next of them has waited.", work.oldest_seconds)
        yield _gauge("tasks_in_hand", "Tasks that a worker has taken and not finished.", work.in_hand)
        done = CounterMetricFamily("careledger_tasks_finished", "Tasks by outcome.", labels=["task", "outcome"])
        for labels, number in work.finished.items():
            done.add_metric(labels, number)
        yield done
        last = "careledger_task_last_succeeded_timestamp_seconds"
        latest = GaugeMetricFamily(last, "When a task last succeeded.", labels=["task"])
        for task, at in work.succeeded.items():
            latest.add_metric([task], at)
        yield latest


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(f"careledger_{name}", about, value=value)


def metrics(request: HttpRequest) -> HttpResponse:
    """For who knows METRICS_TOKEN; for everybody else, and where none is set, the page does not exist."""
    token = settings.METRICS_TOKEN
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not compare_digest(shown.encode(), token.encode()):
        return HttpResponseNotFound()
    registry: Any = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):  # set by config/gunicorn.py: the sum of all web processes
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    background = CollectorRegistry()
    background.register(Background())
    return HttpResponse(generate_latest(registry) + generate_latest(background), content_type=CONTENT_TYPE_LATEST)


PROBES: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    f"/{view.__name__}": view for view in (livez, readyz, metrics)
}


class Probes:
    """First of all: answers the three addresses, and measures every other request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if probe := PROBES.get(request.path_info):
            response = probe(request)
            response.headers["Cache-Control"] = "no-store"
            return response
        began = time.perf_counter()
        response = self.get_response(request)
        labels = route_of(request), method_of(request), str(response.status_code)
        REQUEST_SECONDS.labels(*labels).observe(time.perf_counter() - began)
        return response
