"""Enrolling a patient in a program, and completing, correcting or stopping the enrollment."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination import access
from coordination.forms.enrollments import EnrollmentForm
from coordination.models import Enrollment, Patient, Program
from coordination.selectors import charts
from coordination.services.enrollments import enrollment_start, enrollment_update
from coordination.views.identity import identity
from tenancy import clock
from tenancy.forms.refusals import add_conflict, add_refusal
from tenancy.links import here
from tenancy.views import needs
from tenancy.writes import VersionConflict


@require_http_methods(["GET", "HEAD", "POST"])
@needs("enrollment.write")
def enroll(request: HttpRequest, patient: UUID) -> HttpResponse:
    subject = access.patient_for(request.membership, patient)
    form = _form(request, subject, None)
    if request.method == "POST" and form.is_valid():
        try:
            started = enrollment_start(
                actor=request.membership,
                patient=subject,
                now=clock.now(),
                **form.cleaned_data,
            )
        except ValidationError as refused:
            add_refusal(form, refused)
        else:
            messages.success(
                request, _("Enrolled in %(program)s.") % {"program": started.get_program_display().lower()}
            )
            return redirect(here("coordination:patient", patient=subject.pk))
    return _page(request, subject, form, None, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("enrollment.write")
def enrollment(request: HttpRequest, patient: UUID, enrollment: UUID) -> HttpResponse:
    """Change what an enrollment says; 409, with what it says now, if somebody else did meanwhile."""
    subject = access.patient_for(request.membership, patient)
    known = access.enrollment_for(request.membership, subject, enrollment)
    form = _form(request, subject, known)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            enrollment_update(actor=request.membership, enrollment=known, now=clock.now(), **form.cleaned_data)
        except ValidationError as refused:
            add_refusal(form, refused)
        except VersionConflict as conflict:
            status, known = 409, conflict.current
            add_conflict(form, conflict)
        else:
            messages.success(request, _("Enrollment saved."))
            return redirect(here("coordination:patient", patient=subject.pk))
    return _page(request, subject, form, known, status=status)


def _form(request: HttpRequest, patient: Patient, enrollment: Enrollment | None) -> EnrollmentForm:
    today = clock.today(request.membership.agency.zone)
    asked = request.GET.get("program", "")
    return EnrollmentForm(
        request.POST or None,
        patient=patient,
        today=today,
        actor=request.membership,
        enrollment=enrollment,
        program=asked if asked in Program else Program.CHRONIC_CARE,
    )


def _page(
    request: HttpRequest, patient: Patient, form: EnrollmentForm, enrollment: Enrollment | None, *, status: int
) -> HttpResponse:
    uncoded = [each for each in charts.active_conditions(patient) if not each.icd10cm]
    context = {
        **identity(request, patient),
        "form": form,
        "uncoded": uncoded,
        "enrollment": enrollment,
    }
    return render(request, "coordination/enroll.html", context, status=status)
