"""Every test database holds two agencies. Tests log in to PostgreSQL as the application's role; only flushing is the owner's."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import django.test
import pytest
from django.db import connections
from django.test import Client
from django.test.utils import setup_databases, teardown_databases

from tenancy import clock
from tests import factories

django.test.TransactionTestCase.databases = {"default", "owner", "system"}
django.test.TestCase.databases = {"default"}


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker, django_db_keepdb) -> Iterator[None]:
    """One database, made by its owner. The stock fixture would leave `default` on the real database (docs/tenancy.md)."""
    with django_db_blocker.unblock():
        old = setup_databases(
            0, False, aliases={"default", "owner", "system"}, serialized_aliases=set(), keepdb=django_db_keepdb
        )
        for alias, user in (("default", "careledger_app"), ("system", "careledger_system")):
            settings = connections[alias].settings_dict
            assert settings["NAME"].startswith("test_") and settings["USER"] == user, settings
        factories.agencies()
    yield
    with django_db_blocker.unblock():
        for alias in ("default", "system"):
            connections[alias].close()
        if not django_db_keepdb:
            teardown_databases(old, 0)


@pytest.fixture
def worlds(db) -> SimpleNamespace:
    """Both agencies, each with people and one enrolled patient: `worlds.riverbend`, `worlds.harbor`."""
    return factories.worlds()


@pytest.fixture
def riverbend(worlds) -> SimpleNamespace:
    return worlds.riverbend


@pytest.fixture
def harbor(worlds) -> SimpleNamespace:
    return worlds.harbor


@pytest.fixture
def one_of_each(worlds) -> None:
    """Both agencies also have one of every noun that an address names."""
    for world in (worlds.riverbend, worlds.harbor):
        factories.one_of_each(world)


@pytest.fixture
def signed_in():
    """A browserless client signed in as a member: `signed_in(world.coordinator)`."""

    def sign_in(membership) -> Client:
        client = Client()
        client.force_login(membership.user)
        return client

    return sign_in


@pytest.fixture(autouse=True)
def at(monkeypatch):
    """The time stands at 2026-11-16 22:00 UTC (a Monday, 15:00 in Denver); `at(datetime)` moves it. Tokens keep real time."""

    def move(moment: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: moment)

    move(factories.NOW)
    return move


@pytest.fixture
def real_data() -> Path:
    folder = Path(os.environ["REAL_DATA_DIR"])
    assert folder.is_dir(), f"REAL_DATA_DIR={folder} is no folder"
    return folder
