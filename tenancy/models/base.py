"""What every tenant table is made of: the agency column, the fail-closed manager, and its walls as constraints.

A concrete model that inherits `TenantModel` gets, without saying so: its row-security policies, UNIQUE (agency, id), one
composite foreign key and one index per `TenantForeignKey`. They are constraint classes, so makemigrations writes them and
`makemigrations --check` notices one that is missing.
"""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.utils import names_digest
from django.db.models.constraints import BaseConstraint
from django.db.models.expressions import Expression, F

from tenancy.context import AgencyRequired, CrossAgency, current_agency_id, current_person

APP_ROLE, OWNER_ROLE, SYSTEM_ROLE = "careledger_app", "careledger_owner", "careledger_system"


def uuid7() -> UUID:
    """A UUID version 7 (RFC 9562): ordered by time, so that keys cluster, and not guessable."""
    value = (int(time.time() * 1000) << 80) | int.from_bytes(os.urandom(10), "big")
    value &= ~(0xF << 76) & ~(0x3 << 62)
    return UUID(int=value | (7 << 76) | (2 << 62))


class AgencyId(int):
    """Key of the agency in context, where a condition names it: kept statements (tenancy/queries.py) renew what has this type."""


class PersonId(int):
    """The same of the person in context."""


class InCurrentAgency(Expression):
    """`agency_id = <the agency in context>`, settled when SQL is compiled: a query built early cannot miss it."""

    conditional = True
    output_field = models.BooleanField()

    def __init__(self, person: str | None = None) -> None:
        super().__init__()
        self.agency: Any = F("agency_id")
        self.person: Any = F(person) if person else None

    def get_source_expressions(self) -> list[Any]:
        return [self.agency] if self.person is None else [self.agency, self.person]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.agency, self.person = exprs[0], exprs[1] if len(exprs) > 1 else None

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        sql, params = compiler.compile(self.agency)
        if (agency := current_agency_id()) is not None:
            return f"{sql} = %s", [*params, AgencyId(agency)]
        if self.person is None or (person := current_person()) is None:
            raise AgencyRequired
        sql, params = compiler.compile(self.person)
        return f"{sql} = %s", [*params, PersonId(person.pk)]


class TenantQuerySet(models.QuerySet):
    def update(self, **kwargs: Any) -> int:
        if {"agency", "agency_id"} & kwargs.keys():
            raise CrossAgency("a row belongs to its agency for life: create it anew in the other one")
        return super().update(**kwargs)


class TenantManager(models.Manager.from_queryset(TenantQuerySet)):  # type: ignore[misc]
    """Rows of the agency in context; with `person`, also a signed-in person's own rows before an agency is chosen."""

    def __init__(self, person: str | None = None) -> None:
        super().__init__()
        self.person = person

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().filter(InCurrentAgency(self.person))


class AgencyField(models.ForeignKey):
    """The agency of a row: filled from the context and checked in `pre_save`, which every INSERT and UPDATE path passes."""

    def __init__(self, **kwargs: Any) -> None:
        defaults = {
            "to": "tenancy.Agency",
            "on_delete": models.PROTECT,
            "editable": False,
            "related_name": "+",
            "default": current_agency_id,
            "db_index": False,
        }
        super().__init__(**{**defaults, **kwargs})

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        current = current_agency_id()
        if current is None:
            raise AgencyRequired(f"saving {model_instance._meta.label}")
        own = getattr(model_instance, self.attname)
        if own is None:
            setattr(model_instance, self.attname, current)
        elif own != current:
            raise CrossAgency(f"{model_instance._meta.label} of agency {own} saved while working for {current}")
        return super().pre_save(model_instance, add)


class TenantForeignKey(models.ForeignKey):
    """A reference inside one agency. Its database half is the composite key (agency_id, x_id) -> (agency_id, id)."""

    def __init__(self, to: Any, on_delete: Any, **kwargs: Any) -> None:
        super().__init__(to, on_delete, **{**kwargs, "db_constraint": False, "db_index": False})

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        kwargs.pop("db_index", None)
        return name, path, args, kwargs


class _SqlConstraint(BaseConstraint):
    """A constraint that is plain SQL and nothing to validate in Python."""

    extra: tuple[str, ...] = ()

    def __init__(
        self, *, name: str, violation_error_code: str | None = None, violation_error_message: str | None = None
    ) -> None:
        super().__init__(name=name)

    sql: Callable[[type[models.Model], BaseDatabaseSchemaEditor], str]

    def constraint_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> None:
        # After CREATE TABLE, and after the target's UNIQUE.
        schema_editor.deferred_sql.append(self.sql(model, schema_editor))

    def create_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> None:
        schema_editor.deferred_sql.append(self.sql(model, schema_editor))

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """PostgreSQL does."""

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, Any]]:
        path, _, _ = super().deconstruct()
        return path, (), {"name": self.name, **{key: getattr(self, key) for key in self.extra if getattr(self, key)}}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _SqlConstraint) and self.deconstruct() == other.deconstruct()

    __hash__ = None  # type: ignore[assignment]


