"""What the owner puts right after every migrate: signing keys, grants on the tables of others, and history that cannot be ignored.

Every deployment migrates, so nothing here needs a command of its own.
"""

from django.conf import settings
from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper

TABLES_OF_OTHERS = {
    "account_emailaddress": "SELECT",  # allauth asks whose an address is; a person's own address stands in tenancy_user
    "django_content_type": "SELECT",
    "django_migrations": "SELECT",  # `makemigrations --check` and `up` ask what has been applied
}
"""What the app may do to tables that are not ours; to those not named, nothing."""


def after_migrate(using: str, **kwargs: object) -> None:
    """post_migrate, once all apps have migrated. One transaction: there is no moment without a key."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        _write_token_keys(cursor)
        for table, privileges in TABLES_OF_OTHERS.items():
            cursor.execute(f"GRANT {privileges} ON {table} TO careledger_app")
        _bind_triggers(cursor)


def _write_token_keys(cursor: CursorWrapper) -> None:
    """Here a new signing key reaches the database, and an old one leaves it."""
    cursor.execute("DELETE FROM app_sec.key")
    keys = list(enumerate(settings.TENANCY_TOKEN_KEYS))
    cursor.executemany("INSERT INTO app_sec.key (slot, k) VALUES (%s, %s)", keys)


def _bind_triggers(cursor: CursorWrapper) -> None:
    """pgtrigger lets a session name triggers to be ignored; an injected statement could so write without history."""
    cursor.execute(
        "CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name NAME) RETURNS boolean"
        " LANGUAGE sql IMMUTABLE AS $$ SELECT false $$"
    )
