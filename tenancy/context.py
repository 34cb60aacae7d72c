"""Which agency (and person) this thread of control works for, in Python and in PostgreSQL alike.

`agency_context(agency)` opens a transaction, sets a context variable for the application's wall and a signed token for the
database's wall, and puts both back on exit. Nothing else in the code base sets either.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from uuid import uuid4

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.pq import TransactionStatus

from tenancy import tokens

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from tenancy.models import Agency, User

P = ParamSpec("P")
R = TypeVar("R")

_agency: ContextVar["Agency | None"] = ContextVar("agency", default=None)
_person: ContextVar["User | None"] = ContextVar("person", default=None)
_why: ContextVar[dict[str, Any] | None] = ContextVar("why", default=None)


class AgencyRequired(RuntimeError):
    """Tenant data was touched with no agency in context."""

    def __init__(self, what: str = "tenant data") -> None:
        super().__init__(
            f"{what} needs an agency: open one with tenancy.context.agency_context(agency), "
            "or wrap what runs later with tenancy.context.in_agency / on_commit / stream"
        )


class CrossAgency(RuntimeError):
    """Code working for one agency touched a row, or tried to open the context, of another."""


def current_agency() -> "Agency":
    """The agency in context; AgencyRequired without one."""
    if (agency := _agency.get()) is None:
        raise AgencyRequired
    return agency


def current_agency_id() -> int | None:
    """The key of the agency in context, or None."""
    return None if (agency := _agency.get()) is None else agency.pk


def current_person() -> "User | None":
    """The signed-in person in context, or None (commands, tasks)."""
    return _person.get()


def agency_context(agency: "Agency", using: str = DEFAULT_DB_ALIAS) -> AbstractContextManager[None]:
    """Work for `agency` inside one transaction. Again the same agency: nothing happens. Another one: CrossAgency."""
    return _entered(_agency, "app.agency", tokens.AGENCY, agency, using)


def person_context(person: "User", using: str = DEFAULT_DB_ALIAS) -> AbstractContextManager[None]:
    """Make `person` known, so that their own memberships can be read before an agency is chosen."""
    return _entered(_person, "app.person", tokens.PERSON, person, using)


@contextmanager
def reason(**why: Any) -> Iterator[None]:
    """Say who and why; history rows written inside carry it. Keys and ids only, never patient data."""
    mark = _why.set({**(_why.get() or {}), **why})
    try:
        _tell_why()
        yield
    finally:
        _why.reset(mark)
        _tell_why()


def _tell_why() -> None:
    """Change the reason in the middle of an agency's transaction; before one, `_tell_postgres` tells it."""
    if _agency.get() is None or not _in_transaction(DEFAULT_DB_ALIAS):
        return
    with psycopg.Cursor(connections[DEFAULT_DB_ALIAS].connection) as cursor:
        cursor.execute("SELECT set_config('pghistory.context_metadata', %s, true)", [json.dumps(_why.get() or {})])


@contextmanager
def _entered(var: ContextVar[Any], setting: str, kind: str, who: Any, using: str) -> Iterator[None]:
    before = var.get()
    if before is not None:
        if before.pk != who.pk:
            raise CrossAgency(f"already working for {setting} {before.pk}: leave that context before opening {who.pk}")
        yield
        return
    connection = connections[using]
    nested = connection.in_atomic_block
    # An agency is chosen in its person's context, which does nothing after it: the two end in one way, without a savepoint between.
    is_chosen = var is _agency and _person.get() is not None
    with transaction.atomic(using=using, savepoint=not is_chosen):
        mark = var.set(who)
        try:
            _tell_postgres(using, setting, tokens.mint(kind, who.pk))
            yield
        finally:
            var.reset(mark)
            if nested and _in_transaction(using):
                _tell_postgres(
                    using, setting, ""
                )  # SET LOCAL outlives a released savepoint, and an exception without one


def _in_transaction(using: str) -> bool:
    """Whether PostgreSQL would take another statement of this transaction."""
    session = connections[using].connection
    return session is not None and session.info.transaction_status == TransactionStatus.INTRANS


def _tell_postgres(using: str, setting: str, token: str) -> None:
    """Set the token, and pghistory's context beside it, for this transaction.

    Bound by the server and past Django's own cursor: with client-side binding the token would stand in
    pg_stat_activity and in the query log, where another session of this role could read and replay it.
    """
    connection = connections[using]
    connection.ensure_connection()
    # Leaving a person inside an agency leaves the agency's reason as it is.
    within_agency = bool(token) or (setting == "app.person" and _agency.get() is not None)
    why = json.dumps(_why.get() or {}) if within_agency else ""
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(
            "SELECT set_config(%s, %s, true), set_config('pghistory.context_id', %s, true),"
            " set_config('pghistory.context_metadata', %s, true)",
            [setting, token, str(uuid4()) if within_agency else "", why],
        )


def in_agency(fn: Callable[P, R], using: str = DEFAULT_DB_ALIAS) -> Callable[P, R]:
    """Wrap `fn` so that it later runs for the agency that is current now (threads, callbacks)."""
    agency = current_agency()

    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with agency_context(agency, using):
            return fn(*args, **kwargs)

    return run


def on_commit(fn: Callable[[], Any], using: str = DEFAULT_DB_ALIAS) -> None:
    """Run `fn` after the transaction commits, for the agency that is current now."""
    transaction.on_commit(in_agency(fn, using), using=using)  # noqa: TID251 - the one allowed place


def stream(chunks: Callable[[], Iterable[bytes]], using: str = DEFAULT_DB_ALIAS) -> Iterator[bytes]:
    """The body of a streaming response: `chunks` is called, and read to its end, in the agency that is current now.

    The request's own transaction is over when a server reads a streamed body, so the context is opened again for it.
    """
    agency = current_agency()

    def body() -> Iterator[bytes]:
        with agency_context(agency, using):
            yield from chunks()

    return body()


@contextmanager
def all_agencies(reason: str) -> Iterator["QuerySet[Agency]"]:
    """Every agency, on the system connection, for sweeps that fan out. Each use leaves a row in `tenancy_crossing`."""
    from tenancy.models import Agency, Crossing

    if not reason.strip():
        raise ValueError("all_agencies(reason=...) needs a reason: it is written to the audit")
    # Before the sweep, and by itself: one that fails has looked all the same.
    Crossing.objects.using("system").create(reason=reason)
    with transaction.atomic(using="system"):
        yield Agency.objects.using("system").only("id", "slug", "name", "time_zone", "agency_type").order_by("pk")


@contextmanager
def through_doors() -> Iterator[CursorWrapper]:
    """The system connection, for a sweep over tables that have a door (`models.SystemDoor`): it reaches their columns and no more.

    It lists no agency and leaves no row in `tenancy_crossing`, where one a minute would bury the others: what it did stands in
    the rows that it wrote. Each statement is a transaction of its own.
    """
    with connections["system"].cursor() as cursor:
        yield cursor
