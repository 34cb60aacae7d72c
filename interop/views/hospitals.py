"""What hospitals' messages come to: the stays about which somebody is asked, and one of them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from coordination.access import patient_for
from coordination.services.patients import LooksAlike
from interop.access import stay_for
from interop.forms.adt import AddForm, AsideForm, DecideForm, LinkForm, VersionForm
from interop.models import AdtStay, Question
from interop.selectors.adt import messages_of, patient_with_mrn, questions_by_kind, stays_with_a_question
from interop.services.adt.kept import stay_facts
from interop.services.adt.patients import suggestions
from interop.services.adt.review import (
    named,
    stay_add_patient,
    stay_decide,
    stay_link,
    stay_set_aside,
    stay_take_up,
)
from interop.views.hospital_words import AGREES, EVENTS, QUESTION_WORDS, TABS, kind_in_words, went_in_words, why
from tenancy import audit, clock
from tenancy.forms.refusals import add_conflict, add_refusal
from tenancy.links import here
from tenancy.models import Membership
from tenancy.paging import key_of
from tenancy.roles import may
from tenancy.views import needs
from tenancy.writes import VersionConflict


@require_safe
@needs("adt.read")
def hospitals(request: HttpRequest) -> HttpResponse:
    """Stays that wait for an answer, the longest waiting first."""
    question = request.GET.get("question", "")
    question = question if question in Question.values else ""
    page = stays_with_a_question(question=question, after=key_of(request.GET.get("after", "")))
    for stay in page.rows:
        stay.why = why(stay)
        stay.asked = QUESTION_WORDS[stay.question]
    audit.note_reads({stay.patient_id for stay in page.rows if stay.patient_id})
    counts = questions_by_kind()
    context = {
        "page": page,
        "question": question,
        "tabs": [(value, TABS[value], counts.get(value, 0)) for value in Question.values],
        "total": sum(counts.values()),
        "is_first": "after" not in request.GET,
    }
    return render(request, "interop/hospitals.html", context)


@require_safe
@needs("adt.read")
def stay(request: HttpRequest, adt_stay: UUID) -> HttpResponse:
    """What the hospital says of a stay, and what is asked about it."""
    return _page(request, stay_for(request.membership, adt_stay))


@require_POST
@needs("adt.review")
def link(request: HttpRequest, adt_stay: UUID) -> HttpResponse:
    """Say whose stay it is."""
    form = LinkForm(request.POST)

    def save(actor: Membership, shown: AdtStay, said: dict[str, Any]) -> None:
        pk, mrn = said["patient"], said["mrn"].strip()
        patient = patient_for(actor, pk) if pk else patient_with_mrn(mrn)
        if patient is None:
            raise ValidationError({"mrn": _("No patient here has the MRN “%(mrn)s”.") % {"mrn": mrn}})
        stay_link(actor=actor, stay=shown, version=said["version"], patient=patient, now=clock.now())

    return _act(request, adt_stay, form, save, _("Linked. The hospital's next message finds the patient by itself."))


@require_POST
@needs("patient.write")
def add(request: HttpRequest, adt_stay: UUID) -> HttpResponse:
    """Add the patient of whom the hospital tells; who looks like somebody here is compared first."""
    form = AddForm(request.POST)

    def save(actor: Membership, shown: AdtStay, said: dict[str, Any]) -> None:
        dismissed = said["dismissed"].split()
        try:
            stay_add_patient(
                actor=actor, stay=shown, version=said["version"], mrn=said["mrn"], dismissed=dismissed, now=clock.now()
            )
        except LooksAlike as found:
            form.data = form.data.copy()
            form.data["dismissed"] = " ".join(str(each.pk) for each in found.patients)
            told = _(
                "Somebody here looks like this patient: compare with those suggested. Send again if it is another person."
            )
            raise ValidationError(told) from None

    return _act(request, adt_stay, form, save, _("Added and linked."))


@require_POST
@needs("adt.review")
def decide(request: HttpRequest, adt_stay: UUID) -> HttpResponse:
    """Say what kind of stay it was, or where the patient went."""
    shown = stay_for(request.membership, adt_stay)
    form = DecideForm(request.POST, asks_setting=shown.question == Question.KIND)

    def save(actor: Membership, shown: AdtStay, said: dict[str, Any]) -> None:
        stay_decide(
            actor=actor,
            stay=shown,
            version=said["version"],
            setting=said.get("setting", ""),
            destination=said["destination"],
            now=clock.now(),
        )

    return _act(request, adt_stay, form, save, _("Saved."))


@require_POST
@needs("adt.review")
def set_aside(request: HttpRequest, adt_stay: UUID) -> HttpResponse:
    """It is no concern here."""

    def save(actor: Membership, shown: AdtStay, said: dict[str, Any]) -> None:
        stay_set_aside(actor=actor, stay=shown, version=said["version"], because=said["because"], now=clock.now())

    return _act(request, adt_stay, AsideForm(request.POST), save, _("Set aside. Nobody is asked about it again."))


@require_POST
@needs("adt.review")
def take_up(request: HttpRequest, adt_stay: UUID) -> HttpResponse:
    """It is a concern after all."""

    def save(actor: Membership, shown: AdtStay, said: dict[str, Any]) -> None:
        stay_take_up(actor=actor, stay=shown, version=said["version"], now=clock.now())

    return _act(request, adt_stay, VersionForm(request.POST), save, _("Taken up again."))


def _act(
    request: HttpRequest,
    pk: UUID,
    form: forms.Form,
    save: Callable[[Membership, AdtStay, dict[str, Any]], None],
    said: str,
) -> HttpResponse:
    """A button of the stay's page: what is refused is said on that page, and so is a message that came in between."""
    shown, status = stay_for(request.membership, pk), 422
    if form.is_valid():
        try:
            save(request.membership, shown, form.cleaned_data)
        except ValidationError as refused:
            add_refusal(form, refused)
        except VersionConflict as conflict:
            add_conflict(form, conflict)
            status = 409
        else:
            messages.success(request, said)
            return redirect(here("interop:hospital_stay", adt_stay=pk))
    return _page(request, stay_for(request.membership, pk), status=status, refused=form)


