"""Two records of one person made one, and apart again."""

from django.db import models
from django.db.models import F, Q

from coordination.models.facts_version import marks_facts
from coordination.models.patient import Patient
from tenancy.models import Membership, TenantForeignKey, TenantModel


class PatientMerge(TenantModel):
    """`merged` went into `kept`. `moved` names every row that was moved and every field that was changed, so that it can be undone."""

    kept = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    merged = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    merged_by = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    merged_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    moved = models.JSONField(help_text="table -> ids that were moved; 'fields' -> values before of what was filled in")
    undone_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "merged"], condition=Q(undone_at=None), name="a_patient_is_merged_once"
            ),
            models.CheckConstraint(condition=~Q(kept=F("merged")), name="a_patient_is_not_merged_into_itself"),
        ]
        triggers = marks_facts("unnest(ARRAY[kept_id, merged_id])")

    def __str__(self) -> str:
        return f"merge of {self.merged_at:%Y-%m-%d}"
