"""What an administrator has arranged: settings, sites, teams and days off."""

from datetime import date

from django.db.models import Count, Q, QuerySet

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
