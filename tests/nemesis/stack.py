"""The whole product in a place of its own, each part killed and started again by itself: PostgreSQL, broker, cache, web, worker, beat.

The broker is a server apart from that of sessions, as in docker-compose.yml: losing it must not sign anybody out.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import redis

from bench.stack import free_port
from config import devstack
from tests.servers import a_postgresql

SECONDS_TO_RETURN = 60


@dataclass
class Part:
    """One process with its children. `is_ready` says whether it serves again, not only lives."""

    name: str
    command: list[str]
    env: dict[str, str]
    log: Path
    is_ready: Callable[[], bool]
    user: str | None = None
    process: "subprocess.Popen[bytes] | None" = None
    lost: Path | None = None
    began_at: int = 0

    def start(self) -> None:
        self.began_at = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                self.command, cwd=devstack.ROOT, env=self.env, stdout=out, stderr=subprocess.STDOUT, user=self.user
            )

    def has_said(self, words: str) -> bool:
        """Since it was started last, and it still lives."""
        said = self.log.read_text(errors="replace").encode()[self.began_at :].decode(errors="replace")
        return words in said and self.process is not None and self.process.poll() is None

    def family(self) -> list[int]:
        found = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False)
        return [self.process.pid, *map(int, found.stdout.split())]

    def kill(self, family: list[int], with_data: bool = False) -> float:
        """SIGKILL to all at once, and start it anew; the moment of the kill. With its data: what it kept on disk goes too."""
        at = time.time()
        for pid in family:
            _sigkill(pid)
        self.process.wait(20)
        if with_data:
            shutil.rmtree(self.lost)
        self.start()
        return at

    def end(self) -> None:
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT if self.user or self.name == "postgres" else signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            for pid in self.family():
                _sigkill(pid)


def _sigkill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@dataclass
class Stack:
    folder: Path
    sockets: Path
    port: int
    parts: dict[str, Part] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    """Parts that ended by themselves, and were started again as docker-compose.yml asks for (`restart: unless-stopped`)."""

    def superuser(self) -> psycopg.Connection[Any]:
        return psycopg.connect(host=str(self.sockets), user="postgres", dbname=devstack.DATABASE, autocommit=True)

    def red(self) -> list[str]:
        """Parts that do not serve. One that has ended is started."""
        for part in self.parts.values():
            if part.process is not None and part.process.poll() is not None:
                self.ended.append(part.name)
                part.start()
        return [name for name, part in self.parts.items() if not _holds(part.is_ready)]

    def await_return(self) -> float:
        """When every part serves again."""
        deadline = time.monotonic() + SECONDS_TO_RETURN
        while red := self.red():
            if time.monotonic() > deadline:
                raise RuntimeError(f"{', '.join(red)} did not return within {SECONDS_TO_RETURN} s: see {self.folder}")
            time.sleep(0.02)
        return time.time()


def _holds(what: Callable[[], bool]) -> bool:
    try:
        return what()
    except (OSError, psycopg.Error, redis.RedisError):
        return False


@contextmanager
def a_stack(folder: Path, interval: float) -> Iterator[Stack]:
    """Migrated, with the demonstration in it, and running. Sets this process's own environment for Django too."""
    with a_postgresql() as server:
        stack = Stack(folder, server.cluster, free_port())
        pg_ctl = [server.programs / "pg_ctl", "-D", server.cluster, "-m", "fast", "-w", "stop"]
        user = "pgserver" if os.geteuid() == 0 else None
        subprocess.run(pg_ctl, user=user, check=True, capture_output=True)
        os.environ |= {name: f"postgres://{role}@/{stack.sockets}/careledger" for name, role in devstack.ROLES.items()}
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "config.settings.dev",
            "CELERY_BROKER_URL": devstack.broker_url(folder / "broker.sock"),
            "CACHE_URL": f"unix://{folder / 'cache.sock'}",
            "SWEEP_SECONDS": str(interval),
            "PYTHONUNBUFFERED": "1",
        }
        for part in _parts(stack, server.programs, user):
            stack.parts[part.name] = part
        try:
            for name in ("postgres", "broker", "cache"):
                stack.parts[name].start()
            _await(stack.parts["postgres"], lambda: _is_up(stack))
            _make_database(stack)
            for name in ("web", "worker", "beat"):
                stack.parts[name].start()
            stack.await_return()
            yield stack
        finally:
            for part in reversed(stack.parts.values()):
                part.end()


