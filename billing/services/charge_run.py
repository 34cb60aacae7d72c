"""Running a month: decide every patient it is about, chunk by chunk, and store what changed.

A run is begun once (`run_begin`), its chunks are decided in any order by anybody, each exactly once (`run_chunk`), and the last of
them closes it. Whatever is killed or clicked twice in between: what is stored in the end is the same.
"""

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from itertools import pairwise
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from billing.models import Charge, ChargeRun, RunChunk, StoredDecision
from billing.rules import Line, digest, from_json, outcome, to_json
from billing.selectors.decisions import latest_documents, latest_hashes
from billing.services.decisions import Decided, decide_each, rulebook
from coordination.rules.months import month_of
from coordination.selectors.months import every_nth_patient, everybody
from tenancy import access
from tenancy.bulk import insert_rows, literal
from tenancy.models import Membership

PATIENTS_AT_ONCE = 5_000
"""Of one chunk: decided and held in memory together. Each costs a message and a transaction (about 9 ms)."""

USED = ("counted", "included")
"""Buckets of minutes that a billed code used."""

IN_ORDER = attrgetter("int")
"""Of ids: as they order themselves, in a tenth of the time."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run did: patients decided and changed, minutes logged and counted, and units per code proposed now."""

    month: date
    patients: int
    changed: int
    minutes_logged: int
    minutes_counted: int
    units: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"month": f"{self.month:%Y-%m}"}


@dataclass(slots=True)
class Tally:
    """What decisions come to."""

    patients: int = 0
    changed: int = 0
    minutes_logged: int = 0
    minutes_counted: int = 0
    units: Counter[str] = field(default_factory=Counter)

    def count(self, decided: Decided) -> None:
        self.patients += 1
        self.minutes_logged += decided.logged
        self.minutes_counted += sum([entry.minutes for entry in decided.decision.ledger if entry.bucket in USED])
        for line in decided.decision.lines:
            self.units[line.code] += line.units

    def add(self, part: "Tally | RunChunk") -> None:
        for name in ("patients", "changed", "minutes_logged", "minutes_counted"):
            setattr(self, name, getattr(self, name) + getattr(part, name))
        self.units.update(part.units)

    def write_to(self, row: ChargeRun | RunChunk, now: datetime) -> None:
        for name in ("patients", "changed", "minutes_logged", "minutes_counted"):
            setattr(row, name, getattr(self, name))
        row.units, row.finished_at = dict(sorted(self.units.items())), now
        row.save()


class NewVersion(NamedTuple):
    """A decision to store, as far as its rows need it."""

    patient: UUID
    version: int
    document: str
    sha256: str
    findings: str
    finding_codes: str
    lines: tuple[Line, ...]


def charge_run(*, month: date, now: datetime, run_by: Membership | None = None) -> RunReport:
    """Run the month that begins on `month`, here and to its end. Safe to repeat.

    A run that was under way is finished first: it began before something that may have been logged since.
    """
    for _attempt in range(2):
        run, is_new = run_begin(month=month, now=now, run_by=run_by)
        for number in chunks_left(run):
            run_chunk(run=run.pk, number=number, now=now)
        if is_new:
            break
    run.refresh_from_db()
    return RunReport(month, run.patients, run.changed, run.minutes_logged, run.minutes_counted, run.units)


@transaction.atomic
def run_begin(*, month: date, now: datetime, run_by: Membership | None = None) -> tuple[ChargeRun, bool]:
    """The run of the month that begins on `month`, and whether it is new: asked for twice, the one under way is returned.

    Raises CapabilityRequired for a person who may not, ValidationError for a month that has no rules or has not begun.
    """
    if run_by is not None:
        access.require(run_by, "month.run")
    if month_of(month)[1] < rulebook().begins:
        raise ValidationError({"month": _("The rulebook says nothing about this month: it begins later.")})
    try:
        with transaction.atomic():
            run = ChargeRun.objects.create(month=month, run_at=now, run_by=run_by, rulebook=rulebook().fingerprint)
    except IntegrityError:  # another one was under way, and may have ended since: the newest is the one that was met
        return ChargeRun.objects.filter(month=month).latest("pk"), False
    # Chunks cover every id there can be, so that nobody falls between them who comes while the run goes on.
    edges = [None, *every_nth_patient(PATIENTS_AT_ONCE), None]
    RunChunk.objects.bulk_create(
        RunChunk(run=run, number=number, first=first, behind=behind)
        for number, (first, behind) in enumerate(pairwise(edges), start=1)
    )
    return run, True


