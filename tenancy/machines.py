"""Letting a machine in by its token.

The text of a token is `cl_<agency>_<secret>`: it names its agency, so that the agency's context can be opened before the hash of the
secret is looked up behind the wall. Knowing an agency's number opens nothing.
"""

import hashlib
import re
import secrets
from datetime import datetime, timedelta

from tenancy.context import agency_context
from tenancy.models import Agency, ServiceToken

USE_NOTED_EVERY = timedelta(minutes=10)
_TEXT = re.compile(r"cl_([0-9]{1,18})_([A-Za-z0-9_-]{43})")


class TokenRefused(Exception):
    """No such token, or it has expired, was revoked, or is not for this door: to whoever shows it all of these are one."""


def token_text(agency: Agency, secret: str) -> str:
    """What a machine is given."""
    return f"cl_{agency.pk}_{secret}"


def new_secret() -> str:
    """256 bits that nobody guesses, so a plain hash keeps them."""
    return secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def token_shown(text: str, *, scope: str, now: datetime) -> tuple[Agency, ServiceToken]:
    """The token in force that this is the text of, and its agency. Raises TokenRefused.

    In a transaction of its own: that the token was used stays noted, whatever becomes of the work.
    """
    found = _TEXT.fullmatch(text.strip())
    agency = Agency.objects.filter(pk=int(found[1])).first() if found else None
    if found is None or agency is None:
        raise TokenRefused
    with agency_context(agency):
        token = ServiceToken.objects.filter(token_hash=hash_of(found[2])).first()
        if token is None or not token.is_in_force(now) or scope not in token.scopes:
            raise TokenRefused
        if token.used_at is None or token.used_at < now - USE_NOTED_EVERY:
            ServiceToken.objects.filter(pk=token.pk).update(used_at=now)
    return agency, token
