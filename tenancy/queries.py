"""Statements that take longer to compile than to answer, compiled once."""

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models import Expression, QuerySet

from tenancy.context import AgencyRequired, current_agency_id
from tenancy.models.base import AgencyId


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


def kept(build: Callable[..., QuerySet]) -> Callable[..., list[tuple[Any, ...]]]:
    """Compile the queryset that `build` makes of its (hashable, positional) arguments once in a process; then only ask.

    What is handed in by name goes where the queryset says `Given`, the agency in context where its manager put one: nobody's rows are
    kept, nor anybody's key. Rows come as PostgreSQL's driver reads them, in the order of `values_list`; JSON comes as text.
    """
    known: dict[tuple[Hashable, ...], tuple[str, tuple[Any, ...]]] = {}

    @wraps(build)
    def ask(*shape: Hashable, **given: Any) -> list[tuple[Any, ...]]:
        agency = current_agency_id()
        if agency is None:
            raise AgencyRequired(build.__name__)
        if shape not in known:
            known[shape] = build(*shape).query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
        sql, params = known[shape]
        with connection.cursor() as cursor:
            cursor.execute(sql, [_settled(param, agency, given) for param in params])
            return cursor.fetchall()

    return ask


def _settled(param: Any, agency: int, given: dict[str, Any]) -> Any:
    if type(param) is AgencyId:
        return agency
    return given[param.name] if type(param) is Given else param
