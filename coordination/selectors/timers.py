"""A person's timers."""

from uuid import UUID

from coordination.models import Timer
from tenancy.models import Membership


def timer_of(member: Membership, pk: UUID) -> Timer | None:
    """A person's own timer, whatever became of it."""
    return Timer.objects.select_related("patient").filter(member=member, pk=pk).first()


def running_timer(member: Membership, patient: UUID) -> Timer | None:
    """The timer that a person runs for a patient now."""
    return Timer.objects.filter(member=member, patient=patient, stopped_at=None).first()
