"""What an administrator has arranged: settings, sites, teams and days off."""

from datetime import date

from django.db.models import Count, Q, QuerySet
from holidays.countries import UnitedStates

from tenancy.models import AgencySettings, Holiday, Site, Team


def settings_of_agency() -> AgencySettings:
    """The agency's settings; the defaults, not stored, where nobody has changed them."""
    return AgencySettings.objects.first() or AgencySettings()


def sites() -> QuerySet[Site]:
    """Open ones first, each with `used`: its active people."""
    return Site.objects.annotate(used=Count("people", filter=Q(people__is_active=True))).order_by("-is_open", "name")


def teams() -> QuerySet[Team]:
    return Team.objects.annotate(used=Count("people", filter=Q(people__is_active=True))).order_by("-is_open", "name")


def holidays_between(first: date, last: date) -> QuerySet[Holiday]:
    """Days that are no business days, from `first` through `last`."""
    return Holiday.objects.filter(day__gte=first, day__lte=last).order_by("day")


def federal_holidays(year: int) -> dict[date, str]:
    """The US federal holidays of a year with the days on which they are observed; New Year's of the next year may be among them."""
    return dict(sorted(UnitedStates(years=year, observed=True).items()))


def named_days_off(first: date, last: date) -> dict[date, str]:
    """The days from `first` through `last` that are no business days beside weekends, with their names: the agency's own, and of years
    for which it has none, the federal ones. One query."""
    own = dict(Holiday.objects.values_list("day", "name"))
    known = {day.year for day in own}
    years = [year for year in range(first.year, last.year + 1) if year not in known]
    federal = {day: name for year in years for day, name in federal_holidays(year).items()}
    return {day: name for day, name in sorted((federal | own).items()) if first <= day <= last}


def days_off(first: date, last: date) -> frozenset[date]:
    """The same without their names."""
    return frozenset(named_days_off(first, last))