def chunks_left(run: ChargeRun) -> Iterator[int]:
    """The numbers of the chunks that nobody has finished."""
    return RunChunk.objects.filter(run=run, finished_at=None).order_by("number").values_list("number", flat=True)


@transaction.atomic
def run_chunk(*, run: UUID, number: int, now: datetime) -> None:
    """Decide one chunk and store what changed; the last one closes the run. Done before: nothing happens.

    Two at once wait for each other at the chunk's row. Patients who were decided before and have nothing left in the month are
    decided again, to an empty decision.
    """
    chunk = RunChunk.objects.select_for_update(of=("self",)).select_related("run").get(run=run, number=number)
    if chunk.finished_at:
        return
    part = {"ids_from": chunk.first, "ids_behind": chunk.behind}
    stored = latest_hashes(chunk.run.month, **part)
    patients = sorted({*everybody(*month_of(chunk.run.month), **part), *stored}, key=IN_ORDER)
    tally = Tally()
    with _no_search_for_cycles():
        for start in range(0, len(patients), PATIENTS_AT_ONCE):
            tally.add(_decide_and_store(chunk.run, patients[start : start + PATIENTS_AT_ONCE], stored))
    tally.write_to(chunk, now)
    _close(run, now)


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Facts and decisions are hundreds of thousands of small objects without a cycle; searching them took a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _close(run_pk: UUID, now: datetime) -> None:
    """If every chunk is finished: write the sum. Whoever holds the run's row sees all chunks that were finished before."""
    run = ChargeRun.objects.select_for_update().get(pk=run_pk)
    chunks = list(RunChunk.objects.filter(run=run))
    if any(chunk.finished_at is None for chunk in chunks):
        return
    total = Tally()
    for chunk in chunks:
        total.add(chunk)
    total.write_to(run, now)


def _decide_and_store(run: ChargeRun, patients: list[UUID], stored: dict[UUID, tuple[int, str]]) -> Tally:
    """Decide a batch, and add a version for each patient whose decision is new or says something else."""
    tally = Tally()
    rows: dict[UUID, NewVersion] = {}
    for patient, decided in decide_each(patients, run.month):
        tally.count(decided)
        decision = decided.decision
        document = to_json(decision)
        sha256 = digest(document)
        version, before = stored.get(patient, (0, ""))
        if sha256 != before:
            declared = [finding for finding in decision.findings if finding.role == "declared"]
            found, about = literal([each.id for each in declared]), literal([each.code for each in declared])
            rows[patient] = NewVersion(patient, version + 1, document, sha256, found, about, decision.lines)
    for patient, document in latest_documents(rows.keys() & stored.keys(), run.month):
        if outcome(from_json(document)) == outcome(from_json(rows[patient].document)):
            del rows[patient]  # decided alike under another edition
    _store(run, [rows[patient] for patient in sorted(rows, key=IN_ORDER)])
    tally.changed = len(rows)
    return tally


def _store(run: ChargeRun, rows: list[NewVersion]) -> None:
    """Decisions with their charges."""
    month = {"month": run.month}
    keys = dict(
        insert_rows(
            StoredDecision,
            ("patient_id", "version", "document", "sha256", "findings", "finding_codes"),
            (row[:6] for row in rows),
            same=month | {"run_id": run.pk},
            returning=("patient_id", "id"),
        )
    )
    insert_rows(
        Charge,
        ("decision_id", "number", "program", "code", "modifiers", "units", "earliest", "latest", "amount"),
        (
            (
                keys[row.patient],
                number,
                line.program,
                line.code,
                literal(line.modifiers),
                line.units,
                line.earliest,
                line.latest,
                line.amount,
            )
            for row in rows
            for number, line in enumerate(row.lines, start=1)
        ),
        same=month,
    )
