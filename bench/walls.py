"""What row security costs: the product's policy beside the same statement on the same rows without one, in turns."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

import psycopg
from django.db import connection, connections, transaction
from django.db.backends.postgresql.base import Cursor, ServerBindingCursor
from psycopg.types.numeric import Int8

from tenancy import tokens
from tenancy.context import agency_context
from tenancy.models import Agency, User
from tenancy.models.base import APP_ROLE, Wall

ROWS = 600_000
SECONDS = 60
"""For one statement: a slow one is asked less often, but at least FEWEST times."""
FEWEST = 100
WARM = 20
LIST = (
    "SELECT id, patient, service_date, minutes FROM {} WHERE agency_id = %s AND service_date <= '2026-11-30'"
    " ORDER BY service_date DESC, id DESC LIMIT 25"
)
AGGREGATE = "SELECT patient, sum(minutes), count(*) FROM {} WHERE agency_id = %s GROUP BY patient"
STATEMENTS = (
    ("list", LIST, Cursor),
    ("list, plan kept", LIST, ServerBindingCursor),
    ("aggregate", AGGREGATE, Cursor),
)
"""Each with the cursor that asks it: Django's own, for which each is planned anew, or that of kept statements."""
TWINS = ("bench_plain", "bench_walled", "bench_unsigned")
UNSIGNED = "agency_id = (SELECT current_setting('bench.agency')::bigint)"
"""The policy that is no wall, since anybody may set a setting: what row security costs at the least."""

Asked = tuple[type[psycopg.Cursor], str, Any]
"""A statement with its values, and the cursor that the product asks it with."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """Over the same without a wall: of medians and of tenth percentiles."""

    median: float
    p10: float


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one statement at one number of agencies, with the product's wall and with the least that row security can be."""

    agencies: int
    statement: str
    wall: Ratio
    least: Ratio | None
    plain_ms: float
    pairs: int


def costs(iterations: int, agencies: tuple[int, ...] = (1, 100, 1000), rows: int = ROWS) -> list[Cost]:
    found = []
    for many in agencies:
        _make_twins(many, rows)
        found += [_compared(many, name, statement, cursor, iterations) for name, statement, cursor in STATEMENTS]
    return found


def _make_twins(agencies: int, rows: int) -> None:
    """The same rows and indexes: without a wall, behind the one that every table of an agency has, and behind the least."""
    with connections["owner"].cursor() as cursor, connections["owner"].schema_editor() as editor:
        for name in TWINS:
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
            cursor.execute(
                f"CREATE TABLE {name} AS SELECT n AS id, (1 + n % {agencies})::bigint AS agency_id,"
                f" md5((n % {rows // 12})::text)::uuid AS patient, date '2026-11-01' + n % 30 AS service_date,"
                f" 1 + n % 20 AS minutes, repeat('x', 60) AS note FROM generate_series(1, {rows}) n"
            )
            cursor.execute(f"CREATE INDEX ON {name} (agency_id, service_date, id)")
            cursor.execute(f"GRANT SELECT ON {name} TO {APP_ROLE}")
        for name in TWINS[1:]:
            fake = type("Walled", (), {"_meta": type("Meta", (), {"db_table": name})})
            cursor.execute(Wall(name=f"{name}_wall").sql(fake, editor))
        cursor.execute(f"ALTER POLICY bench_unsigned_wall_app ON bench_unsigned USING ({UNSIGNED})")
    connections["owner"].cursor().execute(f"VACUUM ANALYZE {', '.join(TWINS)}")


def page_costs(slug: str, iterations: int) -> list[Cost]:
    """The statements of real pages on the product's own tables: the app's role beside one that row security does not bind."""
    from django.test import Client

    agency = Agency.objects.get(slug=slug)
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(User.objects.get(email=f"coordinator5@{slug}.example"))
    asked: list[Asked] = []
    for _ in range(2):  # the second time as a process asks that has been at work
        asked.clear()
        with connection.execute_wrapper(_noting(asked)):
            client.get(f"/a/{slug}/patients/")
    month_of_all = (
        "SELECT patient_id, sum(minutes), count(*) FROM coordination_timelog WHERE agency_id = %s AND voided_at IS NULL"
        " AND service_date >= date_trunc('month', now())::date GROUP BY patient_id"
    )
    unbound_params = connection.get_connection_params() | {"user": "careledger_backup"}
    with connection.get_new_connection(unbound_params) as unbound, agency_context(agency):
        bound, many = connection.connection, Agency.objects.count()

        def cost(name: str, statements: list[Asked]) -> Cost:
            def asking(session: psycopg.Connection) -> Callable[[], object]:
                return lambda: [cursor(session).execute(*each).fetchall() for cursor, *each in statements]

            return _cost(many, name, [asking(unbound), asking(bound)], iterations)

        with _on_one_processor(unbound, bound):
            return [
                cost(f"list page, its {len(asked)} SELECTs", asked),
                cost("aggregate of a month", [(Cursor, month_of_all, [agency.pk])]),
            ]


def _noting(asked: list[Asked]) -> Callable[..., object]:
    def note(execute: Callable[..., object], sql: str, params: Any, many: bool, context: dict[str, Any]) -> object:
        if sql.lstrip("(").startswith("SELECT"):
            asked.append((type(context["cursor"].cursor), sql, params))
        return execute(sql, params, many, context)

    return note


def _compared(agencies: int, name: str, statement: str, cursor: type[psycopg.Cursor], iterations: int) -> Cost:
    agency = 1 + agencies // 2 if agencies > 1 else 1
    with transaction.atomic():
        connection.ensure_connection()
        session = connection.connection
        session.execute("SELECT set_config('app.agency', %s, true)", [tokens.mint(tokens.AGENCY, agency)])
        session.execute("SELECT set_config('bench.agency', %s, true)", [str(agency)])

        def asking(table: str) -> Callable[[], object]:
            return lambda: cursor(session).execute(statement.format(table), [Int8(agency)]).fetchall()

        with _on_one_processor(session):
            return _cost(agencies, name, [asking(table) for table in TWINS], iterations)


@contextmanager
def _on_one_processor(*sessions: psycopg.Connection) -> Iterator[None]:
    """This process and the servers of these sessions: how they happen to be placed would weigh more than a wall."""
    processes, usual = [0, *(session.info.backend_pid for session in sessions)], os.sched_getaffinity(0)
    for each in processes:
        os.sched_setaffinity(each, {max(usual)})
    try:
        yield
    finally:
        for each in processes:
            os.sched_setaffinity(each, usual)


def _cost(agencies: int, name: str, asks: list[Callable[[], object]], iterations: int) -> Cost:
    """The first without a wall, the second with it, the third, if any, with the least. Never one of them twice running."""
    times: list[list[float]] = [[] for _ in asks]
    ends = time.perf_counter() + SECONDS
    for turn in range(iterations + WARM):
        for ask, taken in zip(asks, times, strict=True):
            began = time.perf_counter()
            ask()
            taken.append(time.perf_counter() - began)
        if turn > FEWEST + WARM and time.perf_counter() > ends:
            break
    (middle, low), *walled = [(median(each[WARM:]), quantiles(each[WARM:], n=10)[0]) for each in times]
    wall, least = ([Ratio(each / middle, its_low / low) for each, its_low in walled] + [None])[:2]
    return Cost(agencies, name, wall, least, 1000 * middle, len(times[0]) - WARM)


def drop() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {', '.join(TWINS)}")
