"""The database side of tenancy that is no model: schema, functions and grants, for the first migration."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"

INSTALL_WALLS = migrations.RunSQL((SQL / "walls.sql").read_text(), reverse_sql="DROP SCHEMA app_sec CASCADE")

# Agencies are written by operators through the owner. The system role sees which agencies there are, and says why it looked.
GLOBAL_TABLES = migrations.RunSQL(
    """
    GRANT SELECT ON tenancy_agency, tenancy_crossing TO careledger_app;
    GRANT SELECT (id, slug, name, time_zone, agency_type) ON tenancy_agency TO careledger_system;
    GRANT INSERT, SELECT (id) ON tenancy_crossing TO careledger_system;
    """,
    reverse_sql=migrations.RunSQL.noop,
)
