"""Logging time for one program, the plain case of a contact: what imports, demonstrations and tests record."""

from datetime import date, datetime
from uuid import UUID

from coordination.models import Patient, TimeLog
from coordination.rules.durations import Duration
from coordination.services.contacts import contact_record
from coordination.services.measuring import Said
from tenancy.models import Membership


def time_log_record(
    *,
    actor: Membership,
    patient: Patient,
    program: str,
    activity: str,
    service_date: date,
    duration: Duration,
    note: str,
    form_key: UUID,
    now: datetime,
) -> TimeLog:
    """Record minutes whose length nobody need confirm. See `contact_record`."""
    contact = contact_record(
        actor=actor,
        patient=patient,
        said=Said(service_date=service_date, duration=duration, activity=activity, program=program, note=note),
        form_key=form_key,
        now=now,
        confirmed=True,
    )
    return contact.logs.get(program=program)
