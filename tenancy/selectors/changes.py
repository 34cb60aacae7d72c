"""What happened to a person's record, or to what is settled for the agency, told as changes: from the versions that triggers keep."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from tenancy.models import (
    AgencySettings,
    AgencySettingsEvent,
    Discipline,
    Election,
    HolidayEvent,
    LicenceEvent,
    Membership,
    MembershipEvent,
    Site,
    Team,
    VisitDay,
)
from tenancy.roles import Role

SHOWN = 50
PROFILE = {
    "name": _("Name"),
    "role": _("Role"),
    "discipline": _("Discipline"),
    "npi": _("NPI"),
    "site_id": _("Site"),
    "team_id": _("Team"),
    "weekly_hours": _("Hours a week"),
    "works_from": _("Works from"),
    "works_until": _("Works until"),
    "is_active": _("State"),
    "user_id": _("Signs in"),
}
LICENCE = {
    "kind": _("Licence"),
    "state": _("State"),
    "number": _("Number"),
    "valid_from": _("From"),
    "valid_to": _("To"),
}


SETTINGS = {name: AgencySettings._meta.get_field(name).verbose_name for name in (
    "idle_minutes", "election", "visit_day", "team_hours_before", "supervisor_hours_before", "care_plan_months", "rating_scale_days",
)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One moment of a history; `parts` are (what, before, after), `by` a name, empty for a command."""

    at: datetime
    what: Any
    by: str
    parts: list[tuple[Any, Any, Any]]


def changes_of(person: Membership) -> list[Change]:
    """The newest SHOWN changes of a person's record and licences, newest first."""
    events = list(MembershipEvent.objects.filter(pgh_obj_id=person.pk).order_by("-pgh_id")[: SHOWN + 1])
    licences = list(LicenceEvent.objects.filter(person_id=person.pk).order_by("-pgh_id")[: SHOWN + 1])
    names = _names(events + licences)
    told = [*_told(events, PROFILE, names, _("Added"), _("Changed"))]
    for pk in dict.fromkeys(event.pgh_obj_id for event in licences):
        mine = [event for event in licences if event.pgh_obj_id == pk]
        told += _told(mine, LICENCE, names, _("Licence added"), _("Licence changed"))
    return sorted(told, key=lambda change: change.at, reverse=True)[:SHOWN]


def changes_of_agency() -> list[Change]:
    """The newest SHOWN changes of what is settled for the agency, and of its days off by people, newest first."""
    settings = list(AgencySettingsEvent.objects.order_by("-pgh_id")[: SHOWN + 1])
    days = list(HolidayEvent.objects.filter(pgh_context__has_key="membership").order_by("-pgh_id")[:SHOWN])
    names = _who(settings + days)
    told = []
    befores = settings[1:] if len(settings) > SHOWN else [*settings[1:], AgencySettings()]  # before the first, defaults
    for event, before in zip(settings, befores, strict=False):
        if parts := _parts(before, event, SETTINGS, names):
            told.append(Change(event.pgh_created_at, _("Settings changed"), _by(event, names), parts))
    for event in days:
        what = _("Day off added") if event.pgh_label == "insert" else _("Day off removed")
        told.append(Change(event.pgh_created_at, what, _by(event, names), [(event.name, "", event.day.isoformat())]))
    return sorted(told, key=lambda change: change.at, reverse=True)[:SHOWN]


def _told(
    events: list[Any], fields: dict[str, Any], names: dict[str, str], added: Any, changed: Any
) -> Iterator[Change]:
    """`events` newest first; the oldest one is told only when it is the beginning."""
    for event, before in pairwise([*events, None]):
        if before is None:
            if event.pgh_label == "insert":
                yield Change(event.pgh_created_at, added, _by(event, names), [])
            return
        if parts := _parts(before, event, fields, names):
            yield Change(event.pgh_created_at, changed, _by(event, names), parts)


def _parts(before: Any, after: Any, fields: dict[str, Any], names: dict[str, str]) -> list[tuple[Any, Any, Any]]:
    return [
        (label, _word(name, getattr(before, name), names), _word(name, getattr(after, name), names))
        for name, label in fields.items()
        if getattr(before, name) != getattr(after, name)
    ]


def _names(events: list[Any]) -> dict[str, str]:
    """Names of who did it, of sites and of teams, by their keys, in three statements."""
    names = _who(events)
    for model in (Site, Team):
        names |= {str(pk): name for pk, name in _of(model).values_list("pk", "name")}
    return names


def _who(events: list[Any]) -> dict[str, str]:
    who = {(event.pgh_context or {}).get("membership") for event in events} - {None}
    return {str(pk): name for pk, name in Membership.objects.filter(pk__in=who).values_list("pk", "name")}


def _of(model: type[Model]) -> Any:
    return model._default_manager.all()


def _by(event: Any, names: dict[str, str]) -> str:
    return names.get((event.pgh_context or {}).get("membership"), "")


def _word(field: str, value: Any, names: dict[str, str]) -> Any:
    if field == "is_active":
        return _("active") if value else _("disabled")
    if field == "user_id":
        return _("yes") if value else _("no")
    if value in (None, ""):
        return _("nothing")
    if field == "visit_day":
        return VisitDay(value).label
    if field == "election":
        return Election(value).label
    if field == "role":
        return Role(value).label
    if field in ("discipline", "kind"):
        return Discipline(value).label
    if field in ("site_id", "team_id"):
        return names.get(str(value), "")
    return f"{value:%H:%M}" if field.startswith("works_") else value
