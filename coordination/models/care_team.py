"""Who takes care of a patient, inside the agency and outside, and what they planned."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coordination.models.patient import Patient
from coordination.models.retractable import Retractable
from tenancy.models import Membership, TenantForeignKey, TenantModel


class CareTeamRole(models.TextChoices):
    LEAD = "lead", _("Lead coordinator")
    COORDINATOR = "coordinator", _("Care coordinator")
    PRIMARY_CARE = "primary_care", _("Primary care")
    SPECIALIST = "specialist", _("Specialist")
    BEHAVIORAL_HEALTH = "behavioral_health", _("Behavioral health")
    PHARMACIST = "pharmacist", _("Pharmacist")
    COMMUNITY = "community", _("Community partner")
    FAMILY = "family", _("Family or friend")
    OTHER = "other", _("Other")


class CareTeamMember(Retractable):
    """A colleague (`member`) or somebody outside (`name`), in a role over a period."""

    patient = TenantForeignKey(Patient, on_delete=models.CASCADE, related_name="care_team")
    member = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=120, blank=True)
    organization = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    role = models.CharField(max_length=20, choices=CareTeamRole)
    from_day = models.DateField()
    to_day = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    source_id = models.CharField(max_length=128, blank=True, help_text="the id in the system it was imported from")

    class Meta(Retractable.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(to_day=None) | Q(to_day__gte=F("from_day")), name="care_team_place_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(member__isnull=False, name="") | (Q(member=None) & ~Q(name="")),
                name="care_team_names_a_colleague_or_somebody_outside",
            ),
            models.UniqueConstraint(
                fields=["agency", "patient"],
                condition=Q(role="lead", to_day=None, retracted_at=None),
                name="one_lead_coordinator_at_a_time",
                violation_error_message=_("This patient has a lead coordinator already: end that place first."),
            ),
            models.UniqueConstraint(
                fields=["agency", "patient", "source_id"],
                condition=~Q(source_id=""),
                name="one_care_team_place_per_imported_source",
            ),
        ]
        indexes = [models.Index(fields=["agency", "member", "role", "patient"], name="care_team_by_member")]

    def __str__(self) -> str:
        return self.get_role_display()


class CarePlan(TenantModel):
    """A plan of care as it stands: what it is about, since when, and when the patient got a copy."""

    patient = TenantForeignKey(Patient, on_delete=models.CASCADE, related_name="care_plans")
    title = models.CharField(max_length=200)
    text = models.TextField(max_length=8000, blank=True, help_text="problems, goals, interventions, who does what")
    from_day = models.DateField()
    to_day = models.DateField(null=True, blank=True)
    given_to_patient_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    source_id = models.CharField(max_length=128, blank=True, help_text="the id in the system it was imported from")

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(to_day=None) | Q(to_day__gte=F("from_day")), name="care_plan_ends_after_it_begins"
            ),
            models.UniqueConstraint(
                fields=["agency", "patient", "source_id"],
                condition=~Q(source_id=""),
                name="one_care_plan_per_imported_source",
            ),
        ]

    def __str__(self) -> str:
        return f"care plan of {self.from_day}"
