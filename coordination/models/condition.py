"""What a patient is treated for."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.models.facts_version import marks_facts
from coordination.models.patient import Patient
from coordination.models.retractable import Retractable
from tenancy.models import Membership, TenantForeignKey


class Condition(Retractable):
    """A diagnosis. Until a person confirms it, an imported one is a proposal and no rule counts it."""

    patient = TenantForeignKey(Patient, on_delete=models.CASCADE, related_name="conditions")
    icd10cm = models.CharField("ICD-10-CM", max_length=8, blank=True)
    text = models.CharField(max_length=255)
    onset = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    is_chronic = models.BooleanField(default=False, help_text="expected to last at least 12 months, or until death")
    expected_months = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="how long it is expected to last; empty: not judged"
    )
    confirmed_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    source_id = models.CharField(max_length=128, blank=True, help_text="the id in the system it was imported from")
    source_code = models.CharField(max_length=64, blank=True, help_text="system|code as imported")

    class Meta(Retractable.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "patient", "source_id"],
                condition=~Q(source_id=""),
                name="one_condition_per_imported_source",
            ),
            models.UniqueConstraint(
                fields=["agency", "patient", "icd10cm"],
                condition=~Q(icd10cm="") & Q(ended_on=None, retracted_at=None) & ~Q(confirmed_at=None),
                name="one_confirmed_condition_per_code",
                violation_error_message=_("This code is already on the patient's list."),
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | ~Q(icd10cm=""), name="confirmed_condition_has_a_code"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by=None)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="condition_confirmed_by_somebody_at_some_time",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(onset=None) | Q(ended_on__gte=models.F("onset")),
                name="condition_ends_after_its_onset",
            ),
        ]
        triggers = marks_facts()

    def __str__(self) -> str:
        return self.icd10cm or self.source_code
