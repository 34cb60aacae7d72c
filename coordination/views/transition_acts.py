"""What a person says or decides of a discharge: each is one form on a page of its own, which the transition's page opens in place."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from coordination import access
from coordination.forms import transitions as told
from coordination.forms.records import RetractionForm
from coordination.models import Patient, Step, Transition
from coordination.selectors.transitions import standing_step
from coordination.services import transition_steps as steps
from coordination.services import transitions as services
from coordination.views.identity import identity
from tenancy import clock
from tenancy.access import NotFound
from tenancy.forms.refusals import add_conflict, add_refusal
from tenancy.links import here
from tenancy.views import needs
from tenancy.views.door import View
from tenancy.writes import VersionConflict


@dataclass(frozen=True, slots=True)
class Act:
    """`key` names the route (`transition_<key>`) and its part of the address."""

    key: str
    capability: str
    form: type[forms.Form]
    service: Callable[..., Any]
    title: Promise
    button: Promise
    saved: Promise
    hint: Promise | str = ""


WRITE, JUDGE = "transition.write", "transition.judge"
ACTS = (
    Act(
        "change",
        WRITE,
        told.ChangeForm,
        services.transition_change,
        gettext_lazy("Correct the discharge"),
        gettext_lazy("Save the correction"),
        gettext_lazy("Corrected. What it said before stands in the history."),
    ),
    Act(
        "arrange",
        WRITE,
        told.ArrangeForm,
        services.transition_arrange,
        gettext_lazy("Book the visit, or say who answers"),
        gettext_lazy("Save"),
        gettext_lazy("Saved."),
        gettext_lazy("A booked visit is no visit yet: once it happened it is recorded in the chart."),
    ),
    Act(
        "decide",
        WRITE,
        told.DecideForm,
        services.transition_decide,
        gettext_lazy("Continue or start anew"),
        gettext_lazy("Save the decision"),
        gettext_lazy("Decided."),
        gettext_lazy(
            "This discharge fell within the period of an earlier one. Of two that overlap only one is ever billed."
        ),
    ),
    Act(
        "end",
        WRITE,
        told.EndForm,
        services.transition_end,
        gettext_lazy("Close or end the period"),
        gettext_lazy("Save"),
        gettext_lazy("Over. Nothing more is due after this discharge."),
    ),
    Act(
        "reopen",
        WRITE,
        told.ReasonForm,
        services.transition_reopen,
        gettext_lazy("Open it again"),
        gettext_lazy("Open"),
        gettext_lazy("Open again: what is due stands below."),
    ),
    Act(
        "cancel",
        WRITE,
        told.ReasonForm,
        services.transition_cancel,
        gettext_lazy("There was no such discharge"),
        gettext_lazy("Cancel the discharge"),
        gettext_lazy("Cancelled. The record stays, with the reason."),
        gettext_lazy(
            "For one that was recorded by mistake or cancelled by the hospital. It stays on record, and nothing is due after it."
        ),
    ),
    Act(
        "ask",
        WRITE,
        told.AskForm,
        steps.complexity_ask,
        gettext_lazy("Ask a clinician to judge"),
        gettext_lazy("Ask"),
        gettext_lazy("Asked: it waits in their list from now on."),
        gettext_lazy("How complex the medical decision making was over the period is a practitioner's judgement."),
    ),
    Act(
        "judge",
        JUDGE,
        told.JudgeForm,
        steps.complexity_judge,
        gettext_lazy("Judge the medical decision making"),
        gettext_lazy("Save the judgement"),
        gettext_lazy("Judged."),
    ),
    Act(
        "unjudge",
        JUDGE,
        told.ReasonForm,
        steps.complexity_withdraw,
        gettext_lazy("Take the judgement back"),
        gettext_lazy("Take back"),
        gettext_lazy("Taken back. The history keeps it."),
    ),
)


def acting(act: Act) -> View:
    """The page of one act."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @needs(act.capability)
    def view(request: HttpRequest, patient: UUID, transition: UUID) -> HttpResponse:
        subject = access.patient_for(request.membership, patient)
        known = access.transition_for(request.membership, subject, transition)
        now = clock.now()
        form = act.form(_sent(request), known=known, actor=request.membership, now=now)

        def save() -> None:
            act.service(actor=request.membership, transition=known, now=now, **form.said())

        words = {"title": act.title, "button": act.button, "saved": act.saved, "hint": act.hint}
        return _answer(request, subject, known, form, save, words)

    return view


