"""Running a month: decide every patient it is about, and store what changed."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from billing.models import Charge, ChargeRun, DecisionFinding, StoredDecision
from billing.rules import Decision, digest, to_json
from billing.selectors.decisions import latest_hashes
from billing.services.decisions import decide, rulebook
from tenancy.context import current_agency
from tenancy.models import Membership

BATCH = 2000


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


@transaction.atomic
def charge_run(*, month: date, now: datetime, run_by: Membership | None = None) -> RunReport:
    """Decide the month that begins on `month` for the agency in context.

    Safe to repeat: a patient whose decision is byte for byte the stored one gets no new version. Two runs of one month wait for
    each other. Patients who were decided before and have nothing left in the month are decided again, to an empty decision.
    """
    _one_at_a_time(month)
    stored = latest_hashes(month)
    decided = decide(None, month)
    if gone := stored.keys() - decided.keys():
        decided |= decide(gone, month)
    decisions = {patient: each.decision for patient, each in decided.items()}
    documents = {patient: to_json(decision) for patient, decision in decisions.items()}
    hashes = {patient: digest(document) for patient, document in documents.items()}
    changed = [patient for patient in decisions if stored.get(patient, (0, ""))[1] != hashes[patient]]
    run = ChargeRun(
        month=month,
        run_at=now,
        run_by=run_by,
        rulebook=rulebook().fingerprint,
        patients=len(decisions),
        changed=len(changed),
        minutes_logged=sum(log.minutes for each in decided.values() for log in each.facts.logs),
        minutes_counted=sum(
            entry.minutes for decision in decisions.values() for entry in decision.ledger if entry.bucket == "counted"
        ),
    )
    run.save()
    _store(
        run,
        {patient: decisions[patient] for patient in changed},
        [
            StoredDecision(
                run=run,
                patient_id=patient,
                month=month,
                version=stored.get(patient, (0, ""))[0] + 1,
                document=documents[patient],
                sha256=hashes[patient],
            )
            for patient in changed
        ],
    )
    units: dict[str, int] = {}
    for decision in decisions.values():
        for line in decision.lines:
            units[line.code] = units.get(line.code, 0) + line.units
    return RunReport(
        month, run.patients, run.changed, run.minutes_logged, run.minutes_counted, dict(sorted(units.items()))
    )


def _one_at_a_time(month: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"charge_run:{current_agency().pk}:{month}"]
        )


def _store(run: ChargeRun, decisions: dict[UUID, Decision], rows: list[StoredDecision]) -> None:
    stored = StoredDecision.objects.bulk_create(rows, batch_size=BATCH)
    Charge.objects.bulk_create(
        (
            Charge(
                decision=row,
                patient_id=row.patient_id,
                month=run.month,
                code=line.code,
                units=line.units,
                earliest=line.earliest,
                latest=line.latest,
                amount=line.amount,
            )
            for row in stored
            for line in decisions[row.patient_id].lines
        ),
        batch_size=BATCH,
    )
    DecisionFinding.objects.bulk_create(
        (
            DecisionFinding(
                decision=row, patient_id=row.patient_id, month=run.month, finding=finding.id, code=finding.code
            )
            for row in stored
            for finding in decisions[row.patient_id].findings
        ),
        batch_size=BATCH,
    )
