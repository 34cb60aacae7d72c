"""What a person is told beside the product: mail, and a calendar that reads what is due."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination import access
from coordination.forms.outbox import MailSettingsForm
from coordination.selectors.outbox import calendar_feed_of, mail_settings_of
from coordination.selectors.transitions import transition_by_id
from coordination.services.calendar_feeds import feed_make, feed_revoke
from coordination.services.notices import mail_settings_save
from tenancy import clock
from tenancy.forms.refusals import add_conflict
from tenancy.links import here
from tenancy.views import needs
from tenancy.writes import VersionConflict


@require_safe
@needs("deadline.read")
def deadline(request: HttpRequest, deadline: UUID) -> HttpResponse:
    """Where links of mails, calls and calendars lead: to the page on which the deadline is worked."""
    found = access.deadline_for(request.membership, deadline)
    if found.patient_id is None:
        return redirect(here("coordination:door"))
    if transition_by_id(found.patient_id, found.about):
        return redirect(here("coordination:transition", patient=found.patient_id, transition=found.about))
    return redirect(here("coordination:patient", patient=found.patient_id))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("deadline.read")
def notices(request: HttpRequest) -> HttpResponse:
    """When I am mailed, and my calendar's address."""
    me = request.membership
    form, status = MailSettingsForm(request.POST or None, settings=mail_settings_of(me.pk)), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                mail_settings_save(actor=me, now=clock.now(), **form.cleaned_data)
            except VersionConflict as conflict:
                add_conflict(form, conflict)
                status = 409
            else:
                messages.success(request, _("Saved."))
                return redirect(here("coordination:notices"))
    return _page(request, form, status=status)


@require_POST
@needs("deadline.read")
def calendar_make(request: HttpRequest) -> HttpResponse:
    """The address is shown in the answer to this and nowhere else."""
    address = feed_make(actor=request.membership, now=clock.now())
    return _page(request, MailSettingsForm(settings=mail_settings_of(request.membership.pk)), address=address)


@require_POST
@needs("deadline.read")
def calendar_revoke(request: HttpRequest) -> HttpResponse:
    feed_revoke(actor=request.membership, now=clock.now())
    messages.success(request, _("The address no longer works. Remove the calendar where you had added it."))
    return redirect(here("coordination:notices"))


def _page(request: HttpRequest, form: MailSettingsForm, *, address: str = "", status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "email": request.user.email,
        "feed": calendar_feed_of(request.membership.pk),
        "address": address,
    }
    return render(request, "coordination/notices.html", context, status=status)
