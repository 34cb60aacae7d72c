"""Enrolling a patient in chronic care."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination import access
from coordination.forms.enrollments import EnrollmentForm
from coordination.models import Program
from coordination.selectors import charts
from coordination.services.enrollments import enrollment_start
from coordination.views.identity import identity
from tenancy import clock
from tenancy.links import here
from tenancy.views import needs


@require_http_methods(["GET", "HEAD", "POST"])
@needs("enrollment.write")
def enroll(request: HttpRequest, patient: UUID) -> HttpResponse:
    subject = access.patient_for(request.membership, patient)
    today = clock.today(request.membership.agency.zone)
    overview = here("coordination:patient", patient=subject.pk)
    if charts.open_enrollment(subject, Program.CHRONIC_CARE):
        messages.info(request, _("This patient is already enrolled in chronic care."))
        return redirect(overview)
    form = EnrollmentForm(request.POST or None, patient=subject, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            enrollment_start(
                actor=request.membership,
                patient=subject,
                program=Program.CHRONIC_CARE,
                now=clock.now(),
                **form.cleaned_data,
            )
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(request, _("Enrolled in chronic care."))
            return redirect(overview)
    uncoded = [each for each in charts.active_conditions(subject) if not each.icd10cm]
    return render(
        request,
        "coordination/enroll.html",
        {
            **identity(request, subject),
            "form": form,
            "uncoded": uncoded,
        },
        status=422 if form.is_bound else 200,
    )
