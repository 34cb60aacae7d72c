"""Starts the embedded PostgreSQL before Django reads its settings, so that tests use the real server as the real roles."""

import os
from itertools import groupby

import pytest

from config import devstack


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    if "DATABASE_URL" not in os.environ:
        os.environ |= devstack.database_urls()


def commits(item: pytest.Item) -> bool:
    """Whether the test is about what is committed; every other one is rolled back."""
    marker = item.get_closest_marker("django_db")
    return "transactional_db" in item.fixturenames or (marker is not None and marker.kwargs.get("transaction", False))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Third-party files are read where REAL_DATA_DIR points; without it those tests are left out, and the run says so.

    In a module, tests go by how much they find made (tests/conftest.py), so that none meets more than it asked for.
    """
    in_modules = [list(tests) for _, tests in groupby(items, key=lambda item: item.path)]
    items[:] = [item for tests in in_modules for item in sorted(tests, key=_made_before)]
    if os.environ.get("REAL_DATA_DIR"):
        return
    left_out = [item for item in items if item.get_closest_marker("real_data")]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
        config.stash[LEFT_OUT] = len(left_out)


def _made_before(item: pytest.Item) -> int:
    return sum(kept in item.fixturenames for kept in ("kept_worlds", "kept_one_of_each"))


LEFT_OUT = pytest.StashKey[int]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if count := config.stash.get(LEFT_OUT, 0):
        terminalreporter.write_line(f"left out: {count} tests on third-party files, because REAL_DATA_DIR is not set")
