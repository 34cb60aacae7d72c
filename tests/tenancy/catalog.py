"""Reads the walls off PostgreSQL's catalog. Every check returns its faults as sentences; no fault, no sentence.

The checks know no table by name, except those that stand open on purpose or have a door (agreed.py): what somebody adds next year is
held to the same walls.
"""

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import connections, models

from tenancy.models import AgencyField, TenantForeignKey
from tests.tenancy.agreed import (
    ADD_ONLY,
    APP,
    APP_GRANTS,
    BACKUP,
    COLUMN_GRANTS,
    DEFINER_FUNCTIONS,
    OPEN_TABLES,
    OWNER,
    READ_ONLY,
    READ_WRITE,
    SYSTEM,
    SYSTEM_GRANTS,
    policies_of,
)

Read = Callable[..., list[tuple]]
TENANT = (
    "EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = {}.oid AND a.attname = 'agency_id' AND NOT a.attisdropped)"
)
TABLES = "c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'f')"


def tables_without_a_wall(read: Read) -> list[str]:
    faults, seen = [], set()
    for table, is_tenant, on, forced in read(
        f"SELECT c.relname, {TENANT.format('c')}, c.relrowsecurity, c.relforcerowsecurity FROM pg_class c WHERE {TABLES}"
    ):
        seen.add(table)
        if is_tenant and table in OPEN_TABLES:
            faults.append(f"{table} has an agency and stands on the list of open tables")
        elif not is_tenant and table not in OPEN_TABLES:
            faults.append(f"{table} has no agency_id and does not stand on the list of open tables")
        if is_tenant and not on:
            faults.append(f"{table}: row security is off")
        if is_tenant and not forced:
            faults.append(f"{table}: row security does not bind its owner (FORCE)")
    faults += [
        f"{table} stands on the list of open tables and does not exist" for table in sorted(OPEN_TABLES.keys() - seen)
    ]
    return faults


def policies_not_as_agreed(read: Read) -> list[str]:
    found: dict[str, dict[str, tuple]] = {table: {} for table in _tenant_tables(read)}
    for table, name, *rest in read(
        "SELECT tablename, policyname, permissive, cmd, roles::text[], qual, with_check FROM pg_policies"
    ):
        found.setdefault(table, {})[name] = tuple(
            " ".join(part.split()) if isinstance(part, str) else part for part in rest
        )
    faults = []
    for table, policies in found.items():
        agreed = policies_of(table)
        faults += [f"{table}: policy {name} is missing" for name in agreed.keys() - policies.keys()]
        faults += [f"{table}: policy {name} is one too many" for name in policies.keys() - agreed.keys()]
        faults += [
            f"{table}: policy {name} says {policies[name]}, agreed is {agreed[name]}"
            for name in agreed.keys() & policies.keys()
            if policies[name] != agreed[name]
        ]
    return faults


def keys_that_cross(read: Read) -> list[str]:
    """Foreign keys between tenant tables carry the agency; each has a target, an index, and PostgreSQL has checked its rows."""
    faults = []
    for table, name, columns, target, target_columns, is_valid, has_index in read(f"""
            SELECT c.relname, k.conname, {_names("k.conrelid", "k.conkey")}, t.relname, {_names("k.confrelid", "k.confkey")},
                   k.convalidated, EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid
                     AND (i.indpred IS NULL OR pg_get_expr(i.indpred, c.oid)
                       = '(' || ({_names("k.conrelid", "k.conkey")})[2] || ' IS NOT NULL)')
                     AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] = k.conkey)
            FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid
            WHERE k.contype = 'f' AND {TENANT.format("c")} AND {TENANT.format("t")}"""):
        if len(columns) != 2 or columns[0] != "agency_id" or target_columns != ["agency_id", "id"]:
            faults.append(f"{table}: key {name} ({', '.join(columns)}) lets a row point into another agency's {target}")
            continue
        if not is_valid:
            faults.append(f"{table}: key {name} was never checked against the rows that were there")
        if not has_index:
            faults.append(f"{table}: no index begins with ({', '.join(columns)}), as the key {name} wants")
    return faults


def uniqueness_across_agencies(read: Read) -> list[str]:
    """A unique or exclusion constraint that does not begin with the agency tells one agency what another has."""
    faults, keyed = [], set()
    for table, name, first, columns, is_key in read(f"""
            SELECT c.relname, x.relname, pg_get_indexdef(i.indexrelid, 1, true), {_names("i.indrelid", "i.indkey")}, i.indisprimary
            FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
            WHERE (i.indisunique OR i.indisexclusion) AND {TABLES} AND {TENANT.format("c")}"""):
        if columns == ["agency_id", "id"]:
            keyed.add(table)
        if not is_key and first != "agency_id" and not first.startswith("int8range(agency_id, agency_id,"):
            faults.append(f"{table}: {name} is unique across agencies, it begins with {first}")
    with_id = [
        row[0]
        for row in read(f"""
        SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'id'
        JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary AND (i.indkey::int2[])[0] = a.attnum
        WHERE {TABLES} AND {TENANT.format("c")}""")
    ]
    return faults + [
        f"{table}: no UNIQUE (agency_id, id) for keys to point at" for table in with_id if table not in keyed
    ]


