"""Reading the log of imports."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from interop.models import ImportRun

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Page:
    """Up to PAGE_SIZE imports; `next_after` is the key to ask for the next page with, or None on the last."""

    rows: list[ImportRun]
    next_after: UUID | None


def import_runs_page(*, kind: str = "", after: UUID | None = None) -> Page:
    """Imports, newest first (their keys are in order of time), of one kind or of all."""
    found = _runs().defer("files").order_by("-pk")
    if kind:
        found = found.filter(kind=kind)
    if after:
        found = found.filter(pk__lt=after)
    rows = list(found[: PAGE_SIZE + 1])
    return Page(rows[:PAGE_SIZE], rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else None)


def import_run_by_id(pk: UUID) -> ImportRun | None:
    return _runs().filter(pk=pk).first()


def _runs() -> QuerySet[ImportRun]:
    return ImportRun.objects.select_related("begun_by", "ended_by")
