"""What the owner puts right after every migrate: signing keys, grants on the tables of others, and history that cannot be ignored.

Every deployment migrates, so nothing here needs a command of its own.
"""

from django.conf import settings
from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper

from tenancy.models.base import APP_ROLE, OWNER_ROLE

TABLES_OF_OTHERS = {
    "account_emailaddress": "SELECT",  # allauth asks whose an address is; a person's own address stands in tenancy_user
    "django_content_type": "SELECT",
    "django_migrations": "SELECT",  # `makemigrations --check` and `up` ask what has been applied
}
"""What the app may do to tables that are not ours; to those not named, nothing."""

OWN_ROWS_ONLY = {"mfa_authenticator": "user_id"}
"""Tables of others of which the app sees, adds and changes only the rows of the person in context, each with that column."""


def after_migrate(using: str, **kwargs: object) -> None:
    """post_migrate, once all apps have migrated. One transaction: there is no moment without a key."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        _write_token_keys(cursor)
        for table, privileges in TABLES_OF_OTHERS.items():
            cursor.execute(f"GRANT {privileges} ON {table} TO careledger_app")
        for table, person in OWN_ROWS_ONLY.items():
            _wall_of_a_person(cursor, table, person)
        _bind_triggers(cursor)


def _write_token_keys(cursor: CursorWrapper) -> None:
    """Here a new signing key reaches the database, and an old one leaves it."""
    cursor.execute("DELETE FROM app_sec.key")
    keys = list(enumerate(settings.TENANCY_TOKEN_KEYS))
    cursor.executemany("INSERT INTO app_sec.key (slot, k) VALUES (%s, %s)", keys)


def _wall_of_a_person(cursor: CursorWrapper, table: str, person: str) -> None:
    """Second factors are asked for before an agency is chosen; whoever can write another's could sign in as them."""
    own = f"{person} = (SELECT app_sec.person())"
    for name, role, condition in (("app", APP_ROLE, own), ("owner", OWNER_ROLE, "true")):
        cursor.execute(f"DROP POLICY IF EXISTS {table}_wall_{name} ON {table}")
        cursor.execute(
            f"CREATE POLICY {table}_wall_{name} ON {table} FOR ALL TO {role} USING ({condition}) WITH CHECK ({condition})"
        )
    cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {APP_ROLE}")


def _bind_triggers(cursor: CursorWrapper) -> None:
    """pgtrigger lets a session name triggers to be ignored; an injected statement could so write without history."""
    cursor.execute(
        "CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name NAME) RETURNS boolean"
        " LANGUAGE sql IMMUTABLE AS $$ SELECT false $$"
    )
