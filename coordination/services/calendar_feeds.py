"""The secret addresses under which calendars read what is due: made, revoked, opened."""

import re
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from coordination.models import CalendarFeed
from coordination.services.outbox import can_be_mailed
from tenancy.access import NotFound, require
from tenancy.context import current_agency
from tenancy.links import from_outside
from tenancy.machines import hash_of, new_secret
from tenancy.models import Agency, Membership

USE_NOTED_EVERY = timedelta(minutes=10)
TOKEN = re.compile(r"([0-9]{1,18})_([A-Za-z0-9_-]{43})")
"""The agency, so that its context can be opened, and the secret. Knowing an agency's number opens nothing."""


@transaction.atomic
def feed_make(*, actor: Membership, now: datetime) -> str:
    """A new address for the person's calendar, told this once; the one before it stops working."""
    require(actor, "deadline.read")
    Membership.objects.select_for_update().get(pk=actor.pk)  # two at once are one after the other
    feed_revoke(actor=actor, now=now)
    secret = new_secret()
    CalendarFeed.objects.create(person=actor, token_hash=hash_of(secret), made_at=now)
    return from_outside(reverse("calendar_feed", args=[f"{current_agency().pk}_{secret}"]))


@transaction.atomic
def feed_revoke(*, actor: Membership, now: datetime) -> None:
    """Make the person's address useless."""
    require(actor, "deadline.read")
    CalendarFeed.objects.filter(person=actor, revoked_at=None).update(revoked_at=now)


def agency_of(token: str) -> tuple[Agency, str]:
    """The agency that the token of an address names, and its secret; NotFound when it has not the form of one."""
    found = TOKEN.fullmatch(token)
    agency = Agency.objects.filter(pk=int(found[1])).first() if found else None
    if found is None or agency is None:
        raise NotFound
    return agency, found[2]


@transaction.atomic
def feed_open(*, secret: str, now: datetime) -> Membership:
    """Whose calendar it is, in the context of the agency; NotFound for a secret that is nobody's, or no longer."""
    feed = CalendarFeed.objects.select_related("person").filter(token_hash=hash_of(secret), revoked_at=None).first()
    if feed is None or not can_be_mailed(feed.person):
        raise NotFound
    if feed.last_used_at is None or feed.last_used_at < now - USE_NOTED_EVERY:
        CalendarFeed.objects.filter(pk=feed.pk).update(last_used_at=now)
    return feed.person
