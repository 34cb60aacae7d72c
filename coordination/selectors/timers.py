"""A person's timers: the one that runs, and those that wait to be finished."""

from uuid import UUID

from django.db.models import F, QuerySet

from coordination.models import Timer
from tenancy.models import Membership


def open_timers(member: Membership) -> QuerySet[Timer]:
    """Neither saved nor discarded; the running one first, then the oldest."""
    return (
        Timer.objects.select_related("patient")
        .filter(member=member, contact=None, discarded_at=None)
        .order_by(F("stopped_at").asc(nulls_first=True), "pk")
    )


def timer_of(member: Membership, pk: UUID) -> Timer | None:
    """A person's own timer, whatever became of it."""
    return Timer.objects.select_related("patient").filter(member=member, pk=pk).first()
