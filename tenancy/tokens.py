"""Signed tokens that tell PostgreSQL which agency or person a transaction works for.

A token is `kind + id : expiry : mac`. `app_sec.agency()` and `person()` (sql/verify.sql) recompute the mac from a key that only
the owner role can read, so that SQL injected through the application role can neither forge a token nor work without one.
"""

import hashlib

from django.conf import settings

from tenancy import clock

AGENCY = "a"
PERSON = "u"
LIFETIME_SECONDS = 3600
"""Longer than any request or job chunk; PostgreSQL compares with the start of the transaction."""


def mint(kind: str, ident: int, lifetime: int = LIFETIME_SECONDS) -> str:
    """A token for an agency (kind `AGENCY`) or a person (kind `PERSON`), signed with the newest key."""
    message = f"{kind}{ident}:{clock.security_now() + lifetime}"
    return f"{message}:{_mac(settings.TENANCY_TOKEN_KEYS[0], message)}"


def _mac(key: bytes, message: str) -> str:
    # Hash twice over key and message (the inner digest stops length extension): PostgreSQL has sha256() built in, hmac() not.
    inner = hashlib.sha256(key + message.encode()).digest()
    return hashlib.sha256(key + inner).hexdigest()
