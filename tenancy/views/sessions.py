"""A person's own sessions, and the sign of life of a page that somebody is using."""

from datetime import UTC, datetime

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tenancy import browsers, clock, sessions


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def own_sessions(request: HttpRequest) -> HttpResponse:
    """Where one is signed in; ending one session, or all others."""
    me, here = request.user.pk, sessions.handle_of(request)
    if request.method == "POST":
        ending = request.POST.get("end", "")
        if ending == here:
            logout(request)
            return redirect("account_login")
        if ending == "others":
            sessions.end_all(me, but=here)
            messages.success(request, _("Signed out everywhere else."))
        else:
            sessions.end(me, ending)
            messages.success(request, _("Signed out there."))
        return redirect("account_sessions")
    rows = [
        {
            "handle": each["handle"],
            "browser": browsers.in_words(each["browser"]) or _("An unknown browser"),
            "since": datetime.fromtimestamp(each["since"], UTC),
            "seen": datetime.fromtimestamp(each["seen"], UTC),
            "is_this": each["handle"] == here,
        }
        for each in sessions.of_person(me)
    ]
    now = datetime.fromtimestamp(clock.security_now(), UTC)
    return render(request, "account/sessions.html", {"sessions": rows, "now": now})


@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    """Somebody is typing, or said that they are still here: that the request was let in is the whole answer."""
    return HttpResponse(status=204)
