"""Refuses to work over a database connection that is stronger than the application needs."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connections

STRENGTH = """
SELECT r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolreplication,
       EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid),
       EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid)
FROM pg_roles r WHERE r.rolname = session_user
"""
WORDS = (
    "is a superuser",
    "bypasses row security",
    "may create roles",
    "may replicate",
    "owns tables",
    "is a member of another role",
)
SERVING = ("default", "system")


def refuse_strong_role(sender: Any, connection: Any, **kwargs: Any) -> None:
    """connection_created: the roles that serve requests and sweeps own nothing and bypass nothing."""
    if connection.alias not in SERVING:
        return
    with connection.connection.cursor() as cursor:
        row = cursor.execute(STRENGTH).fetchone()
    faults = [word for word, holds in zip(WORDS, row, strict=True) if holds]
    if faults:
        connection.close()
        raise ImproperlyConfigured(
            f"the database connection “{connection.alias}” signs in as {connection.settings_dict['USER']}, which "
            f"{' and '.join(faults)}: use the roles of tenancy/sql/bootstrap.sql (see docs/tenancy.md)"
        )


def check_roles_now() -> None:
    """Called where a server starts, so that a wrong role stops it there and not at the first request."""
    for alias in SERVING:
        connections[alias].ensure_connection()
