"""`startswith` that an index serves under row security: PostgreSQL's `^@` is leakproof, LIKE is not."""

from typing import Any

from django.db import models


@models.CharField.register_lookup
class Prefix(models.Lookup):
    """`token__prefix="lop"` -> `token ^@ 'lop'`. The column needs COLLATE "C" for the index to be used."""

    lookup_name = "prefix"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} ^@ {right}", [*left_params, *right_params]
