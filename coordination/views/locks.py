"""Months as far as time goes: who has entered all of it, what waits for a supervisor, closing and opening."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from coordination import access
from coordination.forms.time_logs import ReasonForm
from coordination.rules.months import parse_month
from coordination.selectors.month_states import MonthState, month_states, months_page
from coordination.services.locks import month_entered, month_lock, month_unlock
from tenancy import clock
from tenancy.forms.refusals import add_refusal
from tenancy.links import here
from tenancy.views import needs


@require_safe
@needs("month.read")
def months(request: HttpRequest) -> HttpResponse:
    """Six months at a time; `month` names one of those to show."""
    return _page(request, _asked(request.GET.get("month", "")))


@require_POST
@needs("month.lock")
def lock(request: HttpRequest, month: date) -> HttpResponse:
    form = _form(request, month)
    if form.is_valid():
        try:
            month_lock(actor=request.membership, month=month, reason=form.cleaned_data["reason"], now=clock.now())
        except ValidationError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("The month is closed. Its entries change by corrections with a reason."))
            return _back_to(month)
    return _page(request, month, form)


@require_POST
@needs("month.lock")
def unlock(request: HttpRequest, lock: UUID) -> HttpResponse:
    known = access.lock_for(request.membership, lock)
    form = _form(request, known.month)
    if not form.is_valid():
        return _page(request, known.month, form)
    month_unlock(actor=request.membership, lock=known, reason=form.cleaned_data["reason"], now=clock.now())
    messages.success(request, _("The month is open again."))
    return _back_to(known.month)


@require_POST
@needs("time_log.record")
def entered(request: HttpRequest, month: date) -> HttpResponse:
    """I have entered all of my time of this month, or I have not after all."""
    try:
        month_entered(
            actor=request.membership, month=month, entered=request.POST.get("entered") == "1", now=clock.now()
        )
    except ValidationError as refused:
        messages.warning(request, " ".join(refused.messages))
    return _back_to(month)


def _form(request: HttpRequest, month: date) -> ReasonForm:
    return ReasonForm(request.POST, auto_id=f"id_{month:%Y-%m}_%s")


def _asked(text: str) -> date | None:
    try:
        return parse_month(text)
    except ValueError:
        return None


def _back_to(month: date) -> HttpResponse:
    """To the page of months that this one is on."""
    return redirect(f"{here('coordination:months')}?month={month:%Y-%m}")


def _page(request: HttpRequest, month: date | None, refused: ReasonForm | None = None) -> HttpResponse:
    today = clock.today(request.membership.agency.zone)
    page = months_page(month, today)
    states = month_states(today, page.firsts)
    context = {
        "page": page,
        "rows": [_row(state, request.membership, refused if state.month == month else None) for state in states],
        "form": refused,
    }
    return render(request, "coordination/months.html", context, status=422 if refused else 200)


def _row(state: MonthState, member: Any, refused: ReasonForm | None) -> dict[str, Any]:
    return {
        "state": state,
        "mine": next((each for each in state.people if each.can_say and each.member.pk == member.pk), None),
        "form": refused or ReasonForm(auto_id=f"id_{state.month:%Y-%m}_%s"),
        "slug": f"{state.month:%Y-%m}",
    }
