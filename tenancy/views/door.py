"""The door: who may open a view, which agency to work in, and what a refused page says."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from tenancy import access
from tenancy.context import person_context
from tenancy.models import Membership
from tenancy.roles import CAPABILITIES, roles_with

View = Callable[..., HttpResponse]


def needs(capability: str) -> Callable[[View], View]:
    """Only roles with this capability open the view. The access matrix test reads the name off the view."""
    if capability not in CAPABILITIES:
        raise ValueError(f"unknown capability {capability!r}: add it to tenancy/roles.py")

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            access.require(request.membership, capability)
            return view(request, *args, **kwargs)

        checked.capability = capability
        return checked

    return decorate


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """One agency: straight to its door. Several: choose. None: say who can help."""
    with person_context(request.user):
        mine = list(
            Membership.objects.select_related("agency").filter(is_active=True).exclude(role="").order_by("agency__name")
        )
        if len(mine) == 1:
            return redirect(reverse("coordination:door", kwargs={"agency": mine[0].agency.slug}))
        return render(request, "tenancy/home.html", {"memberships": mine})


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The 403 page: what is missing, and which roles have it."""
    capability = getattr(exception, "capability", "")
    return render(request, "403.html", {"roles": roles_with(capability)}, status=403)
