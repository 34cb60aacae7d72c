"""What happened to the entries of a month after they were made: who changed what, before and after; and which were made late."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.dateformat import format as format_date
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from coordination.selectors.time_entries import Version
from tenancy.clock import local_day
from tenancy.models import Membership


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of one entry; `before` is empty where it was made late. No note stands here: the entry's own page has it."""

    at: datetime
    by: Membership | None
    contact: UUID
    day: date
    did: str
    before: str
    after: str
    why: str
    is_late: bool = False


def edits_of(histories: Mapping[UUID, Sequence[Version]], zone: ZoneInfo) -> tuple[Edit, ...]:
    """Of all entries, newest first."""
    found = [edit for versions in histories.values() for edit in _edits(versions, zone)]
    return tuple(sorted(found, key=lambda edit: edit.at, reverse=True))


def _edits(versions: Sequence[Version], zone: ZoneInfo) -> Iterator[Edit]:
    made = versions[-1]
    if local_day(made.contact.recorded_at, zone) != made.contact.service_date:
        yield Edit(*_who(made), _("entered"), "", _said(made, zone), made.contact.reason, is_late=True)
    for after, before in pairwise(versions):
        was, now = _said(before, zone), _said(after, zone)
        if not after.parts:
            did = _("voided")
        elif was != now:
            did = _("changed")
        elif before.contact.reviewed_at != after.contact.reviewed_at:
            did, was, now = _("reviewed"), "", ""
        else:
            did, was, now = _("changed what was said about the contact"), "", ""
        why = after.contact.reason if after.contact.reason != before.contact.reason or now else ""
        yield Edit(*_who(after), did, was, now, why)


def _who(version: Version) -> tuple[datetime, Membership | None, UUID, date]:
    return version.at, version.by, version.contact.pgh_obj_id, version.contact.service_date


def _said(version: Version, zone: ZoneInfo) -> str:
    """Day, clock, minutes by program and activity, in one line."""
    if not version.parts:
        return _("void")
    contact = version.contact
    when = format_date(contact.service_date, "M j")
    if contact.started_at:
        clock = (localtime(each, zone) for each in (contact.started_at, contact.stopped_at))
        when += ", " + "–".join(format_date(each, "G:i") for each in clock)
    parts = [
        _("%(n)s min %(program)s") % {"n": part.minutes, "program": part.get_program_display()}
        for part in version.parts
    ]
    return f"{when}: {' + '.join(parts)}, {version.parts[0].get_activity_display()}"
