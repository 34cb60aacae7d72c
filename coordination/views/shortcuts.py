"""The switch for single keys."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from coordination.services.shortcuts import shortcuts_switch
from tenancy.links import here
from tenancy.views import needs


@require_POST
@needs("patient.read")
def shortcuts(request: HttpRequest) -> HttpResponse:
    """On or off for this person in this agency, on every device."""
    shortcuts_switch(actor=request.membership, on=request.POST.get("on") == "1")
    return redirect(here("coordination:door"))
