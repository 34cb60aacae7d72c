"""The tenant."""

from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _


class AgencyType(models.TextChoices):
    """What kind of biller an agency is; which codes it may report depends on it and on the date."""

    PHYSICIAN_PRACTICE = "physician_practice", _("Physician practice")
    FQHC = "fqhc", _("Federally qualified health center")
    RHC = "rhc", _("Rural health clinic")
    BEHAVIORAL_HEALTH = "behavioral_health_agency", _("Behavioral health agency")


def validate_time_zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(
            _("“%(value)s” is no time zone: use a name such as America/Denver."), params={"value": value}
        )


class Agency(models.Model):
    """A clinic, health center or community partner. Written by operators through the owner role, read by everyone."""

    id = models.BigAutoField(primary_key=True)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    agency_type = models.CharField(max_length=30, choices=AgencyType)
    time_zone = models.CharField(max_length=40, validators=[validate_time_zone])

    class Meta:
        verbose_name_plural = "agencies"

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which this agency's service days, months and deadlines are counted."""
        return ZoneInfo(self.time_zone)

    @property
    def is_health_center(self) -> bool:
        """Whether the rules of health centers and rural clinics hold for it."""
        return self.agency_type in (AgencyType.FQHC, AgencyType.RHC)

    @property
    def city(self) -> str:
        """The zone as people say it: `Denver`."""
        return self.time_zone.rpartition("/")[2].replace("_", " ")