def ways_around_row_security(read: Read) -> list[str]:
    """Views with their owner's eyes, copies outside the walls, functions with their owner's hands, rewritten statements."""
    faults = [
        f"view {name} reads with its owner's eyes (no security_invoker)"
        for (name,) in read(
            "SELECT c.relname FROM pg_class c WHERE c.relkind = 'v'"
            " AND c.relnamespace IN ('public'::regnamespace, 'app_sec'::regnamespace)"
            " AND NOT coalesce('security_invoker=true' = ANY (c.reloptions), false)"
        )
    ]
    faults += [
        f"materialized view {name} is a copy outside the walls"
        for (name,) in read("SELECT relname FROM pg_class WHERE relkind = 'm'")
    ]
    faults += [
        f"{table}: rule {name} rewrites statements"
        for table, name in read(
            f"SELECT c.relname, r.rulename FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE {TABLES}"
        )
    ]
    faults += [
        f"publication {name} sends rows past row security" for (name,) in read("SELECT pubname FROM pg_publication")
    ]
    for name, owner, is_definer, path, volatility, leakproof, source in read("""
            SELECT p.pronamespace::regnamespace || '.' || p.proname, pg_get_userbyid(p.proowner), p.prosecdef,
                   (SELECT s FROM unnest(p.proconfig) s WHERE s LIKE 'search_path=%%'), p.provolatile, p.proleakproof, p.prosrc
            FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE n.nspname NOT LIKE 'pg\\_%%' AND n.nspname <> 'information_schema'"""):
        if is_definer and name not in DEFINER_FUNCTIONS:
            faults.append(f"function {name} works with its owner's rights and is not on the list")
        if is_definer and path != DEFINER_FUNCTIONS.get(name, "search_path=pg_catalog, app_sec, pg_temp"):
            faults.append(
                f"function {name} works with its owner's rights and looks names up along {path or 'any path'}"
            )
        if owner != OWNER:
            faults.append(f"function {name} belongs to {owner}")
        if (name.startswith("app_sec.") or "current_setting" in source) and volatility == "i":
            faults.append(f"function {name} is IMMUTABLE: a kept plan would answer for the agency before")
        if name.startswith("app_sec.") and (volatility != "s" or leakproof):
            faults.append(f"function {name} is not STABLE, or claims to be leakproof")
    return faults


def tables_that_could_be_rewritten(read: Read) -> list[str]:
    """Append-only: neither the privilege nor, for the owner's own mistakes, the trigger."""
    faults = []
    # 27: a row trigger before UPDATE and DELETE
    guarded = {
        table
        for (table,) in read(
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE NOT t.tgisinternal AND t.tgenabled = 'O' AND t.tgtype & 27 = 27 AND t.tgqual IS NULL"
            " AND p.prosrc LIKE '%%RAISE EXCEPTION%%'"
        )
    }
    for table in append_only_tables():
        for verb in ("UPDATE", "DELETE"):
            if read("SELECT has_table_privilege(%s, %s, %s)", [APP, table, verb])[0][0]:
                faults.append(f"{table} is append-only and the app may {verb}")
        if table not in guarded:
            faults.append(f"{table} is append-only and has no trigger that says so")
    return faults


def grants_not_as_agreed(read: Read) -> list[str]:
    agreed = {}
    for (table,) in read(f"SELECT c.relname FROM pg_class c WHERE {TABLES}"):
        add_only = table in append_only_tables() and table not in APP_GRANTS
        if may := APP_GRANTS.get(table, ADD_ONLY if add_only else READ_WRITE):
            agreed[APP, table] = may
        agreed[BACKUP, table] = READ_ONLY
    agreed |= {(SYSTEM, table): may for table, may in SYSTEM_GRANTS.items()}
    found: dict[tuple[str, str], set[str]] = {}
    for role, table, privilege in read(f"""
            SELECT CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee) END, c.relname, g.privilege_type
            FROM pg_class c, aclexplode(c.relacl) g WHERE {TABLES} AND g.grantee <> c.relowner"""):
        found.setdefault((role, table), set()).add(privilege)
    faults = [
        f"{table}: {role} may {', '.join(sorted(found.get((role, table), {'nothing'})))}; agreed is "
        f"{', '.join(sorted(agreed.get((role, table), {'nothing'})))}"
        for role, table in sorted(agreed.keys() | found.keys())
        if agreed.get((role, table)) != found.get((role, table))
    ]
    columns = set(
        read(f"""
        SELECT CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee) END, c.relname, a.attname, g.privilege_type
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) g WHERE {TABLES}""")
    )
    faults += [
        f"{table}.{column}: {role} may {verb}, which is not agreed"
        for role, table, column, verb in sorted(columns - COLUMN_GRANTS)
    ]
    faults += [
        f"{table}.{column}: {role} may not {verb}" for role, table, column, verb in sorted(COLUMN_GRANTS - columns)
    ]
    return faults


def roles_too_strong(read: Read) -> list[str]:
    faults = []
    for role, *strengths in read(
        "SELECT rolname, rolsuper, rolbypassrls, rolinherit, rolcreaterole, rolcreatedb, rolreplication,"
        " NOT coalesce('track_activities=off' = ANY (rolconfig), false),"
        " NOT coalesce('log_min_messages=fatal' = ANY (rolconfig), false), EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid)"
        " FROM pg_roles r WHERE rolname = ANY (%s)",
        [[APP, SYSTEM]],
    ):
        words = (
            "is a superuser",
            "bypasses row security",
            "inherits",
            "may create roles",
            "may create databases",
            "may replicate",
            "shows its statements in pg_stat_activity",
            "has its errors, and the rows in them, written to the server's log",
            "is a member of another role",
        )
        faults += [f"{role} {word}" for word, holds in zip(words, strengths, strict=True) if holds]
        for what, holds in (
            ("create schemas", "has_database_privilege(%s, current_database(), 'CREATE')"),
            ("create temporary tables", "has_database_privilege(%s, current_database(), 'TEMP')"),
            ("create in schema public", "has_schema_privilege(%s, 'public', 'CREATE')"),
            ("create in schema app_sec", "has_schema_privilege(%s, 'app_sec', 'CREATE')"),
            ("read the signing keys", "has_table_privilege(%s, 'app_sec.key', 'SELECT')"),
            ("write the signing keys", "has_table_privilege(%s, 'app_sec.key', 'INSERT, UPDATE, DELETE, TRUNCATE')"),
        ):
            if read(f"SELECT {holds}", [role])[0][0]:
                faults.append(f"{role} may {what}")
    [(owner_is_strong,)] = read("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = %s", [OWNER])
    faults += [f"{OWNER} is a superuser or bypasses row security"] if owner_is_strong else []
    faults += [
        f"{table} belongs to {owner}"
        for table, owner in read(
            f"SELECT c.relname, pg_get_userbyid(c.relowner) FROM pg_class c WHERE {TABLES} AND pg_get_userbyid(c.relowner) <> %s",
            [OWNER],
        )
    ]
    return faults


def models_not_as_agreed(read: Read) -> list[str]:
    """What the catalog cannot tell: references that have no key at all, and tables that Django makes by itself."""
    keys = {
        tuple(row)
        for row in read(
            "SELECT c.relname, a.attname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid"
            " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[2] WHERE k.contype = 'f'"
        )
    }
    faults = []
    for model in apps.get_models():
        meta = model._meta
        is_tenant = _has_agency(model)
        is_history = hasattr(model, "pgh_tracked_model")  # outlives what it tells of
        for field in meta.local_fields:
            if (
                not is_tenant
                or is_history
                or isinstance(field, AgencyField)
                or not isinstance(field, models.ForeignKey)
            ):
                continue
            if not _has_agency(field.related_model):
                continue
            if not isinstance(field, TenantForeignKey):
                faults.append(f"{meta.label}.{field.name} is a plain ForeignKey into tenant data: use TenantForeignKey")
            elif (meta.db_table, field.column) not in keys:
                faults.append(f"{meta.label}.{field.name} has no key (agency_id, {field.column})")
        for field in meta.local_many_to_many:
            if field.remote_field.through._meta.auto_created and (is_tenant or _has_agency(field.related_model)):
                faults.append(f"{meta.label}.{field.name} makes a table without an agency: name a through model")
    return faults


CHECKS = (
    tables_without_a_wall,
    policies_not_as_agreed,
    keys_that_cross,
    uniqueness_across_agencies,
    ways_around_row_security,
    tables_that_could_be_rewritten,
    grants_not_as_agreed,
    roles_too_strong,
    models_not_as_agreed,
)


def all_faults(using: str = "owner") -> list[str]:
    """Every fault of the database behind `using`."""
    return [fault for check in CHECKS for fault in check(reader(using))]


def reader(using: str) -> Read:
    def read(statement: str, params: Any = ()) -> list[tuple]:
        with connections[using].cursor() as cursor:
            cursor.execute(statement, params)
            return cursor.fetchall()

    return read


def append_only_tables() -> set[str]:
    return {model._meta.db_table for model in apps.get_models() if getattr(model, "append_only", False)} | {
        "tenancy_crossing"
    }


def _has_agency(model: Any) -> bool:
    return any(isinstance(field, AgencyField) for field in model._meta.local_fields)


def _tenant_tables(read: Read) -> list[str]:
    return [table for (table,) in read(f"SELECT c.relname FROM pg_class c WHERE {TABLES} AND {TENANT.format('c')}")]


def _names(table: str, numbers: str) -> str:
    """The names of numbered columns, in order, as a text array."""
    return (
        f"ARRAY(SELECT a.attname::text FROM unnest({numbers}::int2[]) WITH ORDINALITY n(attnum, place)"
        f" JOIN pg_attribute a ON a.attrelid = {table} AND a.attnum = n.attnum ORDER BY n.place)"
    )
