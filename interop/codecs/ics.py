"""Calendars, for programs that subscribe to one (RFC 5545, RFC 7986). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from icalendar import Calendar, Event

ASKED_AGAIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something for one whole day. `ident` stays the same when the day moves, and `version` grows."""

    ident: str
    day: date
    title: str
    text: str
    link: str
    version: int


def calendar_of(name: str, entries: Iterable[Entry], made_at: datetime) -> bytes:
    """The calendar of this name as a file. A whole day is the same day in every zone; nobody is shown as busy by it."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Careledger//Deadlines//EN")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", ASKED_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for entry in entries:
        event = Event()
        event.add("uid", entry.ident)
        event.add("dtstamp", made_at)
        event.add("sequence", entry.version)
        event.add("dtstart", entry.day)
        event.add("dtend", entry.day + timedelta(days=1))
        event.add("summary", entry.title)
        event.add("description", entry.text)
        event.add("url", entry.link)
        event.add("class", "PRIVATE")
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
