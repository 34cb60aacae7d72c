"""Today: a person's list of tasks; the same of a colleague, of nobody, or of everybody, for supervisors; alerts; the team."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from coordination import access
from coordination.forms.deadlines import AttemptForm, PutOffForm
from coordination.models import Alert, Contact, Deadline, Outcome
from coordination.rules.names import fold
from coordination.selectors import deadlines as lists
from coordination.selectors.deadlines import BUCKETS, LATER, NOBODY, OVERDUE, PUT_OFF, SOON, TO_DO, TODAY, WAITING
from coordination.selectors.time_entries import contact_by_id, is_fresh, logs_of_contact, member_by_id, written_by
from coordination.selectors.timers import running_timer, timer_of
from coordination.sentences import RELATIVE
from coordination.views.entries import overlap_context
from coordination.views.task_rows import Task, tasks_of
from tenancy import audit, clock
from tenancy.access import NotFound
from tenancy.clock import local_day
from tenancy.links import here
from tenancy.models import Membership
from tenancy.paging import key_of
from tenancy.roles import may
from tenancy.views import needs

EVERYBODY = "all"
SHOWN: dict[str, tuple[str, ...]] = {"": TO_DO} | {bucket: (bucket,) for bucket in BUCKETS}
"""What a list can be asked for; nothing asked: what there is to do within a week."""
ESCALATED = "escalated"
TITLES = {
    OVERDUE: gettext_lazy("Overdue"),
    TODAY: gettext_lazy("Due today"),
    SOON: gettext_lazy("Soon"),
    WAITING: gettext_lazy("Waiting on others"),
    PUT_OFF: gettext_lazy("Put off"),
    LATER: gettext_lazy("Later"),
    ESCALATED: gettext_lazy("Supervisors were told"),
}
NOTHING = {
    "": gettext_lazy("Nothing is due within a week."),
    OVERDUE: gettext_lazy("Nothing is overdue."),
    TODAY: gettext_lazy("Nothing is due today."),
    SOON: gettext_lazy("Nothing is due in the next seven days."),
    WAITING: gettext_lazy("Nothing waits on anybody else."),
    PUT_OFF: gettext_lazy("Nothing is put off."),
    LATER: gettext_lazy("Nothing is due later."),
    ESCALATED: gettext_lazy("Nothing that supervisors were told of waits to be seen."),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose list, and which part of it. `of`: "" for one's own, a colleague's key, `NOBODY` or `EVERYBODY`."""

    of: str = ""
    shown: str = ""
    after: UUID | None = None
    member: Membership | None = None

    def query(self, **changed: str) -> str:
        """The question part of an address that shows this, `?...`."""
        said = {"of": self.of, "show": self.shown, "after": str(self.after or "")} | changed
        asked = urlencode({name: value for name, value in said.items() if value})
        return f"?{asked}" if asked else ""

    @property
    def address(self) -> str:
        """Where this list is."""
        return here("coordination:team_tasks" if self.of else "coordination:today")


