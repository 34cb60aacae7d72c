"""The sweep over deadlines: what telling of a thousand costs among many that are open, beside the least that SQL could do."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connections

from coordination.services.sweep import TELL, deadlines_sweep
from tenancy import clock

OPEN = (100_000, 1_000_000)
DUE = 1_000
WARM = 2
IDLE = 50
"""Sweeps that find nothing, for one figure."""
FLOOR = "floor_deadline", "floor_alert"


@dataclass(slots=True)
class Took:
    """Milliseconds: processor time of the server's session, and by the client's clock, commits included."""

    server: float
    clock: float


@dataclass(slots=True)
class Swept:
    """Of each round the sweep and its floor; and sweeps with nothing to tell."""

    open: int
    sweep: list[Took] = field(default_factory=list)
    floor: list[Took] = field(default_factory=list)
    idle: list[Took] = field(default_factory=list)


def measure(rounds: int, sizes: tuple[int, ...] = OPEN) -> list[Swept]:
    now = clock.now()
    found = [_measured(many, rounds, now) for many in sizes]
    _owner(f"TRUNCATE coordination_deadline, coordination_alert; DROP TABLE {', '.join(FLOOR)}")
    return found


def _measured(many: int, rounds: int, now: datetime) -> Swept:
    _fill(many, now)
    swept = Swept(many)
    for turn in range(rounds + WARM):
        _make_due(now)
        sweep = _took("system", lambda: deadlines_sweep(now=now))
        floor = _took("owner", lambda: _floor(now))
        idle = [_took("system", lambda: deadlines_sweep(now=now)) for _ in range(IDLE)]
        if turn >= WARM:
            swept.sweep.append(sweep)
            swept.floor.append(floor)
            swept.idle += idle
    return swept


def _fill(many: int, now: datetime) -> None:
    """Open deadlines of all patients, all still to come; the same rows in tables with a key and the sweep's index and nothing else."""
    _owner("TRUNCATE coordination_deadline, coordination_alert; DROP TABLE IF EXISTS floor_deadline, floor_alert")
    _owner(
        "INSERT INTO coordination_deadline (id, agency_id, patient_id, kind, about, due_on, due_at, levels, level, next_at, said,"
        " waits_on_name, snooze_reason, settled_as, version)"
        " SELECT uuidv7(), agency_id, patient, 'contact', gen_random_uuid(), (at + interval '3 hours')::date, at + interval '3 hours',"
        " ARRAY[at, at + interval '1 hour', at + interval '2 hours', at + interval '3 hours'], 0, at,"
        """ '{"discharged": "2026-11-01", "attempts": 1, "holidays": []}', '', '', '', 1"""
        " FROM (SELECT agency_id, id AS patient, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS patients"
        " FROM coordination_patient) who, LATERAL generate_series(1, 1 + %s / patients) AS number,"
        " LATERAL (SELECT %s::timestamptz + (1 + random() * 60) * interval '1 day' AS at) AS moment"
        " ORDER BY number, place LIMIT %s",
        [many, now, many],
    )
    _owner(
        "CREATE TABLE floor_deadline AS SELECT id, agency_id, due_at, levels, level, next_at FROM coordination_deadline;"
        " ALTER TABLE floor_deadline ADD PRIMARY KEY (id);"
        " CREATE INDEX ON floor_deadline (next_at) WHERE next_at IS NOT NULL;"
        " CREATE TABLE floor_alert (agency_id bigint, deadline_id uuid, due_at timestamptz, level smallint, raised_at timestamptz,"
        " UNIQUE (deadline_id, due_at, level))"
    )
    _owner("VACUUM ANALYZE coordination_deadline, coordination_alert, floor_deadline")


def _make_due(now: datetime) -> None:
    """The first moment of a thousand, from all over the table, has come; nobody was told of it before."""
    _owner("DELETE FROM coordination_alert")
    _owner("TRUNCATE floor_alert")
    first = now - timedelta(seconds=30)
    for table in ("coordination_deadline", FLOOR[0]):
        _owner(
            f"UPDATE {table} SET level = 0, next_at = %s, levels = ARRAY[%s] || levels[2:4] WHERE id IN"
            " (SELECT id FROM (SELECT id, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS many"
            " FROM coordination_deadline) numbered WHERE place %% (many / %s) = 0 LIMIT %s)",
            [first, first, DUE, DUE],
        )


def _floor(now: datetime) -> None:
    """The same statement over the bare tables, by a session that no wall binds."""
    bare = TELL.replace("coordination_deadline", FLOOR[0]).replace("coordination_alert", FLOOR[1])
    if _owner(bare, {"now": now, "batch": 2 * DUE}) != [(DUE, DUE)]:
        raise RuntimeError("the floor has told of another number than the sweep was given")


def _took(alias: str, work: Callable[[], Any]) -> Took:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")
    used, began = _nanoseconds(server), time.perf_counter()
    work()
    took = time.perf_counter() - began
    return Took((_nanoseconds(server) - used) / 1e6, 1000 * took)


def _nanoseconds(server: Path) -> int:
    """On a processor, since it began."""
    return int(server.read_text().split()[0])


def _owner(statement: str, values: Any = None) -> list[tuple[Any, ...]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []
