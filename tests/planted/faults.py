"""Faults that somebody could build into the walls, one at a time, and the tests that must then fail."""

from dataclasses import dataclass

ATTACKS_SQL, ATTACKS_WEB, ATTACKS_APP, CATALOG, CONTEXT, LATER, MODELS, TOKENS, WORKER, STARTUP, AFTER, HISTORY = (
    f"tests/tenancy/test_{name}.py"
    for name in (
        "attacks_sql",
        "attacks_web",
        "attacks_app",
        "catalog",
        "context",
        "later",
        "models",
        "tokens",
        "worker",
        "startup",
        "after_a_request",
        "history",
    )
)


@dataclass(frozen=True)
class InDatabase:
    """A statement run by the owner, or by the superuser; `undo` where it reaches past the database (roles)."""

    name: str
    statement: str
    tests: tuple[str, ...]
    superuser: bool = False
    undo: str = ""


@dataclass(frozen=True)
class InSource:
    """A passage of a file, which occurs in it once, and what stands there instead."""

    name: str
    file: str
    passage: str
    instead: str
    tests: tuple[str, ...]


PATIENTS = "coordination_patient"
VERIFIED = (
    "CREATE OR REPLACE FUNCTION app_sec.verified(setting text, kind text) RETURNS bigint LANGUAGE plpgsql STABLE PARALLEL SAFE"
    " SECURITY DEFINER SET search_path = pg_catalog, app_sec, pg_temp AS $$ DECLARE token text := current_setting(setting, true);"
    " BEGIN IF coalesce(token, '') = '' THEN RAISE EXCEPTION 'no %% in context: open one with"
    " tenancy.context.agency_context()', setting USING ERRCODE = '42501'; END IF; IF {} THEN RAISE EXCEPTION"
    " '%% refused: the token is forged or has expired', setting USING ERRCODE = '42501'; END IF;"
    " RETURN substr(split_part(token, ':', 1), 2)::bigint; END $$"
).replace("%%", "%")
MAC = (
    "NOT EXISTS (SELECT FROM app_sec.key WHERE encode(sha256(k || sha256(k || convert_to(split_part(token, ':', 1) || ':' ||"
    " split_part(token, ':', 2), 'UTF8'))), 'hex') = split_part(token, ':', 3))"
)
KIND = "left(token, 1) <> kind"
EXPIRY = "split_part(token, ':', 2)::bigint < extract(epoch FROM now())"