@dataclass(frozen=True, slots=True)
class Pill:
    """One part of a list, with how much is in it."""

    label: str
    count: int
    query: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A row that is open: which, what for, and its form as it was sent if it was refused."""

    deadline: UUID
    way: str = "attempt"
    form: Any = None


def scope_of(request: HttpRequest) -> Scope:
    """What was asked for, with what nobody can ask left out. A colleague's list needs the right to see the team's."""
    said = request.GET
    of, member = said.get("of", ""), None
    if of and not may(request.membership.role, "deadline.team"):
        of = ""
    if of not in ("", NOBODY, EVERYBODY):
        member = member_by_id(key) if (key := key_of(of)) else None
        if member is None:
            raise NotFound
    known = {**SHOWN, ESCALATED: BUCKETS} if of else SHOWN
    shown = show if (show := said.get("show", "")) in known else ""
    return Scope(of, shown, key_of(said.get("after", "")), member)


@require_safe
@needs("deadline.read")
def today(request: HttpRequest) -> HttpResponse:
    """What the signed-in person has to do."""
    scope = scope_of(request)
    return tasks_page(request, Scope(shown=scope.shown, after=scope.after), _opened(request))


@require_safe
@needs("deadline.team")
def team_tasks(request: HttpRequest) -> HttpResponse:
    """A colleague's list, nobody's, or everybody's: exactly the rows of a number on the team's page."""
    scope = scope_of(request)
    return tasks_page(request, scope if scope.of else Scope(EVERYBODY, scope.shown, scope.after), _opened(request))


def _opened(request: HttpRequest) -> Opened | None:
    for way in ("attempt", "put_off"):
        if key := key_of(request.GET.get(way, "")):
            return Opened(key, way)
    return None


def _found(scope: Scope, reader: Membership, at: lists.Moments) -> QuerySet[Deadline]:
    if scope.of == EVERYBODY:
        return lists.in_buckets(lists.open_deadlines(), at, reader=F("assignee"))
    if scope.of == NOBODY:
        return lists.in_buckets(lists.of_nobody(), at, reader=F("assignee"))
    whose = scope.member.pk if scope.member else reader.pk
    return lists.in_buckets(lists.mine(whose), at, reader=whose)


def tasks_page(request: HttpRequest, scope: Scope, opened: Opened | None = None, *, status: int = 200) -> HttpResponse:
    """The page, with a row open where one was asked for, or as it was sent and refused."""
    reader, now = request.membership, clock.now()
    at = lists.moments(now, reader.agency.zone)
    found = _found(scope, reader, at)
    counts = lists.bucket_counts(found)
    shown = lists.escalated(found) if scope.shown == ESCALATED else found
    page = lists.page_of(shown, SHOWN.get(scope.shown, BUCKETS), scope.after)
    audit.note_reads({each.patient_id for each in page.rows if each.patient_id})
    tasks = tasks_of(page.rows, reader, at)
    context: dict[str, Any] = {
        "scope": scope,
        "asked": scope.query(),
        "asked_more": f"{scope.query()}&" if scope.query() else "?",
        "leans_not": request.GET.get("leans") == "not",
        "groups": [(name, TITLES[name], list(of)) for name, of in groupby(tasks, lambda task: task.deadline.bucket)],
        "pills": _pills(scope, counts),
        "counts": counts,
        "today": at.today,
        "now": now,
        "relative": RELATIVE,
        "next_page": scope.query(after=str(page.next_after)) if page.next_after else "",
        "first_page": scope.query(after="") if scope.after else "",
        "nothing": NOTHING[scope.shown],
        "undo": _undoable(reader, request.GET.get("saved", ""), now),
    }
    if opened:
        context |= _open(request, tasks, opened)
    return render(request, "coordination/today.html", context, status=status)


def _undoable(reader: Membership, saved: str, now: datetime) -> Contact | None:
    """What was saved just now, as the page's own address says."""
    contact = written_by(reader, key) if (key := key_of(saved)) else None
    return contact if contact and is_fresh(contact, now) else None


def _pills(scope: Scope, counts: dict[str, int]) -> list[Pill]:
    """The parts of the list. Those for rare things are there when there is something in them."""
    to_do = sum(counts[bucket] for bucket in TO_DO)
    pills = [Pill(_("To do"), to_do, scope.query(show="", after=""), not scope.shown)]
    for bucket in BUCKETS:
        if counts[bucket] or bucket in (*TO_DO, WAITING) or bucket == scope.shown:
            query = scope.query(show=bucket, after="")
            pills.append(Pill(str(TITLES[bucket]), counts[bucket], query, scope.shown == bucket))
    return pills


def _open(request: HttpRequest, tasks: Sequence[Task], opened: Opened) -> dict[str, Any]:
    """Open a row that is in the list, for who may work on it; and what the form of a call needs beside it."""
    task = next((each for each in tasks if each.deadline.pk == opened.deadline), None)
    if task is None or not may(request.membership.role, "deadline.work"):
        return {}
    if opened.way == "put_off":
        task.opened, task.form = "put_off", opened.form or put_off_form(task.deadline)
        return {}
    if not task.is_call:
        return {}
    form: AttemptForm = opened.form or attempt_form(request, task.deadline)
    task.opened, task.form = "attempt", form
    if form.overlap:
        return overlap_context(form.overlap, form.data.get("way", ""), request.membership.agency.zone)
    return {}


def attempt_form(request: HttpRequest, deadline: Deadline, data: Any = None) -> AttemptForm:
    """The form of a call: empty, as it was sent, or filled in by an entry that was undone (`?again=`)."""
    member, now = request.membership, clock.now()
    key = key_of(data.get("timer", "")) if data else None
    running = (timer_of(member, key) if key else None) if data else running_timer(member, deadline.patient_id)
    undone = key_of(request.GET.get("again", ""))
    said = contact_by_id(deadline.patient, undone) if undone and not data else None
    return AttemptForm(
        data,
        auto_id=f"id_{deadline.pk}_%s",
        actor=member,
        discharge=access.discharge_of(member, deadline),
        running=running,
        now=now,
        today=local_day(now, member.agency.zone),
        initial=_said_before(said) if said else {},
    )


