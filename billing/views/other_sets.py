"""The other lawful code sets of a month: for those who see money, beside what people declared. It shows and changes nothing."""

from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from billing.services.decisions import decide, labels, rulebook
from billing.services.decisions import other_sets as sets_of
from billing.views.ledger import days_of
from billing.views.other_sets_page import other_sets_page
from coordination.access import record_for
from coordination.selectors import charts
from coordination.selectors.time_entries import locked_months
from coordination.views.identity import identity
from tenancy import clock
from tenancy.views import needs


@require_safe
@needs("ledger.money")
def other_sets(request: HttpRequest, patient: UUID, month: date) -> HttpResponse:
    """What the same facts would be billed as, had people declared the month otherwise."""
    subject = record_for(request.membership, patient, "ledger.money")
    today = clock.today(request.membership.agency.zone)
    first, last = days_of(month, today)
    decided = decide([subject.pk], first)[subject.pk]
    page = other_sets_page(
        decided=decided,
        sets=sets_of(decided),
        enrollments=charts.enrollments_of_month(subject, first, last),
        rulebook=rulebook(),
        labels=labels(),
        today=today,
        is_closed=last < today and bool(locked_months([last])),
    )
    return render(request, "billing/other_sets.html", {**identity(request, subject), "sets": page})
