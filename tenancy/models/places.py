"""What an administrator arranges in an agency: sites, teams, days off, and how long a session may rest."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tenancy.models.base import TenantModel

LONGEST_IDLE_MINUTES = 15
"""The default and the most: an agency may shorten it, never lengthen it."""


class Place(TenantModel):
    """A name that people are put under. Closed when no longer used, never deleted: people of the past stay there."""

    name = models.CharField(_("Name"), max_length=80)
    is_open = models.BooleanField(_("Open"), default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.name


class Site(Place):
    """Where an agency works: a clinic, an office."""

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["agency", "name"], name="one_site_per_name")]


class Team(Place):
    """Who shares a caseload."""

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["agency", "name"], name="one_team_per_name")]


class Holiday(TenantModel):
    """A day that is no business day of this agency."""

    day = models.DateField(_("Day"))
    name = models.CharField(_("Name"), max_length=80)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["agency", "day"], name="one_holiday_per_day")]

    def __str__(self) -> str:
        return self.name


class Election(models.TextChoices):
    """What a health center or rural clinic chose where a rule left it a choice. The values are the rulebook's words."""

    G0511_TRANSITION = "g0511_transition", _("Stay on G0511 until it ended on September 30, 2025")


class VisitDay(models.IntegerChoices):
    """Which day the day of discharge is, where visits after it are counted in days. Medicare counts it as day 0; some contractors
    as day 1, a day stricter."""

    ZERO = 0, _("day 0: seven days after it are in time")
    ONE = 1, _("day 1: six days after it are in time")


class AgencySettings(TenantModel):
    """What an administrator decides. Beside `tenancy_agency`, which only operators write, and behind a wall of its own."""

    idle_minutes = models.PositiveSmallIntegerField(
        _("Minutes without activity until sign-out"),
        default=LONGEST_IDLE_MINUTES,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_IDLE_MINUTES)],
    )
    election = models.CharField(_("Reporting of 2025"), max_length=20, choices=Election, blank=True)
    visit_day = models.PositiveSmallIntegerField(_("The day of discharge is"), choices=VisitDay, default=VisitDay.ZERO)
    team_hours_before = models.PositiveSmallIntegerField(
        _("Hours before a deadline at which the care team is told"), default=12, validators=[MaxValueValidator(72)]
    )
    supervisor_hours_before = models.PositiveSmallIntegerField(
        _("Hours before a deadline at which supervisors are told"), default=9, validators=[MaxValueValidator(72)]
    )
    care_plan_months = models.PositiveSmallIntegerField(
        _("Months after which a care plan is reviewed"),
        default=12,
        validators=[MinValueValidator(1), MaxValueValidator(24)],
    )
    rating_scale_days = models.PositiveSmallIntegerField(
        _("Days after which a rating scale is repeated"),
        default=30,
        validators=[MinValueValidator(7), MaxValueValidator(366)],
    )
    version = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency"], name="one_row_of_settings_per_agency"),
            models.CheckConstraint(
                condition=Q(idle_minutes__gte=1, idle_minutes__lte=LONGEST_IDLE_MINUTES),
                name="idle_minutes_1_to_15",
            ),
            models.CheckConstraint(
                condition=Q(supervisor_hours_before__lte=models.F("team_hours_before"), team_hours_before__lte=72),
                name="the_care_team_is_told_before_supervisors",
            ),
        ]
