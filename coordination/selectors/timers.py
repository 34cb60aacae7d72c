"""A person's timers: the one that runs, and those that wait to be finished."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import F, QuerySet

from coordination.models import Timer
from tenancy.models import Membership
from tenancy.queries import Given, kept


class OpenTimer(NamedTuple):
    """A timer as the bar of every page shows it."""

    pk: UUID
    patient_id: UUID
    given_name: str
    family_name: str
    started_at: datetime
    stopped_at: datetime | None

    @property
    def patient(self) -> str:
        """Whom it is for."""
        return f"{self.given_name} {self.family_name}"


def timers_of_bar(member: UUID) -> list[OpenTimer]:
    """Neither saved nor discarded; the running one first, then the oldest."""
    return list(map(OpenTimer._make, _of_bar(member=member)))


@kept
def _of_bar() -> QuerySet:
    return (
        Timer.objects.filter(member=Given("member"), contact=None, discarded_at=None)
        .order_by(F("stopped_at").asc(nulls_first=True), "pk")
        .values_list("pk", "patient", "patient__given_name", "patient__family_name", "started_at", "stopped_at")
    )


def timer_of(member: Membership, pk: UUID) -> Timer | None:
    """A person's own timer, whatever became of it."""
    return Timer.objects.select_related("patient").filter(member=member, pk=pk).first()
