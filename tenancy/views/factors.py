"""allauth's pages of second factors, each in the name of the person whose factors they are: the table's wall knows nobody else."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.stagekit import unstash_login
from allauth.account.views import LoginView
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from tenancy.context import person_context
from tenancy.models import User

View = Callable[..., HttpResponseBase]


def in_own_name(view: View) -> View:
    """Run the view, and render it, in the name of who is signed in, or of who has given a password and not yet the second factor."""

    @wraps(view)
    def inside(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        person = _person_of(request)
        if person is None:
            return view(request, *args, **kwargs)
        with person_context(person):
            response = view(request, *args, **kwargs)
            if hasattr(response, "render") and not response.is_rendered:
                response.render()
            return response

    return inside


def _person_of(request: HttpRequest) -> User | None:
    if request.user.is_authenticated:
        return request.user
    pending = unstash_login(request, peek=True)
    return pending.user if pending else None


class SignIn(LoginView):
    def form_valid(self, form: Any) -> HttpResponseBase:
        """The password was right: whether a second factor is wanted is asked in that person's name."""
        with person_context(form.user):
            return super().form_valid(form)


class PasskeySignIn(LoginWebAuthnView):
    def form_valid(self, form: Any) -> HttpResponseBase:
        with person_context(form.cleaned_data["credential"].user):
            return super().form_valid(form)


sign_in = SignIn.as_view()
passkey_sign_in = PasskeySignIn.as_view()
