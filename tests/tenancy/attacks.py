"""Statements that an injection could run as the application's role while Riverbend works, each with PostgreSQL's answer."""

from dataclasses import dataclass

from tests.tenancy.support import FORGED, NO_AGENCY, insert_like

LOOK = "SELECT * FROM coordination_patient"
NOT_OWNER = "must be owner of table coordination_patient"
WALLED_WRITE = 'new row violates row-level security policy for table "coordination_patient"'


@dataclass(frozen=True)
class Attack:
    """A statement and PostgreSQL's answer: the first line of its refusal, or the rows it returns."""

    name: str
    statement: str
    answer: str | list[tuple]


def claim(token: str, setting: str = "app.agency") -> str:
    return f"SELECT set_config('{setting}', '{token}', true); {LOOK}"


ATTACKS = [
    # Pretending to be the other agency
    Attack("set the other agency's id", claim("{there}"), FORGED),
    Attack("set its id as the token says it", claim("a{there}"), FORGED),
    Attack("make up a mac", claim("a{there}:{later}:" + "0" * 64), FORGED),
    Attack("leave the mac out", claim("a{there}:{later}:"), FORGED),
    Attack("leave the kind out", claim("{there}:{later}:{mac}"), FORGED),
    Attack("put the other id before one's own mac", claim("a{there}:{expiry}:{mac}"), FORGED),
    Attack("stretch one's own token", claim("a{here}:{later}:{mac}"), FORGED),
    Attack("use an expired token", claim("{expired}"), FORGED),
    Attack("use a person's token as an agency's", claim("{person}"), FORGED),
    Attack(
        "use an agency's token as a person's",
        "SELECT set_config('app.agency', '', true), set_config('app.person', '{own}', true);"
        " SELECT * FROM tenancy_membership",
        "app.person refused: the token is forged or has expired",
    ),
    Attack("sign it with an empty key", claim("a{there}:{later}:{empty_key_mac}"), FORGED),
    Attack(
        "put a second message behind a good token",
        claim("{own}:a{there}:{later}:{mac}"),
        FORGED,
    ),
    Attack("clear the token", claim(""), NO_AGENCY),
    Attack("clear every setting", "DISCARD ALL", "DISCARD ALL cannot run inside a transaction block"),
    Attack("reset the setting", f"RESET app.agency; {LOOK}", NO_AGENCY),
    Attack(
        "keep a token as the role's default",
        "ALTER ROLE careledger_app SET app.agency = '{own}'",
        'permission denied to set parameter "app.agency"',
    ),
    # The keys and the functions
    Attack("read the keys", "SELECT k FROM app_sec.key", "permission denied for table key"),
    Attack("add a key", "INSERT INTO app_sec.key VALUES (7, '')", "permission denied for table key"),
    Attack(
        "lead the functions' names elsewhere",
        "SET LOCAL search_path = app_sec; SELECT mrn FROM public.coordination_patient",
        [("QRIV-1",)],
    ),
    Attack(
        "grant oneself the keys", "GRANT SELECT ON app_sec.key TO careledger_app", "permission denied for table key"
    ),
    Attack(
        "replace the function",
        "CREATE OR REPLACE FUNCTION app_sec.agency() RETURNS bigint LANGUAGE sql AS 'SELECT {there}::bigint'",
        "permission denied for schema app_sec",
    ),
    Attack(
        "make the function a constant",
        "ALTER FUNCTION app_sec.agency() IMMUTABLE",
        "must be owner of function app_sec.agency",
    ),
    Attack(
        "stand a function before sha256",
        "CREATE FUNCTION public.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT $1'",
        "permission denied for schema public",
    ),
    # Becoming somebody else
    Attack("become the owner", "SET ROLE careledger_owner", 'permission denied to set role "careledger_owner"'),
    Attack("become the backup", "SET ROLE careledger_backup", 'permission denied to set role "careledger_backup"'),
    Attack("become the system role", "SET ROLE careledger_system", 'permission denied to set role "careledger_system"'),
    Attack("become whoever signed in", "RESET ROLE; SELECT current_user::text", [("careledger_app",)]),
    Attack(
        "sign in as the owner",
        "SET SESSION AUTHORIZATION careledger_owner",
        'permission denied to set session authorization "careledger_owner"',
    ),
    Attack("ask to bypass", "ALTER ROLE careledger_app BYPASSRLS", "permission denied to alter role"),
    Attack("make a role", "CREATE ROLE mallory", "permission denied to create role"),
    # Taking the wall down
    Attack(
        "turn row security off",
        f"SET LOCAL row_security = off; {LOOK}",
        'query would be affected by row-level security policy for table "coordination_patient"',
    ),
    Attack("disable it", "ALTER TABLE coordination_patient DISABLE ROW LEVEL SECURITY", NOT_OWNER),
    Attack("unforce it", "ALTER TABLE coordination_patient NO FORCE ROW LEVEL SECURITY", NOT_OWNER),
    Attack(
        "open the policy", "ALTER POLICY coordination_patient_wall_app ON coordination_patient USING (true)", NOT_OWNER
    ),
    Attack(
        "drop the policy",
        "DROP POLICY coordination_patient_wall_app ON coordination_patient",
        "must be owner of relation coordination_patient",
    ),
    Attack("add a policy", "CREATE POLICY mine ON coordination_patient USING (true)", NOT_OWNER),
    Attack(
        "add a trigger",
        "CREATE TRIGGER t BEFORE INSERT ON coordination_patient EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "permission denied for table coordination_patient",
    ),
    Attack("take the table", "ALTER TABLE coordination_patient OWNER TO careledger_app", NOT_OWNER),
    # Building beside it
    Attack("make a table", "CREATE TABLE public.copy AS SELECT 1 AS one", "permission denied for schema public"),
    Attack(
        "stand a temporary table before the walled one",
        "CREATE TEMPORARY TABLE coordination_patient (mrn text)",
        'permission denied to create temporary tables in database "DATABASE"',
    ),
    Attack(
        "make a view",
        "CREATE VIEW public.copy AS SELECT * FROM coordination_patient",
        "permission denied for schema public",
    ),
    Attack("make a schema", "CREATE SCHEMA mine", "permission denied for database DATABASE"),
    # Files and copies
    Attack("copy into it", "COPY coordination_patient FROM STDIN", "COPY FROM not supported with row-level security"),
    Attack(
        "copy through a program",
        "COPY coordination_patient TO PROGRAM 'cat'",
        "permission denied to COPY to or from an external program",
    ),
    Attack("copy to a file", "COPY coordination_patient TO '/tmp/copy'", "permission denied to COPY to a file"),
    Attack("read a file", "SELECT pg_read_file('PG_VERSION')", "permission denied for function pg_read_file"),
    Attack(
        "empty the table", "TRUNCATE coordination_patient CASCADE", "permission denied for table coordination_patient"
    ),
    Attack(
        "show statements again", "SET track_activities = on", 'permission denied to set parameter "track_activities"'
    ),
    Attack("read sampled values", "SELECT stavalues1 FROM pg_statistic", "permission denied for table pg_statistic"),
    # Reading across
    Attack("ask for the other agency", "SELECT mrn FROM coordination_patient WHERE agency_id = {there}", []),
    Attack("ask for a row by its id", "SELECT mrn FROM coordination_patient WHERE id = '{patient}'", []),
    Attack("ask for anything", "SELECT mrn FROM coordination_patient WHERE false OR 1 = 1", [("QRIV-1",)]),
    Attack(
        "add a union",
        "SELECT mrn FROM coordination_patient WHERE false UNION ALL SELECT mrn FROM coordination_patient",
        [("QRIV-1",)],
    ),
    Attack(
        "join from the list of agencies",
        "SELECT a.slug, count(p.id) FROM tenancy_agency a LEFT JOIN coordination_patient p"
        " ON p.agency_id = a.id GROUP BY 1 ORDER BY 1",
        [("harbor", 0), ("riverbend", 1)],
    ),
    Attack(
        "join from the people",
        "SELECT m.name FROM tenancy_user u JOIN tenancy_membership m ON m.user_id = u.id WHERE u.id = {user}",
        [],
    ),
    Attack(
        "provoke an error for the other's row",
        "SELECT mrn FROM coordination_patient WHERE 1 / (CASE mrn WHEN 'QZHARB-1' THEN 0 ELSE 1 END) = 1",
        [("QRIV-1",)],
    ),
    Attack(
        "read through a query in a string",
        "SELECT bool_or(word LIKE 'qriv%'), bool_or(word LIKE 'qz%') FROM ts_stat("
        "'SELECT to_tsvector(''simple'', mrn) FROM coordination_patient')",
        [(True, False)],
    ),
    Attack(
        "read in an anonymous block",
        "DO $$ BEGIN IF (SELECT count(*) FROM coordination_patient) <> 1 THEN RAISE 'leak'; END IF; END $$",
        [],
    ),
    Attack("read the other's history", "SELECT mrn FROM coordination_patientevent WHERE agency_id = {there}", []),
    Attack(
        "read planner statistics", "SELECT tablename::text FROM pg_stats WHERE tablename = 'coordination_patient'", []
    ),
    # Writing across
    Attack(
        "insert for the other agency",
        insert_like("coordination_patient", id="{fresh}", agency_id="{there}"),
        WALLED_WRITE,
    ),
    Attack("give one's own row away", "UPDATE coordination_patient SET agency_id = {there}", WALLED_WRITE),
    Attack(
        "change the other's row",
        "UPDATE coordination_patient SET language = 'xx' WHERE agency_id = {there} RETURNING mrn",
        [],
    ),
    Attack("delete the other's row", "DELETE FROM coordination_patient WHERE id = '{patient}' RETURNING mrn", []),
    Attack(
        "probe a number by a conflict",
        insert_like("coordination_patient", id="{fresh}", mrn="QZHARB-1") + " ON CONFLICT DO NOTHING RETURNING mrn",
        [("QZHARB-1",)],
    ),
    Attack(
        "take over a row by a conflict",
        insert_like("coordination_patient", id="{patient}", mrn="m")
        + " ON CONFLICT (id) DO UPDATE SET family_name = 'taken'",
        'new row violates row-level security policy (USING expression) for table "coordination_patient"',
    ),
    Attack(
        "merge into the other's row",
        "MERGE INTO coordination_patient p USING (SELECT '{patient}'::uuid AS id) s ON p.id = s.id"
        " WHEN MATCHED THEN UPDATE SET family_name = 'taken' RETURNING mrn",
        [],
    ),
    Attack(
        "found an agency",
        "INSERT INTO tenancy_agency (slug, name, agency_type, time_zone) VALUES ('x', 'x', 'fqhc', 'UTC')",
        "permission denied for table tenancy_agency",
    ),
    Attack("rename an agency", "UPDATE tenancy_agency SET slug = 'x'", "permission denied for table tenancy_agency"),
    Attack("rewrite the access log", "DELETE FROM tenancy_accesslog", "permission denied for table tenancy_accesslog"),
    Attack(
        "rewrite a decision",
        "UPDATE billing_decision SET document = ''",
        "permission denied for table billing_decision",
    ),
    Attack(
        "rewrite history with its trigger switched off",
        "SET LOCAL pgtrigger.ignore = '{{coordination_patientevent:append_only}}';"
        " UPDATE coordination_patientevent SET mrn = ''",
        "permission denied for table coordination_patientevent",
    ),
    # Talking and explaining stay possible, and say nothing of the other
    Attack("listen", "LISTEN anything", []),
    Attack(
        "explain",
        "EXPLAIN (COSTS OFF) SELECT 1 FROM coordination_patient WHERE agency_id = {there} AND mrn ^@ 'QZ'",
        "EXPLAIN",
    ),
]
