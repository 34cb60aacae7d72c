"""Whether sweeps keep up: what probes ask of all agencies at once. Numbers and moments, no rows."""

from datetime import datetime

from coordination.models import Heartbeat
from tenancy.context import through_doors  # noqa: TID251 - see docs/tenancy.md

SWEEP = "sweep"
"""The name of its heartbeat."""


HEALED = "deadlines-healed"
"""The heartbeat of the nightly check: when it last found a difference, and how many it ever healed."""


def healed() -> int:
    """How many stored deadlines were not what is due when a night looked."""
    return Heartbeat.objects.filter(name=HEALED).values_list("found", flat=True).first() or 0


def swept_at() -> datetime | None:
    """When a sweep last came to its end; None before the first."""
    return Heartbeat.objects.filter(name=SWEEP).values_list("at", flat=True).first()


def untold(now: datetime) -> int:
    """How many deadlines have come to a moment of which nobody was told yet."""
    with through_doors() as cursor:
        cursor.execute("SELECT count(*) FROM coordination_deadline WHERE next_at <= %s", [now])
        return int(cursor.fetchone()[0])
