"""What patients are told when they consent: everybody who reads charts reads it, administrators add versions."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.forms.consent_texts import ConsentTextForm
from coordination.selectors import charts
from coordination.services.consent_texts import consent_text_add
from tenancy import access, clock
from tenancy.forms.refusals import add_refusal
from tenancy.links import here
from tenancy.views import needs


@require_http_methods(["GET", "HEAD", "POST"])
@needs("patient.read")
def consent_texts(request: HttpRequest) -> HttpResponse:
    today = clock.today(request.membership.agency.zone)
    form = ConsentTextForm(request.POST if request.method == "POST" else None, today=today)
    if request.method == "POST":
        access.require(request.membership, "consent_text.write")
    if form.is_valid():
        try:
            consent_text_add(actor=request.membership, **form.cleaned_data)
        except ValidationError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Text added. It can be chosen when a patient consents."))
            return redirect(here("coordination:consent_texts"))
    context = {"form": form, "texts": charts.consent_texts()}
    return render(request, "coordination/consent_texts.html", context, status=422 if form.is_bound else 200)
