"""Signing in with a passkey alone."""

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import LoginWebAuthnForm
from allauth.mfa.webauthn.internal import auth

from tenancy.context import person_context


class PasskeyForm(LoginWebAuthnForm):
    def clean_credential(self) -> Authenticator:
        """The answer says whose key it is: the public keys of that person, and of nobody else, are read to check it."""
        credential = self.cleaned_data["credential"]
        auth.parse_authentication_response(credential)
        with person_context(auth.extract_user_from_response(credential)):
            return super().clean_credential()