def _said_before(contact: Contact) -> dict[str, Any]:
    """What an entry said, to be said anew."""
    minutes = sum(log.minutes for log in logs_of_contact(contact))
    facts = {name: getattr(contact, name) for name in ("service_date", "spoken_to", "note")}
    outcome = {} if contact.outcome == Outcome.REACHED else {"outcome": contact.outcome}
    return {"minutes": minutes, "only_scheduling": not contact.is_beyond_scheduling, **facts, **outcome}


def put_off_form(deadline: Deadline, data: Any = None) -> PutOffForm:
    return PutOffForm(data, auto_id=f"id_{deadline.pk}_%s", initial={"version": deadline.version})


@require_safe
@needs("deadline.work")
def alerts(request: HttpRequest) -> HttpResponse:
    """What somebody was told and has not said to have seen: exactly what the number in the rail counts."""
    return alerts_page(request)


def told_together(alerts: Sequence[Alert]) -> list[tuple[str, Alert]]:
    """Levels of which one sweep told, and which one person saw at once, are one line: their names, and the first of them."""
    groups = groupby(alerts, lambda each: (each.raised_at, each.acknowledged_at, each.acknowledged_by_id))
    told = [list(group) for _key, group in groups]
    return [(capfirst(", ".join(str(each.get_level_display()) for each in group)), group[0]) for group in told]


def alerts_page(request: HttpRequest, *, status: int = 200) -> HttpResponse:
    reader, now = request.membership, clock.now()
    at = lists.moments(now, reader.agency.zone)
    told = lists.alerts_for(reader.pk, reader.role, now=now)
    found = lists.in_buckets(lists.Deadline.objects.filter(pk__in=told.values("deadline")), at, reader=reader.pk)
    page = lists.page_of(found, BUCKETS, key_of(request.GET.get("after", "")))
    audit.note_reads({each.patient_id for each in page.rows if each.patient_id})
    alerts_of = lists.alerts_of([each.pk for each in page.rows])
    rows = [(task, told_together(alerts_of[task.deadline.pk])) for task in tasks_of(page.rows, reader, at)]
    context = {"rows": rows, "now": now, "relative": RELATIVE, "next_after": page.next_after}
    return render(request, "coordination/alerts.html", context, status=status)


@dataclass(frozen=True, slots=True)
class Number:
    """How many of a person's tasks are in a part of their list, and where that part is."""

    label: str
    count: int
    url: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class TeamRow:
    name: str
    role: str
    numbers: list[Number]


COLUMNS = (OVERDUE, TODAY, SOON, WAITING, ESCALATED)
COLUMN_NAMES = {name: TITLES[name] for name in COLUMNS} | {ESCALATED: gettext_lazy("Supervisors told")}
ORDERS = {"": gettext_lazy("Supervisors told, then overdue"), "name": gettext_lazy("Name")} | {
    name: COLUMN_NAMES[name] for name in COLUMNS[:-1]
}


@require_safe
@needs("deadline.team")
def team(request: HttpRequest) -> HttpResponse:
    """Each person's numbers, then what nobody answers for, and everything. Each number leads to exactly its rows."""
    at = lists.moments(clock.now(), request.membership.agency.zone)
    query, order = request.GET.get("q", "").strip(), request.GET.get("order", "")
    order = order if order in ORDERS else ""
    *people, nobody = lists.loads(at)
    asked = [load for load in people if load.member and fold(query) in fold(load.member.name)]
    if order != "name":
        asked.sort(key=lambda load: _in_order(load, order), reverse=True)
    rows = [
        _team_row(load, load.member.signature, load.member.get_role_display(), str(load.member.pk))
        for load in asked
        if load.member
    ]
    if not query:
        rows.append(_team_row(nobody, _("Nobody"), _("patients without a lead"), NOBODY))
        rows.append(_team_row(lists.load_of_all(at), _("All, each task once"), "", EVERYBODY))
    context = {
        "rows": rows,
        "query": query,
        "order": order,
        "orders": ORDERS.items(),
        "columns": COLUMN_NAMES.items(),
    }
    return render(request, "coordination/team.html", context)


def _in_order(load: lists.Load, order: str) -> tuple[int, ...]:
    return (load.counts[order],) if order else (load.escalated, load.counts[OVERDUE], load.counts[TODAY])


def _team_row(load: lists.Load, name: str, role: str, of: str) -> TeamRow:
    address = here("coordination:team_tasks")
    tones = {OVERDUE: "bad", ESCALATED: "bad", TODAY: "warn"}
    numbers = [
        Number(
            str(COLUMN_NAMES[part]),
            load.escalated if part == ESCALATED else load.counts[part],
            f"{address}{Scope(of, part).query()}",
            tones.get(part, ""),
        )
        for part in COLUMNS
    ]
    return TeamRow(name, role, numbers)
