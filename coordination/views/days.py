"""A person's day: its entries on a line of hours, and what can be done where two of them share minutes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from coordination import access
from coordination.forms.time_logs import WAYS
from coordination.models import Contact
from coordination.rules.spans import ways_out
from coordination.selectors.time_entries import contacts_near, logs_of_author, span_of
from coordination.services.contacts import may_change
from coordination.views.day_picture import Row, picture_of
from coordination.views.entries import Choice, clock_words, entries_of
from tenancy import audit, clock
from tenancy.links import here
from tenancy.views import needs


@dataclass(frozen=True, slots=True)
class Clash:
    """A row of the picture that shares minutes, and what it can become."""

    row: Row
    ways: tuple[Choice, ...]


@require_safe
@needs("time_log.record")
def my_day(request: HttpRequest) -> HttpResponse:
    """Today's entries of one's own."""
    member = request.membership
    return redirect(here("coordination:day", member=member.pk, day=clock.today(member.agency.zone)))


@require_safe
@needs("time_log.record")
def day(request: HttpRequest, member: UUID, day: date) -> HttpResponse:
    person = access.day_for(request.membership, member)
    zone, today = request.membership.agency.zone, clock.today(request.membership.agency.zone)
    entries = entries_of(logs_of_author(person, day), zone)
    near = contacts_near(person, day)
    here_today = {each.pk for each in near if each.service_date == day}
    contacts = [each for each in near if each.pk in here_today or _meets_one_of(each, near, here_today)]
    audit.note_reads({entry.contact.patient_id for entry in entries} | {each.patient_id for each in contacts})
    picture = picture_of(contacts, zone)
    clashes = [
        Clash(
            row, _ways(row.contact, contacts, clock.now(), zone) if may_change(request.membership, row.contact) else ()
        )
        for row in picture.rows
        if row.meets and row.contact
    ]
    context = {
        "person": person,
        "day": day,
        "yesterday": day - timedelta(days=1),
        "tomorrow": day + timedelta(days=1) if day < today else None,
        "is_mine": person.pk == request.membership.pk,
        "entries": entries,
        "total": sum(entry.minutes for entry in entries),
        "picture": picture if picture.rows else None,
        "clashes": clashes,
    }
    return render(request, "coordination/day.html", context)


def _meets_one_of(contact: Contact, near: Sequence[Contact], today: set[UUID]) -> bool:
    """Whether an entry of a day beside this one runs over midnight into one of today."""
    span = span_of(contact)
    return any(span and (other := span_of(each)) and span.overlaps(other) for each in near if each.pk in today)


def _ways(contact: Contact, contacts: Sequence[Contact], now: datetime, zone: ZoneInfo) -> tuple[Choice, ...]:
    span = span_of(contact)
    others = [each for other in contacts if other.pk != contact.pk and (each := span_of(other))]
    if span is None:
        return ()
    found = []
    for way, pieces in ways_out(span, others, now).items():
        words = ", ".join(f"{clock_words(piece.start, zone)}–{clock_words(piece.stop, zone)}" for piece in pieces)
        found.append(Choice(way.value, WAYS[way] % {"pieces": words}, False))
    return tuple(found)
