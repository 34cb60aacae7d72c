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


class AgencySettings(TenantModel):
    """What an administrator decides. Beside `tenancy_agency`, which only operators write, and behind a wall of its own."""

    idle_minutes = models.PositiveSmallIntegerField(
        _("Minutes without activity until sign-out"),
        default=LONGEST_IDLE_MINUTES,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_IDLE_MINUTES)],
    )
    election = models.CharField(_("Reporting of 2025"), max_length=20, choices=Election, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency"], name="one_row_of_settings_per_agency"),
            models.CheckConstraint(
                condition=Q(idle_minutes__gte=1, idle_minutes__lte=LONGEST_IDLE_MINUTES),
                name="idle_minutes_1_to_15",
            ),
        ]