IN_DATABASE = [
    InDatabase("a policy is dropped", f"DROP POLICY {PATIENTS}_wall_app ON {PATIENTS}", (CATALOG,)),
    InDatabase(
        "a policy lets everything through",
        f"ALTER POLICY {PATIENTS}_wall_app ON {PATIENTS} USING (true) WITH CHECK (true)",
        (ATTACKS_SQL,),
    ),
    InDatabase(
        "a policy checks what is read and not what is written",
        f"ALTER POLICY {PATIENTS}_wall_app ON {PATIENTS} WITH CHECK (true)",
        (ATTACKS_SQL,),
    ),
    InDatabase(
        "a second policy is added",
        f"CREATE POLICY helpful ON {PATIENTS} TO careledger_app USING (true)",
        (ATTACKS_SQL,),
    ),
    InDatabase("row security is off", f"ALTER TABLE {PATIENTS} DISABLE ROW LEVEL SECURITY", (ATTACKS_SQL,)),
    InDatabase("FORCE is missing", f"ALTER TABLE {PATIENTS} NO FORCE ROW LEVEL SECURITY", (CATALOG,)),
    InDatabase("history has no wall", f"ALTER TABLE {PATIENTS}event DISABLE ROW LEVEL SECURITY", (ATTACKS_SQL,)),
    InDatabase(
        "everybody's memberships are read before an agency is chosen",
        "ALTER POLICY tenancy_membership_wall_read ON tenancy_membership USING (true)",
        (ATTACKS_SQL,),
    ),
    InDatabase(
        "a person may write their memberships",
        "ALTER POLICY tenancy_membership_wall_change ON tenancy_membership USING (user_id = app_sec.person())"
        " WITH CHECK (true)",
        (ATTACKS_SQL,),
    ),
    InDatabase(
        "anybody's password may be changed",
        "ALTER POLICY tenancy_user_wall_change ON tenancy_user USING (true) WITH CHECK (true)",
        (ATTACKS_SQL,),
    ),
    InDatabase("the signature is not checked", VERIFIED.format(f"{KIND} OR {EXPIRY}"), (ATTACKS_SQL,)),
    InDatabase("the expiry is ignored", VERIFIED.format(f"{KIND} OR {MAC}"), (TOKENS,)),
    InDatabase("a person's token is as good as an agency's", VERIFIED.format(f"{MAC} OR {EXPIRY}"), (ATTACKS_SQL,)),
    InDatabase(
        "without a token there are simply no rows",
        "CREATE OR REPLACE FUNCTION app_sec.agency() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER"
        " SET search_path = pg_catalog, app_sec, pg_temp AS $$ SELECT CASE WHEN current_setting('app.agency', true) <> ''"
        " THEN app_sec.verified('app.agency', 'a') END $$",
        (CONTEXT,),
    ),
    InDatabase("the agency is a constant to the planner", "ALTER FUNCTION app_sec.agency() IMMUTABLE", (CATALOG,)),
    InDatabase("the app may read the signing keys", "GRANT SELECT ON app_sec.key TO careledger_app", (ATTACKS_SQL,)),
    InDatabase("the app may empty a table", f"GRANT TRUNCATE ON {PATIENTS} TO careledger_app", (ATTACKS_SQL,)),
    InDatabase(
        "the app may rewrite the access log", "GRANT UPDATE, DELETE ON tenancy_accesslog TO careledger_app", (CATALOG,)
    ),
    InDatabase("the sweep may read patients", f"GRANT SELECT ON {PATIENTS} TO careledger_system", (LATER,)),
    InDatabase("history has lost its trigger", f"ALTER TABLE {PATIENTS}event DISABLE TRIGGER USER", (HISTORY,)),
    InDatabase("a unique constraint has no agency", f"CREATE UNIQUE INDEX one_mrn ON {PATIENTS} (mrn)", (ATTACKS_SQL,)),
    InDatabase(
        "a foreign key has no agency",
        "ALTER TABLE coordination_condition DROP CONSTRAINT coordination_condition_patient_same_agency,"
        f" ADD CONSTRAINT simpler FOREIGN KEY (patient_id) REFERENCES {PATIENTS} (id) DEFERRABLE INITIALLY DEFERRED",
        (ATTACKS_SQL,),
    ),
    InDatabase(
        "a view reads with its owner's eyes",
        f"CREATE VIEW everybody AS SELECT * FROM {PATIENTS}; GRANT SELECT ON everybody TO careledger_app",
        (CATALOG,),
    ),
    InDatabase(
        "a function works with its owner's hands",
        f"CREATE FUNCTION public.all_patients() RETURNS SETOF {PATIENTS} LANGUAGE sql SECURITY DEFINER"
        f" AS 'SELECT * FROM {PATIENTS}'",
        (CATALOG,),
    ),
    InDatabase(
        "temporary tables may stand before walled ones",
        "DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO careledger_app', current_database()); END $$",
        (ATTACKS_SQL,),
    ),
    InDatabase(
        "the app bypasses row security",
        "ALTER ROLE careledger_app BYPASSRLS",
        (CATALOG,),
        superuser=True,
        undo="ALTER ROLE careledger_app NOBYPASSRLS",
    ),
    InDatabase(
        "the app is a member of the owner",
        "GRANT careledger_owner TO careledger_app",
        (CATALOG,),
        superuser=True,
        undo="REVOKE careledger_owner FROM careledger_app",
    ),
    InDatabase(
        "statements are shown to other sessions",
        "ALTER ROLE careledger_app RESET track_activities",
        (TOKENS,),
        superuser=True,
        undo="ALTER ROLE careledger_app SET track_activities = off",
    ),
]

BASE, CONTEXT_PY, MIDDLEWARE = "tenancy/models/base.py", "tenancy/context.py", "tenancy/middleware.py"

