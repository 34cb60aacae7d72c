"""Collects which patients a request read, so that the middleware can write them to the access log in one statement."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from tenancy import clock
from tenancy.models import AccessAction, AccessLog, Membership

_reads: ContextVar[dict[UUID, None] | None] = ContextVar("reads", default=None)


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
        reads.update(dict.fromkeys(patients))


def write_reads(membership: Membership, route: str) -> None:
    """Write what was collected, in the request's own transaction."""
    if reads := _reads.get():
        AccessLog.objects.bulk_create(_row(membership, AccessAction.READ, route, subject) for subject in reads)


def write_refusal(membership: Membership, route: str, subject: UUID | None) -> None:
    """Write that `subject` (or a whole route) was refused."""
    _row(membership, AccessAction.REFUSED, route, subject).save()


def _row(membership: Membership, action: AccessAction, route: str, subject: UUID | None) -> AccessLog:
    return AccessLog(at=clock.now(), membership=membership, action=action, route=route, subject=subject)
