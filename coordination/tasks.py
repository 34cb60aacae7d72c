"""Telling of deadlines once a minute (config/celery.py), and renewing them: a task for each chunk of patients, so that nobody's page
waits long for a patient.

They are renewed when the calendar changes, and every night for every agency: what is stored then equals what is due by the facts,
and whatever differed is healed and told.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from uuid import UUID

import structlog
from celery import shared_task
from django.db.models import F
from kombu.exceptions import OperationalError

from coordination.models import Heartbeat, Patient
from coordination.selectors.sweep import HEALED
from coordination.services.deadlines import Differing, agency_renew, patients_renew
from coordination.services.sweep import deadlines_sweep
from tenancy import clock
from tenancy.context import all_agencies, current_agency, on_commit  # noqa: TID251 - check_deadlines, see docs/tenancy.md
from tenancy.services.places import holidays_fill_ahead
from tenancy.tasks import AgencyTask

CHUNK = 500
"""Patients of one task, held while their deadlines are written."""
log = structlog.get_logger(__name__)


@shared_task(time_limit=120)
def sweep_deadlines() -> int:
    """Tell of what has come due in every agency; how many alerts it raised. Safe to repeat, late, and beside itself."""
    return deadlines_sweep(now=clock.now())


def renew_soon() -> None:
    """Ask for it after the commit. Without a broker nothing is lost: the nightly check finds what was not renewed."""
    on_commit(_ask)


def _ask() -> None:
    try:
        renew_deadlines.apply_async(retry_policy={"max_retries": 0})  # whoever saved does not wait for a broker
    except OperationalError:
        log.warning("deadlines_renewed_tonight")


@shared_task(base=AgencyTask)
def renew_deadlines(check: bool = False) -> None:
    """Hand out an agency's patients in chunks. `check`: nothing should differ, so whatever does is told."""
    if check:
        holidays_fill_ahead(today=clock.today(current_agency().zone))
    _tell(agency_renew(now=clock.now()), check)
    firsts = [*Patient.objects.order_by("pk").values_list("pk", flat=True)[::CHUNK], None]
    for first, behind in pairwise(firsts):
        on_commit(lambda first=first, behind=behind: renew_chunk.delay(str(first), behind and str(behind), check))


@shared_task(base=AgencyTask)
def renew_chunk(first: str, behind: str | None, check: bool) -> None:
    """Renew everything that is due for the patients from one key up to another. Safe to repeat."""
    found = Patient.objects.filter(pk__gte=UUID(first))
    if behind:
        found = found.filter(pk__lt=UUID(behind))
    _tell(patients_renew(list(found.values_list("pk", flat=True)), now=clock.now()), check)


@shared_task
def check_deadlines() -> int:
    """Ask for the check of every agency; each is a task of its own. Returns how many were asked for."""
    with all_agencies(reason="nightly check of deadlines") as agencies:
        found = list(agencies)
    for agency in found:
        renew_deadlines.apply_async(kwargs={"check": True}, agency=agency)
    return len(found)


def _tell(differing: Sequence[Differing], check: bool) -> None:
    """What a check found, by kind, after it was healed: it should have been nothing."""
    if not (check and differing):
        return
    kinds = Counter(each.deadline.kind for each in differing)
    log.error("deadlines_differed", agency=current_agency().slug, healed=len(differing), **kinds)
    beats = Heartbeat.objects.using("system")
    beat, is_new = beats.get_or_create(name=HEALED, defaults={"at": clock.now(), "found": len(differing)})
    if not is_new:
        beats.filter(pk=beat.pk).update(at=clock.now(), found=F("found") + len(differing))
