"""The benchmark's own database, broker and servers, and the processor time that each of them has used."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from config import devstack

TICK = os.sysconf("SC_CLK_TCK")


def prepare_environment(database: str) -> Path:
    """Name the benchmark's database and broker before Django reads its settings; returns the broker's socket."""
    broker = Path(tempfile.mkdtemp(prefix="careledger-bench-")) / "valkey.sock"
    urls = {name: url.removesuffix(devstack.DATABASE) + database for name, url in devstack.database_urls().items()}
    os.environ |= urls | {
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "CELERY_BROKER_URL": devstack.broker_url(broker),
        "CACHE_URL": f"unix://{broker}",
        "PYTHONUNBUFFERED": "1",
    }
    return broker


def make_database(database: str, anew: bool) -> None:
    """Made by its owner, as test databases are; the first migration closes it to everybody else."""
    where = {
        "host": devstack.postgres_socket(),
        "user": devstack.ROLES["OWNER_DATABASE_URL"],
        "dbname": devstack.DATABASE,
    }
    with psycopg.connect(**where, autocommit=True) as owner:
        name = sql.Identifier(database)
        if anew:
            owner.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        if not owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            owner.execute(sql.SQL("CREATE DATABASE {}").format(name))


@contextmanager
def running(command: list[str], settings: str = "bench.settings") -> Iterator["subprocess.Popen[bytes]"]:
    """A process that ends with the block."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command,
            cwd=devstack.ROOT,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": settings},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        try:
            yield process
            if process.poll() is not None:
                said.seek(0)
                raise RuntimeError(f"{command[:4]} ended: {said.read().decode()[-2000:]}")
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def a_broker(address: Path) -> Iterator["subprocess.Popen[bytes]"]:
    try:
        with running(devstack.valkey_command(address)) as valkey:
            while not address.exists():
                time.sleep(0.05)
            yield valkey
    finally:
        shutil.rmtree(address.parent, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def a_server(application: str, settings: str, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Gunicorn as `make run` starts it: one process, threads."""
    command = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}", "--no-control-socket"]
    command += [
        "--worker-class",
        "gthread",
        "--workers",
        "1",
        "--threads",
        "4",
        "--keep-alive",
        "60",
        "--log-level",
        "warning",
    ]
    with running(command, settings) as server:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2)
            except urllib.error.HTTPError:
                break
            except OSError:
                if server.poll() is not None:
                    break
                time.sleep(0.1)
            else:
                break
        yield server


@contextmanager
def workers(many: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Celery with this many processes, once it is ready to work."""
    from config.celery import app

    command = [sys.executable, "-m", "celery", "--quiet", "-A", "config", "worker", "--loglevel", "warning"]
    command += ["--concurrency", str(many), "--without-gossip", "--without-mingle", "--without-heartbeat"]
    with running(command) as worker:
        while not app.control.ping(timeout=0.5):
            if worker.poll() is not None:
                break
        yield worker


def postgres() -> int:
    """The process of the server that everything here runs on."""
    return int((devstack.place() / "pg" / "postmaster.pid").read_text().split()[0])


def cpu_seconds(*roots: int) -> float:
    """User and system time of these processes, all below them, and those below them that have ended."""
    children: dict[int, list[int]] = {}
    used: dict[int, tuple[int, int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        pid = int(stat.parent.name)
        children.setdefault(int(fields[1]), []).append(pid)
        used[pid] = (int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14]))
    total, waiting = 0, list(roots)
    while waiting:
        pid = waiting.pop()
        total += sum(used.get(pid, (0, 0)))
        waiting += children.get(pid, [])
    return total / TICK
