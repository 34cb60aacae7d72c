"""What an administrator arranges: how long a session may rest, sites, teams and days off."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from tenancy import ports
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
    said = {"idle_minutes": idle_minutes} | ({} if election is None else {"election": election})
    return _settings_saved(version, said)


@transaction.atomic
def deadline_settings_save(
    *,
    actor: Membership,
    version: int,
    visit_day: int,
    team_hours_before: int,
    supervisor_hours_before: int,
    care_plan_months: int,
    rating_scale_days: int,
) -> AgencySettings:
    """Say how deadlines are counted here, and who is told how long before; all that are open are counted anew."""
    require(actor, "agency.write")
    if supervisor_hours_before > team_hours_before:
        raise ValidationError(
            {
                "supervisor_hours_before": _(
                    "Supervisors are told %(supervisor)d hours before a deadline, and the care team only %(team)d: "
                    "the care team comes first. Enter %(team)d or fewer."
                )
                % {"supervisor": supervisor_hours_before, "team": team_hours_before}
            }
        )
    said = {
        "visit_day": visit_day,
        "team_hours_before": team_hours_before,
        "supervisor_hours_before": supervisor_hours_before,
        "care_plan_months": care_plan_months,
        "rating_scale_days": rating_scale_days,
    }
    saved = _settings_saved(version, said)
    ports.calendar_changed()
    return saved


def _settings_saved(version: int, said: dict[str, Any]) -> AgencySettings:
    known = AgencySettings.objects.first()
    if known is None and version != 1:
        raise VersionConflict(AgencySettings())
    settings = for_change(known, version) if known else AgencySettings(version=2)
    for name, value in said.items():
        setattr(settings, name, value)
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
        if not Holiday.objects.filter(day__year=day.year).exists():
            holidays_fill(years=(day.year,), but=day)  # a year with any day of its own is taken as it stands
        made = Holiday.objects.create(day=day, name=name)
    ports.calendar_changed()
    return made


@transaction.atomic
def holiday_remove(*, actor: Membership, holiday: Holiday) -> None:
    """Make a day a business day again; the history keeps that it was not."""
    require(actor, "agency.write")
    holiday.delete()
    ports.calendar_changed()


@transaction.atomic
def holidays_fill(*, years: tuple[int, ...], but: date | None = None) -> int:
    """Add the federal holidays of these years where the agency has none of its own on that day; how many were new."""
    known = {*Holiday.objects.values_list("day", flat=True), but}
    new = {day: name for year in years for day, name in federal_holidays(year).items() if day not in known}
    Holiday.objects.bulk_create(Holiday(day=day, name=name) for day, name in new.items())
    return len(new)


def holidays_fill_ahead(*, today: date) -> int:
    """Fill this year and the next where an agency has no day of them yet; how many days were new. A year that an administrator has
    looked after stays as they left it. Nothing is due otherwise by it: a year without any day is counted with the federal ones."""
    missing = [year for year in (today.year, today.year + 1) if not Holiday.objects.filter(day__year=year).exists()]
    return holidays_fill(years=tuple(missing)) if missing else 0
