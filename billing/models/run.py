"""A month that was run: one canonical decision per patient, with the money in rows and the findings in columns for lists.

What is finished never changes. Running again adds a new version for a patient whose decision changed, and nothing for the others.
"""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from coordination.models import Patient
from tenancy.models import AgencyField, LedgerRowModel, Membership, TenantForeignKey, TenantModel


def _append_only(name: str) -> list[pgtrigger.Protect]:
    return [pgtrigger.Protect(name=name, operation=pgtrigger.Update | pgtrigger.Delete)]


def _kept_once_finished(name: str) -> list[pgtrigger.Protect]:
    """Progress is written while the work goes on; what is finished stays as it is."""
    return [
        pgtrigger.Protect(
            name=f"{name}_is_never_changed",
            operation=pgtrigger.Update,
            condition=pgtrigger.Q(old__finished_at__isnull=False),
        ),
        pgtrigger.Protect(name=f"{name}_is_never_removed", operation=pgtrigger.Delete),
    ]


class ChargeRun(TenantModel):
    """One run over a month: which rules, who asked, and, once it is finished, what came of it.

    The patients of a month are divided into chunks; each is decided and stored in a transaction of its own, by any worker.
    """

    month = models.DateField(help_text="first day of the month")
    run_at = models.DateTimeField(help_text="when it was asked for")
    run_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    rulebook = models.CharField(max_length=64, help_text="fingerprint of the rulebook")
    finished_at = models.DateTimeField(null=True, blank=True)
    patients = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(
        default=0, help_text="patients whose decision is new or differs from the one before"
    )
    minutes_logged = models.PositiveIntegerField(default=0)
    minutes_counted = models.PositiveIntegerField(default=0)
    units = models.JSONField(default=dict, help_text="code -> units proposed")

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(month__day=1), name="run_month_is_its_first_day"),
            models.CheckConstraint(
                condition=Q(minutes_counted__lte=models.F("minutes_logged")), name="run_counts_no_more_than_was_logged"
            ),
            models.UniqueConstraint(
                fields=["agency", "month"], condition=Q(finished_at=None), name="one_run_of_a_month_at_a_time"
            ),
        ]
        indexes = [models.Index(fields=["agency", "month", "run_at"], name="run_by_month")]
        triggers = _kept_once_finished("charge_run")

    def __str__(self) -> str:
        return f"run of {self.month:%Y-%m}"


class RunChunk(TenantModel):
    """The patients of a run whose ids lie from `first` up to before `behind`; empty: from the beginning, to the end."""

    id = models.BigAutoField(primary_key=True)
    run = TenantForeignKey(ChargeRun, on_delete=models.PROTECT, related_name="chunks")
    number = models.PositiveIntegerField()
    first = models.UUIDField(null=True)
    behind = models.UUIDField(null=True)
    finished_at = models.DateTimeField(null=True)
    patients = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    minutes_logged = models.PositiveIntegerField(default=0)
    minutes_counted = models.PositiveIntegerField(default=0)
    units = models.JSONField(default=dict, help_text="code -> units proposed")

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["agency", "run", "number"], name="one_chunk_of_a_number")]
        triggers = _kept_once_finished("run_chunk")

    def __str__(self) -> str:
        return f"chunk {self.number}"


class Decided(LedgerRowModel):
    """A row that a run writes, one of tens of thousands: each key is a look-up at the end of its chunk, each index a page to write."""

    agency = AgencyField(db_constraint=False)  # the keys (agency, run) and (agency, decision) are of rows that have one

    class Meta(LedgerRowModel.Meta):
        abstract = True


class StoredDecision(Decided):
    """The engine's answer for a patient and month, byte for byte, with its hash."""

    run = TenantForeignKey(ChargeRun, on_delete=models.PROTECT, related_name="decisions")
    patient = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    version = models.PositiveIntegerField()
    document = models.TextField(help_text="canonical JSON (billing.rules.decision)")
    sha256 = models.CharField(max_length=64)
    findings = ArrayField(models.CharField(max_length=60), default=list, help_text="ids of those of declared tracks")
    finding_codes = ArrayField(models.CharField(max_length=8), default=list, help_text="the code each is about")

    class Meta(Decided.Meta):
        db_table = "billing_decision"
        constraints = [
            models.UniqueConstraint(fields=["agency", "patient", "month", "version"], name="one_decision_per_version"),
            models.CheckConstraint(
                condition=Q(findings__len=models.F("finding_codes__len")), name="each_finding_is_about_a_code"
            ),
        ]
        indexes = [models.Index(fields=["agency", "month", "patient", "-version"], name="decision_by_month")]
        triggers = _append_only("decision_is_append_only")

    @property
    def refused(self) -> list[str]:
        """The codes that something of a declared track stands against."""
        return sorted({code for code in self.finding_codes if code})


class Charge(Decided):
    """One proposed line of a decision, which says whose it is. A code can stand on several: of two programs, of several days."""

    decision = TenantForeignKey(StoredDecision, on_delete=models.PROTECT, related_name="charges")
    month = models.DateField()
    number = models.PositiveSmallIntegerField(default=1, help_text="of the line in its decision, from 1")
    program = models.CharField(max_length=30)
    code = models.CharField(max_length=8)
    modifiers = ArrayField(models.CharField(max_length=2), default=list)
    units = models.PositiveSmallIntegerField()
    earliest = models.DateField(help_text="first lawful date of service")
    latest = models.DateField(help_text="last lawful date of service")
    amount = models.DecimalField(max_digits=11, decimal_places=2, null=True)

    class Meta(Decided.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "decision", "number"], name="one_charge_per_line"),
            models.CheckConstraint(condition=Q(units__gte=1), name="charge_has_units"),
        ]
        triggers = _append_only("charge_is_append_only")
