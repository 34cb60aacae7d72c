"""Real workers on a real broker, for the tests that are about them."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config import devstack
from tests.tenancy.support import database_urls, wait_until


@contextmanager
def a_broker() -> Iterator[str]:
    """The address of a Valkey of its own."""
    folder = Path(tempfile.mkdtemp(prefix="careledger-"))  # paths of sockets must stay short
    valkey = devstack.start_valkey(folder / "valkey.sock")
    try:
        wait_until((folder / "valkey.sock").exists, "the broker's socket")
        yield devstack.broker_url(folder / "valkey.sock")
    finally:
        end(valkey)
        shutil.rmtree(folder)


def environment(broker: str, **roles: str) -> dict[str, str]:
    """What the worker is told: the test database under its three names, and this broker."""
    return (
        os.environ
        | database_urls(**roles)
        | {"DJANGO_SETTINGS_MODULE": "config.settings.dev", "CELERY_BROKER_URL": broker, "PYTHONUNBUFFERED": "1"}
    )


def start_worker(log: Path, env: dict[str, str]) -> "subprocess.Popen[bytes]":
    with log.open("wb") as out:
        return subprocess.Popen(
            [
                sys.executable,
                "-m",
                "celery",
                "-A",
                "config.celery",
                "worker",
                "--concurrency=2",
                "--loglevel=INFO",
                "--without-gossip",
                "--without-mingle",
            ],
            cwd=devstack.ROOT,
            env=env,
            stdout=out,
            stderr=subprocess.STDOUT,
        )


def end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(20)


def lose(process: "subprocess.Popen[bytes]") -> None:
    """As when the machine goes: nothing is said, nothing is tidied up."""
    children = subprocess.run(
        ["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False
    ).stdout.split()
    for pid in (process.pid, *map(int, children)):
        os.kill(pid, signal.SIGKILL)
    process.wait(20)
