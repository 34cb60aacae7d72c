"""The patient-month ledger: every minute, where it went, and the rule that put it there."""

from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from billing.selectors.decisions import latest_decision
from billing.services.decisions import decide, labels, rulebook
from billing.views.ledger_history import edits_of
from billing.views.ledger_page import ledger_page
from coordination.access import record_for
from coordination.rules.months import month_of
from coordination.selectors import charts
from coordination.selectors.months import logs_by_id
from coordination.selectors.time_entries import histories_of_month, locked_months
from coordination.views.identity import identity
from tenancy import clock
from tenancy.access import NotFound
from tenancy.roles import may
from tenancy.views import needs


def days_of(month: date, today: date) -> tuple[date, date]:
    """The first and last day of a month that the rulebook answers for and that has begun; no other has a page."""
    first, last = month_of(month)
    if last < rulebook().begins or first > today:
        raise NotFound
    return first, last


@require_safe
@needs("ledger.read")
def ledger(request: HttpRequest, patient: UUID, month: date) -> HttpResponse:
    """One patient's month as it stands now, and whether the last run said the same."""
    subject = record_for(
        request.membership, patient, "ledger.read"
    )  # also of a merged record: what was stored stays there
    zone = request.membership.agency.zone
    today = clock.today(zone)
    first, last = days_of(month, today)
    decided = decide([subject.pk], first)[subject.pk]
    page = ledger_page(
        decided=decided,
        logs=logs_by_id([log.id for log in decided.facts.logs]),  # those that were decided: one may be saved meanwhile
        stored=latest_decision(subject.pk, first),
        enrollments=charts.enrollments_of_month(subject, first, last),
        rulebook=rulebook(),
        labels=labels(),
        today=today,
        is_closed=last < today and bool(locked_months([last])),
        edits=edits_of(histories_of_month(subject, first, last), zone),
        zone=zone,
        with_money=may(request.membership.role, "ledger.money"),
    )
    return render(request, "billing/ledger.html", {**identity(request, subject), "ledger": page})