class CompositeForeignKey(_SqlConstraint):
    """FOREIGN KEY (agency_id, x_id) REFERENCES target (agency_id, id): a row cannot point into another agency."""

    extra = ("field",)

    def __init__(self, *, field: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.field = field

    def sql(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> str:
        quote, field = editor.quote_name, model._meta.get_field(self.field)
        target = field.related_model._meta
        return (
            f"ALTER TABLE {quote(model._meta.db_table)} ADD CONSTRAINT {quote(self.name)} "
            f"FOREIGN KEY (agency_id, {quote(field.column)}) "
            f"REFERENCES {quote(target.db_table)} (agency_id, {quote(target.pk.column)}) DEFERRABLE INITIALLY DEFERRED"
        )

    def remove_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        quote = schema_editor.quote_name
        return f"ALTER TABLE {quote(model._meta.db_table)} DROP CONSTRAINT IF EXISTS {quote(self.name)}"


class Wall(_SqlConstraint):
    """Row-level security, forced, with one policy per role.

    The app sees the agency of its signed token. The owner, who migrates and never serves requests, sees all. With `person`, a
    row may also be read by the person it names (memberships, before an agency is chosen). `append_only` takes UPDATE and
    DELETE away from the app.
    """

    extra = ("person", "append_only")

    def __init__(self, *, person: str | None = None, append_only: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.person, self.append_only = person, append_only

    def sql(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> str:
        table, name = editor.quote_name(model._meta.db_table), self.name
        privileges = "SELECT, INSERT" if self.append_only else "SELECT, INSERT, UPDATE, DELETE"
        own = "agency_id = (SELECT app_sec.agency())"
        app = f"ON {table} FOR {{}} TO {APP_ROLE}"
        policies = [f"CREATE POLICY {name}_app {app.format('ALL')} USING ({own}) WITH CHECK ({own})"]
        if self.person:
            either = (
                f"CASE WHEN coalesce(current_setting('app.agency', true), '') <> '' THEN {own} "
                f"ELSE {self.person} = (SELECT app_sec.person()) END"
            )
            policies = [
                f"CREATE POLICY {name}_read {app.format('SELECT')} USING ({either})",
                f"CREATE POLICY {name}_add {app.format('INSERT')} WITH CHECK ({own})",
                f"CREATE POLICY {name}_change {app.format('UPDATE')} USING ({own}) WITH CHECK ({own})",
                f"CREATE POLICY {name}_remove {app.format('DELETE')} USING ({own})",
            ]
        grant = f"GRANT {privileges} ON {table} TO {APP_ROLE}"
        return "; ".join([*_forced(table), grant, *policies, _owner_policy(f"{name}_owner", table)])

    def remove_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        parts = ("read", "add", "change", "remove", "owner") if self.person else ("app", "owner")
        return _torn_down(schema_editor.quote_name(model._meta.db_table), (f"{self.name}_{part}" for part in parts))


class SystemDoor(_SqlConstraint):
    """Lets the system role through a tenant table's wall, to these columns and no others: for sweeps over all agencies.

    Columns are those of the database. Rows are never deleted through it.
    """

    extra = ("select", "insert", "update")

    def __init__(
        self,
        *,
        select: Sequence[str] = (),
        insert: Sequence[str] = (),
        update: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.select, self.insert, self.update = tuple(select), tuple(insert), tuple(update)

    def _ways(self) -> Iterable[tuple[str, tuple[str, ...], str]]:
        seen = ("SELECT", self.select, "USING (true)")
        added = ("INSERT", self.insert, "WITH CHECK (true)")
        changed = ("UPDATE", self.update, "USING (true) WITH CHECK (true)")
        return (way for way in (seen, added, changed) if way[1])

    def sql(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> str:
        table = editor.quote_name(model._meta.db_table)
        parts = []
        for verb, columns, condition in self._ways():
            names = ", ".join(map(editor.quote_name, columns))
            parts.append(f"GRANT {verb} ({names}) ON {table} TO {SYSTEM_ROLE}")
            policy = f"{self.name}_{verb.lower()}"
            parts.append(f"CREATE POLICY {policy} ON {table} FOR {verb} TO {SYSTEM_ROLE} {condition}")
        return "; ".join(parts)

    def remove_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        table = schema_editor.quote_name(model._meta.db_table)
        parts = []
        for verb, columns, _condition in self._ways():
            names = ", ".join(map(schema_editor.quote_name, columns))
            parts.append(f"DROP POLICY {self.name}_{verb.lower()} ON {table}")
            parts.append(f"REVOKE {verb} ({names}) ON {table} FROM {SYSTEM_ROLE}")
        return "; ".join(parts)


class SelfWall(_SqlConstraint):
    """The wall of a table of people outside tenancy: a row is read by the app (sign-in), and changed only by whom it is."""

    def sql(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> str:
        table, name = editor.quote_name(model._meta.db_table), self.name
        self_only = "id = (SELECT app_sec.person())"
        return "; ".join(
            [
                *_forced(table),
                f"GRANT SELECT, INSERT, UPDATE ON {table} TO {APP_ROLE}",
                f"CREATE POLICY {name}_read ON {table} FOR SELECT TO {APP_ROLE} USING (true)",
                f"CREATE POLICY {name}_add ON {table} FOR INSERT TO {APP_ROLE} WITH CHECK (true)",
                f"CREATE POLICY {name}_change ON {table} FOR UPDATE TO {APP_ROLE} "
                f"USING ({self_only}) WITH CHECK ({self_only})",
                _owner_policy(f"{name}_owner", table),
            ]
        )

    def remove_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        table = schema_editor.quote_name(model._meta.db_table)
        return _torn_down(table, (f"{self.name}_{part}" for part in ("read", "add", "change", "owner")))


def _forced(table: str) -> list[str]:
    return [f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY", f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"]


def _owner_policy(name: str, table: str) -> str:
    """The owner migrates and never serves requests: it sees all."""
    return f"CREATE POLICY {name} ON {table} FOR ALL TO {OWNER_ROLE} USING (true) WITH CHECK (true)"


def _torn_down(table: str, policies: Iterable[str]) -> str:
    drops = [f"DROP POLICY {policy} ON {table}" for policy in policies]
    return "; ".join(
        [
            *drops,
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
            f"REVOKE ALL ON {table} FROM {APP_ROLE}",
        ]
    )


class AgencyKey(models.UniqueConstraint):
    """UNIQUE (agency, id), the target of composite keys; going back it takes them along."""

    def remove_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        return str(super().remove_sql(model, schema_editor)) + " CASCADE"


class TenantModel(models.Model):
    """A row of one agency. Subclasses' Meta inherits `TenantModel.Meta` (a test holds them to it)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = AgencyField()

    objects = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    # Checked here as well as in pre_save: raising inside Django's own savepoint would poison the caller's transaction.
    def save(self, *args: Any, **kwargs: Any) -> None:
        self._refuse_foreign("save")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self._refuse_foreign("delete")
        return super().delete(*args, **kwargs)

    def _refuse_foreign(self, action: str) -> None:
        current = current_agency_id()
        if current is None:
            raise AgencyRequired(f"{action} of {self._meta.label}")
        if self.agency_id not in (None, current):
            raise CrossAgency(
                f"{action} of a {self._meta.label} of agency {self.agency_id} while working for {current}"
            )


class LedgerRowModel(TenantModel):
    """A row that is only ever added and has no URL: a bigint key, no update, no delete."""

    id = models.BigAutoField(primary_key=True)

    append_only = True

    class Meta(TenantModel.Meta):
        abstract = True


def _names(constraints: Iterable[Any]) -> set[str]:
    return {constraint.name for constraint in constraints}


def build_walls(sender: type[models.Model], **kwargs: Any) -> None:
    """class_prepared: give a concrete tenant model its wall, its key, its composite foreign keys and their indexes."""
    meta = sender._meta
    if sender.__module__ == "__fake__" or not any(isinstance(f, AgencyField) for f in meta.local_fields):
        return
    table = meta.db_table
    references = [f.name for f in meta.local_fields if isinstance(f, TenantForeignKey)]
    is_history = hasattr(sender, "pgh_tracked_model")  # history outlives what it tells of: no keys out of it
    walls: list[Any] = (
        []
        if any(isinstance(c, Wall) for c in meta.constraints)
        else [Wall(name=f"{table}_wall", append_only=getattr(sender, "append_only", False))]
    )
    if meta.pk.name == "id":
        walls.append(AgencyKey(fields=["agency", "id"], name=f"{table}_agency_id"))
    if not is_history:
        walls += [CompositeForeignKey(field=name, name=f"{table}_{name}_same_agency") for name in references]
        begun = {tuple(each.fields[:2]) for each in (*meta.constraints, *meta.indexes) if _is_whole(each)}
        indexes = [
            models.Index(fields=["agency", name], name=_index_name(table, name))
            for name in references
            if ("agency", name) not in begun
        ]
        meta.indexes = [*meta.indexes, *(each for each in indexes if each.name not in _names(meta.indexes))]
        meta.original_attrs["indexes"] = meta.indexes
    meta.constraints = [*meta.constraints, *(each for each in walls if each.name not in _names(meta.constraints))]
    meta.original_attrs["constraints"] = meta.constraints


def _is_whole(each: Any) -> bool:
    """An index over every row, or every one whose reference is not empty, serves whoever asks for the first of its columns."""
    whole = (None, *(models.Q((f"{name}__isnull", False)) for name in getattr(each, "fields", ())[1:2]))
    return isinstance(each, (models.UniqueConstraint, models.Index)) and each.condition in whole


def _index_name(table: str, column: str) -> str:
    """Django allows 30 characters and wants the name unique in the project."""
    return f"{column[:17]}_{names_digest(table, column, length=8)}_idx"


models.signals.class_prepared.connect(build_walls)
