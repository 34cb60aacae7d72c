"""The queue of what is sent: taken, sent or put off, given up, sent again. At least once: `id` tells a repetition.

Whoever takes a message counts the try and sets the next one before anything is sent, in a transaction of its own. So a worker that is
killed at any moment leaves a message that is tried again, and none is tried for ever.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet

from coordination.models import Fault, OutgoingMessage
from coordination.rules.outbox import TRIES, next_try
from tenancy.access import require
from tenancy.models import Membership
from tenancy.roles import may

log = structlog.get_logger(__name__)

SENT_KEPT, GIVEN_UP_KEPT = timedelta(days=30), timedelta(days=90)


class NotSent(Exception):
    """The other side did not take it."""

    def __init__(self, fault: Fault, status: int | None = None) -> None:
        super().__init__(fault)
        self.fault, self.status = fault, status


@transaction.atomic
def message_take(*, now: datetime, without: Collection[UUID] = ()) -> OutgoingMessage | None:
    """The message that has waited longest, for whoever asks and for nobody else until its next try; None when none is due.

    Messages of paused endpoints wait, those of endpoints `without` are passed over. One to a person who has left is dropped.
    """
    waiting = (
        OutgoingMessage.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("endpoint", "person__user")
        .filter(Q(endpoint=None) | Q(endpoint__paused_at=None), next_try_at__lte=now)
        .exclude(endpoint__in=without)
        .order_by("next_try_at", "pk")
    )
    while message := waiting.first():
        if message.person and not can_be_mailed(message.person):
            message.delete()
        elif message.attempts >= TRIES:  # whoever took it last never came back
            message_failed(message=message, fault=Fault.CUT_OFF, now=now)
        else:
            message.attempts += 1
            message.next_try_at = next_try(message.attempts, now)
            message.save(update_fields=["attempts", "next_try_at"])
            return message
    return None


def can_be_mailed(person: Membership) -> bool:
    """Whether somebody works here, signs in, and may read what is due."""
    return bool(person.is_active and person.user_id and may(person.role, "deadline.read"))


@transaction.atomic
def message_sent(*, message: OutgoingMessage, status: int | None = None, now: datetime) -> None:
    """The other side took it."""
    _unfinished(message).update(sent_at=now, next_try_at=None, fault="", status=status)


@transaction.atomic
def message_failed(*, message: OutgoingMessage, fault: str, status: int | None = None, now: datetime) -> None:
    """The other side did not take it: it is tried again when it was said to be, or given up after the last try."""
    if message.attempts < TRIES:
        _unfinished(message).update(fault=fault, status=status)
    elif _unfinished(message).update(fault=fault, status=status, given_up_at=now, next_try_at=None):
        log.warning("message_given_up")


def _unfinished(message: OutgoingMessage) -> QuerySet[OutgoingMessage]:
    return OutgoingMessage.objects.filter(pk=message.pk, sent_at=None, given_up_at=None)


@transaction.atomic
def messages_again(*, actor: Membership, messages: QuerySet[OutgoingMessage], now: datetime) -> int:
    """Try those of them that were given up from the beginning, under the same ids; how many."""
    require(actor, "outbox.write")
    return messages.filter(given_up_at__isnull=False).update(given_up_at=None, next_try_at=now, attempts=0)


@transaction.atomic
def messages_forget(*, now: datetime) -> int:
    """Remove what was sent or given up long ago; how many."""
    old = Q(sent_at__lt=now - SENT_KEPT) | Q(given_up_at__lt=now - GIVEN_UP_KEPT)
    return OutgoingMessage.objects.filter(old).delete()[0]
