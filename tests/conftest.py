"""Every test database holds two agencies. Tests log in to PostgreSQL as the application's role; only flushing is the owner's."""

import os
from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import django.test
import pytest
from django.db import connections, transaction
from django.test import Client
from django.test.utils import setup_databases, teardown_databases

from tenancy import clock
from tests import factories
from tests.plugin import commits

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


@pytest.fixture(scope="module")
def kept_worlds(request, django_db_setup, django_db_blocker) -> Iterator[SimpleNamespace | None]:
    """Made once for the tests of a module, in a transaction around them all: making them costs more than most tests. Each test meets
    them as they were made, because what it does is rolled back. None where a test commits: there each test makes its own."""
    if any(commits(item) for item in request.session.items if item.path == request.path):
        yield None
        return
    with django_db_blocker.unblock(), transaction.atomic():
        yield factories.worlds()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def kept_one_of_each(kept_worlds) -> SimpleNamespace | None:
    """The same worlds with one of every noun; tests/plugin.py puts those who ask for it behind those who do not."""
    return kept_worlds and _with_one_of_each(deepcopy(kept_worlds))


@pytest.fixture
def worlds(kept_worlds, db) -> SimpleNamespace:
    """Both agencies, each with people and one enrolled patient: `worlds.riverbend`, `worlds.harbor`."""
    return deepcopy(kept_worlds) or factories.worlds()


@pytest.fixture
def riverbend(worlds) -> SimpleNamespace:
    return worlds.riverbend


@pytest.fixture
def harbor(worlds) -> SimpleNamespace:
    return worlds.harbor


@pytest.fixture
def one_of_each(kept_one_of_each, worlds) -> None:
    """Both agencies also have one of every noun that an address names."""
    made = deepcopy(kept_one_of_each) or _with_one_of_each(worlds)
    for name, world in vars(made).items():
        vars(getattr(worlds, name)).update(vars(world))


def _with_one_of_each(worlds: SimpleNamespace) -> SimpleNamespace:
    for world in vars(worlds).values():
        factories.one_of_each(world)
    return worlds


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
