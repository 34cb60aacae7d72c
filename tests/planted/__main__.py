"""`make planted-faults`: builds each fault of the list into the product, and sees a test fail for it.

Nothing of the checkout is touched: sources are changed in a copy, databases are copies on a server of their own. The last line says
how many faults were caught; the exit code is 1 when one was missed.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from config import devstack
from tests.planted.faults import FAULTS, InDatabase, InSource
from tests.servers import a_postgresql

DATABASE, CLEAN = "test_planted", "planted_clean"
OF_THE_CHECKOUT = shutil.ignore_patterns(
    ".git", ".dev", ".venv*", ".*_cache", "__pycache__", "staticfiles", ".hypothesis"
)
FAILED = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", re.M)


@dataclass
class Place:
    """A copy of the checkout, and a server of its own."""

    tree: Path
    sockets: str

    def superuser(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(host=self.sockets, user="postgres", dbname=database, autocommit=True)

    def run(self, tests: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        urls = {name: f"postgres://{role}@/{self.sockets}/planted" for name, role in devstack.ROLES.items()}
        options = ("-x", "-q", "-p", "no:cacheprovider", "--reuse-db", "-rfE", "--tb=no")
        return subprocess.run(
            [sys.executable, "-m", "pytest", *options, *tests],
            cwd=self.tree,
            env={**os.environ, **urls, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    def fresh_database(self) -> None:
        with self.superuser() as session:
            session.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
            session.execute(f"CREATE DATABASE {DATABASE} TEMPLATE {CLEAN} OWNER careledger_owner")
            session.execute(f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC")  # a copy does not inherit these
            session.execute(
                f"GRANT CONNECT ON DATABASE {DATABASE} TO careledger_app, careledger_system, careledger_backup"
            )


@contextmanager
def a_place() -> Iterator[Place]:
    tree = Path(tempfile.mkdtemp(prefix="careledger-planted-")) / "careledger"
    try:
        shutil.copytree(devstack.ROOT, tree, ignore=OF_THE_CHECKOUT)
        with a_postgresql() as server:
            with psycopg.connect(server.uri, autocommit=True) as superuser:
                superuser.execute(devstack.BOOTSTRAP.read_bytes())
            yield Place(tree, server.sockets)
    finally:
        shutil.rmtree(tree.parent)


def sound(place: Place, faults: Sequence[InDatabase | InSource]) -> bool:
    """Without a fault every test passes; the database they leave is the one that faults are built into."""
    chosen = {fault.tests for fault in faults}
    whole = sorted({each for tests in chosen if "-k" not in tests for each in tests})
    for tests in (whole, *sorted(tests for tests in chosen if "-k" in tests)):
        run = place.run(tests)
        if run.returncode:
            print(run.stdout[-3000:], run.stderr[-3000:], "these tests fail before any fault is built in", sep="\n")
            return False
    with place.superuser() as session:
        session.execute(f"ALTER DATABASE {DATABASE} RENAME TO {CLEAN}")
    return True


def in_database(place: Place, fault: InDatabase) -> Callable[[], None]:
    """Build it in; returns what takes back its traces outside the database."""
    with place.superuser(DATABASE) as session:
        if not fault.superuser:
            session.execute("SET ROLE careledger_owner")
        session.execute(fault.statement)

    def undo() -> None:
        with place.superuser() as session:
            session.execute(fault.undo or "SELECT 1")

    return undo


def in_source(place: Place, fault: InSource) -> Callable[[], None]:
    file = place.tree / fault.file
    before = file.read_text()
    file.write_text(before.replace(fault.passage, fault.instead))
    return lambda: file.write_text(before) and None


def caught_by(place: Place, fault: InDatabase | InSource) -> str:
    """The first test that fails for it, or nothing."""
    place.fresh_database()
    undo = in_database(place, fault) if isinstance(fault, InDatabase) else in_source(place, fault)
    try:
        run = place.run(fault.tests)
    finally:
        undo()
    named = FAILED.findall(run.stdout)
    return named[0] if run.returncode == 1 and named else ""


def main(wanted: str = "") -> int:
    faults = [fault for fault in FAULTS if wanted in fault.name]
    if not faults:
        print(f"no fault is named like “{wanted}”")
        return 1
    started = time.monotonic()
    with a_place() as place:
        if not sound(place, faults):
            return 1
        print(f"without a fault all tests pass ({time.monotonic() - started:.0f} s)", flush=True)
        caught = 0
        for fault in faults:
            test = caught_by(place, fault)
            caught += bool(test)
            print(f"{'caught' if test else 'MISSED'}  {fault.name}{': ' if test else ''}{test}", flush=True)
    print(f"{time.monotonic() - started:.0f} s")
    print(f"{caught} of {len(faults)} caught")
    return 0 if caught == len(faults) > 0 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
