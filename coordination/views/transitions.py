"""Discharges: the agency's list, a patient's, a new one, and the page of one."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from coordination import access
from coordination.forms.transitions import DischargeForm, WhatIfForm
from coordination.models import Transition
from coordination.ports import Outlook, Supposed, billing
from coordination.rules.deadlines import Due
from coordination.selectors.changes import changes_of, names_of_people
from coordination.selectors.months import FOLLOWED
from coordination.selectors.transitions import ORDERS, RUNNING, SHOWN, Asked, clock_on, transitions_of, transitions_page
from coordination.services.transitions import UNSETTLED, discharge_record
from coordination.views.identity import identity
from coordination.views.telling import Told, tell
from coordination.views.transition_case import Tag, lead_of, learned_words
from coordination.views.transition_page import status_of, told_of
from tenancy import audit, clock
from tenancy.context_processors import capabilities
from tenancy.forms.refusals import add_refusal
from tenancy.links import here
from tenancy.models import PRACTITIONERS
from tenancy.paging import key_of
from tenancy.roles import may
from tenancy.views import needs
from tenancy.views.asking import answer_posted

QUESTIONS = ("q", "shown", "order", "after")
FILTERS = {
    "": gettext_lazy("Open"),
    "undecided": gettext_lazy("To decide: continue or start anew"),
    "over": gettext_lazy("Period over, to close"),
    "changed": gettext_lazy("Changed by the hospital, to look at"),
    "judge": gettext_lazy("For me to judge"),
    "watch": gettext_lazy("Not home yet"),
    "ended": gettext_lazy("Over or cancelled"),
    "all": gettext_lazy("All"),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A discharge in a list, with where it stands."""

    transition: Transition
    status: Tag
    lead: str


@require_http_methods(["GET", "HEAD", "POST"])
@needs("patient.read")
def transitions(request: HttpRequest) -> HttpResponse:
    """Everybody's, a page at a time; `?shown=judge` opens a filter."""
    return answer_posted(request, "transitions", QUESTIONS, lambda asked: _page(request, asked))


def _page(request: HttpRequest, asked: dict[str, str]) -> HttpResponse:
    zone = request.membership.agency.zone
    wanted = asked or request.GET
    today = clock.today(zone)
    said = Asked(
        reader=request.membership.pk,
        query=asked.get("q", "").strip(),
        shown=shown if (shown := wanted.get("shown", "")) in SHOWN else "",
        order=order if (order := wanted.get("order", "")) in ORDERS else "due",
        after=key_of(asked.get("after", "")),
    )
    page = transitions_page(said, today=today)
    audit.note_reads({each.patient_id for each in page.rows})
    can_judge = may(request.membership.role, "transition.judge") and request.membership.discipline in PRACTITIONERS
    context = {
        "rows": _listed(page.rows, today, clock.now()),
        "asked": said,
        "next_after": page.next_after,
        "filters": [(name, label) for name, label in FILTERS.items() if can_judge or name != "judge"],
    }
    template = "coordination/_transitions.html" if request.htmx else "coordination/transitions.html"
    return render(request, template, context)


def _listed(found: list[Transition], today: date, now: datetime) -> list[Listed]:
    """Each with where it stands, from what is due next."""
    rows = []
    for each in found:
        dues = [Due(each.next_kind, each.next_on, each.next_at)] if each.next_kind else []
        ends = each.discharged_on + timedelta(days=clock_on(each.discharged_on).period_days - 1)
        rows.append(Listed(each, status_of(each, dues, ends, today, now), lead_of(each)))
    return rows


