"""Calls to other systems: signed, short, and never to a machine inside.

A receiver checks that `Careledger-Signature` is `v1=` and the HMAC-SHA256 of `<Careledger-Timestamp>.<body>` under the endpoint's
secret, that the timestamp is young, and by `Careledger-Event` whether it has the event already. Of its answer only the status is read.
"""

import hmac
import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Timer
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from coordination.models import Fault, Level, MessageKind, OutgoingMessage
from coordination.rules.outbox import is_outside
from coordination.services.outbox import NotSent
from tenancy.context import current_agency
from tenancy.links import from_outside, here
from tenancy.secrets import Unreadable, unseal

SECONDS, SECONDS_IN_ALL = 5, 12
"""For the other side to say anything; for the whole call, however slowly it speaks."""


@dataclass(frozen=True, slots=True)
class Call:
    """Everything that the call needs; no row is touched while it is made."""

    ident: str
    url: str
    sealed: bytes
    body: bytes


def call_of(message: OutgoingMessage) -> Call:
    """What is sent, in the context of its agency."""
    said: dict[str, Any] = {"id": str(message.pk), "agency": current_agency().slug, "event": "trial"}
    if message.kind == MessageKind.EVENT:
        told = message.payload
        said |= {
            "event": "deadline.alert",
            "kind": told["kind"],
            "deadline": told["deadline"],
            "level": Level(told["level"]).name.lower(),
            "due_at": told["due_at"],
            "link": from_outside(here("coordination:deadline", deadline=told["deadline"])),
        }
    body = json.dumps(said, separators=(",", ":")).encode()
    return Call(str(message.pk), message.endpoint.url, bytes(message.endpoint.secret), body)


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    return "v1=" + hmac.digest(secret, timestamp.encode() + b"." + body, "sha256").hex()


def call_send(call: Call, *, now: datetime) -> int:
    """Make the call; the status of success. NotSent with anything else: a redirection too is none."""
    try:
        secret = unseal(call.sealed)
    except Unreadable:
        raise NotSent(Fault.SEALED) from None
    parts = urlsplit(call.url)
    if parts.scheme != "https" and not settings.WEBHOOKS_ANYWHERE:
        raise NotSent(Fault.INSECURE)
    timestamp = str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Careledger",
        "Careledger-Event": call.ident,
        "Careledger-Timestamp": timestamp,
        "Careledger-Signature": signature(secret, timestamp, call.body),
    }
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with _faults(), _connected(parts.scheme, parts.hostname or "", parts.port) as connection:
        connection.request("POST", path, call.body, headers)
        status = connection.getresponse().status
    if not 200 <= status < 300:
        raise NotSent(Fault.ANSWER, status)
    return status


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except ssl.SSLCertVerificationError:
        raise NotSent(Fault.INSECURE) from None
    except TimeoutError:
        raise NotSent(Fault.TIMEOUT) from None
    except (HTTPException, OSError, ValueError):
        raise NotSent(Fault.UNREACHABLE) from None


@contextmanager
def _connected(scheme: str, host: str, port: int | None) -> Iterator[HTTPConnection]:
    """A connection to an address that was looked at: the name is resolved once, so that it cannot mean another one afterwards."""
    is_tls = scheme == "https"
    connection = (HTTPSConnection if is_tls else HTTPConnection)(host, port, timeout=SECONDS)
    connection.sock = _reached(_addresses(host, connection.port))
    took_too_long = []

    def cut_off() -> None:
        took_too_long.append(True)
        with suppress(OSError):
            socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)

    timer = Timer(SECONDS_IN_ALL, cut_off)
    timer.start()
    try:
        if is_tls:
            trusted = ssl.create_default_context()
            connection.sock = trusted.wrap_socket(connection.sock, server_hostname=host, do_handshake_on_connect=False)
            connection.sock.do_handshake()
        yield connection
    except (HTTPException, OSError, ValueError):
        if took_too_long:
            raise TimeoutError from None
        raise
    finally:
        timer.cancel()
        connection.close()


def _addresses(host: str, port: int) -> list[tuple[str, int]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotSent(Fault.NAME) from None
    addresses = [(str(each[4][0]), port) for each in found]
    if not settings.WEBHOOKS_ANYWHERE and not all(is_outside(address) for address, _port in addresses):
        raise NotSent(Fault.INSIDE)
    return addresses


def _reached(addresses: list[tuple[str, int]]) -> socket.socket:
    """The first of the addresses that answers."""
    *others, last = addresses
    for address in others:
        with suppress(OSError):
            return socket.create_connection(address, timeout=SECONDS)
    return socket.create_connection(last, timeout=SECONDS)
