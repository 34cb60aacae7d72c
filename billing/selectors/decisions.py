"""Decisions that runs have stored."""

from collections.abc import Collection, Iterable
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from billing.models import StoredDecision
from coordination.selectors.months import part_of_ids
from tenancy.queries import Given, kept


def latest_hashes(
    month: date, *, ids_from: UUID | None = None, ids_behind: UUID | None = None
) -> dict[UUID, tuple[int, str]]:
    """Per patient of a month (of a part of all ids): the newest stored version and its hash."""
    given = {"month": month, "ids_from": ids_from, "ids_behind": ids_behind}
    rows = _latest_hashes(ids_from is not None, ids_behind is not None, **given)
    return {patient: (version, sha256) for patient, version, sha256 in rows}


@kept
def _latest_hashes(is_begun: bool, is_ended: bool) -> QuerySet:
    return (
        StoredDecision.objects.filter(part_of_ids("patient", is_begun=is_begun, is_ended=is_ended))
        .filter(month=Given("month"))
        .order_by("patient_id", "-version")
        .distinct("patient_id")
        .values_list("patient_id", "version", "sha256")
    )


def latest_documents(patients: Collection[UUID], month: date) -> Iterable[tuple[UUID, str]]:
    """The newest stored document of each of these patients."""
    return (
        StoredDecision.objects.filter(month=month, patient__in=patients)
        .order_by("patient_id", "-version")
        .distinct("patient_id")
        .values_list("patient_id", "document")
    )


def latest_decision(patient: UUID, month: date) -> StoredDecision | None:
    """The newest stored decision for a patient's month, with its run."""
    return (
        StoredDecision.objects.select_related("run__run_by")
        .filter(patient=patient, month=month)
        .order_by("-version")
        .first()
    )