IN_SOURCE = [
    InSource(
        "the manager is bare",
        BASE,
        "return super().get_queryset().filter(InCurrentAgency(self.person))",
        "return super().get_queryset()",
        (MODELS,),
    ),
    InSource(
        "the manager answers nothing where it should refuse",
        BASE,
        "            raise AgencyRequired\n        sql, params",
        '            return "1 = 0", []\n        sql, params',
        (MODELS,),
    ),
    InSource(
        "saving another agency's row is not refused",
        BASE,
        "        if self.agency_id not in (None, current):",
        "        if False:",
        (MODELS,),
    ),
    InSource("writing in bulk is not refused", BASE, "        elif own != current:", "        elif False:", (MODELS,)),
    InSource(
        "a row may be given away by update()", BASE, '{"agency", "agency_id"} & kwargs.keys()', "False", (MODELS,)
    ),
    InSource(
        "the agency is not put back",
        CONTEXT_PY,
        "        finally:\n            var.reset(mark)",
        "        finally:\n            pass",
        (CONTEXT,),
    ),
    InSource("another agency may be opened inside", CONTEXT_PY, "if before.pk != who.pk:", "if False:", (CONTEXT,)),
    InSource(
        "inside a longer transaction the token stays",
        CONTEXT_PY,
        "if nested and not connection.needs_rollback:",
        "if False:",
        (CONTEXT,),
    ),
    InSource(
        "the token lasts as long as the session",
        CONTEXT_PY,
        '"SELECT set_config(%s, %s, true), set_config',
        '"SELECT set_config(%s, %s, false), set_config',
        (CONTEXT,),
    ),
    InSource(
        "the token passes through Django's cursor",
        CONTEXT_PY,
        "with psycopg.Cursor(connection.connection) as cursor:",
        "with connection.cursor() as cursor:",
        (TOKENS,),
    ),
    InSource(
        "after the commit there is no agency",
        CONTEXT_PY,
        "transaction.on_commit(in_agency(fn, using), using=using)",
        "transaction.on_commit(fn, using=using)",
        (LATER,),
    ),
    InSource(
        "a stream is read without its agency",
        CONTEXT_PY,
        "        with agency_context(agency, using):\n            yield from chunks()",
        "        yield from chunks()",
        (LATER,),
    ),
    InSource(
        "a thread is given no agency",
        CONTEXT_PY,
        "        with agency_context(agency, using):\n            return fn(*args, **kwargs)",
        "        return fn(*args, **kwargs)",
        (LATER,),
    ),
    InSource(
        "a sweep leaves no row",
        CONTEXT_PY,
        'Crossing.objects.using("system").create(reason=reason)',
        "pass",
        (LATER,),
    ),
    InSource(
        "anybody signed in is a member",
        MIDDLEWARE,
        "        with person_context(request.user):\n            membership = ",
        "        from tenancy.models import Agency\n\n"
        '        with person_context(request.user), agency_context(Agency.objects.get(slug=path["slug"])):\n'
        "            membership = ",
        (f"{ATTACKS_WEB}::test_whoever_no_longer_works_here_is_shown_out",),
    ),
    InSource(
        "somebody who has left is still let in",
        "tenancy/selectors/people.py",
        'slug=Given("slug"), is_active=True',
        'slug=Given("slug")',
        (f"{ATTACKS_WEB}::test_whoever_no_longer_works_here_is_shown_out",),
    ),
    InSource(
        "a foreign agency is forbidden instead of missing",
        MIDDLEWARE,
        "raise NotFound  # answered",
        "raise PermissionDenied  # answered",
        (f"{ATTACKS_WEB}::test_whether_an_agency_exists_shows_in_no_answer",),
    ),
    InSource(
        "a page sends as whoever is signed in now",
        MIDDLEWARE,
        "if request.headers.get(ACTING_AS, str(membership.pk)) != str(membership.pk):",
        "if False:",
        ("tests/test_access_matrix.py::test_a_page_of_one_person_sends_nothing_as_another",),
    ),
    InSource(
        "a foreign patient is forbidden instead of missing",
        "coordination/access.py",
        "    if patient is None:\n        raise access.NotFound",
        '    if patient is None:\n        raise access.CapabilityRequired("patient.read")',
        (ATTACKS_WEB, "-k", "foreign_id and conditions"),
    ),
    InSource(
        "every role has every capability",
        "tenancy/access.py",
        "if not (actor.is_active and may(actor.role, capability)):",
        "if not actor.is_active:",
        ("tests/test_access_matrix.py", "-k", "test_role_and_own_object and people"),
    ),
    InSource(
        "refusals are not written down",
        MIDDLEWARE,
        "response.status_code in (403, 404):",
        "response.status_code in ():",
        (ATTACKS_WEB, "-k", "a_refusal_is_written"),
    ),
    InSource(
        "a task runs without an agency",
        "tenancy/tasks.py",
        '            raise AgencyRequired(f"running {self.name}")',
        "            return super().__call__(*args, **kwargs)",
        (WORKER, "-k", "called_directly or names_no_agency"),
    ),
    InSource(
        "a task is sent for nobody",
        "tenancy/tasks.py",
        '            raise AgencyRequired(f"sending {self.name}")',
        "            ident = 0",
        (WORKER, "-k", "for_nobody"),
    ),
    InSource(
        "a strong role is served with",
        "tenancy/startup.py",
        "    if faults:\n",
        "    if False:\n",
        (STARTUP, "-k", "strong_role or by_its_name"),
    ),
    InSource(
        "what an exception says is logged",
        "config/logs.py",
        "str(error) if isinstance(error, WRITTEN_BY_US) else None",
        "str(error)",
        ("tests/config/test_logs.py",),
    ),
    InSource(
        "measurements are open to everybody",
        "config/health.py",
        "if not token or not compare_digest(shown.encode(), token.encode()):",
        "if False:",
        ("tests/config/test_health.py",),
    ),
]

FAULTS: list[InDatabase | InSource] = [*IN_DATABASE, *IN_SOURCE]
