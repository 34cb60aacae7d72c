"""Recording a diagnosis, and confirming an imported one."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination import access
from coordination.forms.conditions import ConditionForm
from coordination.forms.refusals import add_conflict, add_refusal
from coordination.models import Condition, Patient
from coordination.services.patients import condition_record
from coordination.views.identity import identity
from tenancy import clock
from tenancy.links import here
from tenancy.views import needs
from tenancy.writes import VersionConflict


@require_http_methods(["GET", "HEAD", "POST"])
@needs("condition.write")
def condition_new(request: HttpRequest, patient: UUID) -> HttpResponse:
    return _edit(request, access.patient_for(request.membership, patient), None)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("condition.write")
def condition(request: HttpRequest, patient: UUID, condition: UUID) -> HttpResponse:
    subject = access.patient_for(request.membership, patient)
    return _edit(request, subject, access.condition_for(request.membership, subject, condition))


def _edit(request: HttpRequest, patient: Patient, known: Condition | None) -> HttpResponse:
    today = clock.today(request.membership.agency.zone)
    form = ConditionForm(request.POST or None, today=today, condition=known)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            condition_record(
                actor=request.membership,
                condition=known or Condition(patient=patient),
                now=clock.now(),
                **form.cleaned_data,
            )
        except ValidationError as refused:
            add_refusal(form, refused)
        except VersionConflict as conflict:
            add_conflict(form, conflict)
            status = 409
        else:
            messages.success(request, _("Condition saved."))
            return redirect(here("coordination:patient", patient=patient.pk))
    return render(
        request,
        "coordination/condition_form.html",
        {
            **identity(request, patient),
            "condition": known,
            "form": form,
        },
        status=status,
    )
