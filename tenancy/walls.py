"""The database side of tenancy that is no model: schema, functions and grants, for the first migration."""

from pathlib import Path

from django.db import migrations

from tenancy import tokens

SQL = Path(__file__).parent / "sql"

VERIFY = "".join(
    (SQL / "verify.sql").read_text().format(name=name, kind=kind)
    for name, kind in (("agency", tokens.AGENCY), ("person", tokens.PERSON))
)
INSTALL_WALLS = migrations.RunSQL((SQL / "walls.sql").read_text() + VERIFY, reverse_sql="DROP SCHEMA app_sec CASCADE")

# For databases made before one function did it all. An older release asks the new ones by the same names.
VERIFY_IN_ONE = migrations.RunSQL(
    VERIFY + "DROP FUNCTION IF EXISTS app_sec.verified(text, text);", reverse_sql=migrations.RunSQL.noop
)

# Agencies are written by operators through the owner. The system role sees which agencies there are, and says why it looked.
GLOBAL_TABLES = migrations.RunSQL(
    """
    GRANT SELECT ON tenancy_agency, tenancy_crossing TO careledger_app;
    GRANT SELECT (id, slug, name, time_zone, agency_type) ON tenancy_agency TO careledger_system;
    GRANT INSERT, SELECT (id) ON tenancy_crossing TO careledger_system;
    """,
    reverse_sql=migrations.RunSQL.noop,
)
