"""Other systems that are told of alerts, and what could not be sent to whom."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from coordination import access
from coordination.forms.outbox import EndpointForm
from coordination.models import Fault, OutgoingMessage
from coordination.selectors.outbox import endpoints, mail_given_up
from coordination.services.outbox import messages_again
from coordination.services.webhooks import (
    endpoint_add,
    endpoint_pause,
    endpoint_remove,
    endpoint_resume,
    endpoint_try,
)
from tenancy import clock
from tenancy.forms.refusals import add_refusal
from tenancy.links import here
from tenancy.views import needs

SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
@needs("outbox.write")
def outbox(request: HttpRequest) -> HttpResponse:
    """Endpoints, the form that adds one, and mail that was given up. A secret is shown in the answer to its form and never again."""
    form = EndpointForm(request.POST or None)
    added, secret, status = None, "", 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            added, secret = endpoint_add(actor=request.membership, now=clock.now(), **form.cleaned_data)
        except ValidationError as refused:
            add_refusal(form, refused)
        else:
            form, status = EndpointForm(), 200
    known = list(endpoints())
    for each in known:
        each.said = fault_in_words(each.last_fault, each.last_status)
    lost = list(mail_given_up()[: SHOWN + 1])
    for message in lost:
        message.said = fault_in_words(message.fault, message.status)
    context = {
        "form": form,
        "added": added,
        "secret": secret,
        "endpoints": known,
        "given_up": lost[:SHOWN],
        "more": len(lost) > SHOWN,
    }
    return render(request, "coordination/outbox.html", context, status=status)


def fault_in_words(fault: str | None, status: int | None) -> str:
    if not fault:
        return ""
    said = str(Fault(fault).label)
    return _("%(said)s (%(status)d)") % {"said": said, "status": status} if status else said


@require_POST
@needs("outbox.write")
def trial(request: HttpRequest, endpoint: UUID) -> HttpResponse:
    found = access.endpoint_for(request.membership, endpoint)
    endpoint_try(actor=request.membership, endpoint=found, now=clock.now())
    return _done(request, _("A trial is on its way and arrives within a minute."))


@require_POST
@needs("outbox.write")
def pause(request: HttpRequest, endpoint: UUID) -> HttpResponse:
    found = access.endpoint_for(request.membership, endpoint)
    endpoint_pause(actor=request.membership, endpoint=found, now=clock.now())
    return _done(request, _("Paused: it is told of nothing until you resume it."))


@require_POST
@needs("outbox.write")
def resume(request: HttpRequest, endpoint: UUID) -> HttpResponse:
    endpoint_resume(actor=request.membership, endpoint=access.endpoint_for(request.membership, endpoint))
    return _done(request, _("Resumed: it is told of alerts from now on."))


@require_POST
@needs("outbox.write")
def remove(request: HttpRequest, endpoint: UUID) -> HttpResponse:
    endpoint_remove(actor=request.membership, endpoint=access.endpoint_for(request.membership, endpoint))
    return _done(request, _("Removed: it is told of nothing any more."))


@require_POST
@needs("outbox.write")
def endpoint_again(request: HttpRequest, endpoint: UUID) -> HttpResponse:
    """Everything of an endpoint that was given up."""
    found = access.endpoint_for(request.membership, endpoint)
    return _again(request, found.messages.all())


@require_POST
@needs("outbox.write")
def message_again(request: HttpRequest, message: UUID) -> HttpResponse:
    found = access.message_for(request.membership, message)
    return _again(request, OutgoingMessage.objects.filter(pk=found.pk))


def _again(request: HttpRequest, found: QuerySet[OutgoingMessage]) -> HttpResponse:
    messages_again(actor=request.membership, messages=found, now=clock.now())
    return _done(request, _("What was given up is tried again, within a minute."))


def _done(request: HttpRequest, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect(here("coordination:outbox"))
