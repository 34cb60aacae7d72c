"""A process that could see more than it may refuses to start, and says what is wrong."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from config.devstack import ROOT
from tenancy import startup
from tests.tenancy.support import database_urls

EVERY_ALIAS = pytest.mark.django_db(databases=["default", "owner", "system"])
PRODUCTION = {
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
    "TENANCY_TOKEN_KEYS": "00" * 32,
    "SEALING_KEYS": "11" * 32,
    "ALLOWED_HOSTS": "careledger.example.org",
    "DATABASE_URL": "postgres://careledger_app@db/careledger",
    "OWNER_DATABASE_URL": "postgres://careledger_owner@db/careledger",
    "SYSTEM_DATABASE_URL": "postgres://careledger_system@db/careledger",
    "CELERY_BROKER_URL": "redis://broker/0",
    "CACHE_URL": "redis://broker/1",
    "EMAIL_URL": "smtp+tls://user:password@mail:587",
    "DEFAULT_FROM_EMAIL": "careledger@example.org",
    "SITE_URL": "https://careledger.example.org",
}


def connect_as(role: str, alias: str = "default") -> None:
    """Connect the way Django does, signed in as `role`; the connection is closed again."""
    wrapper = connections["default"].copy(alias)
    wrapper.settings_dict = {**wrapper.settings_dict, "USER": role}
    try:
        wrapper.ensure_connection()
    except ImproperlyConfigured:
        assert wrapper.connection is None
        raise
    finally:
        wrapper.close()


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A process of its own, with nothing in its environment but what is given."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "XDG_RUNTIME_DIR", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=kept | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@EVERY_ALIAS
@pytest.mark.parametrize("alias", ["default", "system"])
@pytest.mark.parametrize(
    ("role", "fault"),
    [
        ("careledger_owner", "owns tables"),
        ("careledger_backup", "bypasses row security"),
        ("postgres", "is a superuser and bypasses row security and may create roles and may replicate and owns tables"),
    ],
)
def test_a_strong_role_is_refused_where_requests_are_served(role, fault, alias):
    with pytest.raises(ImproperlyConfigured) as refused:
        connect_as(role, alias)
    assert str(refused.value) == (
        f"the database connection “{alias}” signs in as {role}, which {fault}: "
        "use the roles of tenancy/sql/bootstrap.sql (see docs/tenancy.md)"
    )


@EVERY_ALIAS
def test_the_roles_that_serve_are_accepted_and_the_owner_s_own_connection_is_not_judged():
    connect_as("careledger_app")
    connect_as("careledger_system", "system")
    connect_as("careledger_owner", "owner")


@pytest.mark.parametrize("fault", startup.WORDS)
def test_every_single_strength_is_refused_by_its_name(fault):
    row = tuple(word == fault for word in startup.WORDS)
    cursor = SimpleNamespace(execute=lambda query: SimpleNamespace(fetchone=lambda: row))
    session = SimpleNamespace(cursor=lambda: _Entered(cursor))
    closed = []
    connection = SimpleNamespace(
        alias="default", connection=session, settings_dict={"USER": "mallory"}, close=lambda: closed.append(1)
    )
    with pytest.raises(ImproperlyConfigured, match=f"signs in as mallory, which {fault}: "):
        startup.refuse_strong_role(None, connection)
    assert closed == [1]


class _Entered:
    def __init__(self, value):
        self.value = value

    def __enter__(self):
        return self.value

    def __exit__(self, *error):
        return None


@pytest.mark.django_db
def test_the_web_process_does_not_start_as_the_owner():
    process = python(
        "-c",
        "import config.wsgi",
        DJANGO_SETTINGS_MODULE="config.settings.dev",
        **database_urls(DATABASE_URL="careledger_owner"),
    )
    assert process.returncode == 1
    assert "the database connection “default” signs in as careledger_owner, which owns tables" in process.stderr
    assert (
        python("-c", "import config.wsgi", DJANGO_SETTINGS_MODULE="config.settings.dev", **database_urls()).returncode
        == 0
    )


@pytest.mark.parametrize("missing", PRODUCTION)
def test_production_does_not_start_without(missing):
    environment = {name: value for name, value in PRODUCTION.items() if name != missing}
    process = python("manage.py", "check", DJANGO_SETTINGS_MODULE="config.settings.prod", **environment)
    assert process.returncode == 1
    assert (
        process.stderr.splitlines()[-1]
        == f"django.core.exceptions.ImproperlyConfigured: Set the {missing} environment variable"
    )


def test_production_starts_with_everything_named_and_django_has_nothing_to_warn_of():
    process = python(
        "manage.py",
        "check",
        "--deploy",
        "--fail-level",
        "WARNING",
        DJANGO_SETTINGS_MODULE="config.settings.prod",
        **PRODUCTION,
    )
    assert (process.returncode, process.stdout) == (0, "System check identified no issues (0 silenced).\n"), (
        process.stderr
    )


def test_development_needs_no_address_and_signs_in_as_the_application():
    process = python(
        "manage.py",
        "shell",
        "-v",
        "0",
        "-c",
        "from django.db import connection as c; c.ensure_connection();"
        " print(c.settings_dict['USER'], c.settings_dict['NAME'])",
    )
    assert (process.returncode, process.stdout) == (0, "careledger_app careledger\n"), process.stderr
