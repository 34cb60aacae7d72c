"""What was brought in, when and by whom; files that wait to be confirmed; and which rows came from where."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tenancy.models import Membership, TenantForeignKey, TenantModel


class ImportKind(models.TextChoices):
    FHIR = "fhir", _("FHIR bundles")
    VISITS = "visits", _("Visits (CSV)")
    CLAIMS = "claims", _("Claims of others (CSV)")
    STAYS = "stays", _("Stays (CSV)")
    CARE_PERIODS = "care_periods", _("Care periods (CSV)")


class ImportState(models.TextChoices):
    WAITING = "waiting", _("waits to be confirmed")
    DONE = "done", _("done")
    DISCARDED = "discarded", _("discarded")
    EXPIRED = "expired", _("not confirmed in time")


class ImportRun(TenantModel):
    """One import: by a page, previewed first, or by a command. The report holds no value of any file, nor a file's name."""

    kind = models.CharField(max_length=20, choices=ImportKind)
    state = models.CharField(max_length=20, choices=ImportState)
    begun_at = models.DateTimeField()
    begun_by = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="empty: a command"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    expires_at = models.DateTimeField(null=True, blank=True, help_text="when what waits is forgotten")
    fingerprint = models.CharField(max_length=64, blank=True, help_text="of the changes that were previewed or made")
    totals = models.JSONField(default=dict, help_text="how many rows of each outcome")
    files = models.JSONField(default=list, help_text="the report of each file")
    form_key = models.UUIDField(null=True, blank=True, help_text="of the form that was sent: twice is once")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "form_key"], name="one_import_per_form"),
            models.CheckConstraint(
                condition=Q(state="waiting", ended_at=None) | (~Q(state="waiting") & Q(ended_at__isnull=False)),
                name="import_waits_or_has_ended",
            ),
            models.CheckConstraint(
                condition=~Q(state="waiting") | Q(expires_at__gt=F("begun_at")), name="waiting_import_expires"
            ),
        ]
        indexes = [models.Index(fields=["agency", "state", "expires_at"], name="import_run_by_expiry")]

    def __str__(self) -> str:
        return f"import of {self.begun_at:%Y-%m-%d}"

    @property
    def taken(self) -> int:
        """How many rows it brought or, while it waits, would bring; none once it was discarded."""
        return self._count("new", "updated")

    @property
    def left(self) -> int:
        """How many it leaves: here already, kept as they are here, or not taken."""
        return self._count("unchanged", "kept", "skipped")

    @property
    def failed(self) -> int:
        """How many faults keep files out."""
        return self._count("refused")

    def _count(self, *outcomes: str) -> int:
        if self.state not in (ImportState.WAITING, ImportState.DONE):
            return 0
        return sum(counts.get(outcome, 0) for counts in self.totals.values() for outcome in outcomes)

    @property
    def has_refused(self) -> bool:
        """Whether a file stayed out: a file goes in whole or not at all, so one fault in any of its rows is enough."""
        return any(outcomes.get("refused") for outcomes in self.totals.values())


class WaitingFile(TenantModel):
    """A file between preview and confirmation, with what its preview said: gone as soon as its import is no longer waiting."""

    id = models.BigAutoField(primary_key=True)
    run = TenantForeignKey(ImportRun, on_delete=models.CASCADE, related_name="waiting_files")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=255)
    content = models.BinaryField()
    report = models.JSONField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["agency", "run", "number"], name="one_waiting_file_of_a_number")]

    def __str__(self) -> str:
        return f"file {self.number}"


class ImportedRow(TenantModel):
    """Which row an import made for what in a source, and the version that it left.

    A row of a later version was changed here by a person, and a row that is gone was removed by one: imports leave both alone.
    """

    id = models.BigAutoField(primary_key=True)
    subject = models.UUIDField(help_text="the patient that the source meant, also after a merge into another")
    noun = models.CharField(max_length=40)
    source_id = models.CharField(max_length=128)
    row = models.UUIDField()
    version = models.PositiveIntegerField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "subject", "noun", "source_id"], name="one_imported_row_per_source"
            )
        ]

    def __str__(self) -> str:
        return f"{self.noun} {self.row}"
