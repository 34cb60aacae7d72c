"""Opens the agency that the path names (/a/<slug>/...) around a whole request.

The request's transaction begins here: ATOMIC_REQUESTS alone opens one too late for the token, and is kept as the view's savepoint,
so that a failing view loses its writes while the access log, in the outer transaction, keeps its reads.
"""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import structlog
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from tenancy import audit, sessions
from tenancy.access import NotFound
from tenancy.context import agency_context, person_context, reason
from tenancy.models import Agency, Membership
from tenancy.selectors.people import membership_at

log = structlog.get_logger(__name__)

AGENCY_PATH = re.compile(r"^/a/(?P<slug>[^/\x00]+)/")  # PostgreSQL takes no NUL; an address with one matches no route

ACTING_AS = "X-Acting-As"
"""Sent by every request of a page's scripts: the membership for whom the page was made."""


class AgencyMiddleware:
    """Signed in and a member: the view runs in that agency. Signed in and not: 404, as for a slug nobody has. Else: sign-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.membership = None
        if (path := AGENCY_PATH.match(request.path_info)) is None:
            return self.get_response(request)
        if not request.user.is_authenticated:
            return sessions.sign_in_again(request)
        with person_context(request.user):
            membership = membership_at(path["slug"])
            if membership is None:
                # No agency's access log can name somebody who is no member of it: operators see it.
                agency = Agency.objects.filter(slug=path["slug"]).values_list("pk", flat=True).first()
                log.warning("stranger_refused", user=request.user.pk, agency=agency)
                raise NotFound  # answered like any address that does not exist
            if request.headers.get(ACTING_AS, str(membership.pk)) != str(membership.pk):
                raise PermissionDenied  # somebody else has signed in since the page was opened: it is not theirs to send
            response = self._in_agency(request, membership)
        if (match := request.resolver_match) and response.status_code in (403, 404):
            with agency_context(
                membership.agency
            ):  # a transaction of its own: it stands whatever became of the request's
                audit.write_refusal(membership, match.view_name, _asked_for(match.kwargs))
        return response

    def _in_agency(self, request: HttpRequest, membership: Membership) -> HttpResponseBase:
        request.membership = membership
        who = reason(membership=str(membership.pk))
        with who, agency_context(membership.agency), audit.collecting():
            if sessions.is_over(request, sessions.idle_minutes_of(request, membership.agency)):
                logout(request)
                request.membership = None
                return sessions.sign_in_again(request)
            response = self.get_response(request)
            if hasattr(response, "render") and not response.is_rendered:
                response.render()
            match = request.resolver_match
            audit.write_reads(membership, match.view_name if match else "")
        response.headers["Cache-Control"] = "no-store"  # patient data stays in no browser's or proxy's cache
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> None:
        """Views are written for one agency: the slug has done its work."""
        kwargs.pop("agency", None)


def _asked_for(kwargs: dict[str, Any]) -> UUID | None:
    """The last id of an address is the object that was asked for; those before it are what it belongs to."""
    return next((value for value in reversed(kwargs.values()) if isinstance(value, UUID)), None)
