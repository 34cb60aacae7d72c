"""A person's calendar, for a program that knows its secret address. Nobody signs in: the address is the key."""

import hashlib
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from coordination.models import Deadline
from coordination.selectors.deadlines import mine
from coordination.services.calendar_feeds import agency_of, feed_open
from interop.codecs.ics import Entry, calendar_of
from tenancy import clock
from tenancy.context import agency_context, current_agency, reason
from tenancy.links import from_outside, here


@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """What is due for the person who made the address: kinds and links, nobody's name. Any other address answers like none."""
    agency, secret = agency_of(token)
    with reason(door="calendar"), agency_context(agency):
        now = clock.now()
        person = feed_open(secret=secret, now=now)
        entries = [_entry(each, now) for each in mine(person.pk).order_by("due_at", "pk")]
        name = _("%(agency)s deadlines") % {"agency": current_agency().name}
        body = calendar_of(name, entries, now)
    tag = (
        f'W/"{hashlib.sha256(repr((name, entries)).encode()).hexdigest()}"'  # weak: every answer says when it was made
    )
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Disposition"] = 'inline; filename="careledger.ics"'
    answer = get_conditional_response(request, etag=tag, response=response)
    answer.headers.setdefault("Cache-Control", response.headers["Cache-Control"])
    return answer


def _entry(deadline: Deadline, now: datetime) -> Entry:
    kind = str(deadline.get_kind_display())
    title = _("Overdue: %(what)s") % {"what": kind} if deadline.due_at <= now else kind
    link = from_outside(here("coordination:deadline", deadline=deadline.pk))
    text = _("Due by the end of this day. Open it in Careledger: %(link)s") % {"link": link}
    return Entry(str(deadline.pk), deadline.due_on, title, text, link, deadline.version)
