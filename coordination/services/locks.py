"""Closing a month for time, opening it again, and saying that all of one's time is entered."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from coordination.models import MonthEntered, MonthLock
from coordination.rules.months import month_of
from coordination.selectors.holding import hold_closing
from coordination.selectors.time_entries import to_review
from tenancy import access
from tenancy.clock import local_day
from tenancy.models import Membership
from tenancy.writes import refusing


@transaction.atomic
def month_lock(*, actor: Membership, month: date, reason: str, now: datetime) -> MonthLock:
    """Close a month that has ended: from here on its entries change by corrections only. Closed already, it stays as it was.

    Refused while entries of it wait for a supervisor: what is closed has been looked at. Waits for saves that are under way in it.
    """
    access.require(actor, "month.lock")
    first, last = month_of(month)
    hold_closing(first)
    if known := MonthLock.objects.filter(month=first, unlocked_at=None).first():
        return known
    if not last < local_day(now, actor.agency.zone):
        raise ValidationError(_("This month has not ended. Close it once its last day is over."))
    if waiting := to_review().filter(service_date__range=(first, last)).count():
        raise ValidationError(
            ngettext(
                "%(n)d entry of this month waits for a supervisor. Close the month once it has been looked at.",
                "%(n)d entries of this month wait for a supervisor. Close the month once they have been looked at.",
                waiting,
            )
            % {"n": waiting}
        )
    lock = MonthLock(month=first, locked_by=actor, locked_at=now, reason=reason)
    with refusing(_("Somebody closed this month at the same moment.")):
        lock.save(force_insert=True)
    return lock


@transaction.atomic
def month_unlock(*, actor: Membership, lock: MonthLock, reason: str, now: datetime) -> MonthLock:
    """Open a closed month; the row says who, when and why for ever. Opened already, it stays as it was."""
    access.require(actor, "month.lock")
    current = MonthLock.objects.select_for_update().get(pk=lock.pk)
    if current.unlocked_at is None:
        current.unlocked_by, current.unlocked_at, current.unlock_reason = actor, now, reason
        current.save()
    return current


@transaction.atomic
def month_entered(*, actor: Membership, month: date, entered: bool, now: datetime) -> None:
    """Say, or take back, that all one's time of a month is entered. Without it, no entries may only mean "not yet"."""
    access.require(actor, "time_log.record")
    first, _last = month_of(month)
    if first > local_day(now, actor.agency.zone):
        raise ValidationError(_("This month has not begun."))
    if not entered:
        MonthEntered.objects.filter(member=actor, month=first).delete()
        return
    MonthEntered.objects.bulk_create([MonthEntered(member=actor, month=first, said_at=now)], ignore_conflicts=True)
