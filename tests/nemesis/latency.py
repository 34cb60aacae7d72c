"""What pages cost while the broker is down, beside the same pages while it is up."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

from bench.web import Visitor, a_form
from coordination.models import Enrollment, Program
from tenancy import clock
from tenancy.context import agency_context
from tenancy.models import Agency
from tests.nemesis.stack import Part, Stack, _sigkill

ROUNDS, REQUESTS = 4, 25


@dataclass(slots=True)
class Pages:
    """Milliseconds of each request, with the broker and without."""

    up: list[float] = field(default_factory=list)
    down: list[float] = field(default_factory=list)

    def added(self) -> tuple[float, float]:
        """To the median, and to the slowest."""
        return median(self.down) - median(self.up), max(self.down) - max(self.up)


def measure(stack: Stack) -> dict[str, Pages]:
    """In turns. Every page must be answered; asking workers for a month's run is the page that reaches for the broker."""
    asks = _asks(stack)
    found = {what: Pages() for what in asks}
    for _ in range(ROUNDS):
        _times(asks, {what: pages.up for what, pages in found.items()})
        with _away(stack.parts["broker"]):
            _times(asks, {what: pages.down for what, pages in found.items()})
        stack.await_return()
    return found


def _asks(stack: Stack) -> dict[str, Callable[[], object]]:
    agency = Agency.objects.get(slug="riverbend")
    with agency_context(agency):
        enrolled = Enrollment.objects.filter(program=Program.CHRONIC_CARE, revoked_on=None)
        here = f"/a/riverbend/patients/{enrolled.first().patient_id}/"
    nurse, biller = Visitor(stack.port), Visitor(stack.port)
    nurse.sign_in("dana@riverbend.example")
    biller.sign_in("bea@riverbend.example")
    page, runs = nurse.ask("GET", here)[1], "/a/riverbend/runs/"
    asked = biller.ask("GET", runs)[1]
    form = {"minutes": "1", "note": "With and without the broker."}
    month = f"{clock.now().astimezone(agency.zone):%Y-%m}"
    return {
        "list": lambda: nurse.ask("GET", "/a/riverbend/patients/"),
        "log save": lambda: nurse.post(f"{here}time/", page, **a_form(clock.now(), agency) | form),
        "asking for a month's run": lambda: biller.post(runs, asked, month=month),
    }


def _times(asks: dict[str, Callable[[], object]], into: dict[str, list[float]]) -> None:
    for _ in range(REQUESTS):
        for what, ask in asks.items():
            began = time.perf_counter()
            ask()
            into[what].append(1000 * (time.perf_counter() - began))


@contextmanager
def _away(part: Part) -> Iterator[None]:
    for pid in part.family():
        _sigkill(pid)
    part.process.wait(20)
    yield
    part.start()
