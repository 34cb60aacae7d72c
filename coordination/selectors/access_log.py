"""Who looked: the access log of one patient, or of the whole agency."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from coordination.models import Patient
from tenancy.models import AccessLog

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """`action`: one of AccessAction; `person`: a membership; `since` and `until`: moments; `after`: the key of a page's last row."""

    action: str = ""
    person: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[AccessLog]
    next_after: int | None


def access_page(asked: Asked, patient: Patient | None = None) -> Page:
    """One page, newest first: about a patient, or about everybody."""
    found = accesses(asked, patient)
    if asked.after:
        found = found.filter(pk__lt=asked.after)
    rows = list(found[: PAGE_SIZE + 1])
    return Page(rows[:PAGE_SIZE], rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else None)


def accesses(asked: Asked, patient: Patient | None = None) -> QuerySet[AccessLog]:
    """Everything that was asked for, newest first; keys are in order of time."""
    found = AccessLog.objects.select_related("membership").order_by("-pk")
    if patient:
        found = found.filter(subject=patient.pk)
    if asked.action:
        found = found.filter(action=asked.action)
    if asked.person:
        found = found.filter(membership=asked.person)
    if asked.since:
        found = found.filter(at__gte=asked.since)
    if asked.until:
        found = found.filter(at__lt=asked.until)
    return found


def subjects(rows: list[AccessLog]) -> dict[UUID, Patient]:
    """The patients that rows are about; a subject that is no patient is the id of something else that was refused."""
    return Patient.objects.in_bulk({row.subject for row in rows if row.subject})
