"""What saving would do, as a fragment beside a form that is being filled in. Nothing is stored; an unfinished form is no fault."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from coordination import access
from coordination.forms.time_logs import ContactForm, EntryForm, TimeLogForm
from coordination.models import LOGGED_FOR, Contact, Patient
from coordination.ports import Preview, billing
from coordination.rules.months import month_of
from coordination.selectors.charts import enrollments_of_month
from coordination.selectors.time_entries import locked_months
from coordination.services.drafts import Draft, draft_of_change, draft_of_new
from coordination.services.measuring import Said
from coordination.views.entries import clock_words
from tenancy import clock
from tenancy.views import needs

PROGRAMS = dict(LOGGED_FOR)


@require_POST
@needs("time_log.record")
def time_log_preview(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Of a new entry."""
    subject = access.patient_for(request.membership, patient)
    form = TimeLogForm(request.POST, today=_today(request), patient=subject, actor=request.membership)
    form.is_valid()
    typed = form.cleaned_data

    def draft(said: Said) -> Draft:
        return draft_of_new(
            actor=request.membership,
            patient=subject,
            said=said,
            author=typed.get("author") or request.membership,
            timer=access.timer_for(request.membership, typed["timer"]) if typed.get("timer") else None,
            way=typed.get("way"),
            now=clock.now(),
        )

    return _foretold(request, subject, form, draft)


@require_POST
@needs("time_log.record")
def contact_change_preview(request: HttpRequest, patient: UUID, contact: UUID) -> HttpResponse:
    """Of an entry as it is being changed: it counts in place of what stands."""
    subject = access.patient_for(request.membership, patient)
    known = access.contact_for(request.membership, subject, contact)
    form = EntryForm(request.POST, today=_today(request), patient=subject)
    form.is_valid()

    def draft(said: Said) -> Draft:
        way = form.cleaned_data.get("way")
        return draft_of_change(actor=request.membership, contact=known, said=said, way=way, now=clock.now())

    # That the entry's own month is closed stands above the form.
    return _foretold(request, subject, form, draft, told=known.service_date.replace(day=1))


def _foretold(
    request: HttpRequest,
    patient: Patient,
    form: ContactForm,
    draft_of: Callable[[Said], Draft],
    *,
    told: date | None = None,
) -> HttpResponse:
    said = form.said_of_time()
    if said is None:
        return _answer(request, hint=_hint(form))
    try:
        draft = draft_of(said)
    except ValidationError as refused:
        return _answer(request, hint=refused.messages[0])
    previews = billing().previews(draft.logs, instead_of=draft.instead_of)
    enrolled = _enrolled(patient, said.service_date, previews)
    return _answer(
        request,
        patient=patient,
        parts=[(PROGRAMS[preview.program], preview, enrolled.get(preview.program)) for preview in previews],
        closed=next(iter(locked_months([said.service_date]) - {told}), None),
        met=_met(draft.met, patient, request),
    )


def _answer(request: HttpRequest, **context: Any) -> HttpResponse:
    return render(request, "coordination/_preview.html", {"parts": [], **context})


def _enrolled(patient: Patient, day: date, previews: Sequence[Preview]) -> dict[str, UUID]:
    """The month's enrollments by program, where a problem is mended on one."""
    ways = [way for preview in previews for way in preview.mendings]
    ways += [each.mending for preview in previews if preview.meter for each in preview.meter.problems if each.mending]
    if not any(way.of == "enrollment" for way in ways):
        return {}
    return {each.program: each.pk for each in enrollments_of_month(patient, *month_of(day))}


def _met(entries: Sequence[Contact], patient: Patient, request: HttpRequest) -> list[str]:
    """Entries of the author that the typed times run into, as times and whether of this patient: of others no name is told."""
    zone, said = request.membership.agency.zone, []
    for each in entries:
        times = {"from": clock_words(each.started_at, zone), "to": clock_words(each.stopped_at, zone)}
        words = (
            _("%(from)s–%(to)s with this patient")
            if each.patient_id == patient.pk
            else _("%(from)s–%(to)s with another patient")
        )
        said.append(words % times)
    return said


def _hint(form: ContactForm) -> str:
    """Why there is nothing to show yet: the fault in the time or in the day, if something was typed there."""
    faults = [
        fault for name in ("minutes", "service_date") if form.data.get(name) for fault in form.errors.get(name, [])
    ]
    return faults[0] if faults else _("Type the time to see what it counts toward.")


def _today(request: HttpRequest) -> date:
    return clock.today(request.membership.agency.zone)
