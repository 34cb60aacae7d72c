"""Running months in the background."""

from celery import shared_task

from billing.services.charge_run import charge_run
from coordination.rules.months import month_of, parse_month, previous_month
from tenancy import clock
from tenancy.context import all_agencies, current_agency  # noqa: TID251 - run_months, listed in docs/tenancy.md
from tenancy.tasks import AgencyTask


@shared_task(base=AgencyTask)
def run_month(month: str) -> None:
    """Run one month (YYYY-MM) of the agency in the message's header. Safe to repeat."""
    charge_run(month=parse_month(month), now=clock.now())


@shared_task(base=AgencyTask)
def run_current_months() -> None:
    """Run the agency's month to date; on its first day also the month before, whose last entries came in the evening."""
    today = clock.today(current_agency().zone)
    first, _ = month_of(today)
    for month in [previous_month(first), first] if today.day == 1 else [first]:
        charge_run(month=month, now=clock.now())


@shared_task
def run_months() -> int:
    """Ask for the current months of every agency; each is a task of its own. Returns how many were asked for."""
    with all_agencies(reason="nightly month run") as agencies:
        found = list(agencies)
    for agency in found:
        run_current_months.apply_async(agency=agency)
    return len(found)
