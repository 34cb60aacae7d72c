"""What the bar of every page shows of a person's timers; asked only where a whole page is rendered."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from coordination.rules.stopwatch import is_forgotten
from coordination.selectors.timers import timers_of_bar
from coordination.services.timers import taken_back
from tenancy import audit, clock
from tenancy.models import Membership
from tenancy.roles import may


def timers(request: HttpRequest) -> dict[str, Any]:
    """`my_timers`: `running` (or None), `waiting`, `before` (the one that runs on if the running one's start is taken back), and
    whether the running one seems `forgotten`."""
    membership: Membership | None = getattr(request, "membership", None)
    if membership is None or not may(membership.role, "time_log.record"):
        return {"my_timers": None}
    return {"my_timers": SimpleLazyObject(lambda: _timers(membership))}


def _timers(membership: Membership) -> dict[str, Any]:
    found = timers_of_bar(membership.pk)
    audit.note_reads(timer.patient_id for timer in found)  # their names stand in the bar
    running = next((timer for timer in found if timer.stopped_at is None), None)
    now = clock.now()
    return {
        "running": running,
        "before": taken_back(found, now),
        "waiting": [timer for timer in found if timer.stopped_at is not None],
        "forgotten": bool(running and is_forgotten(running.started_at, now, membership.agency.zone)),
        "seconds": max(0, int((now - running.started_at).total_seconds())) if running else 0,
    }
