"""`make run`: the whole product on this machine, from nothing. Database, broker, web, worker and beat start and stop together."""

import errno
import fcntl
import os
import signal
import socket
import sys
import threading
import time
import urllib.request
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from config import demo, devstack
from config.processes import Processes
from tenancy import clock

HOST = "127.0.0.1"  # what is listened on: this machine alone
ANNOUNCED = "localhost"  # a name for it: browsers make no passkey for an address in figures
SECONDS_TO_ANSWER = 60
ROOT_WARNING = "You're running the worker with superuser privileges"  # Celery's; here the machine is one's own


class Command(BaseCommand):
    help = (
        "Run Careledger on this machine: embedded PostgreSQL and Valkey, web, worker and beat. Ctrl-C stops all of it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", default=os.environ.get("PORT", "8000"), help="1 to 65535; PORT, or 8000")

    def handle(self, *, port: int | str, **options: Any) -> None:
        started = time.monotonic()
        demo.refuse_production()
        _refuse_foreign_database()
        number = _port(str(port))
        with only_one_here():
            refuse_taken(number)
            sys.exit(self._run(number, started))

    def _run(self, port: int, started: float) -> int:
        for each in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(each) != signal.SIG_IGN:
                signal.signal(each, lambda number, _: sys.exit(128 + number))  # sign off from the database first
        site = {"SITE_URL": f"http://{ANNOUNCED}:{port}"}
        environment = {**os.environ, **devstack.database_urls(), **site, "PYTHONUNBUFFERED": "1"}
        if os.geteuid() == 0:
            environment["PYTHONWARNINGS"] = f"ignore:{ROOT_WARNING}"
        self._prepare()
        processes = Processes()
        for name, command in _commands(port).items():
            processes.add(name, command, environment)
        threading.Thread(target=self._announce, args=(port, started), daemon=True).start()
        return processes.run()

    def _prepare(self) -> None:
        """Migrate if something is new; make the demonstration if there is nobody."""
        executor = MigrationExecutor(connections["owner"])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write("preparing the database ...")
            call_command("migrate", verbosity=0)
        demo.seed(clock.now())
        connections.close_all()

    def _announce(self, port: int, started: float) -> None:
        url, asked = f"http://{ANNOUNCED}:{port}/", f"http://{HOST}:{port}/"
        straight = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline = started + SECONDS_TO_ANSWER
        while time.monotonic() < deadline:
            try:
                straight.open(asked, timeout=2)
            except OSError:
                time.sleep(0.2)
                continue
            self.stdout.write(f"\nCareledger is up after {time.monotonic() - started:.1f} s: {url}\n\nSign in as")
            for email, title, agency in demo.logins():
                self.stdout.write(f"  {email:<24} {title}, {agency}")
            self.stdout.write(f"with the password {demo.PASSWORD}. Ctrl-C stops everything.\n")
            return
        self.stderr.write(f"the web process did not answer on {url} within {SECONDS_TO_ANSWER} s: see the lines above")


def _commands(port: int) -> dict[str, list[str]]:
    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "config"]
    web = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"{HOST}:{port}"]
    return {
        "valkey": devstack.valkey_command(),
        "web": [
            *web,
            *[
                "--worker-class",
                "gthread",
                "--workers",
                "1",
                "--threads",
                "8",
                "--log-level",
                "warning",
                "--no-control-socket",
            ],
        ],
        "worker": [*celery, "worker", "--concurrency", "1", "--loglevel", "warning"],
        "beat": [*celery, "beat", "--loglevel", "warning", "--schedule", str(devstack.DEV / "beat")],
    }


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= 65535:
        return int(text)
    raise CommandError(f"PORT={text} is no port: give a number from 1 to 65535, such as `make run PORT=8001`")


def _refuse_foreign_database() -> None:
    """Migrations and published logins go only into the database that is served here."""
    if named := devstack.foreign_database_urls():
        raise CommandError(
            f"`up` brings its own database, and the environment names another: run `unset {' '.join(named)}`, then again"
        )


@contextmanager
def only_one_here() -> Iterator[None]:
    """Broker, beat's schedule and database belong to the checkout, so one product runs in it."""
    devstack.make_place()
    with (devstack.DEV / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError("this checkout already runs: stop it with Ctrl-C there, then start it here") from None
        yield


def refuse_taken(port: int) -> None:
    """Say it now, not when the web process has failed."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as refused:
            if refused.errno == errno.EADDRINUSE:
                what = f"port {port} on {HOST} is taken: stop what listens there, or choose another"
            else:
                what = f"port {port} on {HOST} cannot be used ({refused.strerror}): choose another"
            raise CommandError(f"{what} with `make run PORT=8001`") from None
