"""Running a month: decide every patient it is about, and store what changed."""

from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from billing.models import Charge, ChargeRun, DecisionFinding, StoredDecision
from billing.rules import Decision, digest, from_json, outcome, to_json
from billing.selectors.decisions import latest_documents, latest_hashes
from billing.services.decisions import Decided, decide, rulebook
from coordination.rules.months import month_of
from coordination.selectors.months import everybody
from tenancy.context import current_agency
from tenancy.models import Membership

BATCH = 2000
PATIENTS_AT_ONCE = 5_000
"""Decided and held in memory together; a month of a large agency is some ten batches."""


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
    """What the batches of a run come to."""

    patients: int = 0
    changed: int = 0
    minutes_logged: int = 0
    minutes_counted: int = 0
    units: Counter[str] = field(default_factory=Counter)

    def add(self, batch: Collection[Decided], changed: int) -> None:
        self.patients += len(batch)
        self.changed += changed
        for each in batch:
            self.minutes_logged += each.logged
            self.minutes_counted += sum(entry.minutes for entry in each.decision.ledger if entry.bucket == "counted")
            for line in each.decision.lines:
                self.units[line.code] += line.units


@transaction.atomic
def charge_run(*, month: date, now: datetime, run_by: Membership | None = None) -> RunReport:
    """Decide the month that begins on `month` for the agency in context.

    Safe to repeat: a patient whose decision says what the stored one says gets no new version. Two runs of one month wait for each
    other. Patients who were decided before and have nothing left in the month are decided again, to an empty decision.
    """
    _one_at_a_time(month)
    stored = latest_hashes(month)
    patients = sorted({*everybody(*month_of(month)), *stored})
    run = ChargeRun(month=month, run_at=now, run_by=run_by, rulebook=rulebook().fingerprint)
    tally = Tally()
    for start in range(0, len(patients), PATIENTS_AT_ONCE):
        decided = decide(patients[start : start + PATIENTS_AT_ONCE], month)
        tally.add(decided.values(), _store_changed(run, decided, stored))
    run.patients, run.changed = tally.patients, tally.changed
    run.minutes_logged, run.minutes_counted = tally.minutes_logged, tally.minutes_counted
    # After its decisions, because a run is never updated: their keys are looked at when all is stored.
    run.save(force_insert=True)
    return RunReport(
        month, run.patients, run.changed, run.minutes_logged, run.minutes_counted, dict(sorted(tally.units.items()))
    )


def _one_at_a_time(month: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"charge_run:{current_agency().pk}:{month}"]
        )


def _store_changed(run: ChargeRun, decided: dict[UUID, Decided], stored: dict[UUID, tuple[int, str]]) -> int:
    """Add a version for each patient of a batch whose decision is new or says something else; returns how many."""
    documents = {patient: to_json(each.decision) for patient, each in decided.items()}
    hashes = {patient: digest(document) for patient, document in documents.items()}
    version, sha256 = 0, 1
    changed = {patient for patient in decided if stored.get(patient, (0, ""))[sha256] != hashes[patient]}
    for patient, document in latest_documents(changed & stored.keys(), run.month):
        if outcome(from_json(document)) == outcome(decided[patient].decision):
            changed.remove(patient)  # decided alike under another edition
    _store(
        {patient: decided[patient].decision for patient in changed},
        [
            StoredDecision(
                run=run,
                patient_id=patient,
                month=run.month,
                version=stored.get(patient, (0, ""))[version] + 1,
                document=documents[patient],
                sha256=hashes[patient],
            )
            for patient in sorted(changed)
        ],
    )
    return len(changed)


def _store(decisions: dict[UUID, Decision], rows: list[StoredDecision]) -> None:
    StoredDecision.objects.bulk_create(rows, batch_size=BATCH)
    Charge.objects.bulk_create(
        (
            Charge(
                decision=row,
                patient_id=row.patient_id,
                month=row.month,
                code=line.code,
                units=line.units,
                earliest=line.earliest,
                latest=line.latest,
                amount=line.amount,
            )
            for row in rows
            for line in decisions[row.patient_id].lines
        ),
        batch_size=BATCH,
    )
    DecisionFinding.objects.bulk_create(
        (
            DecisionFinding(
                decision=row, patient_id=row.patient_id, month=row.month, finding=finding.id, code=finding.code
            )
            for row in rows
            for finding in decisions[row.patient_id].findings
        ),
        batch_size=BATCH,
    )
