"""Every version of a mutable record, written by triggers: who and why stand in the row's context."""

from typing import Any

import pghistory
from django.db import models

from tenancy.models.base import TenantManager
from tenancy.models.machines import ServiceToken
from tenancy.models.people import Membership
from tenancy.models.places import AgencySettings, Holiday, Site, Team
from tenancy.models.staff import Licence


def history_of(
    model: type[models.Model], *, about: str = "", but: tuple[str, ...] = (), without: tuple[str, ...] = ()
) -> Any:
    """The event model of a tenant model: walled as it is, append-only, without keys out of it, so that it outlives its subject.

    `about` is the column by which its history is looked up, beside the record itself. A change of `but` alone is none. Columns
    `without` are not kept.
    """
    name = f"{model._meta.model_name[:16]}_events_about"
    indexes = [models.Index(fields=["agency", about, "pgh_id"], name=name)] if about else []
    return pghistory.create_event_model(
        model,
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(condition=pghistory.AnyChange(exclude=but)) if but else pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        exclude=list(without) or None,
        abstract=False,
        append_only=True,
        attrs={"objects": TenantManager(), "append_only": True},
        meta={"base_manager_name": "objects", "indexes": indexes},
    )


MembershipEvent = history_of(Membership)
SiteEvent = history_of(Site)
TeamEvent = history_of(Team)
HolidayEvent = history_of(Holiday)
AgencySettingsEvent = history_of(AgencySettings)
LicenceEvent = history_of(Licence)
ServiceTokenEvent = history_of(ServiceToken, but=("used_at",))
