"""Time as a patient's page shows it: the month's entries, and the panel that adds one."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest

from coordination.forms.time_logs import WAYS, TimeLogForm
from coordination.models import LOGGED_FOR, Contact, Patient, TimeLog
from coordination.rules.stopwatch import is_forgotten, measured
from coordination.selectors.phrases import phrases_for
from coordination.selectors.timers import timer_of
from coordination.services.measuring import Overlap
from coordination.views.day_picture import Picture, picture_of
from tenancy import audit, clock
from tenancy.roles import may

PROGRAMS = [program for program, _label in LOGGED_FOR]


@dataclass(slots=True)
class Entry:
    """One contact with its logs, one for each program. Without a live one the entry is void."""

    contact: Contact
    entered_late: bool
    live: list[TimeLog] = field(default_factory=list)
    void: list[TimeLog] = field(default_factory=list)

    @property
    def minutes(self) -> int:
        return sum(log.minutes for log in self.live)

    @property
    def first(self) -> TimeLog:
        return (self.live or self.void)[0]

    @property
    def is_on_behalf(self) -> bool:
        return self.contact.author_id != self.contact.recorded_by_id


def entries_of(logs: Iterable[TimeLog], zone: ZoneInfo) -> list[Entry]:
    """Logs by contact, in the order in which they come."""
    entries: dict[UUID, Entry] = {}
    for log in logs:
        contact = log.contact
        entry = entries.setdefault(contact.pk, Entry(contact, contact.is_late(zone)))
        (entry.void if log.voided_at else entry.live).append(log)
    for entry in entries.values():
        entry.live.sort(key=lambda log: (log.started_at or log.contact.recorded_at, PROGRAMS.index(log.program)))
    return list(entries.values())


@dataclass(frozen=True, slots=True)
class Finishing:
    """What a stopped timer measured: whole minutes, and the seconds that are let go."""

    minutes: int
    seconds: int
    forgotten: bool
    timer: Any


@dataclass(frozen=True, slots=True)
class Choice:
    """A way out of an overlap, in words."""

    value: str
    label: str
    chosen: bool


def log_time(request: HttpRequest, patient: Patient, form: TimeLogForm | None, program: str) -> dict[str, Any]:
    """Context of `coordination/_log_time.html`; `log_form` is None for who may not log time. A fresh form is for `program`."""
    member = request.membership
    if not may(member.role, "time_log.record"):
        return {"log_form": None}
    today = clock.today(member.agency.zone)
    form = form or TimeLogForm(today=today, patient=patient, actor=member, initial={"program": program})
    more = form.shows_more or "more" in request.GET
    context: dict[str, Any] = {"log_form": form, "shows_more": more, "finishing": _finishing(form, request)}
    if more:
        context["phrases"] = phrases_for(member)
    if form.overlap:
        context |= overlap_context(form.overlap, form.data.get("way", ""), member.agency.zone)
    return context


def overlap_context(overlap: Overlap, chosen: str, zone: ZoneInfo) -> dict[str, Any]:
    """The picture of what met, and the ways out."""
    audit.note_reads({contact.patient_id for contact in overlap.met})
    picture: Picture = picture_of(overlap.met, zone, wanted=overlap.span)
    ways = []
    for way, pieces in overlap.ways.items():
        words = ", ".join(f"{clock_words(piece.start, zone)}–{clock_words(piece.stop, zone)}" for piece in pieces)
        ways.append(Choice(way.value, WAYS[way] % {"pieces": words}, way.value == chosen))
    return {"picture": picture, "ways": ways}


def clock_words(moment: Any, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local.hour}:{local:%M}"


def _finishing(form: TimeLogForm, request: HttpRequest) -> Finishing | None:
    pk = form.data.get("timer") if form.is_bound else form.initial.get("timer")
    try:
        timer = timer_of(request.membership, UUID(str(pk))) if pk else None
    except ValueError:
        return None
    if timer is None or timer.stopped_at is None:
        return None
    minutes, seconds = measured(timer.started_at, timer.stopped_at)
    forgotten = is_forgotten(timer.started_at, timer.stopped_at, request.membership.agency.zone)
    return Finishing(minutes, seconds, forgotten, timer)
