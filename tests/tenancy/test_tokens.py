"""Tokens: signed, short-lived, exchanged without a stop, and never shown; what verifies them is deceived by no namesake."""

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from tenancy import context, tokens
from tenancy.context import agency_context, person_context
from tenancy.deploy import after_migrate
from tests import factories
from tests.tenancy.support import COMMITTED, COUNT, FORGED, NO_AGENCY, another_session, refusal, sql

OLD, NEW = b"the key of last year, 32 bytes..", b"the key of this year, 32 bytes.."


@pytest.fixture
def keys_in_use(settings):
    """`keys_in_use(NEW, OLD)` deploys these keys: settings, and the database as a migration leaves it."""
    before = settings.TENANCY_TOKEN_KEYS

    def deploy(*keys):
        settings.TENANCY_TOKEN_KEYS = list(keys)
        after_migrate(using="owner")

    yield deploy
    deploy(*before)


def set_token(token: str, setting: str = "app.agency") -> None:
    sql("SELECT set_config(%s, %s, true)", [setting, token])


def test_a_token_is_good_until_its_second_and_refused_after(riverbend):
    agency = riverbend.agency.pk
    set_token(tokens.mint(tokens.AGENCY, agency, lifetime=60))
    assert sql(COUNT) == [(1,)]
    set_token(tokens.mint(tokens.AGENCY, agency, lifetime=-60))
    assert refusal(COUNT) == FORGED


def test_an_expired_token_is_refused_for_a_person_as_well(riverbend):
    set_token(tokens.mint(tokens.PERSON, riverbend.coordinator.user_id, lifetime=-60), "app.person")
    assert (
        refusal("SELECT count(*) FROM tenancy_membership") == "app.person refused: the token is forged or has expired"
    )


def test_tests_that_move_the_date_do_not_move_the_clock_of_tokens(riverbend, at):
    at(factories.NOW.replace(year=2099))
    with agency_context(riverbend.agency):
        assert sql(COUNT) == [(1,)]
        assert sql(
            "SELECT split_part(current_setting('app.agency'), ':', 2)::bigint - extract(epoch FROM now()) BETWEEN 0 AND 3601"
        ) == [(True,)]


@COMMITTED
def test_while_keys_are_exchanged_tokens_of_both_are_good_and_later_only_of_the_new(keys_in_use, worlds):
    agency = worlds.riverbend.agency
    keys_in_use(OLD)
    minted_before = tokens.mint(tokens.AGENCY, agency.pk)
    keys_in_use(NEW, OLD)
    with agency_context(agency):
        assert sql(COUNT) == [(1,)]
        assert sql("SELECT current_setting('app.agency')") != [(minted_before,)]  # signed with the new key
        set_token(minted_before)
        assert sql(COUNT) == [(1,)]
    keys_in_use(NEW)
    with agency_context(agency):
        assert sql(COUNT) == [(1,)]
        set_token(minted_before)
        assert refusal(COUNT) == FORGED


@COMMITTED
def test_an_exchange_that_fails_leaves_the_keys_that_were_there(keys_in_use, worlds, settings):
    keys_in_use(OLD)
    settings.TENANCY_TOKEN_KEYS = [NEW, None]
    with pytest.raises(Exception, match='null value in column "k"'):
        after_migrate(using="owner")
    settings.TENANCY_TOKEN_KEYS = [OLD]
    with agency_context(worlds.riverbend.agency):
        assert sql(COUNT) == [(1,)]


@COMMITTED
def test_a_key_that_the_database_does_not_know_signs_nothing(worlds, settings):
    settings.TENANCY_TOKEN_KEYS = [NEW]
    with agency_context(worlds.riverbend.agency):
        assert refusal(COUNT) == FORGED


def test_another_session_of_the_same_role_sees_neither_statement_nor_token(riverbend):
    [(pid,)] = sql("SELECT pg_backend_pid()")
    with agency_context(riverbend.agency), another_session() as thief:
        assert sql(COUNT) == [(1,)]
        assert thief.execute("SELECT state, query FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone() == (
            "disabled",
            "",
        )


@pytest.mark.django_db(databases=["default", "owner"])
def test_even_where_statements_are_shown_the_token_is_not_among_them():
    """The owner's statements are shown, so there the second cure is seen alone: the server binds the token."""
    [agency, _] = factories.agencies()
    [(pid,)] = sql("SELECT pg_backend_pid()", using="owner")
    with agency_context(agency, using="owner"), another_session("owner") as other:
        [statement] = other.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone()
    assert statement.startswith("SELECT set_config($1, $2, true)")


def test_the_query_log_of_django_shows_no_token(riverbend):
    with (
        CaptureQueriesContext(connection) as log,
        person_context(riverbend.coordinator.user),
        agency_context(riverbend.agency),
    ):
        [(token,)] = sql("SELECT current_setting('app.agency')")
    assert token.startswith(f"a{riverbend.agency.pk}:")
    assert len(log) == 3
    assert [query for query in log if token in query["sql"] or "set_config" in query["sql"]] == []


@pytest.mark.django_db(databases=["default", "owner"])
def test_the_two_sides_of_the_signature_agree_and_python_never_sends_the_key(monkeypatch):
    sent = []

    class Watched(context.psycopg.Cursor):
        def execute(self, query, params=None, **kwargs):
            sent.append((query, params))
            return super().execute(query, params, **kwargs)

    monkeypatch.setattr(context.psycopg, "Cursor", Watched)
    [agency, _] = factories.agencies()
    with agency_context(agency):
        assert sql("SELECT app_sec.agency()") == [(agency.pk,)]
    assert len(sent) == 2  # open, and, inside the test's own transaction, close
    assert not any(
        key.decode() in str(sent) for key in [row[0] for row in sql("SELECT k FROM app_sec.key", using="owner")]
    )
    assert connections["default"].in_atomic_block