@require_http_methods(["GET", "HEAD", "POST"])
@needs("transition.write")
def step_done(request: HttpRequest, patient: UUID, transition: UUID, done: str) -> HttpResponse:
    """Record that a step was done, or change what is on record of it."""
    if done not in Step:
        raise NotFound
    subject = access.patient_for(request.membership, patient)
    known = access.transition_for(request.membership, subject, transition)
    stands, now = standing_step(known, done), clock.now()
    form = told.StepForm(_sent(request), known=known, actor=request.membership, now=now, step=stands, kind=done)

    def save() -> None:
        steps.step_record(actor=request.membership, transition=known, kind=done, now=now, **form.said())

    words = {"title": Step(done).label, "button": _("Save"), "saved": _("Saved."), "hint": ""}
    return _answer(request, subject, known, form, save, words)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("transition.write")
def step_withdraw(request: HttpRequest, patient: UUID, transition: UUID, step: UUID) -> HttpResponse:
    """Take back that a step was done."""
    subject = access.patient_for(request.membership, patient)
    known = access.transition_for(request.membership, subject, transition)
    stands = access.transition_step_for(request.membership, known, step)
    form = RetractionForm(_sent(request), initial={"version": stands.version})

    def save() -> None:
        steps.step_withdraw(actor=request.membership, step=stands, now=clock.now(), **form.cleaned_data)

    words = {"title": _("Take back: %(what)s") % {"what": stands.get_kind_display()}, "button": _("Take back")}
    saved = {"saved": _("Taken back. The history keeps it."), "hint": ""}
    return _answer(request, subject, known, form, save, words | saved)


@require_POST
@needs("transition.write")
def looked_at(request: HttpRequest, patient: UUID, transition: UUID) -> HttpResponse:
    """A person has looked at what a source changed; refused if the source changed more since the page was shown."""
    subject = access.patient_for(request.membership, patient)
    known = access.transition_for(request.membership, subject, transition)
    shown = request.POST.get("version", "")
    try:
        services.transition_looked_at(
            actor=request.membership, transition=known, version=int(shown) if shown.isdecimal() else 0, now=clock.now()
        )
    except VersionConflict:
        messages.warning(request, _("More was changed meanwhile. Look at it as it stands now."))
    else:
        messages.success(request, _("Looked at."))
    return redirect(_page_of(subject, known))


def _answer(
    request: HttpRequest,
    patient: Patient,
    known: Transition,
    form: Any,
    save: Callable[[], None],
    words: dict[str, Any],
) -> HttpResponse:
    """Save what a valid form says and lead back to the transition; else the form again with what is wrong."""
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            save()
        except ValidationError as refused:
            add_refusal(form, _at_its_field(form, refused))
        except VersionConflict as conflict:
            _show_as_typed(conflict.current, request.membership.agency.zone)
            add_conflict(form, conflict)
            status = 409
        else:
            messages.success(request, words["saved"])
            return redirect(_page_of(patient, known))
    context = {**identity(request, patient), "known": known, "form": form, "words": words}
    return render(request, "coordination/transition_act.html", context, status=status)


def _at_its_field(form: forms.Form, refused: ValidationError) -> ValidationError:
    """Moments are columns, and a day and a time in a form."""
    known = {"visit_booked_at": "visit_booked_on", "learned_at": "learned_on", "discharged_at": "discharged_time"}
    errors = getattr(refused, "error_dict", None)
    return ValidationError({known.get(name, name): said for name, said in errors.items()}) if errors else refused


def _show_as_typed(current: Any, zone: Any) -> None:
    """Let a conflict be compared field by field: a moment is typed as a day and a time."""
    if isinstance(current, Transition):
        for name, value in told.typed_of(current, zone).items():
            setattr(current, name, value)


def _page_of(patient: Patient, known: Transition) -> str:
    return here("coordination:transition", patient=patient.pk, transition=known.pk)


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None
