"""What is to be sent, for whom; and what became of it."""

from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery

from coordination.models import (
    Alert,
    CalendarFeed,
    Deadline,
    MailSettings,
    OutgoingMessage,
    WebhookEndpoint,
)
from coordination.selectors.deadlines import (
    OVERDUE,
    TODAY,
    Moments,
    alerts_for,
    escalated,
    in_buckets,
    mine,
    of_nobody,
    open_deadlines,
)
from tenancy.context import through_doors  # noqa: TID251 - see docs/tenancy.md
from tenancy.models import Membership
from tenancy.roles import Role

WHO_HAS_WORK = """
    SELECT agency_id FROM coordination_outgoingmessage WHERE next_try_at <= %(now)s
    UNION SELECT agency_id FROM coordination_mailsettings WHERE digest_next_at <= %(now)s
    UNION SELECT agency_id FROM coordination_alert WHERE told_at IS NULL
"""


def agencies_with_work(now: datetime) -> list[int]:
    """The agencies that have something to send or to tell of."""
    with through_doors() as cursor:
        cursor.execute(WHO_HAS_WORK, {"now": now})
        return [agency for (agency,) in cursor.fetchall()]


def digest_of(person: Membership, at: Moments) -> dict[str, dict[str, int]]:
    """Counts by kind: overdue and due today of theirs; for supervisors what they were told of, and what nobody answers for."""
    parts: dict[str, dict[str, int]] = {"overdue": {}, "today": {}, "escalated": {}, "nobody": {}}
    own = in_buckets(mine(person.pk), at, reader=person.pk).filter(bucket__in=(OVERDUE, TODAY))
    for bucket, kind, n in own.order_by().values_list("bucket", "kind").annotate(Count("pk")).order_by("kind"):
        parts[bucket][kind] = n
    if person.role == Role.SUPERVISOR:
        parts["escalated"] = _by_kind(escalated(open_deadlines()))
        parts["nobody"] = _by_kind(of_nobody().filter(due_at__lte=at.day_ends))
    return parts


def _by_kind(found: QuerySet[Deadline]) -> dict[str, int]:
    return dict(found.order_by("kind").values_list("kind").annotate(Count("pk")))


def new_alerts_for(person: Membership, untold: set[int], *, now: datetime) -> list[Alert]:
    """Of alerts that nobody was told of yet those that stand for a person; of one deadline the last level."""
    found = alerts_for(person.pk, person.role, now=now).filter(pk__in=untold).select_related("deadline")
    return list({alert.deadline_id: alert for alert in found.order_by("level")}.values())


def mail_settings_of(person: UUID) -> MailSettings | None:
    return MailSettings.objects.filter(person=person).first()


def calendar_feed_of(person: UUID) -> CalendarFeed | None:
    """The address in force."""
    return CalendarFeed.objects.filter(person=person, revoked_at=None).first()


def endpoints() -> QuerySet[WebhookEndpoint]:
    """Each with how many messages wait and were given up, when one was last sent, and why one was last not."""
    failed = (
        OutgoingMessage.objects.filter(endpoint=OuterRef("pk"), sent_at=None).exclude(fault="").order_by("-written_at")
    )
    return (
        WebhookEndpoint.objects.select_related("added_by")
        .annotate(
            waiting=Count("messages", filter=Q(messages__next_try_at__isnull=False)),
            given_up=Count("messages", filter=Q(messages__given_up_at__isnull=False)),
            last_sent_at=Max("messages__sent_at"),
            last_fault=Subquery(failed.values("fault")[:1]),
            last_status=Subquery(failed.values("status")[:1]),
        )
        .order_by("added_at", "pk")
    )


def mail_given_up() -> QuerySet[OutgoingMessage]:
    """Mail that nobody tries to send any more, the newest first."""
    return (
        OutgoingMessage.objects.select_related("person")
        .filter(given_up_at__isnull=False, person__isnull=False)
        .order_by("-given_up_at", "-pk")
    )
