"""Who looked at what, and who crossed agencies. Rows are added and never changed."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tenancy.models.base import AgencyField, LedgerRowModel, TenantForeignKey


class AccessAction(models.TextChoices):
    READ = "read", _("opened")
    EXPORTED = "exported", _("exported")
    REFUSED = "refused", _("was refused")


class AccessLog(LedgerRowModel):
    """One person reached, or was refused, one object. Ids and a route name only: no patient data."""

    agency = AgencyField(db_constraint=False)  # the key (agency, membership) is of a row that has one
    at = models.DateTimeField()
    membership = TenantForeignKey("tenancy.Membership", on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=10, choices=AccessAction)
    route = models.CharField(max_length=80)
    subject = models.UUIDField(null=True, help_text="the patient's id, or the id that was asked for and refused")

    class Meta(LedgerRowModel.Meta):
        indexes = [
            models.Index(fields=["agency", "subject", "at"], name="access_log_by_subject"),
            models.Index(fields=["agency", "at"], name="access_log_by_day"),
            models.Index(fields=["agency", "action", "id"], condition=~Q(action="read"), name="access_log_but_reads"),
        ]
        triggers = [pgtrigger.Protect(name="access_log_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]


class Crossing(models.Model):
    """One use of `all_agencies(reason=)`. Outside tenancy: the system role adds rows, nobody changes them."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(auto_now_add=True)
    reason = models.CharField(max_length=200)

    class Meta:
        triggers = [pgtrigger.Protect(name="crossing_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
