"""How allauth behaves here: nobody signs up by themselves, and second factors are read and written in their person's name only."""

import base64
from typing import Any

from allauth.account import auth_backends
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from tenancy.context import person_context
from tenancy.models import User
from tenancy.selectors.people import user_by_id


class AuthenticationBackend(auth_backends.AuthenticationBackend):
    def get_user(self, user_id: int) -> User | None:
        """Asked at every request."""
        user = user_by_id(user_id)
        return user if user and self.user_can_authenticate(user) else None


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """An administrator brings people in."""
        return False

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """Also asked for where no view has opened the person's name."""
        if not user.is_authenticated:
            return []
        with person_context(user):
            return list(super().get_reauthentication_methods(user))


class FactorAdapter(DefaultMFAAdapter):
    """Secrets of authenticator apps and recovery codes are stored encrypted: a dump of the database signs nobody in."""

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        return "Careledger"

    def generate_authenticator_name(self, user: User, type: Any) -> str:
        return _("Passkey")


def _box() -> MultiFernet:
    """Keys made from SECRET_KEY, and from the keys before it while they are exchanged."""
    return MultiFernet(
        [
            Fernet(base64.urlsafe_b64encode(HKDF(SHA256(), 32, None, b"tenancy.accounts").derive(key.encode())))
            for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        ]
    )
