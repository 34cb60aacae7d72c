-- What verifies a token: app_sec.agency() and app_sec.person(), asked once for each walled table of a statement, so that a short
-- statement feels every microsecond. Each name is qualified, of types and operators too: nothing is looked up along the caller's
-- search_path, and setting one for the call would cost as much as the signature's digests (docs/decisions/0025).
-- The key stays a variable: as a constant of a kept plan, any session could have it printed.
CREATE OR REPLACE FUNCTION app_sec.{name}() RETURNS bigint LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER AS $$
DECLARE
  token pg_catalog.text := pg_catalog.current_setting('app.{name}', true);
  key pg_catalog.bytea;
BEGIN
  FOR key IN SELECT k FROM app_sec.key LOOP
    -- What is signed stands before a colon and the 64 digits of the mac.
    IF pg_catalog.split_part(token, ':', 3) OPERATOR(pg_catalog.=) pg_catalog.encode(
         pg_catalog.sha256(key OPERATOR(pg_catalog.||) pg_catalog.sha256(
           key OPERATOR(pg_catalog.||) pg_catalog.convert_to(pg_catalog.left(token, -65), 'UTF8'))), 'hex')
       AND pg_catalog.left(token, 1) OPERATOR(pg_catalog.=) '{kind}'
       AND pg_catalog.to_timestamp(pg_catalog.split_part(token, ':', 2)::pg_catalog.float8) OPERATOR(pg_catalog.>=) pg_catalog.now()
    THEN
      RETURN pg_catalog.substr(pg_catalog.split_part(token, ':', 1), 2)::pg_catalog.int8;
    END IF;
  END LOOP;
  IF token IS NULL OR token OPERATOR(pg_catalog.=) '' THEN
    RAISE EXCEPTION 'no app.{name} in context: open one with tenancy.context.agency_context()' USING ERRCODE = '42501';
  END IF;
  RAISE EXCEPTION 'app.{name} refused: the token is forged or has expired' USING ERRCODE = '42501';
END $$;
