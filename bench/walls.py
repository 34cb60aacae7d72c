"""What row security costs: the product's policy beside the same statement on the same rows without one, in turns."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median, quantiles

import psycopg
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

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


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one statement at one number of agencies: with the wall over without, at the median and at the tenth percentile."""

    agencies: int
    statement: str
    median: float
    p10: float
    plain_ms: float
    pairs: int


def costs(iterations: int, agencies: tuple[int, ...] = (1, 100, 1000), rows: int = ROWS) -> list[Cost]:
    found = []
    for many in agencies:
        plain, walled = _tables(many, rows)
        for name, statement in (("list", LIST), ("aggregate", AGGREGATE)):
            found.append(_compared(many, name, statement.format(plain), statement.format(walled), iterations))
    return found


def _tables(agencies: int, rows: int) -> tuple[str, str]:
    """Twins with the same rows and indexes, one of them behind the wall that every table of an agency has."""
    with connections["owner"].cursor() as cursor, connections["owner"].schema_editor() as editor:
        for name in ("bench_plain", "bench_walled"):
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
            cursor.execute(
                f"CREATE TABLE {name} AS SELECT n AS id, (1 + n % {agencies})::bigint AS agency_id,"
                f" md5((n % {rows // 12})::text)::uuid AS patient, date '2026-11-01' + n % 30 AS service_date,"
                f" 1 + n % 20 AS minutes, repeat('x', 60) AS note FROM generate_series(1, {rows}) n"
            )
            cursor.execute(f"CREATE INDEX ON {name} (agency_id, service_date, id)")
            cursor.execute(f"GRANT SELECT ON {name} TO {APP_ROLE}")
        fake = type("Walled", (), {"_meta": type("Meta", (), {"db_table": "bench_walled"})})
        cursor.execute(Wall(name="bench_walled_wall").sql(fake, editor))
    connections["owner"].cursor().execute("VACUUM ANALYZE bench_plain, bench_walled")
    return "bench_plain", "bench_walled"


def page_costs(slug: str, iterations: int) -> list[Cost]:
    """The statements of real pages on the product's own tables: the app's role beside one that row security does not bind."""
    from django.test import Client

    agency = Agency.objects.get(slug=slug)
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(User.objects.get(email=f"coordinator5@{slug}.example"))
    with CaptureQueriesContext(connection) as asked:
        client.get(f"/a/{slug}/patients/")
    statements = [each["sql"] for each in asked if each["sql"].startswith("SELECT")]
    month_of_all = (
        "SELECT patient_id, sum(minutes), count(*) FROM coordination_timelog WHERE agency_id = %s AND voided_at IS NULL"
        " AND service_date >= date_trunc('month', now())::date GROUP BY patient_id"
    )
    settings = connection.settings_dict
    where = {"host": settings["HOST"], "user": "careledger_backup", "dbname": settings["NAME"]}
    with psycopg.connect(**where, prepare_threshold=None) as unbound, agency_context(agency):
        bound = connection.connection
        many = Agency.objects.count()

        def both(each: list[str]) -> tuple[float, float, float, int]:
            def asking(session: psycopg.Connection) -> Callable[[], object]:
                return lambda: [session.execute(statement).fetchall() for statement in each]

            return _in_turns(asking(unbound), asking(bound), iterations)

        list_page, aggregate = both(statements), both([month_of_all.replace("%s", str(agency.pk))])
    return [
        Cost(many, f"list page, its {len(statements)} SELECTs", *list_page),
        Cost(many, "aggregate of a month", *aggregate),
    ]


def _compared(agencies: int, name: str, plain: str, walled: str, iterations: int) -> Cost:
    """As the product asks: through Django's cursor, planned anew each time."""
    agency = 1 + agencies // 2 if agencies > 1 else 1
    with transaction.atomic(), connection.cursor() as cursor:
        connection.connection.execute("SELECT set_config('app.agency', %s, true)", [tokens.mint(tokens.AGENCY, agency)])

        def asking(statement: str) -> Callable[[], object]:
            return lambda: (cursor.execute(statement, [agency]), cursor.fetchall())

        return Cost(agencies, name, *_in_turns(asking(plain), asking(walled), iterations))


def _in_turns(
    plain: Callable[[], object], walled: Callable[[], object], iterations: int
) -> tuple[float, float, float, int]:
    """Ratio of medians, of tenth percentiles, milliseconds without, pairs."""
    times: tuple[list[float], list[float]] = ([], [])
    ends = time.perf_counter() + SECONDS
    for turn in range(iterations + WARM):
        for which in (0, 1) if turn % 2 else (1, 0):
            began = time.perf_counter()
            (plain, walled)[which]()
            times[which].append(time.perf_counter() - began)
        if turn > FEWEST + WARM and time.perf_counter() > ends:
            break
    without, with_wall = (each[WARM:] for each in times)
    p10 = quantiles(with_wall, n=10)[0] / quantiles(without, n=10)[0]
    return median(with_wall) / median(without), p10, 1000 * median(without), len(without)


def drop() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_plain, bench_walled")
