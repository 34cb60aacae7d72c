"""Logging time from a patient's page: record, the effect before it is recorded, and what is asked for less often."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from coordination import access
from coordination.forms.time_logs import TimeLogForm
from coordination.models import LOGGED_FOR, Contact, Patient
from coordination.ports import DraftLog, Preview, billing
from coordination.rules.durations import elapsed
from coordination.rules.months import month_of
from coordination.rules.spans import Span
from coordination.rules.splits import Part, SplitRefused, split
from coordination.selectors.phrases import phrases_for
from coordination.selectors.time_entries import contacts_near, locked_months
from coordination.services.contacts import contact_record
from coordination.services.measuring import NO_TIME_PASSED, met_by
from coordination.views.entries import clock_words
from coordination.views.patients import patient_page
from tenancy import clock
from tenancy.links import here
from tenancy.models import Membership
from tenancy.views import needs

PROGRAMS = dict(LOGGED_FOR)


@dataclass(frozen=True, slots=True)
class Shown:
    """A part's preview with the name of its program."""

    program: str
    preview: Preview


@require_POST
@needs("time_log.record")
def time_log_record_view(request: HttpRequest, patient: UUID) -> HttpResponse:
    subject = access.patient_for(request.membership, patient)
    form = bound_form(request, subject)
    if not form.is_valid():
        return patient_page(request, subject, form)
    typed = form.cleaned_data
    timer = access.timer_for(request.membership, typed["timer"]) if typed["timer"] else None
    try:
        contact = contact_record(
            actor=request.membership,
            patient=subject,
            said=form.said(),
            form_key=typed["form_key"],
            author=typed["author"],
            timer=timer,
            confirmed=typed["confirmed"],
            way=typed["way"],
            reason=typed["reason"],
            now=clock.now(),
        )
    except ValidationError as refused:
        form.refuse(refused)
        return patient_page(request, subject, form)
    messages.success(request, _saved(contact, typed["author"], clock.today(request.membership.agency.zone)))
    return redirect(here("coordination:patient", patient=subject.pk))


@require_POST
@needs("time_log.record")
def time_log_preview(request: HttpRequest, patient: UUID) -> HttpResponse:
    """What saving would do, as a fragment; nothing is stored."""
    subject = access.patient_for(request.membership, patient)
    form = bound_form(request, subject)
    form.is_valid()  # a half-typed form is expected here: what is missing is simply not previewed
    typed = form.cleaned_data
    if not {"minutes", "service_date", "activity", "program"} <= typed.keys():
        return _answer(request, hint=_hint(form))
    minutes = elapsed(typed["service_date"], typed["minutes"], request.membership.agency.zone)
    if minutes < 1:
        return _answer(request, hint=NO_TIME_PASSED)
    try:
        parts = split(minutes, typed["program"], form.others)
    except SplitRefused:
        return _answer(request, hint=_("The parts do not come out: at least one minute is left for the first program."))
    author = typed.get("author") or request.membership
    drafts = _drafts(subject, parts, typed, author)
    shown = [
        Shown(PROGRAMS[each.program], preview) for each, preview in zip(drafts, billing().previews(drafts), strict=True)
    ]
    closed = next(iter(locked_months([typed["service_date"]])), None)
    met = _met(form, author, subject)
    return _answer(request, parts=shown, preview=shown[0].preview, closed=closed, met=met)


@require_safe
@needs("time_log.record")
def time_log_more(request: HttpRequest, patient: UUID) -> HttpResponse:
    """What is asked for less often, as a fragment: for which colleague, which proxy, and phrases for the note."""
    subject = access.patient_for(request.membership, patient)
    form = TimeLogForm(today=clock.today(request.membership.agency.zone), patient=subject, actor=request.membership)
    context = {"log_form": form, "phrases": phrases_for(request.membership)}
    return render(request, "coordination/_log_time_more.html", context)


def bound_form(request: HttpRequest, patient: Patient) -> TimeLogForm:
    today = clock.today(request.membership.agency.zone)
    return TimeLogForm(request.POST, today=today, patient=patient, actor=request.membership)


def _drafts(patient: Patient, parts: Sequence[Part], typed: dict[str, Any], author: Any) -> list[DraftLog]:
    """The parts as billing previews them: one after the other on the clock."""
    drafts, start = [], typed["minutes"].start
    for part in parts:
        drafts.append(
            DraftLog(
                patient=patient.pk,
                program=part.program,
                activity=typed["activity"],
                discipline=author.discipline,
                staff=author.pk,
                service_date=typed["service_date"],
                minutes=part.minutes,
                start=start,
            )
        )
        start = start and _later(start, part.minutes)
    return drafts


def _met(form: TimeLogForm, author: Membership, patient: Patient) -> list[str]:
    """Entries of the author that the typed clock times run into, as times and whether of this patient: of others no name is told."""
    typed, zone = form.cleaned_data["minutes"], author.agency.zone
    if not (typed.start and typed.stop):
        return []
    day = form.cleaned_data["service_date"]
    start, stop = (datetime.combine(day, clock_time, zone).astimezone(UTC) for clock_time in (typed.start, typed.stop))
    if stop <= start:
        return []
    said = []
    for each in met_by(Span(start, stop), contacts_near(author, day)):
        times = {"from": clock_words(each.started_at, zone), "to": clock_words(each.stopped_at, zone)}
        words = (
            _("%(from)s–%(to)s with this patient")
            if each.patient_id == patient.pk
            else _("%(from)s–%(to)s with another patient")
        )
        said.append(words % times)
    return said


def _later(start: time, minutes: int) -> time:
    return (datetime.combine(date.min, start) + timedelta(minutes=minutes)).time()


def _answer(request: HttpRequest, **context: Any) -> HttpResponse:
    return render(request, "coordination/_preview.html", {"preview": None, **context})


def _saved(contact: Contact, author: Any, today: date) -> str:
    """Where the minutes went; an entry for another month does not stand on the page that says so."""
    total = sum(log.minutes for log in contact.logs.all())
    said = ngettext("%(n)d minute saved.", "%(n)d minutes saved.", total) % {"n": total}
    if author:
        said += " " + _("They were given by %(name)s and written down by you.") % {"name": author.signature}
    if month_of(contact.service_date) != month_of(today):
        day = date_format(contact.service_date, "F j, Y")
        said += " " + _("They were given on %(day)s and stand in that month's ledger.") % {"day": day}
    return said


def _hint(form: TimeLogForm) -> str:
    """Why there is nothing to show yet: the fault in the time or in the day, if something was typed there."""
    faults = [
        fault for name in ("minutes", "service_date") if form.data.get(name) for fault in form.errors.get(name, [])
    ]
    return faults[0] if faults else _("Type the time to see what it counts toward.")
