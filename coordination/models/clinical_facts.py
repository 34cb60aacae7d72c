"""What happened to a patient that the rules ask about: visits, claims of others, stays, periods, judgements."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coordination.models.enrollment import Program
from coordination.models.facts_version import marks_facts
from coordination.models.patient import Patient
from coordination.models.retractable import Retractable
from tenancy.models import Membership, TenantForeignKey


class ClinicalFact(Retractable):
    """What every recorded fact carries: of whom, by whom, from where."""

    patient = TenantForeignKey(Patient, on_delete=models.CASCADE, related_name="%(class)ss")
    note = models.CharField(max_length=500, blank=True)
    recorded_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    source_id = models.CharField(
        max_length=128, blank=True, help_text="the id in the system or file it was imported from"
    )

    class Meta(Retractable.Meta):
        abstract = True


def _per_source(name: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(
        fields=["agency", "patient", "source_id"], condition=~Q(source_id=""), name=f"one_{name}_per_imported_source"
    )


def _in_order(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(to_day=None) | Q(to_day__gte=F("from_day")), name=f"{name}_ends_after_it_begins"
    )


class Complexity(models.TextChoices):
    """Medical decision making, as a practitioner judged it."""

    STRAIGHTFORWARD = "straightforward", _("straightforward")
    LOW = "low", _("low")
    MODERATE = "moderate", _("moderate")
    HIGH = "high", _("high")


class Visit(ClinicalFact):
    """A visit with a practitioner of the practice, or with one outside (`outside_practitioner`)."""

    on = models.DateField()
    code = models.CharField("CPT or HCPCS", max_length=5, blank=True)
    is_face_to_face = models.BooleanField(default=True)
    practitioner = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    outside_practitioner = models.CharField(max_length=120, blank=True)
    complexity = models.CharField(max_length=20, choices=Complexity, blank=True)
    complexity_judged_by = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    extra_planning = models.BooleanField(
        default=False, help_text="the practitioner assessed and planned beyond the visit itself, and documented it"
    )

    class Meta(ClinicalFact.Meta):
        constraints = [
            _per_source("visit"),
            models.CheckConstraint(
                condition=Q(complexity="", complexity_judged_by=None)
                | (~Q(complexity="") & Q(complexity_judged_by__isnull=False)),
                name="visit_complexity_has_a_judge",
            ),
        ]
        indexes = [models.Index(fields=["agency", "patient", "on"], name="visit_by_day")]
        triggers = marks_facts()

    def __str__(self) -> str:
        return f"visit on {self.on}"


class OutsideClaim(ClinicalFact):
    """A service that another practice has claimed, as far as we know."""

    on = models.DateField(help_text="date of service")
    code = models.CharField("CPT or HCPCS", max_length=5)
    practice = models.CharField(max_length=120, blank=True)
    practitioner = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="if one of ours"
    )

    class Meta(ClinicalFact.Meta):
        constraints = [_per_source("outside_claim")]
        indexes = [models.Index(fields=["agency", "patient", "on"], name="outside_claim_by_day")]
        triggers = marks_facts()

    def __str__(self) -> str:
        return f"{self.code} on {self.on}"


class StayKind(models.TextChoices):
    """Where a patient lives or stays."""

    COMMUNITY = "community", _("Home or community")
    ASSISTED_LIVING = "assisted_living", _("Assisted living or group home")
    HOSPITAL = "hospital", _("Hospital, inpatient")
    OBSERVATION = "observation", _("Hospital, observation")
    PSYCHIATRIC = "psychiatric", _("Psychiatric hospital or institution for mental disease")
    REHABILITATION = "rehabilitation", _("Rehabilitation or long-term care hospital")
    SNF = "snf", _("Skilled nursing facility")
    NURSING_FACILITY = "nursing_facility", _("Nursing facility, long term")
    JAIL = "jail", _("Jail or prison")
    JUVENILE_DETENTION = "juvenile_detention", _("Juvenile detention")
    SHELTER = "shelter", _("Shelter")
    UNHOUSED = "unhoused", _("Without housing")


class Stay(ClinicalFact):
    """A patient stays somewhere from a first to a last day, both included."""

    kind = models.CharField(max_length=20, choices=StayKind)
    facility = models.CharField(max_length=120, blank=True)
    from_day = models.DateField()
    to_day = models.DateField(null=True, blank=True)
    is_part_a = models.BooleanField(default=False, help_text="paid by Medicare Part A")

    class Meta(ClinicalFact.Meta):
        constraints = [_per_source("stay"), _in_order("stay")]
        indexes = [models.Index(fields=["agency", "patient", "from_day"], name="stay_by_day")]
        triggers = marks_facts()

    def __str__(self) -> str:
        return f"{self.get_kind_display()} from {self.from_day}"


class CarePeriodKind(models.TextChoices):
    HOME_HEALTH_PLAN = "home_health_plan", _("Home-health plan of care")
    GLOBAL_PERIOD = "global_period", _("Global surgical period")
    HOSPICE = "hospice", _("Hospice")


class CarePeriod(ClinicalFact):
    """A period of other care that changes what may be billed beside it."""

    kind = models.CharField(max_length=20, choices=CarePeriodKind)
    from_day = models.DateField()
    to_day = models.DateField(null=True, blank=True)
    practitioner = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="whose period it is"
    )
    provider = models.CharField(max_length=120, blank=True, help_text="agency or practice outside")

    class Meta(ClinicalFact.Meta):
        constraints = [_per_source("care_period"), _in_order("care_period")]
        indexes = [models.Index(fields=["agency", "patient", "from_day"], name="care_period_by_day")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} from {self.from_day}"


class MonthJudgement(ClinicalFact):
    """A practitioner's judgement of the medical decision making over a program's month."""

    program = models.CharField(max_length=30, choices=Program)
    month = models.DateField(help_text="first day of the month")
    complexity = models.CharField(max_length=20, choices=Complexity)
    judged_by = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    judged_on = models.DateField()

    class Meta(ClinicalFact.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(month__day=1), name="judged_month_is_its_first_day"),
            models.UniqueConstraint(
                fields=["agency", "patient", "program", "month"],
                condition=Q(retracted_at=None),
                name="one_judgement_per_program_and_month",
                violation_error_message=_("This month has been judged already: change that judgement."),
            ),
        ]
        triggers = marks_facts()

    def __str__(self) -> str:
        return f"{self.complexity} in {self.month:%Y-%m}"
