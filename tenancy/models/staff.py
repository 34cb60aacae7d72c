"""What is known of the people of an agency beside their place in it: licences, and invitations to sign in."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tenancy.models.base import TenantForeignKey, TenantModel
from tenancy.models.people import Discipline, Membership

LICENSED = [each for each in Discipline if each not in (Discipline.NONE, Discipline.FRONT_DESK)]


class Licence(TenantModel):
    """The right to work in a discipline in one state, from one day to another."""

    person = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="licences")
    kind = models.CharField(_("Licence"), max_length=20, choices=[(each.value, each.label) for each in LICENSED])
    state = models.CharField(_("State"), max_length=2)
    number = models.CharField(_("Number"), max_length=40)
    valid_from = models.DateField(_("From"))
    valid_to = models.DateField(_("To"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "kind", "state", "number", "valid_from"], name="one_licence_per_number_and_start"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="licence_ends_after_it_begins"
            ),
        ]


class Invitation(TenantModel):
    """A link, sent to an address, with which a person takes their place. The link's secret is kept only as a hash."""

    person = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField()
    token_hash = models.CharField(max_length=64)
    invited_by = TenantForeignKey(
        Membership,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        help_text="empty for an agency's first administrator, whom an operator invites",
    )
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "token_hash"], name="one_invitation_per_link"),
            models.UniqueConstraint(
                fields=["agency", "person"],
                condition=Q(accepted_at=None, withdrawn_at=None),
                name="one_open_invitation_per_person",
            ),
            models.UniqueConstraint(
                fields=["agency", "email"],
                condition=Q(accepted_at=None, withdrawn_at=None),
                name="one_open_invitation_per_address",
            ),
        ]
