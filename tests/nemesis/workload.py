"""What the product is kept busy with while parts of it die, and the history of it: who asked what when, and what came of it."""

import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPException, RemoteDisconnected
from typing import Any
from uuid import UUID, uuid4

import psycopg
from django.db import DatabaseError, InterfaceError, connections

from bench.web import Visitor, a_form
from coordination.models import Enrollment, Patient, Program
from coordination.rules.deadlines import Due
from coordination.services.deadlines import deadlines_write
from tenancy import clock
from tenancy.context import agency_context
from tenancy.models import Agency

BURST = 150
"""Deadlines that come due at the same moments: what makes a sweep long enough to be hit."""
LEVELS = 4


@dataclass(slots=True)
class Asked:
    """Something asked of the product. `outcome`: answered, failed (it said so), broken (no answer came), refused (nobody there)."""

    what: str
    began: float
    ended: float = 0.0
    outcome: str = ""


@dataclass(slots=True)
class Told:
    """A deadline as it was asked for: its moments, when it was surely stored, and the span in which it was settled, if it was."""

    about: UUID
    agency: int
    moments: tuple[float, ...]
    written: float = 0.0
    settling: float = 0.0
    settled: float = 0.0


class History:
    """Everything that was asked, by all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.asked: list[Asked] = []
        self.deadlines: list[Told] = []
        self.saved: dict[str, str] = {}
        """Notes of contacts that were posted, by their mark -> "answered" once the product said it was saved."""
        self._running: dict[int, Asked] = {}

    @contextmanager
    def asking(self, what: str) -> Iterator[Asked]:
        one = Asked(what, time.time())
        with self._lock:
            self._running[threading.get_ident()] = one
            self.asked.append(one)
        try:
            yield one
        finally:
            one.ended = time.time()
            with self._lock:
                self._running.pop(threading.get_ident(), None)

    def running(self, prefix: str) -> Asked | None:
        """One that is on its way, for a millisecond and more."""
        with self._lock:
            now = time.time()
            return next(
                (one for one in self._running.values() if one.what.startswith(prefix) and now - one.began > 0.001), None
            )


@dataclass
class Workload:
    """Threads that ask until they are told to stop. What they could not have is asked for again, as people and programs do."""

    port: int
    seed: int
    history: History = field(default_factory=History)
    failures: list[str] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        works: list[Callable[[random.Random], None]] = [
            self._facts,
            self._read("dana@riverbend"),
            self._read("jo@harbor"),
        ]
        works += [self._save("dana@riverbend", "riverbend"), self._save("jo@harbor", "harbor")]
        for number, work in enumerate(works):
            chance = random.Random(f"{self.seed} {number}")
            thread = threading.Thread(target=self._kept, args=(work, chance), daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(60)

    def _kept(self, work: Callable[[random.Random], None], chance: random.Random) -> None:
        try:
            work(chance)
        except Exception as fault:
            self.failures.append(f"{type(fault).__name__}: {fault}"[:2000])
        finally:
            connections.close_all()

    # Facts: deadlines in turns for both agencies, some of them settled before or while they come due.

    def _facts(self, chance: random.Random) -> None:
        agencies = list(Agency.objects.order_by("pk"))
        patients = {}
        for agency in agencies:
            with agency_context(agency):
                patients[agency.pk] = list(Patient.objects.values_list("pk", flat=True))
        to_settle: list[tuple[float, Agency, list[Told], Any]] = []
        turn = 0
        while not self._over.wait(0.3 + chance.random() * 0.5):
            agency = agencies[turn % len(agencies)]
            turn += 1
            planned = clock.now()
            first = planned.timestamp() + 0.5 + 2 * chance.random()
            moments = tuple(sorted(first + 3 * chance.random() for _ in range(LEVELS)))
            made = [Told(uuid4(), agency.pk, moments) for _ in range(BURST)]
            patient = chance.choice(patients[agency.pk])
            self.history.deadlines += made
            if self._write(agency, {each.about: (patient, [_due(each)]) for each in made}, planned):
                for each in made:
                    each.written = time.time()
            if turn % 3 == 0:
                settled = chance.sample(made, BURST // 5)
                to_settle.append((chance.uniform(planned.timestamp(), moments[-1]), agency, settled, patient))
            for due in [each for each in to_settle if each[0] <= time.time()]:
                to_settle.remove(due)
                _, its, some, whose = due
                for each in some:
                    each.settling = time.time()
                if self._write(its, {each.about: (whose, [_due(each, "met")]) for each in some}, clock.now()):
                    for each in some:
                        each.settled = time.time()

    def _write(self, agency: Agency, dues: dict[UUID, Any], now: datetime) -> bool:
        """Until it is stored; what is asked is the same each time. Not stored when the run ends: False."""
        while True:
            with self.history.asking("fact") as one:
                try:
                    with agency_context(agency):
                        deadlines_write(dues, now=now)
                    one.outcome = "answered"
                    return True
                except (DatabaseError, InterfaceError, psycopg.Error) as fault:
                    one.outcome = "refused" if "connection failed" in str(fault) else "broken"
            connections["default"].close()
            if self._over.wait(0.1):
                return False

    # Requests, as browsers send them.

    def _read(self, who: str) -> Callable[[random.Random], None]:
        def read(chance: random.Random) -> None:
            slug = who.partition("@")[2]
            visitor, agency = self._signed_in(who), Agency.objects.get(slug=slug)
            with agency_context(agency):
                patients = list(Patient.objects.values_list("pk", flat=True))
            while not self._over.wait(chance.random() * 0.02):
                path = f"/a/{slug}/patients/" + chance.choice(["", f"{chance.choice(patients)}/"])
                visitor = self._ask("read", who, visitor, lambda visitor, path=path: visitor.ask("GET", path))[1]

        return read

    def _save(self, who: str, slug: str) -> Callable[[random.Random], None]:
        def save(chance: random.Random) -> None:
            visitor, agency = self._signed_in(who), Agency.objects.get(slug=slug)
            with agency_context(agency):
                enrolled = Enrollment.objects.filter(program=Program.CHRONIC_CARE, revoked_on=None)
                here = f"/a/{slug}/patients/{enrolled.first().patient_id}/"
            page = visitor.ask("GET", here)[1]
            number = 0
            while not self._over.wait(0.05 + chance.random() * 0.1):
                number += 1
                mark = f"nemesis {slug} {number}."
                form = a_form(clock.now(), agency) | {"minutes": "1", "note": mark}
                self.history.saved[mark] = ""
                saved = False
                while not saved and not self._over.is_set():  # the same form until it is saved
                    saved, visitor = self._ask(
                        "save", who, visitor, lambda visitor, form=form: visitor.post(f"{here}time/", page, **form)
                    )
                if saved:
                    self.history.saved[mark] = "answered"

        return save

    def _signed_in(self, who: str) -> Visitor:
        visitor = Visitor(self.port)
        visitor.sign_in(f"{who}.example")
        return visitor

    def _ask(self, what: str, who: str, visitor: Visitor, ask: Callable[[Visitor], Any]) -> tuple[bool, Visitor]:
        """Whether it was answered, and the visitor to go on with: over a new connection when the old one is gone."""
        with self.history.asking(f"request {what}") as one:
            try:
                status, _ = ask(visitor)
                one.outcome = "answered"
                if status in (301, 302) and what == "read":
                    raise AssertionError(f"{who} was signed out")
                return True, visitor
            except ConnectionRefusedError:
                one.outcome = "refused"
            except (RemoteDisconnected, ConnectionError, HTTPException):
                one.outcome = "broken"
            except RuntimeError as answer:
                one.outcome = "failed"
                if not re.search(r"answered 50\d", str(answer)):
                    raise
        again = Visitor(self.port)
        again._cookies = visitor._cookies
        self._over.wait(0.1)
        return False, again


def _due(told: Told, settled: str = "") -> Due:
    moments = tuple(datetime.fromtimestamp(moment, UTC) for moment in told.moments)
    last = moments[-1]
    return Due("contact", (last - timedelta(days=1)).date(), last, moments, settled)
