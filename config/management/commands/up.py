"""`make run`: the whole product on this machine, from nothing. Database, broker, web, worker and beat start and stop together."""

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from honcho.manager import Manager

from config import demo, devstack
from tenancy import clock

HOST = "127.0.0.1"
SECONDS_TO_ANSWER = 60


class Command(BaseCommand):
    help = (
        "Run Careledger on this machine: embedded PostgreSQL and Valkey, web, worker and beat. Ctrl-C stops all of it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))

    def handle(self, *, port: int, **options: Any) -> None:
        started = time.monotonic()
        self._refuse_taken(port)
        environment = {**os.environ, **devstack.database_urls(), "PYTHONUNBUFFERED": "1"}
        self._prepare()
        manager = Manager()
        manager.add_process("valkey", _shell(devstack.valkey_command()), env=environment)
        manager.add_process(
            "web",
            _shell(
                [
                    sys.executable,
                    "-m",
                    "gunicorn",
                    "config.wsgi",
                    "--bind",
                    f"{HOST}:{port}",
                    "--worker-class",
                    "gthread",
                    "--workers",
                    "1",
                    "--threads",
                    "8",
                    "--log-level",
                    "warning",
                    "--no-control-socket",
                ]
            ),
            env=environment,
        )
        celery = [sys.executable, "-m", "celery", "--quiet", "-A", "config"]
        manager.add_process(
            "worker", _shell([*celery, "worker", "--concurrency", "1", "--loglevel", "warning"]), env=environment
        )
        manager.add_process(
            "beat",
            _shell([*celery, "beat", "--loglevel", "warning", "--schedule", str(devstack.DEV / "beat")]),
            env=environment,
        )
        threading.Thread(target=self._announce, args=(port, started), daemon=True).start()
        manager.loop()
        sys.exit(0 if manager.returncode in (0, None, 130, 143) else manager.returncode)

    def _refuse_taken(self, port: int) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                raise CommandError(
                    f"port {port} on {HOST} is taken: stop what listens there, or choose another with "
                    "`make run PORT=8001`"
                ) from None

    def _prepare(self) -> None:
        """Migrate if something is new; make the demonstration if there is nobody."""
        executor = MigrationExecutor(connections["owner"])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write("preparing the database ...")
            call_command("migrate", verbosity=0)
        demo.seed(clock.now())
        connections.close_all()

    def _announce(self, port: int, started: float) -> None:
        url = f"http://{HOST}:{port}/"
        deadline = started + SECONDS_TO_ANSWER
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(url, timeout=2)
            except OSError:
                time.sleep(0.2)
                continue
            self.stdout.write(f"\nCareledger is up after {time.monotonic() - started:.1f} s: {url}\n\nSign in as")
            for email, role, agency in demo.logins():
                self.stdout.write(f"  {email:<24} {role}, {agency}")
            self.stdout.write(f"with the password {demo.PASSWORD}. Ctrl-C stops everything.\n")
            return
        self.stderr.write(f"the web process did not answer on {url} within {SECONDS_TO_ANSWER} s: see the lines above")


def _shell(command: list[str]) -> str:
    return "exec " + subprocess.list2cmdline(command)
