"""What the frame of every page shows of a person: timers, and counts of what is due. Asked only where a whole page is rendered."""

from functools import cache
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from coordination.rules.stopwatch import is_forgotten
from coordination.selectors.bar import Bar, bar_of
from coordination.selectors.deadlines import moments
from coordination.services.timers import taken_back
from tenancy import audit, clock
from tenancy.models import Membership
from tenancy.roles import may


def bar(request: HttpRequest) -> dict[str, Any]:
    """`my_timers`: `running` (or None), `waiting`, `before` (the one that runs on if the running one's start is taken back), and
    whether the running one seems `forgotten`. `badges`: how much is `to_do`, how many `alerts` stand, how many `transitions` run. One
    statement for all."""
    membership: Membership | None = getattr(request, "membership", None)
    if membership is None or not may(membership.role, "deadline.work"):
        return {"my_timers": None, "badges": None}
    asked = cache(lambda: bar_of(membership.pk, membership.role, moments(clock.now(), membership.agency.zone)))
    return {
        "my_timers": SimpleLazyObject(lambda: _timers(membership, asked())),
        "badges": SimpleLazyObject(lambda: asked()._asdict()),
    }


def _timers(membership: Membership, shown: Bar) -> dict[str, Any]:
    found = shown.timers
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