def _parts(stack: Stack, programs: Path, user: str | None) -> Iterator[Part]:
    env = dict(os.environ)
    celery = [sys.executable, "-m", "celery", "-A", "config"]
    postgres = [str(programs / "postgres"), "-D", str(stack.sockets), "-k", str(stack.sockets), "-h", ""]
    yield Part(
        "postgres",
        [*postgres, "-c", "track_commit_timestamp=on", "-c", "recovery_init_sync_method=syncfs"],
        env | {"LC_ALL": "C"},
        stack.folder / "postgres.log",
        lambda: _is_up(stack),
        user,
    )
    for name in ("broker", "cache"):
        address, kept = stack.folder / f"{name}.sock", stack.folder / name
        kept.mkdir()
        command = devstack.valkey_command(address)
        command[command.index("--appendonly") + 1] = "yes"
        asks = redis.Redis(unix_socket_path=str(address), retry=None, socket_timeout=2)
        yield Part(
            name,
            [*command, "--dir", str(kept)],
            env,
            stack.folder / f"{name}.log",
            lambda asks=asks: bool(asks.ping()),
            lost=kept / "appendonlydir",
        )
    web = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{stack.port}", "--no-control-socket"]
    yield Part(
        "web",
        [
            *web,
            "--worker-class",
            "gthread",
            "--workers",
            "1",
            "--threads",
            "8",
            "--keep-alive",
            "60",
            "--log-level",
            "warning",
        ],
        env,
        stack.folder / "web.log",
        lambda: _answers(stack, "/readyz?exclude=broker&exclude=sweep"),
    )
    broker = redis.Redis(unix_socket_path=str(stack.folder / "broker.sock"), retry=None, socket_timeout=2)
    yield Part(
        "worker",
        [*celery, "worker", "--concurrency", "2", "--loglevel", "WARNING"],
        env,
        stack.folder / "worker.log",
        lambda: any(each["cmd"] == "brpop" for each in broker.client_list()),  # it waits for work
    )
    beat = [*celery, "beat", "--loglevel", "INFO", "--schedule", str(stack.folder / "schedule"), "--pidfile", ""]
    yield Part("beat", beat, env, stack.folder / "beat.log", lambda: stack.parts["beat"].has_said("beat: Starting"))


def _is_up(stack: Stack) -> bool:
    with psycopg.connect(host=str(stack.sockets), user="postgres", dbname="postgres", connect_timeout=2) as session:
        return session.execute("SELECT 1").fetchone() == (1,)


def _answers(stack: Stack, path: str) -> bool:
    straight = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with straight.open(f"http://127.0.0.1:{stack.port}{path}", timeout=5) as answer:
        return answer.status == 200


def _await(part: Part, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS_TO_RETURN
    while not _holds(holds):
        if part.process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{part.name} does not start: {part.log.read_text()[-2000:]}")
        time.sleep(0.02)


def _make_database(stack: Stack) -> None:
    with psycopg.connect(host=str(stack.sockets), user="postgres", dbname="postgres", autocommit=True) as superuser:
        superuser.execute(devstack.BOOTSTRAP.read_bytes())
        superuser.execute("CREATE DATABASE careledger OWNER careledger_owner")
        superuser.execute("REVOKE ALL ON DATABASE careledger FROM PUBLIC")
        superuser.execute(
            "GRANT CONNECT ON DATABASE careledger TO careledger_app, careledger_system, careledger_backup"
        )
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    from config import demo
    from tenancy import clock

    call_command("migrate", verbosity=0)
    demo.seed(clock.now())
    connections.close_all()
