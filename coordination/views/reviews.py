"""Entries that were saved with a flag, for a supervisor to look at."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from coordination.models import Flag
from coordination.selectors.time_entries import review_page
from tenancy import audit
from tenancy.views import needs


@require_safe
@needs("time_log.review")
def review_list(request: HttpRequest) -> HttpResponse:
    """Oldest first; filtered by why it was flagged."""
    flag = request.GET.get("why", "")
    flag = flag if flag in Flag.values else ""
    page = review_page(flag=flag, after=_uuid(request.GET.get("after", "")))
    audit.note_reads(contact.patient_id for contact in page.contacts)
    context = {"page": page, "flag": flag, "flags": Flag.choices}
    return render(request, "coordination/review.html", context)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
