"""Many rows at once, through every wall: one INSERT ... SELECT FROM unnest(arrays) for a batch.

COPY into a tenant table is refused under row security, and the app has no TEMP privilege for a stage of its own. Arrays bound by the
server, in binary form, come close to COPY and pass policies, keys and triggers as any INSERT does.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections, models

from tenancy.context import AgencyRequired, current_agency_id

BATCH = 5_000


def insert_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    same: Mapping[str, Any] | None = None,
    returning: Sequence[str] = (),
    over: bool = False,
) -> list[tuple[Any, ...]]:
    """Insert tuples of `columns` (attnames) for the agency in context; returns the columns `returning` of each row, in any order.

    `over`: a row whose key is there already has these columns written over; the caller holds it.

    `same`: the columns that have one value in all rows; the model's other fields get their defaults. Values are given as PostgreSQL
    takes them: no `clean`, no `save`, no Python default that differs from row to row; an array as `literal` writes it.
    """
    if (agency := current_agency_id()) is None:
        raise AgencyRequired(f"inserting {model._meta.label}")
    connection = connections[DEFAULT_DB_ALIAS]
    same = same or {}
    statement, others = _statement(model, tuple(columns), tuple(returning), over)
    constants = [
        same[field.attname] if field.attname in same else field.get_db_prep_save(field.get_default(), connection)
        for field in others
    ]
    stored: list[tuple[Any, ...]] = []
    rows = iter(rows)
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        while batch := list(islice(rows, BATCH)):
            cursor.execute(statement, [agency, *constants, *map(list, zip(*batch, strict=True))])
            if returning:
                stored += cursor.fetchall()
    return stored


def update_rows(rows: Sequence[models.Model]) -> None:
    """Write stored rows of one model as they are now, in one statement. The caller holds what they belong to: nobody removes one.

    An INSERT meets each row and updates it, with the triggers of an update; `bulk_update` would look for every row in a CASE of all.
    """
    if rows:
        meta = rows[0]._meta
        names = [field.name for field in meta.concrete_fields if field is not meta.pk and field.attname != "agency_id"]
        type(rows[0])._default_manager.bulk_create(
            rows, update_conflicts=True, unique_fields=[meta.pk.name], update_fields=names
        )


def literal(words: Iterable[str]) -> str:
    """An array of plain words (letters, digits, points, underscores) as PostgreSQL writes it."""
    return "{" + ",".join([word or '""' for word in words]) + "}"


@cache
def _statement(
    model: type[models.Model], columns: tuple[str, ...], returning: tuple[str, ...], over: bool
) -> tuple[str, list[models.Field]]:
    """The statement, and the fields that have one value for all rows."""
    connection = connections[DEFAULT_DB_ALIAS]
    quote = connection.ops.quote_name
    given = [model._meta.get_field(name) for name in columns]
    others = [
        field
        for field in model._meta.local_concrete_fields
        if field not in given and field.attname != "agency_id" and not isinstance(field, models.AutoField)
    ]
    names = ["agency_id", *(quote(field.column) for field in (*others, *given))]
    values = ["%s", *(f"%s::{_type(field, connection)}" for field in others)]
    # In the list of a SELECT rows are made one by one; in its FROM they would all be laid down first, past a few megabytes on disk.
    values += [_unfolded(_type(field, connection)) for field in given]
    statement = f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(names)}) SELECT {', '.join(values)}"
    if over:
        written = [quote(field.column) for field in given if not field.primary_key]
        key = quote(model._meta.pk.column)
        statement += f" ON CONFLICT ({key}) DO UPDATE SET " + ", ".join(f"{each} = excluded.{each}" for each in written)
    if returning:
        statement += f" RETURNING {', '.join(map(quote, returning))}"
    return statement, others


def _unfolded(kind: str) -> str:
    """An array of arrays would be unfolded to its depths: each of them comes as a text."""
    return f"unnest(%b::text[])::{kind}" if kind.endswith("[]") else f"unnest(%b::{kind}[])"


def _type(field: models.Field, connection: Any) -> str:
    """Without a length: a cast to varchar(8) would cut what is too long, where the column refuses it."""
    return re.sub(r"\(.*\)", "", field.db_type(connection))
