"""Logging time. The worked example of a service: permission, record, history in one transaction; pages and tasks call it alike."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from coordination.models import Patient, TimeLog
from coordination.rules.durations import Duration
from tenancy import access
from tenancy.models import Membership


@transaction.atomic
def time_log_record(*, actor: Membership, patient: Patient, program: str, activity: str, service_date: date,
                    duration: Duration, note: str, form_key: UUID, now: datetime) -> TimeLog:
    """Record care-coordination minutes; they count for the month of `service_date`.

    Sending the same form again returns what the first sending recorded.
    """
    access.require(actor, "time_log.record")
    zone = actor.agency.zone
    started_at, stopped_at = (datetime.combine(service_date, clock, zone) if clock else None
                              for clock in (duration.start, duration.stop))
    log = TimeLog(
        patient=patient, author=actor, discipline=actor.discipline, program=program, activity=activity,
        service_date=service_date, minutes=duration.minutes, started_at=started_at, stopped_at=stopped_at, note=note,
        recorded_at=now, form_key=form_key)
    log.full_clean(exclude=["patient", "author"], validate_unique=False)  # both were fetched through the walls just now
    # A second sending of the same form meets the unique key and adds nothing, also when both arrive at once.
    TimeLog.objects.bulk_create([log], ignore_conflicts=True)  # history is a trigger's work
    return TimeLog.objects.get(author=actor, form_key=form_key)
