"""Records that rules and lists rest on: one that was recorded by mistake is taken back and kept, with the reason."""

from django.db import models

from tenancy.models import TenantModel


class Retractable(TenantModel):
    """`retracted_at` says that nothing rests on it any more: whoever counts or lists such records asks for those without."""

    retracted_at = models.DateTimeField(null=True, blank=True)
    retracted_reason = models.CharField(max_length=200, blank=True)

    class Meta(TenantModel.Meta):
        abstract = True
