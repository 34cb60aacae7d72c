"""The month's run beside its floor: one scan and aggregate of the same logs, and COPY of the same output into bare tables."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connections

from bench.stack import cpu_seconds
from billing.tasks import run_month
from coordination.rules.months import month_of
from tenancy.models import Agency

STORED = {
    "billing_decision": "agency_id, run_id, patient_id, month, version, document, sha256, findings, finding_codes",
    "billing_charge": "agency_id, decision_id, month, code, units, earliest, latest, amount",
}
MINUTES = 15
RUNS = "billing_chargerun, billing_runchunk, billing_decision, billing_charge"


@dataclass(slots=True)
class Round:
    """Seconds: by the clock, and of processor time."""

    run: float
    run_cpu: float
    floor: float
    floor_cpu: float
    parts: dict[str, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        return self.run / self.floor

    @property
    def ratio_cpu(self) -> float:
        """Of a run too short for the clock of processes: none."""
        return self.run_cpu / self.floor_cpu if self.floor_cpu else float("nan")


def rounds(month: date, many: int, worker: int, postgres: int) -> tuple[list[Round], dict[str, int]]:
    """Run the month of every agency and its floor, in turns; the rounds and how many rows of what were written."""
    agencies = list(Agency.objects.order_by("pk"))
    found, written = [], {}
    for _ in range(many):
        _owner(f"TRUNCATE {RUNS} CASCADE")
        run, run_cpu = _timed(lambda: _run(agencies, month), (worker, postgres))
        written = {table: _owner(f"SELECT count(*) FROM {table}")[0][0] for table in STORED}
        written["findings"] = _owner("SELECT sum(cardinality(findings)) FROM billing_decision")[0][0]
        written["logs"] = _owner(f"SELECT count(*) FROM coordination_timelog WHERE {_in(month)}")[0][0]
        parts, floor_cpu = _floor(month, postgres)
        found.append(Round(run, run_cpu, sum(parts.values()), floor_cpu, parts))
    return found, written


def _run(agencies: list[Agency], month: date) -> None:
    """As a night does: a task for each agency; the largest first, so that none waits for it at the end."""
    for agency in agencies:
        run_month.apply_async([f"{month:%Y-%m}"], agency=agency)
    deadline = time.monotonic() + MINUTES * 60
    # Asked as cheaply as can be: it is the same two processors that the run has.
    while (done := _owner("SELECT count(*) FROM billing_chargerun WHERE finished_at IS NOT NULL")[0][0]) < len(
        agencies
    ):
        if time.monotonic() > deadline:
            raise RuntimeError(
                f"{len(agencies) - done} agencies are not decided after {MINUTES} minutes: see what the worker says"
            )
        time.sleep(0.02)


def _floor(month: date, postgres: int) -> tuple[dict[str, float], float]:
    """Seconds of each part, and processor time of all. The client's own work is COPY data it was handed, sent back unread."""
    _owner("DROP TABLE IF EXISTS " + ", ".join(f"floor_{table}" for table in STORED))
    parts: dict[str, float] = {}
    cpu = 0.0

    def part(name: str, work: Callable[[], Any]) -> None:
        nonlocal cpu
        parts[name], used = _timed(work, (postgres,))
        cpu += used

    part(
        "scan and aggregate",
        lambda: _owner(
            "SELECT count(*), sum(minutes) FROM (SELECT patient_id, program, activity, discipline, sum(minutes) minutes, count(*) n"
            f" FROM coordination_timelog WHERE {_in(month)} GROUP BY 1, 2, 3, 4) each"
        ),
    )
    for table, columns in STORED.items():
        _owner(f"CREATE TABLE floor_{table} AS SELECT {columns} FROM {table} LIMIT 0")
        data = _copied_out(f"COPY (SELECT {columns} FROM {table}) TO STDOUT (FORMAT BINARY)")
        part(
            f"COPY {table}",
            lambda table=table, data=data: _copied_in(f"COPY floor_{table} FROM STDIN (FORMAT BINARY)", data),
        )
        _owner(f"DROP TABLE floor_{table}")
    return parts, cpu


def _in(month: date) -> str:
    first, last = month_of(month)
    return f"service_date BETWEEN '{first}' AND '{last}' AND voided_at IS NULL"


def _timed(work: Callable[[], Any], roots: tuple[int, ...]) -> tuple[float, float]:
    cpu, began = cpu_seconds(*roots), time.perf_counter()
    work()
    return time.perf_counter() - began, cpu_seconds(*roots) - cpu


def _owner(statement: str) -> list[tuple[Any, ...]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def _copied_out(statement: str) -> list[bytes]:
    with connections["owner"].cursor() as cursor, cursor.copy(statement) as copy:
        return [bytes(block) for block in copy]


def _copied_in(statement: str, data: list[bytes]) -> None:
    joined = b"".join(data)
    with connections["owner"].cursor() as cursor, cursor.copy(statement) as copy:
        for start in range(0, len(joined), 1 << 20):
            copy.write(joined[start : start + (1 << 20)])
