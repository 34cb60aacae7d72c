"""What happened to a patient that the rules ask about: visits, claims of others, stays, periods, judgements."""

from django.contrib.postgres.fields import ArrayField
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


class Factor(models.TextChoices):
    """What makes communication in a session complex. Which of them is enough by itself is the rulebook's business."""

    MALADAPTIVE_COMMUNICATION = "maladaptive_communication", _("maladaptive communication among those present")
    CAREGIVER_INTERFERENCE = "caregiver_interference", _("a caregiver's emotions or behavior interfere with the plan")
    SENTINEL_EVENT = "sentinel_event", _("a sentinel event that must be reported")
    PLAY_OR_DEVICE = "play_or_device", _("play equipment or other devices, for want of language")
    INTERPRETER = "interpreter", _("an interpreter or translator")


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
    factors = ArrayField(
        models.CharField(max_length=30, choices=Factor),
        verbose_name=_("Interactive complexity"),
        null=True,
        blank=True,
        help_text="empty: nobody looked; an empty list: looked for, and none",
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
    PSYCHIATRIC = "psychiatric", _("Psychiatric hospital or unit")
    MENTAL_INSTITUTION = "mental_institution", _("Institution for mental disease")
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
    post_adjudication = models.BooleanField(default=False, help_text="of detention: a court has decided")

    class Meta(ClinicalFact.Meta):
        constraints = [_per_source("stay"), _in_order("stay")]
        indexes = [models.Index(fields=["agency", "patient", "from_day"], name="stay_by_day")]
        triggers = marks_facts()

    def __str__(self) -> str:
        return f"{self.get_kind_display()} from {self.from_day}"


class CarePeriodKind(models.TextChoices):
    """Care of somebody else that changes what may be billed, and programs of others that pay for case management."""

    HOME_HEALTH_PLAN = "home_health_plan", _("Home-health plan of care")
    GLOBAL_PERIOD = "global_period", _("Global surgical period")
    HOSPICE = "hospice", _("Hospice")
    WAIVER = "waiver", _("Case management under a waiver")
    COMMUNITY_WAIVER = "community_waiver", _("Case management under a home and community waiver")
    OTHER_MANAGEMENT = "other_management", _("Targeted case management by somebody else")
    HEALTH_HOME = "health_home", _("Health home of somebody else")


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
        triggers = marks_facts()

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


class ProgramElement(ClinicalFact):
    """Something that a program asks for is documented: done on `from_day`, or so from then on until `to_day`.

    Which programs ask for what the rules say (`ports.Billing.elements`).
    """

    program = models.CharField(max_length=30, choices=Program)
    element = models.CharField(max_length=40)
    from_day = models.DateField()
    to_day = models.DateField(null=True, blank=True)
    documented_by = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")

    class Meta(ClinicalFact.Meta):
        constraints = [_per_source("program_element"), _in_order("program_element")]
        indexes = [models.Index(fields=["agency", "patient", "from_day"], name="program_element_by_day")]
        triggers = marks_facts()

    def __str__(self) -> str:
        return f"{self.element} from {self.from_day}"


class MonthProgram(ClinicalFact):
    """Of programs that leave no room for each other: one that this month is, as a person said, and why (`note`)."""

    month = models.DateField(help_text="first day of the month")
    program = models.CharField(max_length=30, choices=Program)

    class Meta(ClinicalFact.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(month__day=1), name="month_of_a_program_is_its_first_day"),
            models.UniqueConstraint(
                fields=["agency", "patient", "month", "program"],
                condition=Q(retracted_at=None),
                name="a_program_is_said_once_of_a_month",
                violation_error_message=_("This is said of the month already."),
            ),
        ]
        triggers = marks_facts()

    def __str__(self) -> str:
        return f"{self.program} in {self.month:%Y-%m}"