DECOYS = """
CREATE SCHEMA decoys;
CREATE FUNCTION decoys.taken() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE 'a decoy was taken'; END $$;
DO $$
DECLARE verifying text := pg_get_functiondef('app_sec.agency()'::regprocedure) || pg_get_functiondef('app_sec.person()'::regprocedure);
  each record;
BEGIN
  FOR each IN SELECT proname AS name, pg_get_function_identity_arguments(oid) AS taking, prorettype::regtype AS type FROM pg_proc p
              WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f' AND verifying ~ format('\\m%s\\M', proname)
                AND NOT EXISTS (SELECT FROM pg_type t WHERE typtype = 'p' AND t.oid = ANY (proargtypes || prorettype)) LOOP
    EXECUTE format('CREATE FUNCTION decoys.%I(%s) RETURNS %s LANGUAGE plpgsql AS $f$ BEGIN PERFORM decoys.taken(); END $f$',
                   each.name, each.taking, each.type);
  END LOOP;
  FOR each IN SELECT oid, oprname AS name, oprleft::regtype AS left, oprright::regtype AS right, oprresult::regtype AS type
              FROM pg_operator WHERE oprkind = 'b' AND position(oprname IN verifying) > 0
                AND oprleft = ANY ('{text,bytea,float8,timestamptz}'::regtype[]) AND oprright = oprleft LOOP
    EXECUTE format('CREATE FUNCTION decoys.op_%s(%s, %s) RETURNS %s LANGUAGE plpgsql AS $f$ BEGIN PERFORM decoys.taken(); END $f$',
                   each.oid, each.left, each.right, each.type);
    EXECUTE format('CREATE OPERATOR decoys.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = decoys.op_%s)',
                   each.name, each.left, each.right, each.oid);
  END LOOP;
END $$;
CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK (decoys.taken() IS NULL);
CREATE DOMAIN decoys.bytea AS pg_catalog.bytea CHECK (decoys.taken() IS NULL);
CREATE DOMAIN decoys.float8 AS pg_catalog.float8 CHECK (decoys.taken() IS NULL);
CREATE DOMAIN decoys.int8 AS pg_catalog.int8 CHECK (decoys.taken() IS NULL);
CREATE TABLE pg_temp.key (slot smallint, k pg_catalog.bytea);
INSERT INTO pg_temp.key VALUES (0, '');
ALTER FUNCTION app_sec.agency() COST 100;  -- so that this session compiles both anew
ALTER FUNCTION app_sec.person() COST 100;
SET LOCAL search_path = decoys, pg_temp, pg_catalog, public;
"""


@pytest.mark.django_db(databases=["default", "owner"])
def test_whatever_stands_before_the_names_that_verify_a_token_none_of_it_is_taken():
    """The app can make nothing; this is the owner, who may. Everything that the functions name has a namesake that is found first."""
    [agency, _] = factories.agencies()
    sql(DECOYS, using="owner")
    for bitten in ("SELECT split_part('a:b', ':', 1)", "SELECT 'a'::pg_catalog.text = 'a'", "SELECT 'a'::text"):
        assert refusal(bitten, using="owner") == "a decoy was taken"
    for setting, kind in (("agency", tokens.AGENCY), ("person", tokens.PERSON)):
        ask, tell = f"SELECT app_sec.{setting}()", "SELECT set_config(%s, %s, true)"
        assert refusal(ask, using="owner") == NO_AGENCY.replace("app.agency", f"app.{setting}")
        for token in (tokens.mint(kind, agency.pk, lifetime=-1), f"{kind}{agency.pk}:1:{'0' * 64}"):
            sql(tell, [f"app.{setting}", token], using="owner")
            assert refusal(ask, using="owner") == FORGED.replace("app.agency", f"app.{setting}")
        sql(tell, [f"app.{setting}", tokens.mint(kind, agency.pk)], using="owner")
        assert sql(ask, using="owner") == [(agency.pk,)]


@pytest.mark.django_db(databases=["default", "owner"])
@pytest.mark.parametrize("mode", ["auto", "force_custom_plan"])
def test_plans_that_are_printed_show_no_key(mode):
    """Any session may have the plans of what it runs printed to itself, those inside functions of others too."""
    printed = []
    [agency, _] = factories.agencies()
    keys = ["".join(str(byte) for byte in key) for (key,) in sql("SELECT k FROM app_sec.key", using="owner")]
    with another_session() as session:
        session.add_notice_handler(lambda notice: printed.extend((notice.message_detail or "").split()))
        session.execute("SELECT set_config('app.agency', %s, false)", [tokens.mint(tokens.AGENCY, agency.pk)])
        session.execute("SELECT set_config('plan_cache_mode', %s, false)", [mode])
        session.execute("SET debug_print_plan = on")
        session.execute("SET client_min_messages = log")
        for _ in range(7):  # five of them with plans of their own
            assert session.execute("SELECT app_sec.agency()").fetchone() == (agency.pk,)
    sha256 = sql("SELECT 'sha256'::regproc::oid", using="owner")[0][0]
    plans = "".join(printed)  # without the spaces: lines are broken within numbers
    assert f":funcid{sha256}:" in plans  # what verifies was among them
    assert [key for key in keys if key in plans] == []
