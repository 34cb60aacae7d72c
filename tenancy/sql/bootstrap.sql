-- Once per cluster, as a superuser: the four roles. Everything else is done by migrations as the owner.
-- Passwords are set by whoever runs the server (ALTER ROLE .. PASSWORD); the embedded server trusts its own socket.
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'careledger_owner') THEN
    CREATE ROLE careledger_owner LOGIN NOSUPERUSER NOBYPASSRLS CREATEDB;  -- CREATEDB: test databases only
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'careledger_app') THEN
    CREATE ROLE careledger_app LOGIN NOSUPERUSER NOBYPASSRLS NOINHERIT;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'careledger_system') THEN
    CREATE ROLE careledger_system LOGIN NOSUPERUSER NOBYPASSRLS NOINHERIT;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'careledger_backup') THEN
    CREATE ROLE careledger_backup LOGIN NOSUPERUSER BYPASSRLS;
  END IF;
END $$;
-- Another session of the same role could read a statement, and with it patient data, in pg_stat_activity.
ALTER ROLE careledger_app SET track_activities = off;
ALTER ROLE careledger_system SET track_activities = off;
-- What PostgreSQL refuses is told to the application. Its own log would repeat the row, and the statement with its values.
ALTER ROLE careledger_owner SET log_min_messages = fatal;
ALTER ROLE careledger_app SET log_min_messages = fatal;
ALTER ROLE careledger_system SET log_min_messages = fatal;
