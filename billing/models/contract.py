"""What a payer agreed to pay, as dated versions."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from coordination.models import Activity, CarePeriodKind, Payer, Program, marks_facts_of_all
from tenancy.models import Discipline, TenantForeignKey, TenantModel


class Contract(TenantModel):
    """An agreement with a payer through its life: the lineage of its versions. A bigint key, because versions exclude by it."""

    id = models.BigAutoField(primary_key=True)
    payer = TenantForeignKey(Payer, on_delete=models.PROTECT, related_name="contracts")

    class Meta(TenantModel.Meta):
        triggers = marks_facts_of_all()

    def __str__(self) -> str:
        return f"contract {self.pk}"


def _range(function: str, *bounds: object) -> Func:
    return Func(*bounds, Value("[]"), function=function)


class Rounds(models.TextChoices):
    """How minutes become units: a rounding by its name (`billing.rules.PRESETS`), or one with numbers of its own."""

    MIDPOINT_8 = "midpoint_8", _("15 minutes; 8 earn the first and each further unit, over the day")
    TABLE_MT = "table_mt", _("15 minutes by a table: 8 to 23 earn one, 24 to 38 two")
    FIRST_UNIT_1_THEN_HALF = "first_unit_1_then_half", _("the first minute earns a unit, then half a unit the next")
    FULL_UNIT_ONLY = "full_unit_only", _("full 15 minutes, over the day")
    DAY_MIN_60 = "day_min_60", _("a day, of at least 60 minutes")
    PER_ENCOUNTER_1_UNIT = "per_encounter_1_unit", _("one unit an encounter, whatever minutes it takes")
    MONTHLY_CASE_RATE = "monthly_case_rate", _("one unit a month, whatever minutes it takes")
    CUSTOM = "custom", _("as written here")


class Within(models.TextChoices):
    """Whose minutes are added up before they are rounded."""

    ENCOUNTER = "encounter", _("an encounter")
    DAY = "day", _("a day")
    MONTH = "month", _("a month")


class Renders(models.TextChoices):
    INDIVIDUAL = "individual", _("the person who gave the service")
    FACILITY = "facility", _("the facility")


def _words(length: int, choices: type[models.TextChoices] | None = None, **kwargs: object) -> ArrayField:
    return ArrayField(models.CharField(max_length=length, choices=choices), blank=True, **kwargs)


def left_out_at_first() -> list[str]:
    """What a new version leaves out until somebody takes it off the list: few payers pay for a message that was left."""
    return [Activity.VOICEMAIL_LEFT]


class ContractVersion(TenantModel):
    """The terms of a contract from a first to a last day, both included; no last day means until further notice."""

    contract = TenantForeignKey(Contract, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)
    excluded_activities = _words(30, Activity, default=left_out_at_first, help_text="that this payer never pays")
    excluded_programs = _words(
        20, CarePeriodKind, default=list, help_text="of others, beside which no case management is paid"
    )
    full_time = _words(
        30, Program, default=list, help_text="programs in which full units are wanted where the rules take half"
    )
    days_before_discharge = models.PositiveSmallIntegerField(
        default=0, help_text="of a stay, on which the transition out of it is paid"
    )
    rendering = models.CharField(max_length=10, choices=Renders, blank=True, help_text="whose NPI renders")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "contract", "number"], name="one_version_per_number"),
            models.CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gte=F("effective_from")),
                name="contract_version_ends_after_it_begins",
            ),
            # Ranges over bigint keys stand for equality: the plain server has no btree_gist.
            ExclusionConstraint(
                name="contract_versions_never_overlap",
                expressions=[
                    (_range("int8range", F("agency_id"), F("agency_id")), RangeOperators.OVERLAPS),
                    (_range("int8range", F("contract_id"), F("contract_id")), RangeOperators.OVERLAPS),
                    (_range("daterange", F("effective_from"), F("effective_to")), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        triggers = marks_facts_of_all()

    def __str__(self) -> str:
        return f"version {self.number}"

    @property
    def leaves_out(self) -> list[str]:
        """The activities that it never pays, in words."""
        return [str(Activity(each).label) for each in self.excluded_activities]


class ContractTerm(TenantModel):
    """What a version says about one code. A code without a term is not covered.

    One that is paid by the unit or the month names the `program` whose time it is for, and its rounding; what of the other columns
    must hold together is in services/contracts.py.
    """

    version = TenantForeignKey(ContractVersion, on_delete=models.CASCADE, related_name="terms")
    code = models.CharField(max_length=8)
    rate = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True, help_text="dollars a unit")
    max_units_month = models.PositiveSmallIntegerField(null=True, blank=True)
    is_bundled = models.BooleanField(default=False, help_text="paid as part of an encounter or prospective rate")
    program = models.CharField(max_length=30, choices=Program, blank=True)
    rounding = models.CharField(max_length=30, choices=Rounds, blank=True)
    unit_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    first_minutes = models.PositiveSmallIntegerField(null=True, blank=True, help_text="that earn the first unit")
    next_minutes = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="beyond a full unit, that earn the next; empty: there is none"
    )
    within = models.CharField(max_length=10, choices=Within, blank=True, help_text="empty: as the rounding's name says")
    table = models.JSONField(default=list, blank=True, help_text="rows of minutes from, to, and units")
    activities = _words(30, Activity, null=True, help_text="empty: all that no other code of the program names")
    disciplines = _words(20, Discipline, null=True, help_text="empty: everybody")
    max_units_day = models.PositiveSmallIntegerField(null=True, blank=True)
    min_contacts = models.PositiveSmallIntegerField(default=1, help_text="in a month, of a code by the month")
    modifier_by_mode = models.JSONField(default=dict, blank=True)
    modifier_by_discipline = models.JSONField(default=dict, blank=True)
    facility_modifiers = _words(2, default=list, help_text="with which the facility is the rendering provider")
    exclusive_with = _words(8, default=list, help_text="codes that are not billed beside it")
    line_per_encounter = models.BooleanField(default=False)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "version", "code"], name="one_term_per_code"),
            models.CheckConstraint(condition=Q(rate=None) | Q(rate__gte=0), name="rate_is_not_negative"),
            models.CheckConstraint(
                condition=Q(program="", rounding="") | ~Q(program="") & ~Q(rounding=""), name="a_unit_is_of_a_program"
            ),
            models.CheckConstraint(
                condition=~Q(rounding=Rounds.CUSTOM) | Q(unit_minutes__gte=1, first_minutes__gte=1) & ~Q(within=""),
                name="a_rounding_of_its_own_has_numbers",
            ),
        ]
        triggers = marks_facts_of_all()

    def __str__(self) -> str:
        return self.code
