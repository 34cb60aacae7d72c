"""Who pays for a patient: payers, and the periods in which each covers them."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coordination.models.facts_version import marks_facts, marks_facts_of_all
from coordination.models.patient import Patient
from coordination.models.retractable import Retractable
from tenancy.models import TenantForeignKey, TenantModel


class PayerKind(models.TextChoices):
    MEDICARE_FFS = "medicare_ffs", _("Medicare, fee for service")
    MEDICARE_ADVANTAGE = "medicare_advantage", _("Medicare Advantage")
    MEDICAID = "medicaid", _("Medicaid")
    COMMERCIAL = "commercial", _("Commercial")
    OTHER = "other", _("Other")


class Payer(TenantModel):
    """An organization that pays. What it agreed to pay is a contract, which is billing's business.

    Closed when it is no longer to be chosen, never deleted: coverages and contracts of the past stay with it.
    """

    name = models.CharField(_("Name"), max_length=120)
    kind = models.CharField(_("Kind"), max_length=20, choices=PayerKind)
    identifier = models.CharField(_("Payer ID"), max_length=80, blank=True, help_text="by which claims name it")
    is_open = models.BooleanField(_("Offered for new coverages"), default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["agency", "name"], name="one_payer_of_a_name")]
        triggers = marks_facts_of_all()

    def __str__(self) -> str:
        return self.name


class PlanKind(models.TextChoices):
    """What kind of plan a coverage is; of Medicare, which part."""

    MEDICARE_A = "medicare_a", _("Medicare Part A")
    MEDICARE_B = "medicare_b", _("Medicare Part B")
    MEDICARE_AB = "medicare_ab", _("Medicare Parts A and B")
    MEDICARE_ADVANTAGE = "medicare_advantage", _("Medicare Advantage (Part C)")
    MEDICARE_D = "medicare_d", _("Medicare Part D")
    MEDIGAP = "medigap", _("Medicare supplement")
    MEDICAID_FFS = "medicaid_ffs", _("Medicaid, fee for service")
    MEDICAID_MANAGED = "medicaid_managed", _("Medicaid managed care")
    CHIP = "chip", _("CHIP")
    EXCHANGE = "exchange", _("Exchange plan (QHP)")
    EMPLOYER = "employer", _("Employer or group plan")
    OTHER = "other", _("Other")


class Coverage(Retractable):
    """A payer covers a patient from a first to a last day, both included; order 1 pays first."""

    patient = TenantForeignKey(Patient, on_delete=models.CASCADE, related_name="coverages")
    payer = TenantForeignKey(Payer, on_delete=models.PROTECT, related_name="coverages")
    plan_kind = models.CharField(max_length=20, choices=PlanKind)
    member_id = models.CharField(max_length=64, blank=True)
    from_day = models.DateField()
    to_day = models.DateField(null=True, blank=True)
    order = models.PositiveSmallIntegerField(default=1, help_text="1 pays first")
    is_qmb = models.BooleanField(
        default=False, help_text="qualified Medicare beneficiary: never billed for cost sharing"
    )
    verified_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    source_id = models.CharField(max_length=128, blank=True, help_text="the id in the system it was imported from")

    class Meta(Retractable.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "patient", "source_id"],
                condition=~Q(source_id=""),
                name="one_coverage_per_imported_source",
            ),
            models.CheckConstraint(
                condition=Q(to_day=None) | Q(to_day__gte=F("from_day")), name="coverage_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=Q(order__gte=1), name="coverage_order_from_1"),
        ]
        triggers = marks_facts()

    def __str__(self) -> str:
        return self.get_plan_kind_display()
