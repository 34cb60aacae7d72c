"""A month that was run: one canonical decision per patient, with the money and the findings in rows for lists.

All of it is append-only. Running again adds a new version for a patient whose decision changed, and nothing for the others.
"""

import pgtrigger
from django.db import models
from django.db.models import Q

from coordination.models import Patient
from tenancy.models import LedgerRowModel, Membership, TenantForeignKey, TenantModel


def _append_only(name: str) -> list[pgtrigger.Protect]:
    return [pgtrigger.Protect(name=name, operation=pgtrigger.Update | pgtrigger.Delete)]


class ChargeRun(TenantModel):
    """One run over a month: which rules, who asked, and what came of it (counts of patients, minutes)."""

    append_only = True

    month = models.DateField(help_text="first day of the month")
    run_at = models.DateTimeField()
    run_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    rulebook = models.CharField(max_length=64, help_text="fingerprint of the rulebook")
    patients = models.PositiveIntegerField()
    changed = models.PositiveIntegerField(help_text="patients whose decision is new or differs from the one before")
    minutes_logged = models.PositiveIntegerField()
    minutes_counted = models.PositiveIntegerField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(month__day=1), name="run_month_is_its_first_day"),
            models.CheckConstraint(
                condition=Q(minutes_counted__lte=models.F("minutes_logged")), name="run_counts_no_more_than_was_logged"
            ),
        ]
        indexes = [models.Index(fields=["agency", "month", "run_at"], name="run_by_month")]
        triggers = _append_only("charge_run_is_append_only")


class StoredDecision(LedgerRowModel):
    """The engine's answer for a patient and month, byte for byte, with its hash."""

    run = TenantForeignKey(ChargeRun, on_delete=models.PROTECT, related_name="decisions")
    patient = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    version = models.PositiveIntegerField()
    document = models.TextField(help_text="canonical JSON (billing.rules.decision)")
    sha256 = models.CharField(max_length=64)

    class Meta(LedgerRowModel.Meta):
        db_table = "billing_decision"
        constraints = [
            models.UniqueConstraint(fields=["agency", "patient", "month", "version"], name="one_decision_per_version")
        ]
        indexes = [models.Index(fields=["agency", "month", "patient", "-version"], name="decision_by_month")]
        triggers = _append_only("decision_is_append_only")


class Charge(LedgerRowModel):
    """One proposed line of a decision."""

    decision = TenantForeignKey(StoredDecision, on_delete=models.PROTECT, related_name="charges")
    patient = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    code = models.CharField(max_length=8)
    units = models.PositiveSmallIntegerField()
    earliest = models.DateField(help_text="first lawful date of service")
    latest = models.DateField(help_text="last lawful date of service")
    amount = models.DecimalField(max_digits=11, decimal_places=2, null=True)

    class Meta(LedgerRowModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "decision", "code"], name="one_charge_per_code"),
            models.CheckConstraint(condition=Q(units__gte=1), name="charge_has_units"),
        ]
        triggers = _append_only("charge_is_append_only")


class DecisionFinding(LedgerRowModel):
    """A finding of a decision, narrow, for lists and counts."""

    decision = TenantForeignKey(StoredDecision, on_delete=models.PROTECT, related_name="findings")
    patient = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    finding = models.CharField(max_length=60)
    code = models.CharField(max_length=8)

    class Meta(LedgerRowModel.Meta):
        indexes = [models.Index(fields=["agency", "month", "finding"], name="finding_by_month")]
        triggers = _append_only("finding_is_append_only")
