"""Logging time from a patient's page: record, and what is asked for less often."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from coordination import access
from coordination.forms.time_logs import TimeLogForm
from coordination.models import Contact
from coordination.rules.months import month_of
from coordination.selectors.phrases import phrases_for
from coordination.services.contacts import contact_record
from coordination.views.patients import patient_page
from tenancy import clock
from tenancy.links import here
from tenancy.views import needs


@require_POST
@needs("time_log.record")
def time_log_record_view(request: HttpRequest, patient: UUID) -> HttpResponse:
    subject = access.patient_for(request.membership, patient)
    today = clock.today(request.membership.agency.zone)
    form = TimeLogForm(request.POST, today=today, patient=subject, actor=request.membership)
    if not form.is_valid():
        return patient_page(request, subject, form)
    typed = form.cleaned_data
    timer = access.timer_for(request.membership, typed["timer"]) if typed["timer"] else None
    try:
        contact = contact_record(
            actor=request.membership,
            patient=subject,
            said=form.said(),
            form_key=typed["form_key"],
            author=typed["author"],
            timer=timer,
            confirmed=typed["confirmed"],
            way=typed["way"],
            reason=typed["reason"],
            now=clock.now(),
        )
    except ValidationError as refused:
        form.refuse(refused)
        return patient_page(request, subject, form)
    messages.success(request, _saved(contact, typed["author"], today))
    if typed["back"] and contact.transition_id:
        return redirect(here("coordination:transition", patient=subject.pk, transition=contact.transition_id))
    return redirect(here("coordination:patient", patient=subject.pk))


@require_safe
@needs("time_log.record")
def time_log_more(request: HttpRequest, patient: UUID) -> HttpResponse:
    """What is asked for less often, as a fragment: for which colleague, which proxy, and phrases for the note."""
    subject = access.patient_for(request.membership, patient)
    form = TimeLogForm(today=clock.today(request.membership.agency.zone), patient=subject, actor=request.membership)
    context = {"log_form": form, "phrases": phrases_for(request.membership)}
    return render(request, "coordination/_log_time_more.html", context)


def _saved(contact: Contact, author: Any, today: date) -> str:
    """Where the minutes went; an entry for another month does not stand on the page that says so."""
    total = sum(log.minutes for log in contact.logs.all())
    said = ngettext("%(n)d minute saved.", "%(n)d minutes saved.", total) % {"n": total}
    if author:
        said += " " + _("They were given by %(name)s and written down by you.") % {"name": author.signature}
    if month_of(contact.service_date) != month_of(today):
        day = date_format(contact.service_date, "F j, Y")
        said += " " + _("They were given on %(day)s and stand in that month's ledger.") % {"day": day}
    return said
