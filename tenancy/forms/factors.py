"""Passkeys: adding one, and signing in with one alone."""

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm, LoginWebAuthnForm
from allauth.mfa.webauthn.internal import auth
from django import forms
from django.utils.translation import gettext_lazy as _

from tenancy.context import person_context


class NewPasskeyForm(AddWebAuthnForm):
    """A key that can be all of signing in is that, unless its owner says otherwise: older security keys know no PIN."""

    passwordless = forms.BooleanField(
        label=_("Sign in with it alone, without the password"),
        help_text=_(
            "Your device asks for a fingerprint, face or PIN each time. Unticked, it comes after the password."
        ),
        required=False,
        initial=True,
    )


class PasskeyForm(LoginWebAuthnForm):
    def clean_credential(self) -> Authenticator:
        """The answer says whose key it is: the public keys of that person, and of nobody else, are read to check it."""
        credential = self.cleaned_data["credential"]
        auth.parse_authentication_response(credential)
        with person_context(auth.extract_user_from_response(credential)):
            return super().clean_credential()
