"""One entry: what it says, what it said before, and changing, trimming or voiding it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from coordination import access
from coordination.forms.time_logs import EntryForm, VoidForm
from coordination.models import Contact, Patient
from coordination.rules.spans import Way
from coordination.selectors.time_entries import corrections_of, history_of_contact, locked_months, logs_of_contact
from coordination.services.contacts import contact_change, contact_give_way, contact_review, contact_void, may_change
from coordination.views.entries import clock_words, entries_of, overlap_context
from coordination.views.identity import identity
from tenancy import clock
from tenancy.forms.refusals import add_refusal
from tenancy.links import here
from tenancy.views import needs
from tenancy.writes import VersionConflict


@require_safe
@needs("patient.read")
def contact(request: HttpRequest, patient: UUID, contact: UUID) -> HttpResponse:
    """Read an entry with its history; who may change it also finds the forms that do."""
    subject = access.patient_for(request.membership, patient)
    return contact_page(request, subject, access.contact_for(request.membership, subject, contact))


@require_POST
@needs("time_log.record")
def change(request: HttpRequest, patient: UUID, contact: UUID) -> HttpResponse:
    """Change an entry with a reason; in a closed month, correct it."""
    subject = access.patient_for(request.membership, patient)
    known = access.contact_for(request.membership, subject, contact)
    today, first = clock.today(request.membership.agency.zone), {"transition": known.transition}
    form = EntryForm(request.POST, today=today, patient=subject, initial=first)
    if not form.is_valid():
        return contact_page(request, subject, known, form=form)
    typed = form.cleaned_data
    try:
        stands = contact_change(
            actor=request.membership,
            contact=known,
            version=typed["version"],
            said=form.said(),
            reason=typed["reason"],
            confirmed=typed["confirmed"],
            way=typed["way"],
            now=clock.now(),
        )
    except ValidationError as refused:
        form.refuse(refused)
        return contact_page(request, subject, known, form=form)
    except VersionConflict as conflict:
        form.data = form.data.copy()
        form.data["version"] = conflict.current.version
        form.add_error(
            None,
            _(
                "Somebody changed this while you were typing. Below stands what is on record now; save again to keep what you typed."
            ),
        )
        return contact_page(
            request, subject, access.contact_for(request.membership, subject, contact), form=form, status=409
        )
    said = _("Entry changed.")
    if stands.pk != known.pk:
        said = _(
            "The month is closed: the entry stays, void, and its correction stands beside it for a supervisor to look at."
        )
    messages.success(request, said)
    return redirect(here("coordination:contact", patient=subject.pk, contact=stands.pk))


@require_POST
@needs("time_log.record")
def void(request: HttpRequest, patient: UUID, contact: UUID) -> HttpResponse:
    """Take an entry out of every count, with a reason."""
    subject = access.patient_for(request.membership, patient)
    known = access.contact_for(request.membership, subject, contact)
    form = VoidForm(request.POST, prefix="void")
    if not form.is_valid():
        return contact_page(request, subject, known, void_form=form)
    try:
        contact_void(actor=request.membership, contact=known, now=clock.now(), **form.cleaned_data)
    except ValidationError as refused:
        add_refusal(form, refused)
        return contact_page(request, subject, known, void_form=form)
    except VersionConflict as conflict:
        form.data = form.data.copy()
        form.data["void-version"] = conflict.current.version
        form.add_error(
            None,
            _("Somebody changed this meanwhile. Look at it as it stands now, then void it if that is still right."),
        )
        return contact_page(
            request, subject, access.contact_for(request.membership, subject, contact), void_form=form, status=409
        )
    messages.success(request, _("The entry is void: it counts nowhere and stays visible with the reason."))
    return redirect(here("coordination:contact", patient=subject.pk, contact=known.pk))


@require_POST
@needs("time_log.record")
def give_way(request: HttpRequest, patient: UUID, contact: UUID) -> HttpResponse:
    """From the picture of a day: trim, split or move this entry."""
    subject = access.patient_for(request.membership, patient)
    known = access.contact_for(request.membership, subject, contact)
    back = here("coordination:day", member=known.author_id, day=known.service_date)
    try:
        contact_give_way(
            actor=request.membership,
            contact=known,
            version=int(request.POST.get("version", "")),
            way=Way(request.POST.get("way", "")),
            reason=request.POST.get("reason", ""),
            now=clock.now(),
        )
    except ValueError as refused:
        said = getattr(refused, "messages", None) or [_("This was not understood. Choose again.")]
        messages.warning(request, " ".join(said))
    except (ValidationError, VersionConflict) as refused:
        said = getattr(refused, "messages", None) or [
            _("The entry was changed meanwhile. Look at the day as it stands now.")
        ]
        messages.warning(request, " ".join(said))
    else:
        messages.success(
            request, _("Done: no minute stands twice because of this entry. What it said before is in its history.")
        )
    return redirect(back)


@require_POST
@needs("time_log.review")
def review(request: HttpRequest, patient: UUID, contact: UUID) -> HttpResponse:
    subject = access.patient_for(request.membership, patient)
    known = access.contact_for(request.membership, subject, contact)
    try:
        contact_review(actor=request.membership, contact=known, now=clock.now())
    except ValidationError as refused:
        messages.warning(request, " ".join(refused.messages))
    else:
        messages.success(request, _("Looked at."))
    return redirect(here("coordination:review"))


def contact_page(
    request: HttpRequest,
    patient: Patient,
    known: Contact,
    *,
    form: EntryForm | None = None,
    void_form: VoidForm | None = None,
    status: int = 422,
) -> HttpResponse:
    """The page, with what was sent and refused if something was."""
    zone = request.membership.agency.zone
    logs = list(logs_of_contact(known))
    [entry] = entries_of(logs, zone)
    changeable = may_change(request.membership, known) and bool(entry.live)
    refused = form or void_form
    if refused and not changeable:  # somebody voided it meanwhile: there is no form to show the refusal in
        messages.warning(request, " ".join(each for errors in refused.errors.values() for each in errors))
    overlap = form.overlap if form else None
    if changeable and not form:
        form = EntryForm(today=clock.today(zone), patient=patient, initial=_initial(known, entry, zone))
    if changeable and not void_form:
        void_form = VoidForm(prefix="void", initial={"version": known.version})
    context: dict[str, Any] = {
        **identity(request, patient),
        "entry": entry,
        "contact": known,
        "form": form if changeable else None,
        "void_form": void_form if changeable else None,
        "closed": next(iter(locked_months([known.service_date])), None),
        "corrections": corrections_of(known),
        "history": history_of_contact(known),
        **(overlap_context(overlap, form.data.get("way", ""), zone) if overlap and form else {}),
    }
    return render(request, "coordination/contact.html", context, status=status if refused else 200)


def _initial(known: Contact, entry: Any, zone: Any) -> dict[str, Any]:
    first, *others = entry.live
    minutes: Any = entry.minutes
    if known.started_at and known.stopped_at and not (known.started_at.second or known.stopped_at.second):
        minutes = f"{clock_words(known.started_at, zone)}-{clock_words(known.stopped_at, zone)}"
    facts = {
        "minutes": minutes,
        "program": first.program,
        "activity": first.activity,
        "version": known.version,
    }
    for number, log in enumerate(others, start=2):
        facts |= {f"program_{number}": log.program, f"minutes_{number}": log.minutes}
    facts["only_scheduling"] = not known.is_beyond_scheduling
    names = ("service_date", "spoken_to", "mode", "direction", "outcome", "proxy", "note", "transition")
    return facts | {name: getattr(known, name) for name in names}
