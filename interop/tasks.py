"""Forgetting: uploads that nobody confirmed, hospitals' messages that were kept long enough."""

from celery import shared_task

from interop.services.adt.sources import messages_forget
from interop.services.uploads import uploads_expire
from tenancy import clock
from tenancy.context import all_agencies  # noqa: TID251 - expire_uploads and forget_messages, see docs/tenancy.md
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


@shared_task(base=AgencyTask)
def forget_messages_of_agency() -> int:
    """Forget the bytes of the agency's messages that were kept as long as their sources say. Safe to repeat."""
    return messages_forget(now=clock.now())


@shared_task
def forget_messages() -> int:
    """Ask every agency to forget its old messages; each is a task of its own. Returns how many were asked."""
    with all_agencies(reason="hospitals' messages that were kept long enough") as agencies:
        found = list(agencies)
    for agency in found:
        forget_messages_of_agency.apply_async(agency=agency)
    return len(found)
