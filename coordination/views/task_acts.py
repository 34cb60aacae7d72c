"""What is done in the list of tasks itself: a call and what came of it, taking that back, putting off, saying that one saw an alert.

Each answers by leading back to the list as it was asked for, so that what is done without scripts and what htmx swaps in are one page.
"""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from coordination import access
from coordination.models import Contact, Deadline, DeadlineKind, Settled
from coordination.rules.attempts import next_try
from coordination.selectors.deadlines import deadlines_about
from coordination.selectors.time_entries import is_fresh
from coordination.selectors.transitions import attempt_from, standing_contacts
from coordination.sentences import end_words
from coordination.services.contacts import contact_record, contact_void
from coordination.services.deadline_work import alerts_acknowledge, deadline_put_off, deadline_take_up
from coordination.services.timers import timer_start
from coordination.views.task_rows import CALLS
from coordination.views.tasks import (
    Opened,
    Scope,
    alerts_page,
    attempt_form,
    put_off_form,
    scope_of,
    tasks_page,
)
from tenancy import clock
from tenancy.access import NotFound
from tenancy.clock import local_day
from tenancy.forms.refusals import add_refusal
from tenancy.links import here
from tenancy.selectors.places import days_off
from tenancy.views import needs
from tenancy.writes import VersionConflict

MOVED = gettext_lazy(
    "This changed meanwhile. Below stands what is due now: look at it, then do it again if it is still right."
)


@require_POST
@needs("time_log.record")
def call(request: HttpRequest, deadline: UUID) -> HttpResponse:
    """One click: the timer runs, and the form of the call is open."""
    asked = _call_for(request, deadline)
    timer_start(actor=request.membership, patient=asked.patient, now=clock.now())
    return _back(scope_of(request), attempt=str(asked.pk))


@require_POST
@needs("time_log.record")
def attempt(request: HttpRequest, deadline: UUID) -> HttpResponse:
    """What came of a call: contact, minutes, note, and what is due next, in one."""
    asked, scope, member = _call_for(request, deadline), scope_of(request), request.membership
    form = attempt_form(request, asked, request.POST)
    if not form.is_valid():
        return tasks_page(request, scope, Opened(asked.pk, form=form), status=422)
    typed = form.cleaned_data
    timer = access.timer_for(member, typed["timer"]) if typed["timer"] else None
    try:
        contact = contact_record(
            actor=member,
            patient=asked.patient,
            said=form.said(),
            form_key=typed["form_key"],
            timer=timer,
            confirmed=typed["confirmed"],
            way=typed["way"],
            reason=typed["reason"],
            now=clock.now(),
        )
    except ValidationError as refused:
        form.refuse(refused)
        return tasks_page(request, scope, Opened(asked.pk, form=form), status=422)
    messages.success(request, _came_of(contact, member.agency.zone, clock.now()))
    return _back(scope, saved=str(contact.pk))


@require_POST
@needs("time_log.record")
def undo(request: HttpRequest, contact: UUID) -> HttpResponse:
    """Take back what was saved a moment ago; its form is open again with what it said. Later an entry is voided on its own page."""
    now = clock.now()
    known = access.written_by(request.membership, contact)
    if known.transition is None or not is_fresh(known, now):
        messages.warning(
            request, _("Too late to undo here: open the entry to change or void it. Nothing was taken back.")
        )
        return _back(scope_of(request))
    reason = _("Undone right after it was saved")
    contact_void(actor=request.membership, contact=known, version=known.version, reason=reason, now=now)
    messages.success(request, _("Taken back: it counts nowhere. What you wrote is in the form again."))
    open_call = next(
        (each for each in deadlines_about(known.transition_id) if each.kind in CALLS and not each.settled_at), None
    )
    return _back(scope_of(request), attempt=str(open_call.pk) if open_call else "", again=str(known.pk))


@require_POST
@needs("deadline.work")
def put_off(request: HttpRequest, deadline: UUID) -> HttpResponse:
    asked, scope, member = access.deadline_for(request.membership, deadline), scope_of(request), request.membership
    form = put_off_form(asked, request.POST)
    if not form.is_valid():
        return tasks_page(request, scope, Opened(asked.pk, "put_off", form), status=422)
    typed = form.cleaned_data
    try:
        deadline_put_off(
            actor=member, deadline=asked, version=typed["version"], until=form.until(member.agency.zone), reason=typed["reason"],
            now=clock.now(),
        )  # fmt: skip
    except ValidationError as refused:
        if "until" in getattr(refused, "error_dict", {}):
            refused = ValidationError({"day": refused.error_dict["until"]})
        add_refusal(form, refused)
        return tasks_page(request, scope, Opened(asked.pk, "put_off", form), status=422)
    except VersionConflict as conflict:
        form.data = form.data.copy()
        form.data["version"] = conflict.current.version
        form.add_error(None, MOVED)
        return tasks_page(request, scope, Opened(asked.pk, "put_off", form), status=409)
    messages.success(request, _("Put off. It stands under “Put off” until then, and alerts still come."))
    return _back(scope)


