"""Who vouches for a value of the rulebook that no source settles: from memory, or a convention."""

import pgtrigger
from django.db import models

from tenancy.models import LedgerRowModel, Membership, TenantForeignKey


class RuleSignOff(LedgerRowModel):
    """One statement about one value, named by its rule, its first day and a digest of what it says. The latest one stands.

    A value that says something else has another digest, and so waits for somebody again.
    """

    rule = models.CharField(max_length=120, help_text="its name, as decisions write it")
    since = models.DateField(help_text="first day of the version")
    digest = models.CharField(max_length=64, help_text="of the value and its words")
    number = models.PositiveSmallIntegerField(help_text="of the statements about this value, from 1")
    is_taken_back = models.BooleanField(default=False)
    note = models.CharField(max_length=300, blank=True)
    signed_by = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()

    class Meta(LedgerRowModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "rule", "since", "digest", "number"], name="statements_about_a_value_are_numbered"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="rule_sign_off_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.rule} of {self.since}"
