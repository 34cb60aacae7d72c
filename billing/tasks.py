"""Running months in the background."""

from celery import shared_task

from billing.services.charge_run import charge_run
from coordination.rules.months import month_of, parse_month, previous_month
from tenancy import clock
from tenancy.context import all_agencies, current_agency  # noqa: TID251 - run_months, listed in docs/tenancy.md
from tenancy.tasks import AgencyTask

DAYS_THAT_HEAL = 10
"""Days of a month in whose nights the month before is run again: entries for it come late, and a night's run can fail. Later
entries show on the ledger at once; the stored month follows them when it is run by hand."""


@shared_task(base=AgencyTask)
def run_month(month: str) -> None:
    """Run one month (YYYY-MM) of the agency in the message's header. Safe to repeat."""
    charge_run(month=parse_month(month), now=clock.now())


@shared_task(base=AgencyTask)
def run_current_months() -> None:
    """Run the agency's month to date, and while it is young the month before too."""
    today = clock.today(current_agency().zone)
    first, _ = month_of(today)
    for month in [previous_month(first), first] if today.day <= DAYS_THAT_HEAL else [first]:
        charge_run(month=month, now=clock.now())


@shared_task
def run_months() -> int:
    """Ask for the current months of every agency; each is a task of its own. Returns how many were asked for."""
    with all_agencies(reason="nightly month run") as agencies:
        found = list(agencies)
    for agency in found:
        run_current_months.apply_async(agency=agency)
    return len(found)
