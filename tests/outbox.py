"""Makes what is due and what is sent, for tests (tests/factories.py makes the rest)."""

from datetime import UTC, date, datetime
from itertools import count
from types import SimpleNamespace
from typing import Any

from coordination.models import Deadline, DeadlineKind, Fault, MessageKind, OutgoingMessage, WebhookEndpoint
from coordination.rules.deadlines import end_of
from tenancy.models import uuid7
from tenancy.secrets import seal

NOW = datetime(2026, 11, 16, 22, 0, tzinfo=UTC)
_numbers = count(1)


def a_deadline(world: SimpleNamespace, on: date, kind: str = DeadlineKind.CONTACT, **more: Any) -> Deadline:
    """Due by the end of a day of the world's agency, for its patient and nobody in particular."""
    facts = {"about": uuid7(), "patient": world.patient, "due_at": end_of(on, world.agency.zone)} | more
    return Deadline.objects.create(kind=kind, due_on=on, **facts)


def an_endpoint(world: SimpleNamespace, url: str = "https://example.org/hook", secret: str = "hush") -> WebhookEndpoint:
    return WebhookEndpoint.objects.create(url=url, secret=seal(secret.encode()), added_by=world.admin, added_at=NOW)


def a_message(**more: Any) -> OutgoingMessage:
    """A trial that waits to be sent."""
    facts = {"kind": MessageKind.TRIAL, "key": f"trial:{next(_numbers)}", "written_at": NOW, "next_try_at": NOW} | more
    return OutgoingMessage.objects.create(**facts)


def one_of_each(world: SimpleNamespace) -> tuple[WebhookEndpoint, OutgoingMessage]:
    """An endpoint, and a mail that was given up, as a message to the endpoint was."""
    endpoint = an_endpoint(world, f"https://{world.mark.lower()}.example.org/hook")
    given_up = {"next_try_at": None, "given_up_at": NOW, "fault": Fault.TIMEOUT}
    a_message(endpoint=endpoint, **given_up)
    return endpoint, a_message(kind=MessageKind.DIGEST, person=world.coordinator, **given_up)
