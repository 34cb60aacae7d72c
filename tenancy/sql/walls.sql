-- The security schema, made by the owner in the first migration (so that test databases have it too).
CREATE SCHEMA app_sec;
GRANT USAGE ON SCHEMA app_sec TO careledger_app, careledger_system, careledger_backup;

-- Slot 0 signs; slot 1 is still accepted while keys are exchanged. Only the owner reads this table.
CREATE TABLE app_sec.key (slot smallint PRIMARY KEY, k bytea NOT NULL);

-- No temporary tables: one named like a tenant table would stand before it, without a wall, for whoever gets the connection next.
DO $$ BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO careledger_app, careledger_system, careledger_backup', current_database());
END $$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO careledger_app, careledger_system, careledger_backup;
-- The app may do nothing to a table unless that table's wall, or tenancy/deploy.py for tables of others, says so.
GRANT SELECT ON ALL TABLES IN SCHEMA public TO careledger_backup;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO careledger_backup;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO careledger_backup;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON SEQUENCES TO careledger_backup;
