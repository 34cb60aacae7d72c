"""Forgetting uploads that nobody confirmed."""

from celery import shared_task

from interop.services.uploads import uploads_expire
from tenancy import clock
from tenancy.context import all_agencies  # noqa: TID251 - expire_uploads, see docs/tenancy.md
from tenancy.tasks import AgencyTask


@shared_task(base=AgencyTask)
def expire_uploads_of_agency() -> int:
    """Forget the agency's uploads that waited too long. Safe to repeat."""
    return uploads_expire(now=clock.now())


@shared_task
def expire_uploads() -> int:
    """Ask every agency to forget what waited too long; each is a task of its own. Returns how many were asked."""
    with all_agencies(reason="uploads that nobody confirmed") as agencies:
        found = list(agencies)
    for agency in found:
        expire_uploads_of_agency.apply_async(agency=agency)
    return len(found)
