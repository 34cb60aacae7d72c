"""Listen for hospitals' messages by MLLP: `mllp_listen --port 2575 --token-file FILE`.

One source a process: the token says which, and is looked at anew for each message, so that one that is revoked takes nothing more.
MLLP has neither encryption nor sign-in of its own: the port is this machine's alone unless --host says otherwise, and what comes
from elsewhere comes through a tunnel (VPN, or TLS ended in front of it).
"""

import socketserver
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections, connections

from interop.access import source_of_token
from interop.codecs.hl7v2 import LARGEST_MESSAGE
from interop.services.adt.intake import SourceClosed, messages_take
from tenancy import clock
from tenancy.machines import TokenRefused

log = structlog.get_logger(__name__)
BEGIN, END = b"\x0b", b"\x1c"
LARGEST_FRAME = 2 * LARGEST_MESSAGE


class FrameTooLarge(Exception):
    """More came than a frame may hold: the connection is closed, since where the next one begins is not known."""


def frames(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """What stands between the signs of MLLP, whatever pieces it comes in; what is outside of them is nothing."""
    held = b""
    for chunk in chunks:
        held += chunk
        while END in held:
            frame, _, held = held.partition(END)
            if BEGIN in frame:
                yield frame.rpartition(BEGIN)[2]
        if len(held) > LARGEST_FRAME:
            raise FrameTooLarge


class Connection(socketserver.BaseRequestHandler):
    """One connection of a hospital's system: a frame in, its answer out, in order."""

    server: "Listener"

    def handle(self) -> None:
        try:
            for frame in frames(iter(lambda: self.request.recv(65536), b"")):
                for text in self.server.answers(frame):
                    self.request.sendall(BEGIN + text.encode() + END + b"\r")
        except (FrameTooLarge, ConnectionError):
            log.warning("mllp_connection_ended")
        except (TokenRefused, SourceClosed):
            # No answer: the sender keeps the message and tries again.
            log.warning("machine_refused")
        finally:
            connections.close_all()


class Listener(socketserver.ThreadingTCPServer):
    """A thread for each connection."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address: tuple[str, int], token: str) -> None:
        self.token = token
        super().__init__(address, Connection)

    def answers(self, frame: bytes) -> Iterator[str]:
        close_old_connections()
        now = clock.now()
        agency, source = source_of_token(self.token, now)
        for each in messages_take(frame, agency=agency, source=source, now=now):
            yield each.text


class Command(BaseCommand):
    help = "HL7 v2 ADT by MLLP, for one source; on this machine alone unless --host says otherwise."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, required=True)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--token-file", required=True, metavar="FILE", help="a file that holds the source's token")

    def handle(self, *args: Any, host: str, port: int, token_file: str, **options: Any) -> None:
        try:
            token = Path(token_file).read_text(encoding="utf-8").strip()
            _agency, source = source_of_token(token, clock.now())
        except (OSError, UnicodeDecodeError) as broken:
            raise CommandError(f"--token-file {token_file}: {broken}") from None
        except TokenRefused:
            raise CommandError(f"--token-file {token_file}: no source has this token, or it is not in force") from None
        try:
            listener = Listener((host, port), token)
        except OSError as broken:
            raise CommandError(f"{host}:{port}: {broken.strerror}: choose another port") from None
        with listener:
            self.stdout.write(f"{source.name}: listening on {host}:{listener.server_address[1]}")
            self.stdout.flush()
            try:
                listener.serve_forever()
            except KeyboardInterrupt:
                self.stdout.write("stopped")
