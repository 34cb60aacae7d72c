"""A new agency: written by an operator through the owner's connection, because the application may not (docs/decisions/0007)."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError
from django.utils.translation import gettext as _

from tenancy import ports
from tenancy.clock import local_day
from tenancy.context import agency_context
from tenancy.models import Agency, Discipline, Membership, Site
from tenancy.roles import Role
from tenancy.services.invitations import person_invite
from tenancy.services.places import holidays_fill, place_save


@dataclass(frozen=True, slots=True)
class Opened:
    agency: Agency
    sites: list[str]
    holidays: int
    admin: Membership
    link: str


def agency_open(
    *,
    slug: str,
    name: str,
    agency_type: str,
    time_zone: str,
    sites: list[str],
    admin_name: str,
    admin_email: str,
    site_url: str,
    now: datetime,
) -> Opened:
    """An agency with its zone, sites, the federal holidays of this year and the next, and an invited first administrator.

    Whole or not at all: what fails after the agency was written takes it away again.
    """
    validate_email(admin_email)
    agency = Agency(slug=slug, name=name, agency_type=agency_type, time_zone=time_zone)
    agency.full_clean(validate_unique=False)
    try:
        agency.save(using="owner")
    except IntegrityError:
        raise ValidationError(
            _("An agency with the slug %(slug)s exists already: nothing was changed.") % {"slug": slug}
        ) from None
    agency = Agency.objects.get(slug=slug)
    try:
        with agency_context(agency):
            return _furnish(agency, sites, admin_name, admin_email, site_url, now)
    except BaseException:
        # Nothing else of it was committed; Django's own delete would look for that in every tenant table.
        Agency.objects.using("owner").filter(pk=agency.pk)._raw_delete("owner")
        raise


def agency_zone_change(*, slug: str, time_zone: str) -> Agency:
    """Count an agency's days in another zone from now on: what is due there is counted anew."""
    agency = Agency.objects.filter(slug=slug).first()
    if agency is None:
        raise ValidationError(_("There is no agency with the slug %(slug)s.") % {"slug": slug})
    agency.time_zone = time_zone
    agency.full_clean(validate_unique=False)
    agency.save(using="owner", update_fields=["time_zone"])
    with agency_context(agency):
        ports.calendar_changed()
    return agency


def _furnish(
    agency: Agency, sites: list[str], admin_name: str, admin_email: str, site_url: str, now: datetime
) -> Opened:
    for site in sites:
        place_save(actor=None, place=Site(), version=1, name=site, is_open=True)
    year = local_day(now, agency.zone).year
    holidays = holidays_fill(years=(year, year + 1))
    admin, link = person_invite(
        actor=None,
        name=admin_name,
        discipline=Discipline.NONE,
        npi="",
        role=Role.ADMIN,
        email=admin_email,
        site_url=site_url,
        now=now,
    )
    return Opened(agency, sites, holidays, admin, link)
