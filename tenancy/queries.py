"""Statements that take longer to compile than to answer, compiled once."""

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import Expression, QuerySet
from django.db.models.query import get_related_populators
from psycopg.types.numeric import Int8

from tenancy.context import AgencyRequired, current_agency, current_agency_id, current_person
from tenancy.models.base import AgencyId, PersonId


class Given(Expression):
    """A value that is handed in, under its name, each time a kept statement is asked."""

    def __init__(self, name: str, output_field: models.Field | None = None) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [self]


@models.ForeignObject.register_lookup
@models.Field.register_lookup
class Among(models.Lookup):
    """`patient__among=Given("patients")` -> `patient_id = ANY(array)`: one statement for lists of any length."""

    lookup_name = "among"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} = ANY({right})", [*left_params, *right_params]


def kept(build: Callable[..., QuerySet]) -> Callable[..., list[Any]]:
    """Compile the queryset that `build` makes of its (hashable, positional) arguments once in a process; then only ask.

    What is handed in by name goes where the queryset says `Given`, the agency or person in context where its manager put one: nobody's
    rows are kept, nor anybody's key. A queryset of objects answers with objects, `select_related` among them. One of `values_list`
    answers with rows as the driver reads them: JSON comes as text. Where the settings let a session prepare statements, PostgreSQL
    keeps its plan.
    """
    known: dict[tuple[Hashable, ...], tuple[str, tuple[Any, ...], Made]] = {}

    @wraps(build)
    def ask(*shape: Hashable, **given: Any) -> list[Any]:
        key = (current_agency_id() is None, *shape)
        if key not in known:
            known[key] = _compiled(build(*shape))
        sql, params, made = known[key]
        connection = connections[DEFAULT_DB_ALIAS]
        connection.ensure_connection()
        # Django's own cursor writes values into the text, so that every statement is a new one to PostgreSQL.
        with connection._prepare_cursor(ServerBindingCursor(connection.connection)) as cursor:
            cursor.execute(sql, [_settled(param, given) for param in params])
            return made(cursor.fetchall())

    return ask


Made = Callable[[list[tuple[Any, ...]]], list[Any]]
"""What is made of rows."""


def _compiled(queryset: QuerySet) -> tuple[str, tuple[Any, ...], Made]:
    compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
    sql, params = compiler.as_sql()
    if queryset._fields is not None:  # of values_list
        return sql, params, list
    # As ModelIterable does it with each queryset.
    model, at = compiler.klass_info["model"], compiler.klass_info["select_fields"]
    names = [column.target.attname for column, _sql, _alias in compiler.select[at[0] : at[-1] + 1]]
    annotated = list((compiler.annotation_col_map or {}).items())
    related = get_related_populators(compiler.klass_info, compiler.select, DEFAULT_DB_ALIAS)
    converters = compiler.get_converters([column for column, _sql, _alias in compiler.select])

    def made(rows: list[tuple[Any, ...]]) -> list[Any]:
        found = []
        for row in compiler.apply_converters(rows, converters):
            each = model.from_db(DEFAULT_DB_ALIAS, names, row[at[0] : at[-1] + 1])
            for populator in related:
                populator.populate(row, each)
            for name, place in annotated:
                setattr(each, name, row[place])
            found.append(each)
        return found

    return sql, params, made


def _settled(param: Any, given: dict[str, Any]) -> Any:
    if type(param) is Given:
        return given[param.name]
    if type(param) is AgencyId:
        return Int8(current_agency().pk)
    if type(param) is PersonId:
        if (person := current_person()) is None:
            raise AgencyRequired
        return Int8(person.pk)
    return param
