"""What is stored sealed: a copy of the database shows none of it. The keys are `SEALING_KEYS`, newest first: the first seals,
and each of them opens."""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unreadable(Exception):
    """It was sealed with a key that is no longer among ours, or it was changed since."""


def seal(content: bytes) -> bytes:
    """Encrypt and sign, for a column."""
    return _box().encrypt(content)


def unseal(sealed: bytes | memoryview) -> bytes:
    """What was sealed; Unreadable when it cannot be told."""
    try:
        return _box().decrypt(bytes(sealed))
    except InvalidToken:
        raise Unreadable from None


def _box() -> MultiFernet:
    return MultiFernet(
        [
            Fernet(base64.urlsafe_b64encode(HKDF(SHA256(), 32, None, b"tenancy.secrets").derive(key)))
            for key in settings.SEALING_KEYS
        ]
    )
