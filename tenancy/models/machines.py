"""Machines that work for an agency: no person, no session, one secret."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tenancy.models.base import TenantForeignKey, TenantModel
from tenancy.models.people import Membership


class ServiceToken(TenantModel):
    """By which a machine is known. Its secret was shown once, when it was made; only a hash is kept."""

    name = models.CharField(max_length=80)
    token_hash = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=40))
    made_by = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+", help_text="empty: a command"
    )
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    used_at = models.DateTimeField(null=True, blank=True, help_text="last, to within ten minutes")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "token_hash"], name="one_service_token_per_secret"),
            models.UniqueConstraint(
                fields=["agency", "name"],
                condition=Q(revoked_at=None),
                name="one_service_token_in_force_per_name",
                violation_error_message=_("A token of this name is in force: revoke it first, or take another name."),
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="service_token_expires"),
        ]

    def __str__(self) -> str:
        return self.name

    def is_in_force(self, now: datetime) -> bool:
        """Whether a machine that shows it is let in."""
        return self.revoked_at is None and self.expires_at > now
