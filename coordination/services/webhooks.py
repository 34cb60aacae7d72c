"""The systems that are told of alerts: added, paused, tried, removed."""

import secrets
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from coordination.models import MessageKind, OutgoingMessage, WebhookEndpoint
from coordination.rules.outbox import is_outside
from tenancy.access import require
from tenancy.models import Membership
from tenancy.secrets import seal

MOST = 20
"""Of one agency: every alert makes a message for each."""


@transaction.atomic
def endpoint_add(*, actor: Membership, url: str, now: datetime, form_key: UUID) -> tuple[WebhookEndpoint, str]:
    """Tell this address of alerts from now on. The endpoint, and the secret that signs what it is sent, which is told this once."""
    require(actor, "outbox.write")
    if fault := _fault_of(url):
        raise ValidationError({"url": fault})
    if WebhookEndpoint.objects.filter(pk=form_key).exists():
        raise ValidationError(
            _("This form added its endpoint already, and the secret was shown then. Remove it if it was not kept.")
        )
    if WebhookEndpoint.objects.count() >= MOST:
        raise ValidationError(_("%(most)d endpoints are the most: remove one first.") % {"most": MOST})
    secret = secrets.token_urlsafe(32)
    endpoint = WebhookEndpoint(pk=form_key, url=url, secret=seal(secret.encode()), added_by=actor, added_at=now)
    endpoint.full_clean(exclude=["agency", "added_by"])
    endpoint.save(force_insert=True)
    return endpoint, secret


def _fault_of(url: str) -> str:
    """What is wrong with an address, before anything is sent there; the host behind the name is looked at each time (calls.py)."""
    parts = urlsplit(url)
    if parts.username or parts.password or parts.fragment:
        return _("An address has no name, password or “#” in it: the signature says who calls.")
    if settings.WEBHOOKS_ANYWHERE:
        return ""
    if parts.scheme != "https":
        return _("The address begins with %(scheme)s: only https is called.") % {"scheme": parts.scheme}
    try:
        inside = not is_outside(parts.hostname or "")
    except ValueError:
        inside = "." not in (parts.hostname or "")  # a name, which is resolved when it is called
    return (
        _("%(host)s is inside a private network: only public hosts are called.") % {"host": parts.hostname}
        if inside
        else ""
    )


@transaction.atomic
def endpoint_pause(*, actor: Membership, endpoint: WebhookEndpoint, now: datetime) -> None:
    """Write nothing more for it, and let wait what is written."""
    require(actor, "outbox.write")
    WebhookEndpoint.objects.filter(pk=endpoint.pk, paused_at=None).update(paused_at=now)


@transaction.atomic
def endpoint_resume(*, actor: Membership, endpoint: WebhookEndpoint) -> None:
    """Go on, with what waits first. Alerts of the pause are not made up for."""
    require(actor, "outbox.write")
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(paused_at=None)


@transaction.atomic
def endpoint_remove(*, actor: Membership, endpoint: WebhookEndpoint) -> None:
    """Tell it nothing more; what waits for it goes too."""
    require(actor, "outbox.write")
    endpoint.delete()


@transaction.atomic
def endpoint_try(*, actor: Membership, endpoint: WebhookEndpoint, now: datetime) -> None:
    """Send it a message that says nothing but that it arrives; asked for twice within a minute, one."""
    require(actor, "outbox.write")
    key = f"trial:{endpoint.pk}:{now:%Y-%m-%dT%H:%M}"
    trial = OutgoingMessage(kind=MessageKind.TRIAL, key=key, endpoint=endpoint, written_at=now, next_try_at=now)
    OutgoingMessage.objects.bulk_create([trial], ignore_conflicts=True)
