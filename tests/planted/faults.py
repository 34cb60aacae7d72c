"""Faults that somebody could build into the walls, one at a time, and the tests that must then fail."""

from dataclasses import dataclass

from tenancy.walls import VERIFY

(
    ATTACKS_SQL,
    ATTACKS_WEB,
    ATTACKS_APP,
    CATALOG,
    CONTEXT,
    LATER,
    MODELS,
    TOKENS,
    WORKER,
    STARTUP,
    AFTER,
    HISTORY,
    DOORS,
) = (
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
        "doors",
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


def verifying(passage: str, instead: str) -> str:
    """The functions that verify tokens, with something else where this passage stands."""
    assert passage in VERIFY, passage
    return VERIFY.replace(passage, instead)


IS_SIGNED = VERIFY[VERIFY.index("IF ") + 3 : VERIFY.index("\n       AND ")]

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
    InDatabase("the signature is not checked", verifying(IS_SIGNED, "true"), (ATTACKS_SQL,)),
    InDatabase(
        "the expiry is ignored", verifying("OPERATOR(pg_catalog.>=) pg_catalog.now()", "IS NOT NULL"), (TOKENS,)
    ),
    InDatabase(
        "a person's token is as good as an agency's",
        verifying("OPERATOR(pg_catalog.=) 'a'", "IS NOT NULL"),
        (ATTACKS_SQL,),
    ),
    InDatabase(
        "without a token there are simply no rows",
        verifying(
            "RAISE EXCEPTION 'no app.agency in context", "RETURN NULL; RAISE EXCEPTION 'no app.agency in context"
        ),
        (CONTEXT,),
    ),
    InDatabase(
        "the verifying function looks a name up where its caller says",
        verifying("pg_catalog.split_part(token, ':', 3)", "split_part(token, ':', 3)"),
        (TOKENS,),
    ),
    InDatabase(
        "the signing key is a constant of a plan",
        "CREATE FUNCTION app_sec.first_key() RETURNS bytea LANGUAGE sql IMMUTABLE AS 'SELECT k FROM app_sec.key WHERE slot = 0'; "
        + verifying("SELECT k FROM app_sec.key", "SELECT app_sec.first_key()"),
        (f"{TOKENS}::test_plans_that_are_printed_show_no_key",),
    ),
    InDatabase("the agency is a constant to the planner", "ALTER FUNCTION app_sec.agency() IMMUTABLE", (CATALOG,)),
    InDatabase("the app may read the signing keys", "GRANT SELECT ON app_sec.key TO careledger_app", (ATTACKS_SQL,)),
    InDatabase("the app may empty a table", f"GRANT TRUNCATE ON {PATIENTS} TO careledger_app", (ATTACKS_SQL,)),
    InDatabase(
        "the app may rewrite the access log", "GRANT UPDATE, DELETE ON tenancy_accesslog TO careledger_app", (CATALOG,)
    ),
    InDatabase("the sweep may read patients", f"GRANT SELECT ON {PATIENTS} TO careledger_system", (LATER,)),
    InDatabase(
        "the sweep may read whose deadline it is",
        "GRANT SELECT (patient_id) ON coordination_deadline TO careledger_system",
        (DOORS,),
    ),
    InDatabase(
        "the sweep may move a deadline",
        "GRANT UPDATE (due_at) ON coordination_deadline TO careledger_system",
        (DOORS,),
    ),
    InDatabase(
        "the sweep's door stands open to the app",
        "ALTER POLICY coordination_deadline_sweep_select ON coordination_deadline TO PUBLIC",
        (DOORS,),
    ),
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
        "if nested and _in_transaction(using):",
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
        ("tests/test_access_matrix.py", "-k", "every_role_with_own and people"),
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
