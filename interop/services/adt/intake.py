"""Taking messages in: what the web address, the MLLP port and the command share.

Each message is taken in a transaction of its own and answered; one that breaks changes nothing and holds none of the others up. A
message that was taken before is answered as taken, and changes nothing.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import DatabaseError, OperationalError, transaction

from interop.codecs.adt import MERGES, AdtFacts, event_of, read_facts
from interop.codecs.adt_ack import OURS, ack
from interop.codecs.hl7v2 import Cut, Fault, Hl7Refused, Message, cut, read
from interop.models import AdtMessage, AdtSource
from interop.services.adt.kept import as_json
from interop.services.adt.merges import merge_heard
from interop.services.adt.stays import hold_source, stay_heard
from tenancy.context import agency_context
from tenancy.models import Agency
from tenancy.secrets import seal

log = structlog.get_logger(__name__)
TRIES = 3
AGAIN = "send the same message again: nothing of it was stored; if this comes again, tell whoever runs the product"


@dataclass(frozen=True)
class Answer:
    """What one message is answered with. `reason` and `words`: of one that was not taken; `is_known`: taken before."""

    code: str
    reason: str
    text: str
    words: str = ""
    is_known: bool = False


class SourceClosed(Exception):
    """The source takes no messages any more."""


def messages_take(content: bytes, *, agency: Agency, source: AdtSource, now: datetime) -> Iterator[Answer]:
    """Take every message of the content, in order; an answer for each, and one more for a batch that came incomplete."""
    if not source.is_open:
        raise SourceClosed
    found: Cut = cut(content)
    for each in found.messages or (content,):
        yield _taken(each, agency, source, now)
    for fault in found.faults:
        text = ack("AE", [fault], message=None, control_id=_number(content), at=now)
        yield Answer("AE", fault.reason, text, str(fault))


def answers_text(answers: Sequence[Answer], now: datetime) -> str:
    """One answer as it is; several as a batch."""
    if len(answers) == 1:
        return answers[0].text
    head = f"BHS|^~\\&|{OURS}||||{now:%Y%m%d%H%M%S%z}\r"
    return head + "".join(each.text for each in answers) + f"BTS|{len(answers)}\r"


def _taken(content: bytes, agency: Agency, source: AdtSource, now: datetime) -> Answer:
    for tries_left in reversed(range(TRIES)):
        try:
            with agency_context(agency), transaction.atomic():
                return _one(content, source, now)
        except OperationalError:  # a deadlock with somebody who merges two records, or a database that was away
            if not tries_left:
                return _broken(content, now)
        except (DatabaseError, ValueError, TypeError, LookupError, ArithmeticError, AssertionError):
            return _broken(content, now)
    raise AssertionError


def _broken(content: bytes, now: datetime) -> Answer:
    """A fault of ours: the sender keeps the message and sends it again, so that it is not lost."""
    log.exception("adt_message_failed")
    fault = Fault("internal", 207, "MSH", 0, AGAIN, "not taken for a fault here")
    try:
        message = read(content)
    except Hl7Refused:
        message = None
    text = ack("AE", [fault], message=message, control_id=_number(content), at=now)
    return Answer("AE", fault.reason, text, str(fault))


def _one(content: bytes, source: AdtSource, now: datetime) -> Answer:
    digest = hashlib.sha256(content).hexdigest()
    known = AdtMessage.objects.filter(source=source, digest=digest).first()
    message: Message | None = None
    event, facts = "", ()
    try:
        message = read(content)
        event = event_of(message)[:3]
        facts = read_facts(message, source.zone, takes_tests=source.takes_tests)
        code, reason, faults = "AA", "", [note for each in facts[:1] for note in each.notes]
    except Hl7Refused as told:
        code, reason, faults = told.answer, told.faults[0].reason, list(told.faults)
    is_known = known is not None and known.answer == "AA"
    if not is_known:
        _kept(content, digest, known, source, now, code=code, reason=reason, event=event, facts=facts)
    text = ack(code, faults, message=message, control_id=_number(content), at=now, warnings=code == "AA")
    words = "; ".join(map(str, faults)) if reason else ""
    return Answer(code, reason, text, words, is_known and code == "AA")


def _kept(
    content: bytes,
    digest: str,
    known: AdtMessage | None,
    source: AdtSource,
    now: datetime,
    *,
    code: str,
    reason: str,
    event: str,
    facts: tuple[AdtFacts, ...],
) -> None:
    """Store the message, sealed, and let what it says be heard. One that was refused before is judged anew."""
    row = known or AdtMessage(source=source, digest=digest)
    row.received_at, row.content = now, seal(content)
    row.answer, row.reason, row.event = code, reason, event
    row.facts = [as_json(each) for each in facts] or None
    if known is None:
        # The same message sent twice at once: the second waits here for the first, and is one with it.
        AdtMessage.objects.bulk_create([row], ignore_conflicts=True)
        row = AdtMessage.objects.select_for_update().get(source=source, digest=digest)
    else:
        row.save()
    hold_source(source, alone=event in MERGES)
    for each in facts:
        if each.event in MERGES:
            merge_heard(source, each, now)
        elif each.is_about_a_stay:
            stay_heard(source, row, each, now)


def _number(content: bytes) -> str:
    """The id of an answer: the same for the same message."""
    return hashlib.sha256(b"answer" + content).hexdigest()[:20].upper()
