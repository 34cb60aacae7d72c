"""Who a patient is: reading it, adding a patient, changing what is on record."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination import access
from coordination.forms.patients import PatientForm
from coordination.models import Patient
from coordination.selectors import charts, merges
from coordination.services.patients import MRN_TAKEN, LooksAlike, patient_create, patient_update
from coordination.views.identity import identity
from tenancy import audit, clock
from tenancy.forms.refusals import add_conflict, add_refusal
from tenancy.links import here
from tenancy.views import needs
from tenancy.writes import VersionConflict


@require_safe
def patient_details(request: HttpRequest, patient: UUID) -> HttpResponse:
    """What is on record about the person."""
    subject = access.patient_for(request.membership, patient)
    context = {
        **identity(request, subject),
        "identifiers": charts.identifiers(subject),
        "merges": merges.merges_of(subject),
    }
    return render(request, "coordination/patient_details.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("patient.write")
def patient_add(request: HttpRequest) -> HttpResponse:
    """Add a patient; records that look alike are shown, and must be looked at, before anything is stored."""
    form = PatientForm(request.POST or None, today=clock.today(request.membership.agency.zone))
    found: list[Patient] = []
    if request.method == "POST" and form.is_valid():
        try:
            added = patient_create(actor=request.membership, dismissed=form.dismissed, **form.facts)
        except LooksAlike as same:
            found = list(same.patients)
            _ask_to_compare(form, found)
        except ValidationError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Patient added."))
            return redirect(here("coordination:patient", patient=added.pk))
    audit.note_reads(each.pk for each in found)
    return render(
        request,
        "coordination/patient_form.html",
        {"form": form, "found": found},
        status=422 if form.is_bound else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs("patient.write")
def patient_edit(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Change what is on record; 409, with what it says now, if somebody else did meanwhile."""
    subject = access.patient_for(request.membership, patient)
    form = PatientForm(request.POST or None, today=clock.today(request.membership.agency.zone), patient=subject)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            patient_update(
                actor=request.membership, patient=subject, version=form.cleaned_data["version"], **form.facts
            )
        except ValidationError as refused:
            add_refusal(form, refused)
        except VersionConflict as conflict:
            add_conflict(form, conflict)
            status = 409
        else:
            messages.success(request, _("Patient saved."))
            return redirect(here("coordination:patient_details", patient=subject.pk))
    context = {**identity(request, subject), "form": form}
    return render(request, "coordination/patient_form.html", context, status=status)


def _ask_to_compare(form: PatientForm, found: list[Patient]) -> None:
    """Say what looks alike, and remember which records were shown: saying "another person" is about those."""
    if any(each.mrn == form.cleaned_data["mrn"] for each in found):
        form.add_error("mrn", MRN_TAKEN)
    else:
        form.add_error(
            "is_another", _("Compare with the records shown. If this is another person, say so and save again.")
        )
    form.data = form.data.copy()
    form.data["looked_at"] = " ".join(str(each.pk) for each in found)
