"""What the tenancy tests share: SQL through one of the aliases, its refusals, and everything an agency owns."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import DatabaseError, connections, models, transaction

from coordination.models import Patient
from tenancy.context import agency_context
from tenancy.models import Agency, AgencyField
from tests import factories

COMMITTED = pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"])
COUNT = "SELECT count(*) FROM coordination_patient"
NO_AGENCY = "no app.agency in context: open one with tenancy.context.agency_context()"
FORGED = "app.agency refused: the token is forged or has expired"


def names() -> list[str]:
    """The patients that are seen now."""
    return sorted(Patient.objects.values_list("family_name", flat=True))


def half_a_piece_of_work(first: Callable[[], Any] = lambda: factories.a_patient(family="Half")) -> None:
    first()
    raise ZeroDivisionError


def in_a_thread(work: Callable[[], Any]) -> Any:
    """What `work` returns in a thread of its own, or the exception it raises."""
    out: list[Any] = []

    def run() -> None:
        try:
            out.append(work())
        except Exception as error:
            out.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    return out[0]


def sql(statement: str, params: Any = None, using: str = "default") -> list[tuple]:
    """Run a statement and return its rows; [] if it has none."""
    with connections[using].cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []


def refusal(statement: str, params: Any = None, using: str = "default") -> str:
    """PostgreSQL's first line when it refuses; what the statement did before that is rolled back."""
    try:
        with transaction.atomic(using=using):
            sql(statement, params, using)
            connections[using].check_constraints()
    except DatabaseError as refused:
        return str(refused).splitlines()[0]
    pytest.fail(f"PostgreSQL did not refuse: {statement}")


def insert_like(table: str, **changes: Any) -> str:
    """An INSERT of a row like one that the session sees, but for `changes`: new columns need no new test."""
    changed = ", ".join(f"'{column}', '{value}'" for column, value in changes.items())
    return (
        f"INSERT INTO {table} SELECT changed.* FROM (SELECT t FROM {table} t LIMIT 1) seen,"
        f" jsonb_populate_record(seen.t, jsonb_build_object({changed})) changed"
    )


def violation(table: str, reference: str) -> str:
    """What PostgreSQL says to a reference that leads nowhere, or into another agency."""
    return f'insert or update on table "{table}" violates foreign key constraint "{table}_{reference}_same_agency"'


def tenant_models() -> list[type[models.Model]]:
    """Every concrete model with an agency, history included."""
    return [
        model
        for model in apps.get_models()
        if any(isinstance(field, AgencyField) for field in model._meta.local_fields)
    ]


def tenant_tables() -> list[str]:
    return sorted(model._meta.db_table for model in tenant_models())


def contents(agency: Agency) -> dict[str, str]:
    """Every row an agency owns, as text by table: compare before and after."""
    with agency_context(agency):
        return {
            table: sql(f"SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '') FROM \"{table}\" t")[0][0]
            for table in tenant_tables()
        }


@contextmanager
def another_session(alias: str = "default") -> Iterator[psycopg.Connection]:
    """A session of its own on the test database, signed in as the role of `alias`."""
    settings = connections[alias].settings_dict
    with psycopg.connect(
        host=settings["HOST"],
        port=settings["PORT"] or None,
        user=settings["USER"],
        password=settings["PASSWORD"],
        dbname=settings["NAME"],
        autocommit=True,
    ) as session:
        yield session


def database_urls(**roles: str) -> dict[str, str]:
    """The test database as the environment of another process names it; `DATABASE_URL="careledger_owner"` swaps a role."""
    urls = {}
    for name, alias in {
        "DATABASE_URL": "default",
        "OWNER_DATABASE_URL": "owner",
        "SYSTEM_DATABASE_URL": "system",
    }.items():
        settings = connections[alias].settings_dict
        user, host, port = roles.get(name, settings["USER"]), settings["HOST"], settings["PORT"]
        where = f"/{host}" if host.startswith("/") else f"{host}:{port}" if port else host
        signed = f"{user}:{settings['PASSWORD']}" if settings["PASSWORD"] else user
        urls[name] = f"postgres://{signed}@{where}/{settings['NAME']}"
    return urls


def wait_until(holds: Callable[[], Any], what: str, seconds: float = 30) -> Any:
    """Poll until `holds()` is true and return its value; the deadline fails the test with `what`."""
    deadline = time.monotonic() + seconds
    while not (value := holds()):
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.05)
    return value