@require_POST
@needs("deadline.work")
def take_up(request: HttpRequest, deadline: UUID) -> HttpResponse:
    """Take up again what was put off."""
    asked, scope = access.deadline_for(request.membership, deadline), scope_of(request)

    def do(version: int) -> None:
        deadline_take_up(actor=request.membership, deadline=asked, version=version)

    return _versioned(request, do, lambda: _back(scope), lambda: tasks_page(request, scope, status=409))


@require_POST
@needs("deadline.work")
def acknowledge(request: HttpRequest, deadline: UUID) -> HttpResponse:
    """Say that one saw what one was told of this."""
    asked = access.deadline_for(request.membership, deadline)

    def do(version: int) -> None:
        alerts_acknowledge(actor=request.membership, deadline=asked, version=version, now=clock.now())

    return _versioned(
        request, do, lambda: redirect(here("coordination:alerts")), lambda: alerts_page(request, status=409)
    )


def _versioned(
    request: HttpRequest,
    do: Callable[[int], None],
    done: Callable[[], HttpResponse],
    moved: Callable[[], HttpResponse],
) -> HttpResponse:
    """Do something with the version that was shown; 409 and what stands now if that is another one."""
    try:
        do(int(request.POST.get("version", "")))
    except ValidationError as refused:
        messages.warning(request, " ".join(refused.messages))
    except VersionConflict:
        messages.warning(request, MOVED)
        return moved()
    except ValueError:
        messages.warning(request, _("This was not understood. Choose again."))
    return done()


def _call_for(request: HttpRequest, pk: UUID) -> Deadline:
    """A deadline that is met by calling, its patient read; any other kind has no such page."""
    deadline = access.deadline_for(request.membership, pk)
    if deadline.kind not in CALLS or deadline.patient_id is None:
        raise NotFound
    deadline.patient = access.patient_for(request.membership, deadline.patient_id)
    return deadline


def _back(scope: Scope, **more: str) -> HttpResponse:
    said = urlencode({name: value for name, value in more.items() if value})
    query = scope.query()
    return redirect(
        scope.address + (f"{query}&{said}" if query and said else query or f"?{said}" if said or query else "")
    )


def _came_of(contact: Contact, zone: ZoneInfo, now: datetime) -> str:
    """What was saved, whether it counts, and what is due next."""
    minutes = sum(log.minutes for log in contact.logs.all())
    saved = ngettext("%(n)d minute saved.", "%(n)d minutes saved.", minutes) % {"n": minutes}
    due = {each.kind: each for each in deadlines_about(contact.transition_id)}
    first, again = due.get(DeadlineKind.CONTACT), due.get(DeadlineKind.RETRY)
    counted = attempt_from(standing_contacts().get(pk=contact.pk))
    if counted is None or not counted.is_by_practice:
        why = (
            _("A wrong number is no attempt: correct the number and call again.")
            if counted is None
            else _("It counts toward no deadline: only clinical staff and practitioners do.")
        )
        return f"{saved} {why}"
    if counted.is_contact:
        in_time = first is None or first.settled_as == Settled.MET
        return f"{saved} " + (
            _("Reached: the call after discharge is done.") if in_time else _("Reached, later than asked.")
        )
    if counted.is_reached:
        return f"{saved} " + _("An appointment alone is an attempt, not yet the contact that is asked for.")
    is_met = again is not None and not again.settled_at
    next_one = again if is_met else first
    if next_one is None or next_one.settled_at:
        return saved
    words = {
        "n": next_one.said["attempts"],
        "end": end_words(next_one, zone, local_day(now, zone)),
        "at": _proposed(now, next_one, zone),
    }
    if is_met:
        return f"{saved} " + _("%(n)s attempts: that counts. Go on trying, next by %(end)s; proposed: %(at)s.") % words
    return f"{saved} " + _("Attempt %(n)s is on record. The next one by %(end)s; proposed: %(at)s.") % words


def _proposed(now: datetime, deadline: Deadline, zone: ZoneInfo) -> str:
    """When to try next, in words."""
    local, due = now.astimezone(zone), deadline.due_on
    at = next_try(local, due, days_off(local.date(), due)) if due >= local.date() else None
    return date_format(at, "D M j, G:i") if at else _("as soon as you can")
