"""What people do about deadlines beside the work itself: say that they saw an alert, and put something off.

Nobody marks a deadline as done: the fact that it waits for closes it. Whatever was put off, alerts still come, and what is overdue
stands in the list (selectors/deadlines.py).
"""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from coordination.models import Deadline
from coordination.rules.deadlines import ESCALATING
from coordination.selectors.deadlines import alerts_for
from tenancy import access
from tenancy.models import Membership
from tenancy.writes import for_change


@transaction.atomic
def alerts_acknowledge(*, actor: Membership, deadline: Deadline, version: int, now: datetime) -> int:
    """Say that one has seen what one was told of a deadline; how many alerts that were. Raises VersionConflict if the deadline is no
    longer what was shown. What somebody else saw before keeps their name."""
    access.require(actor, "deadline.work")
    current = for_change(deadline, version)  # held, and not saved: seeing an alert changes nothing about what is due
    seen = alerts_for(actor.pk, actor.role, now=now).filter(deadline=current)
    return seen.update(acknowledged_at=now, acknowledged_by=actor)


@transaction.atomic
def deadline_put_off(
    *, actor: Membership, deadline: Deadline, version: int, until: datetime, reason: str, now: datetime
) -> Deadline:
    """Put something off until a moment, and say why. What a rule or a patient's safety hangs on is put off until before it is due at
    the latest. Raises ValidationError, and VersionConflict if the deadline is no longer what was shown."""
    access.require(actor, "deadline.work")
    current = _open(deadline, version)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why, in a few words: it stays beside the task.")})
    if until <= now:
        raise ValidationError({"until": _("This moment has passed: choose a later one.")})
    if current.kind in ESCALATING and until >= current.due_at:
        raise ValidationError(
            {"until": _("This cannot wait until it is too late: choose a moment before it is due, or do it now.")}
        )
    current.snoozed_until, current.snooze_reason, current.snoozed_by = until, reason.strip(), actor
    current.save(update_fields=["snoozed_until", "snooze_reason", "snoozed_by", "version"])
    return current


@transaction.atomic
def deadline_take_up(*, actor: Membership, deadline: Deadline, version: int) -> Deadline:
    """Take up again what was put off. Raises as `deadline_put_off`."""
    access.require(actor, "deadline.work")
    current = _open(deadline, version)
    current.snoozed_until = None
    current.save(update_fields=["snoozed_until", "version"])
    return current


def _open(deadline: Deadline, version: int) -> Deadline:
    current = for_change(deadline, version)
    if current.settled_at:
        raise ValidationError(_("This was done, or is no longer asked for: nothing is left to put off."))
    return current
