"""Every table, key, policy, view, function, role, trigger and grant of the database, held to the walls."""

import pytest
from django.apps import apps

from billing.services.charge_run import charge_run
from tenancy.context import agency_context
from tenancy.models import TenantModel
from tests.factories import MONTH, NOW
from tests.tenancy import catalog
from tests.tenancy.agreed import DOORS
from tests.tenancy.support import NO_AGENCY, contents, refusal, sql, tenant_models, tenant_tables

pytestmark = pytest.mark.django_db(databases=["default", "owner", "system"])


@pytest.mark.parametrize("check", catalog.CHECKS, ids=lambda check: check.__name__)
def test_the_database_has_no(check):
    assert check(catalog.reader("owner")) == []


def test_the_catalog_and_the_code_mean_the_same_tenant_tables():
    found = catalog._tenant_tables(catalog.reader("owner"))
    assert sorted(found) == tenant_tables()
    assert {model._meta.db_table for model in apps.get_models() if issubclass(model, TenantModel)} <= set(found)
    assert len(found) >= 19


def test_without_an_agency_no_tenant_table_with_rows_is_read_as_an_empty_one(worlds):
    for world in (worlds.riverbend, worlds.harbor):
        with agency_context(world.agency):
            charge_run(month=MONTH, now=NOW)
    owned = contents(worlds.riverbend.agency)
    filled = {table for table, rows in owned.items() if rows} - {"tenancy_membership"}
    assert len(filled) >= 14
    for table in filled:
        assert refusal(f'SELECT count(*) FROM "{table}"') == NO_AGENCY, table
    # Memberships ask for a person where no agency is chosen.
    assert refusal("SELECT count(*) FROM tenancy_membership") == NO_AGENCY.replace("app.agency", "app.person")


def test_the_system_role_reads_no_tenant_table_at_all_but_those_with_a_door():
    for table in sorted({*tenant_tables()} - DOORS.keys()):
        assert refusal(f'SELECT count(*) FROM "{table}"', using="system") == f"permission denied for table {table}"


def test_tests_sign_in_as_the_roles_that_serve_and_on_a_database_of_their_own():
    who = "SELECT current_user, session_user, current_database() LIKE 'test\\_%'"
    assert sql(who) == [("careledger_app", "careledger_app", True)]
    assert sql(who, using="system") == [("careledger_system", "careledger_system", True)]
    assert sql(who, using="owner") == [("careledger_owner", "careledger_owner", True)]


def test_row_security_binds_this_session_on_every_tenant_table():
    assert [table for table in tenant_tables() if not sql("SELECT row_security_active(%s)", [table])[0][0]] == []


def test_an_append_only_model_is_one_in_python_and_in_postgresql():
    by_name = {model._meta.db_table for model in tenant_models() if model.__name__.endswith("Event")}
    assert by_name <= catalog.append_only_tables()
    assert {
        "tenancy_accesslog",
        "billing_decision",
        "billing_charge",
        "tenancy_crossing",
    } <= catalog.append_only_tables()
