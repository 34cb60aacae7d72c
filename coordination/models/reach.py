"""How and where a patient is reached, and who speaks for them."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coordination.models.patient import Patient
from tenancy.models import TenantForeignKey, TenantModel


class ContactPointKind(models.TextChoices):
    PHONE = "phone", _("Phone")
    SMS = "sms", _("Text messages")
    EMAIL = "email", _("E-mail")


class ContactPointUse(models.TextChoices):
    HOME = "home", _("home")
    MOBILE = "mobile", _("mobile")
    WORK = "work", _("work")
    OTHER = "other", _("other")


class ContactPoint(TenantModel):
    """A number or address with what is allowed there."""

    patient = TenantForeignKey(Patient, on_delete=models.CASCADE, related_name="contact_points")
    kind = models.CharField(max_length=10, choices=ContactPointKind)
    use = models.CharField(max_length=10, choices=ContactPointUse, default=ContactPointUse.OTHER)
    value = models.CharField(max_length=200)
    rank = models.PositiveSmallIntegerField(default=1, help_text="1 is tried first")
    may_leave_message = models.BooleanField(default=False)
    is_safe = models.BooleanField(default=True, help_text="nobody who must not know overhears or reads it")
    best_from = models.TimeField(null=True, blank=True, help_text="on the agency's clock")
    best_to = models.TimeField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "patient", "kind", "value"], name="one_contact_point_per_value"),
            models.CheckConstraint(
                condition=Q(best_from=None, best_to=None) | Q(best_to__gt=F("best_from")),
                name="best_hours_end_after_they_begin",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class PatientAddress(TenantModel):
    """Where a patient lives or gets mail, from a first to a last day."""

    patient = TenantForeignKey(Patient, on_delete=models.CASCADE, related_name="addresses")
    use = models.CharField(max_length=10, choices=ContactPointUse, default=ContactPointUse.HOME)
    lines = models.CharField(max_length=200, blank=True, help_text="street and house, empty where there is none")
    city = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=40, blank=True)
    postal_code = models.CharField(max_length=12, blank=True)
    from_day = models.DateField(null=True, blank=True)
    to_day = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(to_day=None) | Q(from_day=None) | Q(to_day__gte=F("from_day")),
                name="address_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        return self.get_use_display()


class ProxyRelation(models.TextChoices):
    SPOUSE = "spouse", _("Spouse or partner")
    PARENT = "parent", _("Parent")
    CHILD = "child", _("Child")
    SIBLING = "sibling", _("Sibling")
    CAREGIVER = "caregiver", _("Caregiver")
    GUARDIAN = "guardian", _("Legal guardian")
    POWER_OF_ATTORNEY = "power_of_attorney", _("Health care power of attorney")
    OTHER = "other", _("Other")


class Proxy(TenantModel):
    """Somebody who may be spoken to about the patient, or who decides for them."""

    patient = TenantForeignKey(Patient, on_delete=models.CASCADE, related_name="proxies")
    name = models.CharField(max_length=120)
    relation = models.CharField(max_length=20, choices=ProxyRelation)
    phone = models.CharField(max_length=40, blank=True)
    may_be_told = models.BooleanField(default=False, help_text="the patient allowed sharing health information")
    decides = models.BooleanField(default=False, help_text="may consent in the patient's place")
    from_day = models.DateField(null=True, blank=True)
    to_day = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        verbose_name_plural = "proxies"
        constraints = [
            models.CheckConstraint(
                condition=Q(to_day=None) | Q(from_day=None) | Q(to_day__gte=F("from_day")),
                name="proxy_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        return self.get_relation_display()


class IdentifierKind(models.TextChoices):
    OTHER_MRN = "mrn", _("MRN elsewhere")
    MEDICAID = "medicaid", _("Medicaid ID")
    STATE = "state", _("State ID")
    OTHER = "other", _("Other")


class PatientIdentifier(TenantModel):
    """A number by which another system or agency knows the patient."""

    patient = TenantForeignKey(Patient, on_delete=models.CASCADE, related_name="identifiers")
    kind = models.CharField(max_length=20, choices=IdentifierKind)
    value = models.CharField(max_length=64)
    assigner = models.CharField(max_length=120, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "kind", "value", "assigner"], name="one_patient_per_identifier")
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
