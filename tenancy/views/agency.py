"""The agency's own page: what operators have set, and what an administrator arranges."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tenancy import access, clock
from tenancy.forms.agency import DeadlinesForm, HolidayForm, PlaceForm, SettingsForm
from tenancy.forms.refusals import add_conflict, add_refusal
from tenancy.links import here
from tenancy.models import Place, Site, Team
from tenancy.selectors.changes import changes_of_agency
from tenancy.selectors.places import holidays_between, settings_of_agency, sites, teams
from tenancy.services.places import (
    agency_settings_save,
    deadline_settings_save,
    holiday_add,
    holiday_remove,
    place_save,
)
from tenancy.views.door import needs
from tenancy.writes import VersionConflict


@require_safe
@needs("agency.read")
def agency(request: HttpRequest) -> HttpResponse:
    """Name and zone, sites, teams, the year's days off, and how long a session may rest."""
    return _page(request)


@require_POST
@needs("agency.write")
def settings(request: HttpRequest) -> HttpResponse:
    """How long a session may rest."""
    form = SettingsForm(request.POST, settings=settings_of_agency(), agency=request.membership.agency)
    status = 422
    if form.is_valid():
        try:
            agency_settings_save(actor=request.membership, **form.cleaned_data)
        except ValidationError as refused:
            add_refusal(form, refused)
        except VersionConflict as conflict:
            add_conflict(form, conflict)
            status = 409
        else:
            messages.success(request, _("Saved. It holds for everybody within a minute."))
            return redirect(here("tenancy:agency"))
    return _page(request, status=status, settings_form=form)


@require_POST
@needs("agency.write")
def deadlines(request: HttpRequest) -> HttpResponse:
    """How deadlines are counted, and who is told how long before."""
    form = DeadlinesForm(request.POST, settings=settings_of_agency())
    status = 422
    if form.is_valid():
        try:
            deadline_settings_save(actor=request.membership, **form.cleaned_data)
        except ValidationError as refused:
            add_refusal(form, refused)
        except VersionConflict as conflict:
            add_conflict(form, conflict)
            status = 409
        else:
            messages.success(request, _("Saved. What is due is counted anew within minutes."))
            return redirect(here("tenancy:agency"))
    return _page(request, status=status, deadlines_form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("agency.write")
def site_new(request: HttpRequest) -> HttpResponse:
    return _place(request, Site())


@require_http_methods(["GET", "HEAD", "POST"])
@needs("agency.write")
def site(request: HttpRequest, site: UUID) -> HttpResponse:
    return _place(request, access.place_for(request.membership, Site, site))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("agency.write")
def team_new(request: HttpRequest) -> HttpResponse:
    return _place(request, Team())


@require_http_methods(["GET", "HEAD", "POST"])
@needs("agency.write")
def team(request: HttpRequest, team: UUID) -> HttpResponse:
    return _place(request, access.place_for(request.membership, Team, team))


def _place(request: HttpRequest, place: Place) -> HttpResponse:
    initial = {"name": place.name, "is_open": place.is_open, "version": place.version}
    form = PlaceForm(request.POST or None, initial=initial)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            place_save(actor=request.membership, place=place, **form.cleaned_data)
        except ValidationError as refused:
            add_refusal(form, refused)
        except VersionConflict as conflict:
            add_conflict(form, conflict)
            status = 409
        else:
            messages.success(request, _("%(name)s saved.") % {"name": form.cleaned_data["name"]})
            return redirect(here("tenancy:agency"))
    context = {"form": form, "is_site": isinstance(place, Site), "is_new": place._state.adding}
    return render(request, "tenancy/place_form.html", context, status=status)


@require_POST
@needs("agency.write")
def holiday_new(request: HttpRequest) -> HttpResponse:
    """Make a day no business day."""
    form = HolidayForm(request.POST)
    if form.is_valid():
        try:
            holiday_add(actor=request.membership, **form.cleaned_data)
        except ValidationError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("%(name)s added.") % {"name": form.cleaned_data["name"]})
            return redirect(here("tenancy:agency"))
    return _page(request, status=422, holiday_form=form)


@require_POST
@needs("agency.write")
def holiday_gone(request: HttpRequest, holiday: UUID) -> HttpResponse:
    """Make a day a business day again."""
    day = access.holiday_for(request.membership, holiday)
    holiday_remove(actor=request.membership, holiday=day)
    messages.success(request, _("%(name)s is a business day again.") % {"name": day.name})
    return redirect(here("tenancy:agency"))


def _page(request: HttpRequest, status: int = 200, **forms_sent: Any) -> HttpResponse:
    today = clock.today(request.membership.agency.zone)
    known = settings_of_agency()
    context = {
        "settings": known,
        "settings_form": SettingsForm(settings=known, agency=request.membership.agency),
        "deadlines_form": DeadlinesForm(settings=known),
        "sites": sites(),
        "teams": teams(),
        "holidays": holidays_between(date(today.year, 1, 1), date(today.year + 1, 12, 31)),
        "holiday_form": HolidayForm(),
        "today": today,
        "changes": changes_of_agency(),
        **forms_sent,
    }
    return render(request, "tenancy/agency.html", context, status=status)