@require_safe
@needs("patient.read")
def patient_transitions(request: HttpRequest, patient: UUID) -> HttpResponse:
    """A patient's discharges, the newest first."""
    subject = access.patient_for(request.membership, patient)
    found = list(transitions_of(subject.pk))
    for each in found:
        each.patient = subject
    rows = _listed(found, clock.today(request.membership.agency.zone), clock.now())
    return render(request, "coordination/patient_transitions.html", {**identity(request, subject), "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("transition.write")
def transition_add(request: HttpRequest, patient: UUID) -> HttpResponse:
    """A discharge that a person heard of."""
    subject = access.patient_for(request.membership, patient)
    now = clock.now()
    sent = request.POST if request.method == "POST" else None
    form = DischargeForm(sent, zone=request.membership.agency.zone, now=now)
    if form.is_bound and form.is_valid():
        try:
            made = discharge_record(
                actor=request.membership, patient=subject, said=form.discharge(), learned_at=form.learned_at(), now=now
            )
        except ValidationError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Discharge recorded: what is due after it stands below."))
            return redirect(here("coordination:transition", patient=subject.pk, transition=made.pk))
    context = {
        **identity(request, subject),
        "form": form,
        "words": {"title": _("Add a discharge"), "button": _("Record the discharge"), "hint": ""},
        "known": None,
        "others": list(transitions_of(subject.pk)) if form.errors.get("discharged_on") else [],
    }
    return render(request, "coordination/transition_act.html", context, status=422 if form.is_bound else 200)


@require_safe
@needs("patient.read")
def transition(request: HttpRequest, patient: UUID, transition: UUID) -> HttpResponse:
    """The page of one discharge; a supposition in the question shows what each code would come to."""
    subject = access.patient_for(request.membership, patient)
    known = access.transition_for(request.membership, subject, transition)
    now, zone = clock.now(), request.membership.agency.zone
    can = capabilities(request.membership.role)
    if request.membership.discipline not in PRACTITIONERS:
        can -= {"transition.judge"}
    told = told_of(known, subject, now=now, zone=zone, can=can)
    context: dict[str, Any] = {
        **identity(request, subject),
        "told": told,
        "known": known,
        "learned": learned_words(known, zone),
        "lead": lead_of(known),
        "changes": _by_the_source(known) if known.changed_by_source_at else [],
        "is_unsettled": known.state in UNSETTLED,
        "is_running": known.state in RUNNING,
        **_outlooks(request, known, told.visit_days[-1]),
    }
    return render(request, "coordination/transition.html", context)


def _outlooks(request: HttpRequest, known: Transition, last: int) -> dict[str, Any]:
    """What each code comes to as things stand, and should what was supposed happen as well."""
    if known.state not in FOLLOWED:
        return {"outlooks": (), "what_if": None}
    today = clock.today(request.membership.agency.zone)
    form = WhatIfForm(request.GET or None, discharged=known.discharged_on, last=last + 2)
    supposed = _supposed(form, today) if form.is_bound and form.is_valid() else []
    then: tuple[Outlook, ...] = ()
    if supposed:
        then = billing().transition_outlook(known.pk, today, supposed)
    return {"outlooks": billing().transition_outlook(known.pk, today), "what_if": form, "then": then}


def _supposed(form: WhatIfForm, today: date) -> list[Supposed]:
    typed = form.cleaned_data
    found = []
    if typed["contact"]:
        found.append(Supposed("contact", today, is_reached=typed["contact"] == "reached"))
    if typed["visit"]:
        on = form.day_of(typed["visit"])
        found += [Supposed("visit", on), Supposed("reconciliation", on)]
    if typed["complexity"]:
        found.append(Supposed("complexity", complexity=typed["complexity"]))
    return found


def _by_the_source(known: Transition) -> list[Told]:
    """What a source changed of it, the newest first: what nobody who works here wrote."""
    unsaid = {"changed_by_source_at": None}  # the notice itself says that there was a change
    found = [
        replace(each, before=each.before | unsaid, after=each.after | unsaid)
        for each in changes_of(known)
        if each.before is not None and not each.context.get("membership")
    ]
    names = names_of_people()
    return [tell(each, names) for each in found]
