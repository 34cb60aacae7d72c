"""Tokens of machines: made, and revoked."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from tenancy.access import require
from tenancy.clock import local_day
from tenancy.context import current_agency
from tenancy.machines import hash_of, new_secret, token_text
from tenancy.models import Membership, ServiceToken, uuid7
from tenancy.scopes import SCOPES
from tenancy.writes import refusing

LASTS_AT_MOST = timedelta(days=2 * 366)


@transaction.atomic
def service_token_make(
    *,
    actor: Membership | None,
    name: str,
    scopes: Collection[str],
    last_day: date,
    now: datetime,
    form_key: UUID | None = None,
) -> tuple[ServiceToken, str]:
    """Make a token that is good until the end of `last_day`; the text that its machine shows, which is told this once.

    `form_key` is the form's: sent twice it is refused, since the text of the first is not known any more. `actor` is empty for a
    command.
    """
    if actor:
        require(actor, "service_token.write")
    unknown = sorted(set(scopes) - SCOPES.keys())
    if unknown or not scopes:
        raise ValidationError({"scopes": _("Choose what the machine may do.")})
    today = local_day(now, current_agency().zone)
    if not today <= last_day <= today + LASTS_AT_MOST:
        told = _("%(day)s is not possible: choose a day from today to two years from now.")
        raise ValidationError({"last_day": told % {"day": last_day.isoformat()}})
    if form_key and ServiceToken.objects.filter(pk=form_key).exists():
        told = _(
            "This form made its token already, and the token was shown then. Revoke it and make another if it was not kept."
        )
        raise ValidationError(told)
    secret = new_secret()
    ends = datetime.combine(last_day + timedelta(days=1), time(), tzinfo=current_agency().zone)
    token = ServiceToken(
        pk=form_key or uuid7(),
        name=name.strip(),
        token_hash=hash_of(secret),
        scopes=sorted(scopes),
        made_by=actor,
        made_at=now,
        expires_at=ends,
    )
    token.full_clean(exclude=["agency", "made_by", "revoked_by"])
    with refusing({"name": _("A token of this name is in force: revoke it first, or take another name.")}):
        token.save(force_insert=True)
    return token, token_text(current_agency(), secret)


@transaction.atomic
def service_token_revoke(*, actor: Membership, token: ServiceToken, now: datetime) -> None:
    """Shut its machine out at once, for good. Revoked twice it is revoked once."""
    require(actor, "service_token.write")
    token = ServiceToken.objects.select_for_update().get(pk=token.pk)
    if token.revoked_at is None:
        token.revoked_at, token.revoked_by = now, actor
        token.save()
