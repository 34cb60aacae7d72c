"""What an administrator arranges: how long a session may rest, sites, teams and days off."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from tenancy.access import require
from tenancy.models import AgencySettings, Holiday, Membership, Place
from tenancy.selectors.places import federal_holidays
from tenancy.writes import VersionConflict, for_change, refusing


@transaction.atomic
def agency_settings_save(
    *, actor: Membership, version: int, idle_minutes: int, election: str | None = None
) -> AgencySettings:
    """Shorten, or restore, the minutes after which a quiet session ends; `election` (None: as it was) is for health centers and rural
    clinics."""
    require(actor, "agency.write")
    if election and not actor.agency.is_health_center:
        raise ValidationError({"election": _("Only health centers and rural clinics had this choice.")})
    known = AgencySettings.objects.first()
    if known is None:
        settings = AgencySettings(idle_minutes=idle_minutes, version=2)
        if version != 1:
            raise VersionConflict(AgencySettings())
    else:
        settings = for_change(known, version)
        settings.idle_minutes = idle_minutes
    if election is not None:
        settings.election = election
    settings.full_clean(exclude=["agency"])
    with refusing(_("Somebody changed this at the same moment: look at it and try again.")):
        settings.save()
    return settings


@transaction.atomic
def place_save(*, actor: Membership | None, place: Place, version: int, name: str, is_open: bool) -> Place:
    """Open, rename or close a site or a team; one that people are under is not closed."""
    if actor:
        require(actor, "agency.write")
    current = place if place._state.adding else for_change(place, version)
    if not is_open and current.people.filter(is_active=True).exists():
        raise ValidationError({"is_open": _("People work here: give them another place first, then close it.")})
    current.name, current.is_open = name, is_open
    with refusing({"name": _("“%(name)s” exists already.") % {"name": name}}):
        current.save()
    return current


@transaction.atomic
def holiday_add(*, actor: Membership, day: date, name: str) -> Holiday:
    """Make a day no business day."""
    require(actor, "agency.write")
    with refusing({"day": _("%(day)s is on the list already.") % {"day": day.isoformat()}}):
        return Holiday.objects.create(day=day, name=name)


@transaction.atomic
def holiday_remove(*, actor: Membership, holiday: Holiday) -> None:
    """Make a day a business day again; the history keeps that it was not."""
    require(actor, "agency.write")
    holiday.delete()


@transaction.atomic
def holidays_fill(*, years: tuple[int, ...]) -> int:
    """Add the federal holidays of these years where the agency has none of its own on that day; how many were new."""
    known = set(Holiday.objects.values_list("day", flat=True))
    new = {day: name for year in years for day, name in federal_holidays(year).items() if day not in known}
    Holiday.objects.bulk_create(Holiday(day=day, name=name) for day, name in new.items())
    return len(new)
