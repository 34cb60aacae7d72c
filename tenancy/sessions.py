"""How long a signed-in session lives, and which ones a person has.

A session ends when nobody has used it for the idle time (15 minutes; an agency may shorten it), and 12 hours after sign-in in any
case. What a page's scripts ask for by themselves does not count as use. Sessions are in the cache and not in SQL
(docs/decisions/0008), and so is the list of a person's sessions: no row tells one agency's people of another's.
"""

import hashlib
from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from tenancy import clock
from tenancy.models import LONGEST_IDLE_MINUTES, Agency
from tenancy.selectors.places import settings_of_agency

POLLING = "X-Polling"
"""Sent with what a page asks for without a person: polls, things loaded later. It keeps no session alive."""
ABSOLUTE_SECONDS = settings.SESSION_COOKIE_AGE
WRITE_EVERY_SECONDS = 10
"""A busy session is not written at every request; so it may end this much early, never late."""
READ_EVERY_SECONDS = 60
"""A busy session does not ask for its agency's settings at every request; so a change takes this long to reach everybody."""
SINCE, SEEN, IDLE, LISTED = "signed_in_at", "seen_at", "idle_minutes", "listed_as"


class SessionLimits:
    """Ends what is too old before any view runs, and afterwards notes that a person was here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated and is_over(request, LONGEST_IDLE_MINUTES):
            logout(request)
        response = self.get_response(request)
        if request.user.is_authenticated:
            _note(request)
        return response


def is_over(request: HttpRequest, idle_minutes: int) -> bool:
    """Whether this session has rested for so many minutes, or has reached its absolute end."""
    now, session = clock.security_now(), request.session
    return now - session.get(SEEN, now) >= idle_minutes * 60 or now - session.get(SINCE, now) >= ABSOLUTE_SECONDS


def idle_minutes_of(request: HttpRequest, agency: Agency) -> int:
    """How long this agency, which is in context, lets a session rest."""
    now = clock.security_now()
    of, minutes, read_at = request.session.get(IDLE, (None, 0, 0))
    if of != agency.pk or now - read_at >= READ_EVERY_SECONDS:
        minutes = settings_of_agency().idle_minutes
        request.session[IDLE] = (agency.pk, minutes, now)
    return minutes


def _note(request: HttpRequest) -> None:
    """A person was here. What a script asked for by itself changes nothing."""
    session, now = request.session, clock.security_now()
    if session.session_key is None:
        session.create()
    is_new = session.get(LISTED) != _handle(session.session_key)
    if not is_new and (POLLING in request.headers or now - session[SEEN] < WRITE_EVERY_SECONDS):
        return
    session.setdefault(SINCE, now)
    session[SEEN], session[LISTED] = now, _handle(session.session_key)
    known = _living(request.user.pk)
    known[session[LISTED]] = {
        "key": session.session_key,
        "since": session[SINCE],
        "seen": now,
        "browser": request.headers.get("User-Agent", "")[:300],
    }
    _write(request.user.pk, known)


def sign_in_again(request: HttpRequest) -> HttpResponseBase:
    """To the sign-in page; afterwards to the page that was asked for, or, after something was sent, to the page above it."""
    if request.method in ("GET", "HEAD"):
        return redirect_to_login(request.get_full_path())
    return redirect_to_login(request.path.rstrip("/").rpartition("/")[0] + "/")


# The list of a person's sessions: {handle: {key, since, seen, browser}}. What two writers at once lose comes back with the session's
# next use.


def of_person(user_id: int) -> list[dict[str, Any]]:
    """A person's living sessions, the last used first, each under its handle; their keys stay here."""
    found = [
        {"handle": handle, "since": each["since"], "seen": each["seen"], "browser": each["browser"]}
        for handle, each in _living(user_id).items()
    ]
    return sorted(found, key=lambda each: each["seen"], reverse=True)


def end(user_id: int, handle: str) -> None:
    """End one of a person's sessions; another person's handle, or none at all, changes nothing."""
    known = _living(user_id)
    if gone := known.pop(handle, None):
        _store().delete(gone["key"])
        _write(user_id, known)


def end_all(user_id: int, *, but: str | None = None) -> None:
    """End every session of a person, or every one but that with the handle `but`."""
    known = _living(user_id)
    for handle, each in known.items():
        if handle != but:
            _store().delete(each["key"])
    _write(user_id, {handle: each for handle, each in known.items() if handle == but})


def handle_of(request: HttpRequest) -> str:
    """What the session of this request is called in the list."""
    return _handle(request.session.session_key)


def _living(user_id: int) -> dict[str, dict[str, Any]]:
    store = _store()
    return {handle: each for handle, each in cache.get(_name(user_id), {}).items() if store.exists(each["key"])}


def _write(user_id: int, known: dict[str, dict[str, Any]]) -> None:
    cache.set(_name(user_id), known, ABSOLUTE_SECONDS)


def _name(user_id: int) -> str:
    return f"sessions-of-{user_id}"


def _handle(session_key: str | None) -> str:
    """A session's key signs in whoever has it, so pages name it by a hash."""
    return hashlib.sha256((session_key or "").encode()).hexdigest()[:24]


def _store() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore()
