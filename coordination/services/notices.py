"""Who is told what by mail and by call: messages are written here, for the outbox to send."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from coordination.models import Alert, MailSettings, MessageKind, OutgoingMessage, WebhookEndpoint
from coordination.rules.outbox import is_working_day, next_morning
from coordination.selectors.deadlines import moments, standing_alerts
from coordination.selectors.outbox import digest_of, mail_settings_of, new_alerts_for
from coordination.services.outbox import can_be_mailed
from tenancy.access import require
from tenancy.context import current_agency
from tenancy.models import Membership
from tenancy.selectors.places import days_off
from tenancy.writes import for_change

AT_ONCE = 1_000
LONGEST_WITHOUT_A_WORKING_DAY = timedelta(days=30)


@transaction.atomic
def mail_settings_save(
    *, actor: Membership, digest_hour: int | None, alerts_at_once: bool, version: int, now: datetime
) -> MailSettings:
    """What the person wants to be mailed from now on."""
    require(actor, "deadline.read")
    known = mail_settings_of(actor.pk)
    settings = for_change(known, version) if known else MailSettings(person=actor)
    settings.digest_hour, settings.alerts_at_once = digest_hour, alerts_at_once
    settings.digest_next_at = None if digest_hour is None else _next_morning(now, digest_hour)
    settings.full_clean(exclude=["agency", "person"], validate_constraints=False)
    settings.save()
    return settings


def _next_morning(after: datetime, hour: int) -> datetime:
    zone = current_agency().zone
    today = after.astimezone(zone).date()
    return next_morning(after, hour, zone, days_off(today, today + LONGEST_WITHOUT_A_WORKING_DAY))


@transaction.atomic
def digests_write(*, now: datetime) -> int:
    """Write the digests whose hour has come, and say when the next ones are due; how many were written.

    One that was missed is made up for on the same day and no later. Where nothing is due, nothing is written.
    """
    zone = current_agency().zone
    at = moments(now, zone)
    is_today_one = is_working_day(at.today, days_off(at.today, at.today))
    due = MailSettings.objects.select_for_update(skip_locked=True, of=("self",)).select_related("person")
    letters = []
    for settings in due.filter(digest_next_at__lte=now).order_by("pk"):
        settings.digest_next_at = _next_morning(now, settings.digest_hour)
        settings.save(update_fields=["digest_next_at"])
        if not is_today_one or not can_be_mailed(settings.person):
            continue
        counts = digest_of(settings.person, at)
        if any(counts.values()):
            letters.append(
                OutgoingMessage(
                    kind=MessageKind.DIGEST,
                    key=f"digest:{settings.person_id}:{at.today.isoformat()}",
                    person=settings.person,
                    payload=counts | {"as_of": now.isoformat()},
                    written_at=now,
                    next_try_at=now,
                )
            )
    return _write(letters)


@transaction.atomic
def alerts_tell(*, now: datetime) -> int:
    """Write what is to be sent about alerts of which nothing was written yet; how many messages.

    An alert whose deadline was settled or moved meanwhile is told nobody.
    """
    untold = Alert.objects.select_for_update(skip_locked=True).filter(told_at=None).order_by("pk")
    keys = list(untold.values_list("pk", flat=True)[:AT_ONCE])
    if not keys:
        return 0
    Alert.objects.filter(pk__in=keys).update(told_at=now)
    return _write([*_calls(keys, now), *_letters(keys, now)])


def _calls(alerts: list[int], now: datetime) -> Iterable[OutgoingMessage]:
    listening = list(WebhookEndpoint.objects.filter(paused_at=None).order_by("pk"))
    if not listening:
        return
    for alert in standing_alerts().filter(pk__in=alerts).select_related("deadline").order_by("pk"):
        for endpoint in listening:
            yield OutgoingMessage(
                kind=MessageKind.EVENT,
                key=f"alert:{alert.pk}:{endpoint.pk}",
                endpoint=endpoint,
                payload=_told(alert) | {"due_at": alert.due_at.isoformat()},
                written_at=now,
                next_try_at=now,
            )


def _letters(alerts: list[int], now: datetime) -> Iterable[OutgoingMessage]:
    for settings in MailSettings.objects.select_related("person").filter(alerts_at_once=True).order_by("pk"):
        if not can_be_mailed(settings.person):
            continue
        if mine := new_alerts_for(settings.person, set(alerts), now=now):
            yield OutgoingMessage(
                kind=MessageKind.ALERTS,
                key=f"alerts:{mine[0].pk}:{settings.person_id}",
                person=settings.person,
                payload={"alerts": [_told(each) | {"due_on": each.deadline.due_on.isoformat()} for each in mine]},
                written_at=now,
                next_try_at=now,
            )


def _told(alert: Alert) -> dict[str, Any]:
    return {"deadline": str(alert.deadline_id), "kind": alert.deadline.kind, "level": alert.level}


def _write(messages: list[OutgoingMessage]) -> int:
    """Each once: what is written under its key already is not written again."""
    OutgoingMessage.objects.bulk_create(messages, ignore_conflicts=True)
    return len(messages)
