"""Running months in the background: a task for each chunk of patients."""

from collections.abc import Sequence
from contextvars import copy_context
from datetime import date
from functools import partial
from threading import Thread
from uuid import UUID

import structlog
from celery import shared_task
from kombu.exceptions import OperationalError

from billing.models import ChargeRun
from billing.services.charge_run import chunks_left, run_begin, run_chunk
from coordination.rules.months import month_of, parse_month, previous_month
from tenancy import clock
from tenancy.context import all_agencies, current_agency, on_commit  # noqa: TID251 - run_months, see docs/tenancy.md
from tenancy.models import Agency
from tenancy.tasks import AgencyTask

log = structlog.get_logger(__name__)

DAYS_THAT_HEAL = 10
"""Days of a month in whose nights the month before is run again: entries for it come late, and a night's run can fail. Later
entries show on the ledger at once; the stored month follows them when it is run by hand."""


def run_in_background(run: ChargeRun) -> None:
    """Hand the chunks that are left to the workers, after the commit. Handed twice, each is decided once.

    A page does not wait for the broker, nor fail with it: what was not handed out is left, and the run's page and the next night
    hand out what is left.
    """
    hand_out = partial(copy_context().run, _hand_out, current_agency(), run.pk, list(chunks_left(run)))
    on_commit(Thread(target=hand_out, daemon=True).start)


def _hand_out(agency: Agency, run: UUID, numbers: Sequence[int]) -> None:
    try:
        for number in numbers:
            decide_chunk.apply_async([str(run), number], agency=agency, retry=False)
    except OperationalError:
        log.exception("the broker took no more chunks of a run")


@shared_task(base=AgencyTask)
def decide_chunk(run: str, number: int) -> None:
    """Decide one chunk of a run. Safe to repeat."""
    run_chunk(run=UUID(run), number=number, now=clock.now())


@shared_task(base=AgencyTask)
def run_month(month: str) -> None:
    """Run one month (YYYY-MM) of the agency in the message's header. Safe to repeat."""
    _begin(parse_month(month))


@shared_task(base=AgencyTask)
def run_current_months() -> None:
    """Run the agency's month to date, and while it is young the month before too."""
    today = clock.today(current_agency().zone)
    first, _ = month_of(today)
    for month in [previous_month(first), first] if today.day <= DAYS_THAT_HEAL else [first]:
        _begin(month)


@shared_task
def run_months() -> int:
    """Ask for the current months of every agency; each is a task of its own. Returns how many were asked for."""
    with all_agencies(reason="nightly month run") as agencies:
        found = list(agencies)
    for agency in found:
        run_current_months.apply_async(agency=agency)
    return len(found)


def _begin(month: date) -> None:
    """Also of a run that was left unfinished: its remaining chunks are handed out again."""
    run, _is_new = run_begin(month=month, now=clock.now())
    run_in_background(run)
