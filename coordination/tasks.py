"""Telling of deadlines and sending what waits in the outbox, once a minute (config/celery.py); and renewing deadlines: a task for each
chunk of patients, so that nobody's page waits long for a patient.

They are renewed when the calendar changes, and every night for every agency: what is stored then equals what is due by the facts,
and whatever differed is healed and told.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from uuid import UUID

import structlog
from celery import shared_task
from django.db.models import F
from kombu.exceptions import OperationalError

from coordination.models import Heartbeat, MessageKind, OutgoingMessage, Patient
from coordination.selectors.outbox import agencies_with_work
from coordination.selectors.sweep import HEALED
from coordination.services.calls import call_of, call_send
from coordination.services.deadlines import Differing, agency_renew, patients_renew
from coordination.services.letters import letter_of, letter_send
from coordination.services.notices import alerts_tell, digests_write
from coordination.services.outbox import NotSent, message_failed, message_sent, message_take, messages_forget
from coordination.services.sweep import deadlines_sweep
from tenancy import clock
from tenancy.context import agency_context, all_agencies, current_agency, on_commit  # noqa: TID251 - see docs/tenancy.md
from tenancy.models import Agency
from tenancy.services.places import holidays_fill_ahead
from tenancy.tasks import AgencyStepsTask, AgencyTask

CHUNK = 200
"""Patients of one task, held while their deadlines are written."""
SECONDS_AT_ONCE = 20
"""After which a worker leaves the rest to the next minute: others wait for it."""
SECONDS_ASKED_FOR = 180
"""After which a request that no worker took is forgotten: the next minute asks again."""
LETTERS = (MessageKind.DIGEST, MessageKind.ALERTS)
log = structlog.get_logger(__name__)


@shared_task(acks_late=False, time_limit=120)  # a lost one need not come again: the next finds the same
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
    log.error("deadlines_differed", agency=current_agency().slug, healed=len(differing), kinds=dict(kinds))
    beats = Heartbeat.objects.using("system")
    beat, is_new = beats.get_or_create(name=HEALED, defaults={"at": clock.now(), "found": len(differing)})
    if not is_new:
        beats.filter(pk=beat.pk).update(at=clock.now(), found=F("found") + len(differing))


@shared_task(time_limit=120)
def send_out() -> int:
    """Ask every agency that has something to tell or to send; how many were asked. Safe to repeat, late, and beside itself."""
    found = Agency.objects.filter(pk__in=agencies_with_work(clock.now())).order_by("pk")
    for agency in found:
        send_out_of_agency.apply_async(agency=agency, queue="sweeps", expires=SECONDS_ASKED_FOR)
    return len(found)


@shared_task(base=AgencyStepsTask, bind=True, time_limit=120)
def send_out_of_agency(self: AgencyStepsTask) -> int:
    """Write what the agency has to tell, then send what waits; how much was sent. Safe to repeat, late, and beside itself."""
    agency, until, sent = self.agency(), time.monotonic() + SECONDS_AT_ONCE, 0
    failing: set[UUID] = set()
    with agency_context(agency):
        alerts_tell(now=clock.now())
    with agency_context(agency):
        digests_write(now=clock.now())
    while time.monotonic() < until and (outcome := send_next(agency, failing)) is not None:
        sent += outcome
    with agency_context(agency):
        messages_forget(now=clock.now())
    return sent


def send_next(agency: Agency, failing: set[UUID]) -> bool | None:
    """Send one message: whether it was taken; None when none waits. An endpoint that takes nothing is added to those `failing`, and
    not called again by this task: its other messages lose no try by it."""
    with agency_context(agency):
        message = message_take(now=clock.now(), without=failing)
    if message is None:
        return None
    with agency_context(agency):  # apart: whatever goes wrong from here on, the try is counted
        send = _to_send(message)
    try:
        status = send()
    except NotSent as refused:
        failing |= {message.endpoint_id} - {None}
        with agency_context(agency):
            message_failed(message=message, fault=refused.fault, status=refused.status, now=clock.now())
        return False
    with agency_context(agency):
        message_sent(message=message, status=status, now=clock.now())
    return True


def _to_send(message: OutgoingMessage) -> Callable[[], int | None]:
    """What sends it and touches no row."""
    if message.kind in LETTERS:
        return partial(letter_send, letter_of(message))
    return partial(call_send, call_of(message), now=clock.now())
