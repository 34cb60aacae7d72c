"""Entries that were saved with a flag, for a supervisor to look at."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from coordination.models import Flag
from coordination.selectors.time_entries import review_page
from coordination.services.contacts import whose_own
from tenancy import audit
from tenancy.paging import key_of
from tenancy.views import needs


@require_safe
@needs("time_log.review")
def review_list(request: HttpRequest) -> HttpResponse:
    """Oldest first; filtered by why it was flagged."""
    flag = request.GET.get("why", "")
    flag = flag if flag in Flag.values else ""
    page = review_page(flag=flag, after=key_of(request.GET.get("after", "")))
    audit.note_reads(contact.patient_id for contact in page.contacts)
    own = whose_own(request.membership, page.contacts)
    context = {"page": page, "own": own, "flag": flag, "flags": Flag.choices}
    return render(request, "coordination/review.html", context)
