"""Signing a person in through allauth, so that second factors and limits hold whichever way they came."""

from allauth.account.utils import perform_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from tenancy.models import User


def sign_in(request: HttpRequest, user: User) -> HttpResponseBase:
    """Sign `user` in; the answer leads to their agency."""
    return perform_login(request, user, email_verification="none")