def _page(request: HttpRequest, stay: AdtStay, *, status: int = 200, refused: forms.Form | None = None) -> HttpResponse:
    facts = stay_facts(stay.facts)
    version = {"version": stay.version}
    asks_kind = stay.question == Question.KIND
    shown: dict[str, Any] = {
        "link_form": LinkForm(initial=version),
        "add_form": AddForm(initial=version),
        "decide_form": DecideForm(initial=version, asks_setting=asks_kind),
        "aside_form": AsideForm(initial=version),
    }
    shown["link_form"].fields["mrn"].required = True  # as it is shown: without a patient chosen it is needed
    for name, form in shown.items():
        if refused is not None and type(refused) is type(form):
            shown[name] = refused
    suggested = []
    if stay.patient is None and not stay.set_aside_at:
        found = suggestions(stay.source, facts.identifiers, facts.family, facts.given, facts.born)
        suggested = [(patient, [AGREES[each] for each in agrees]) for patient, agrees in found]
    audit.note_reads({patient.pk for patient, _ in suggested} | ({stay.patient_id} if stay.patient_id else set()))
    told = messages_of(stay)
    for each in told:
        each.what = EVENTS.get(each.event, each.event)
    context = {
        "stay": stay,
        "facts": facts,
        "why": why(stay),
        "kinds": [kind_in_words(each) for each in facts.classes],
        "went": went_in_words(stay, facts.disposition),
        "asked": QUESTION_WORDS.get(stay.question, ""),
        "suggested": suggested,
        "messages_told": told,
        "can_be_added": named(facts) and may(request.membership.role, "patient.write"),
        "refused": refused,
        **shown,
    }
    return render(request, "interop/hospital_stay.html", context, status=status)
