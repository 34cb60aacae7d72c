"""A patient's part in a program, with the consent it rests on."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coordination.models.patient import Patient
from tenancy.models import Membership, TenantForeignKey, TenantModel


class Program(models.TextChoices):
    """Programs under which minutes are logged. The values are the rulebook's names."""

    CHRONIC_CARE = "chronic_care", _("Chronic care")


class ConsentKind(models.TextChoices):
    VERBAL = "verbal", _("verbal, documented here")
    WRITTEN = "written", _("written")


class Enrollment(TenantModel):
    """Consent, the facts a program requires once, and under whose name it is billed."""

    patient = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="enrollments")
    program = models.CharField(max_length=30, choices=Program)
    billing_practitioner = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    consent_on = models.DateField()
    consent_kind = models.CharField(max_length=10, choices=ConsentKind)
    consent_taken_by = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    revoked_on = models.DateField(null=True, blank=True)
    initiating_visit_on = models.DateField(null=True, blank=True)
    last_seen_on = models.DateField(null=True, blank=True)
    care_plan_on = models.DateField(null=True, blank=True)
    risk_attested_on = models.DateField(
        null=True,
        blank=True,
        help_text="a clinician judged: significant risk of death, acute exacerbation or functional decline",
    )
    version = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "patient", "program"],
                condition=Q(revoked_on=None),
                name="one_open_enrollment_per_program",
                violation_error_message=_("This patient is already enrolled in this program."),
            ),
            models.CheckConstraint(
                condition=Q(revoked_on=None) | Q(revoked_on__gte=F("consent_on")),
                name="consent_revoked_after_it_was_given",
            ),
        ]

    def __str__(self) -> str:
        return self.program
