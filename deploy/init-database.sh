#!/bin/sh
# Once per cluster, run by the image of PostgreSQL: the four roles with their passwords, and the database as its owner's.
# POSTGRES_USER is the superuser, POSTGRES_DB the database; the passwords come as *_PASSWORD and never stand in a command line.
set -eu
: "${OWNER_PASSWORD:?}" "${APP_PASSWORD:?}" "${SYSTEM_PASSWORD:?}" "${BACKUP_PASSWORD:?}"
psql --quiet --no-psqlrc -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  --file "${BOOTSTRAP_SQL:-/careledger/bootstrap.sql}" --file - <<'SQL'
\getenv database POSTGRES_DB
\getenv owner OWNER_PASSWORD
\getenv app APP_PASSWORD
\getenv system SYSTEM_PASSWORD
\getenv backup BACKUP_PASSWORD
ALTER ROLE careledger_owner NOCREATEDB PASSWORD :'owner';  -- no tests here
ALTER ROLE careledger_app PASSWORD :'app';
ALTER ROLE careledger_system PASSWORD :'system';
ALTER ROLE careledger_backup PASSWORD :'backup';
ALTER DATABASE :"database" OWNER TO careledger_owner;
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO careledger_app, careledger_system, careledger_backup;
SQL
