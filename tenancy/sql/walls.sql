-- The security schema, made by the owner in the first migration (so that test databases have it too).
CREATE SCHEMA app_sec;
GRANT USAGE ON SCHEMA app_sec TO careledger_app, careledger_system, careledger_backup;

-- Slot 0 signs; slot 1 is still accepted while keys are exchanged. Only the owner reads this table.
CREATE TABLE app_sec.key (slot smallint PRIMARY KEY, k bytea NOT NULL);

CREATE FUNCTION app_sec.verified(setting text, kind text) RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, app_sec, pg_temp AS $$
DECLARE
  token text := current_setting(setting, true);
  message text;
BEGIN
  IF coalesce(token, '') = '' THEN
    RAISE EXCEPTION 'no % in context: open one with tenancy.context.agency_context()', setting USING ERRCODE = '42501';
  END IF;
  message := split_part(token, ':', 1) || ':' || split_part(token, ':', 2);
  IF left(message, 1) <> kind
     OR NOT EXISTS (SELECT FROM app_sec.key
                    WHERE encode(sha256(k || sha256(k || convert_to(message, 'UTF8'))), 'hex') = split_part(token, ':', 3))
     OR split_part(token, ':', 2)::bigint < extract(epoch FROM now()) THEN
    RAISE EXCEPTION '% refused: the token is forged or has expired', setting USING ERRCODE = '42501';
  END IF;
  RETURN substr(split_part(token, ':', 1), 2)::bigint;
END $$;
REVOKE ALL ON FUNCTION app_sec.verified(text, text) FROM PUBLIC;

CREATE FUNCTION app_sec.agency() RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, app_sec, pg_temp
AS $$ SELECT app_sec.verified('app.agency', 'a') $$;

CREATE FUNCTION app_sec.person() RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, app_sec, pg_temp
AS $$ SELECT app_sec.verified('app.person', 'u') $$;

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
