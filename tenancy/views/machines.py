"""The machines that work for an agency: their tokens."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tenancy import access, clock
from tenancy.forms.machines import ServiceTokenForm
from tenancy.forms.refusals import add_refusal
from tenancy.links import here
from tenancy.scopes import SCOPES
from tenancy.selectors.machines import service_tokens
from tenancy.services.service_tokens import service_token_make, service_token_revoke
from tenancy.views.door import needs


@require_http_methods(["GET", "HEAD", "POST"])
@needs("service_token.write")
def tokens(request: HttpRequest) -> HttpResponse:
    """Every token, and the form that makes one. What it made is shown in the answer to it and nowhere else, ever."""
    now = clock.now()
    today = clock.local_day(now, request.membership.agency.zone)
    form = ServiceTokenForm(request.POST or None, last_day=today + timedelta(days=365))
    made, text, status = None, "", 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            made, text = service_token_make(actor=request.membership, now=now, **form.cleaned_data)
        except ValidationError as refused:
            add_refusal(form, refused)
        else:
            form, status = ServiceTokenForm(last_day=today + timedelta(days=365)), 200
    known = list(service_tokens(now))
    for each in known:
        each.may = [SCOPES.get(scope, scope) for scope in each.scopes]
        each.in_force = each.is_in_force(now)
    context = {"form": form, "tokens": known, "made": made, "text": text, "now": now}
    return render(request, "tenancy/tokens.html", context, status=status)


@require_POST
@needs("service_token.write")
def token_revoke(request: HttpRequest, token: UUID) -> HttpResponse:
    """Shut a machine out."""
    known = access.service_token_for(request.membership, token)
    service_token_revoke(actor=request.membership, token=known, now=clock.now())
    messages.success(request, _("%(name)s is shut out from now on.") % {"name": known.name})
    return redirect(here("tenancy:tokens"))
