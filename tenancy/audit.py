"""Collects which patients a request read or exported, so that the middleware can write them to the access log in one statement."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from tenancy import clock
from tenancy.bulk import insert_rows
from tenancy.models import AccessAction, AccessLog, Membership

_reads: ContextVar[dict[UUID | None, AccessAction] | None] = ContextVar("reads", default=None)


@contextmanager
def collecting() -> Iterator[None]:
    """Collect what is read inside, for one request."""
    mark = _reads.set({})
    try:
        yield
    finally:
        _reads.reset(mark)


def note_reads(patients: Iterable[UUID]) -> None:
    """Remember that these patients' data was read. Outside a request (commands, tasks) nobody reads, and nothing is kept."""
    if (reads := _reads.get()) is not None:
        for patient in patients:
            reads.setdefault(patient, AccessAction.READ)


def note_export(patient: UUID | None) -> None:
    """Remember that what is known about a patient (None: the agency's own records) left as a file. That includes reading it."""
    if (reads := _reads.get()) is not None:
        reads[patient] = AccessAction.EXPORTED


def write_reads(membership: Membership, route: str) -> None:
    """Write what was collected, in the request's own transaction."""
    if reads := _reads.get():
        now = clock.now()
        rows = ((now, membership.pk, action, route, subject) for subject, action in reads.items())
        insert_rows(AccessLog, ("at", "membership_id", "action", "route", "subject"), rows)


def write_refusal(membership: Membership, route: str, subject: UUID | None) -> None:
    """Write that `subject` (or a whole route) was refused."""
    AccessLog.objects.create(
        at=clock.now(), membership=membership, action=AccessAction.REFUSED, route=route, subject=subject
    )
