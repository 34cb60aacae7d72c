"""Production on this machine: the commands and the environment of docker-compose.yml, a cluster made by the image's own script."""

import os
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from ruamel.yaml import YAML

from config import devstack
from tests.servers import a_postgresql
from tests.tenancy.support import wait_until
from tests.workers import a_broker, end

ROOT = devstack.ROOT
COMPOSE = YAML(typ="safe").load((ROOT / "docker-compose.yml").read_text())
SECRETS = {
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
    "TENANCY_TOKEN_KEYS": "5a" * 32,
    "SEALING_KEYS": "a5" * 32,
    "ALLOWED_HOSTS": "careledger.example.org",
    "EMAIL_URL": "smtp+tls://user:password@mail.invalid:587",
    "DEFAULT_FROM_EMAIL": "careledger@example.org",
    "SITE_URL": "https://careledger.example.org",
    "METRICS_TOKEN": "a token for the one who measures",
    **{f"{role}_PASSWORD": f"{role.lower()}-secret" for role in ("POSTGRES", "OWNER", "APP", "SYSTEM", "BACKUP")},
}


def interpolated(text: str) -> str:
    """As compose fills `${NAME:?}` and `${NAME:-default}` from its env file."""
    return re.sub(r"\$\{(\w+):(?:\?|-([^}]*))\}", lambda found: SECRETS.get(found[1], found[2] or ""), str(text))


@dataclass
class Production:
    folder: Path
    sockets: str
    broker: str
    port: int = 0
    settings: str = "config.settings.prod"
    logs: dict[str, Path] = field(default_factory=dict)

    def environment(self, service: str) -> dict[str, str]:
        """The service's own, with this machine's sockets for the addresses of the network inside."""
        told = {name: interpolated(value) for name, value in COMPOSE["services"][service]["environment"].items()}
        for name, value in told.items():
            value = value.replace("@db:5432/", f"@/{self.sockets}/")
            value = value.replace("redis://broker:6379/0", self.broker)
            told[name] = value.replace("redis://cache:6379/0", self.broker.replace("redis+socket", "unix"))
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return kept | told | {"DJANGO_SETTINGS_MODULE": self.settings, "TMPDIR": str(self.folder)}

    def command(self, service: str) -> list[str]:
        program, *rest = COMPOSE["services"][service]["command"]
        start = [sys.executable] if program == "python" else [sys.executable, "-m", program]
        here = ["--bind", f"127.0.0.1:{self.port}"] if service == "web" else []
        return [*start, *here, *(part.replace("/tmp/", f"{self.folder}/") for part in rest)]

    def run(self, *arguments: str, service: str = "migrate", **changes: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment(service) | changes,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    @contextmanager
    def started(self, service: str) -> Iterator["subprocess.Popen[bytes]"]:
        log = self.logs[service] = self.folder / f"{service}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                self.command(service),
                cwd=ROOT,
                env=self.environment(service) | {"PYTHONUNBUFFERED": "1"},
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        try:
            yield process
        finally:
            end(process)

    def ask(self, path: str, method: str = "GET", data: bytes | None = None, **headers: str) -> tuple[int, str, Any]:
        """Status, body and headers, straight from the web process; nothing is followed."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, method=method)
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay)
        try:
            with opener.open(request, timeout=30) as answer:
                return answer.status, answer.read().decode(), answer.headers
        except urllib.request.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode(), refused.headers

    def answers(self) -> bool:
        try:
            return self.ask("/livez")[0] == 200
        except OSError:
            return False


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


@contextmanager
def a_cluster() -> Iterator[tuple[str, Path]]:
    """A PostgreSQL initialised by deploy/init-database.sh, that asks every role but its superuser for the password.

    The folder of its sockets, and its log.
    """
    told = {name: interpolated(value) for name, value in COMPOSE["services"]["db"]["environment"].items()}
    with a_postgresql() as server:
        with psycopg.connect(server.uri, autocommit=True) as superuser:
            superuser.execute("CREATE DATABASE careledger")
            subprocess.run(
                [ROOT / "deploy" / "init-database.sh"],
                env=told
                | {"PATH": os.pathsep.join([str(server.programs), *os.get_exec_path()])}
                | {"PGHOST": server.sockets, "POSTGRES_USER": "postgres", "BOOTSTRAP_SQL": str(devstack.BOOTSTRAP)},
                check=True,
            )
            (server.cluster / "pg_hba.conf").write_text("local all postgres trust\nlocal all all scram-sha-256\n")
            superuser.execute("SELECT pg_reload_conf()")
        yield server.sockets, server.cluster / "log"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


__all__ = [
    "COMPOSE",
    "ROOT",
    "SECRETS",
    "Production",
    "a_broker",
    "a_cluster",
    "free_port",
    "interpolated",
    "wait_until",
]
