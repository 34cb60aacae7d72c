"""Files sent by a page: previewed, kept for a day behind the walls, then confirmed as previewed, discarded or forgotten.

They wait in the database and nowhere else: not on a disk, where another machine would not find them, and not in a session.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from interop.models import ImportRun, ImportState, WaitingFile
from interop.services.intake import Tried, kept_reports, take, try_out
from interop.services.reports import FileReport, Occasion, fingerprint_of, totals
from tenancy import access
from tenancy.context import current_agency
from tenancy.models import Membership

WAITS = timedelta(hours=24)


@transaction.atomic
def upload_preview(
    *, actor: Membership, kind: str, files: Sequence[tuple[str, bytes]], form_key: UUID, now: datetime
) -> ImportRun:
    """Keep files until they are confirmed, with what they would bring now. The same form sent twice is one upload."""
    access.require(actor, "patient.import")
    uploads_expire(now=now)
    if known := ImportRun.objects.filter(form_key=form_key).first():
        return known
    tried = try_out(kind, files, on=_occasion(actor, now))
    run = ImportRun(
        kind=kind,
        state=ImportState.WAITING,
        begun_at=now,
        begun_by=actor,
        expires_at=now + WAITS,
        form_key=form_key,
    )
    reports = _told(run, tried)
    # A second sending that arrives while the first is still being read waits here, and finds it.
    ImportRun.objects.bulk_create([run], ignore_conflicts=True)
    stored = ImportRun.objects.get(form_key=form_key)
    if stored.pk != run.pk:
        return stored
    WaitingFile.objects.bulk_create(
        WaitingFile(run=run, number=number, name=name[:255], content=content, report=report)
        for number, ((name, content), report) in enumerate(zip(files, reports, strict=True), 1)
    )
    return run


@transaction.atomic
def upload_confirm(*, actor: Membership, run: ImportRun, fingerprint: str, now: datetime) -> bool:
    """Do what was previewed. False, and a new preview, if it would no longer be what `fingerprint` showed.

    Confirmed twice it is done once; what is over stays as it is.
    """
    access.require(actor, "patient.import")
    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    if run.state != ImportState.WAITING or run.expires_at <= now:
        return True
    waiting = list(run.waiting_files.order_by("number"))
    files = [(each.name, bytes(each.content)) for each in waiting]
    taken: list[tuple[str, FileReport]] = []
    try:
        with transaction.atomic():
            taken = take(run.kind, files, on=_occasion(actor, now))
            if fingerprint_of(report for _, report in taken) != fingerprint:
                raise Tried
    except Tried:
        for each, report in zip(waiting, _told(run, taken), strict=True):
            each.report = report
        WaitingFile.objects.bulk_update(waiting, ["report"])
        run.save()
        return False
    _told(run, taken)
    _end(run, ImportState.DONE, now, actor)
    return True


@transaction.atomic
def upload_discard(*, actor: Membership, run: ImportRun, now: datetime) -> None:
    """Forget files that wait; what is over stays as it is."""
    access.require(actor, "patient.import")
    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    if run.state == ImportState.WAITING:
        _end(run, ImportState.DISCARDED, now, actor)


@transaction.atomic
def uploads_expire(*, now: datetime) -> int:
    """Forget files that nobody confirmed in time. Returns how many imports that were."""
    late = ImportRun.objects.select_for_update(skip_locked=True).filter(state=ImportState.WAITING, expires_at__lte=now)
    found = list(late)
    for run in found:
        _end(run, ImportState.EXPIRED, now, None)
    return len(found)


def _end(run: ImportRun, state: str, now: datetime, actor: Membership | None) -> None:
    run.state, run.ended_at, run.ended_by = state, now, actor
    run.save()
    run.waiting_files.all().delete()


def _told(run: ImportRun, taken: Sequence[tuple[str, FileReport]]) -> list[dict[str, Any]]:
    """Put into the run what its files bring, without values; returns the reports with them."""
    files = [report.as_json(file=name, people=report.people) for name, report in taken]
    run.fingerprint = fingerprint_of(report for _, report in taken)
    run.totals, run.files = totals(files), kept_reports(files)
    return files


def _occasion(actor: Membership, now: datetime) -> Occasion:
    return Occasion(now, current_agency().zone, actor)
