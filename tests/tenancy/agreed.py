"""What is agreed about the database, for the catalog's checks to hold it to: open tables, walls, doors and grants by name."""

APP, OWNER, SYSTEM, BACKUP = "careledger_app", "careledger_owner", "careledger_system", "careledger_backup"

OPEN_TABLES = {
    "account_emailaddress": "sign-in, before an agency is chosen: which address belongs to which person",
    "account_emailconfirmation": "sign-in: keys sent to an address; unused while nobody confirms by mail",
    "auth_group": "comes with django.contrib.auth and stays empty: capabilities are code (tenancy/roles.py)",
    "auth_group_permissions": "as auth_group",
    "auth_permission": "as auth_group; names of models only",
    "billing_nationalrate": "public rates of the Medicare fee schedule, alike for everybody; the app reads them and cannot write them",
    "coordination_heartbeat": "when a sweep over all agencies last came to its end; the app reads it and cannot write it",
    "django_content_type": "names of models only",
    "django_migrations": "names of migrations only",
    "mfa_authenticator": "second factors, asked for before an agency is chosen; the app sees those of the person in context alone",
    "pghistory_context": "stays empty: who and why stand beside the history row, behind its wall",
    "tenancy_agency": "the list of tenants itself; the app reads it and cannot write it",
    "tenancy_crossing": "who looked across agencies; the system role adds rows, the app cannot write it",
    "tenancy_user": "who can sign in, before an agency is chosen: address and password hash, nothing about patients",
}
"""Tables without an agency, each with the reason."""

OWN = "(agency_id = ( SELECT app_sec.agency() AS agency))"
EITHER = (
    "CASE WHEN (COALESCE(current_setting('app.agency'::text, true), ''::text) <> ''::text) THEN "
    f"{OWN} ELSE (user_id = ( SELECT app_sec.person() AS person)) END"
)
OWNER_POLICY = ("PERMISSIVE", "ALL", [OWNER], "true", "true")
MYSELF = "(id = ( SELECT app_sec.person() AS person))"
THEIRS = "(user_id = ( SELECT app_sec.person() AS person))"
OTHER_POLICIES = {
    "tenancy_membership": {  # a person reads their own places before an agency is chosen; only an agency changes them
        "tenancy_membership_wall_read": ("PERMISSIVE", "SELECT", [APP], EITHER, None),
        "tenancy_membership_wall_add": ("PERMISSIVE", "INSERT", [APP], None, OWN),
        "tenancy_membership_wall_change": ("PERMISSIVE", "UPDATE", [APP], OWN, OWN),
        "tenancy_membership_wall_remove": ("PERMISSIVE", "DELETE", [APP], OWN, None),
        "tenancy_membership_wall_owner": OWNER_POLICY,
    },
    "mfa_authenticator": {
        "mfa_authenticator_wall_app": ("PERMISSIVE", "ALL", [APP], THEIRS, THEIRS),
        "mfa_authenticator_wall_owner": OWNER_POLICY,
    },
    "tenancy_user": {
        "tenancy_user_wall_read": ("PERMISSIVE", "SELECT", [APP], "true", None),
        "tenancy_user_wall_add": ("PERMISSIVE", "INSERT", [APP], None, "true"),
        "tenancy_user_wall_change": ("PERMISSIVE", "UPDATE", [APP], MYSELF, MYSELF),
        "tenancy_user_wall_owner": OWNER_POLICY,
    },
}
"""The walls that differ from one policy for the app and one for the owner."""

DEFINER_FUNCTIONS = {"app_sec.agency": None, "app_sec.person": None}
"""With their search_path. These have none: every name in them is qualified, which an attack proves (test_attacks_sql.py)."""
READ_WRITE, ADD_ONLY, READ_ONLY = {"SELECT", "INSERT", "UPDATE", "DELETE"}, {"SELECT", "INSERT"}, {"SELECT"}
NOTHING: set[str] = set()
APP_GRANTS = dict.fromkeys(OPEN_TABLES, NOTHING) | {
    "account_emailaddress": READ_ONLY,
    "billing_nationalrate": READ_ONLY,
    "coordination_heartbeat": READ_ONLY,
    "django_content_type": READ_ONLY,
    "django_migrations": READ_ONLY,
    "mfa_authenticator": READ_WRITE,
    "tenancy_agency": READ_ONLY,
    "tenancy_crossing": READ_ONLY,
    "tenancy_user": {"SELECT", "INSERT", "UPDATE"},
}
SYSTEM_GRANTS = {"coordination_heartbeat": {"SELECT", "INSERT", "UPDATE"}, "tenancy_crossing": {"INSERT"}}
DOORS = {
    "coordination_deadline": {
        "SELECT": {"id", "agency_id", "due_at", "level", "levels", "next_at"},
        "UPDATE": {"level", "next_at"},
    },
    "coordination_alert": {
        "SELECT": {"agency_id", "deadline_id", "due_at", "level", "told_at"},
        "INSERT": {"agency_id", "deadline_id", "due_at", "level", "raised_at"},
    },
    "coordination_outgoingmessage": {"SELECT": {"agency_id", "next_try_at"}},
    "coordination_mailsettings": {"SELECT": {"agency_id", "digest_next_at"}},
}
"""What the system role may do to rows of every agency, and to which columns: sweeps tell of deadlines and find who has something to
send (docs/tenancy.md)."""
COLUMN_GRANTS = (
    {(SYSTEM, "tenancy_agency", column, "SELECT") for column in ("id", "slug", "name", "time_zone", "agency_type")}
    | {(SYSTEM, "tenancy_crossing", "id", "SELECT")}
    | {
        (SYSTEM, table, column, verb)
        for table, ways in DOORS.items()
        for verb, columns in ways.items()
        for column in columns
    }
)


def policies_of(table: str) -> dict[str, tuple]:
    """The policies of a table, as `pg_policies` tells them: name -> permissive, verb, roles, what is seen, what may be written."""
    if table in OPEN_TABLES or table in OTHER_POLICIES:
        return OTHER_POLICIES.get(table, {})
    doors = {
        f"{table}_sweep_{verb.lower()}": (
            "PERMISSIVE",
            verb,
            [SYSTEM],
            None if verb == "INSERT" else "true",
            None if verb == "SELECT" else "true",
        )
        for verb in DOORS.get(table, {})
    }
    return doors | {f"{table}_wall_app": ("PERMISSIVE", "ALL", [APP], OWN, OWN), f"{table}_wall_owner": OWNER_POLICY}
