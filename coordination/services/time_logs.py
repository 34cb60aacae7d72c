"""Logging time. The worked example of a service: permission, record, history in one transaction; pages and tasks call it alike."""

from datetime import UTC, date, datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from coordination.models import Contact, Patient, TimeLog
from coordination.rules.durations import LONGEST_MINUTES, Duration, elapsed
from tenancy import access
from tenancy.clock import local_day
from tenancy.models import Membership

SAID = ("patient_id", "program", "activity", "service_date", "minutes")
NO_TIME_PASSED = _("On that day the clock was changed: no time passed between these two times.")


@transaction.atomic
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
    """Record care-coordination minutes; they count for the month of `service_date`.

    Sending the same form again returns what the first sending recorded. Raises ValidationError for time that has not been
    given yet, for more than ten hours, and for a form sent again with something else in it.
    """
    access.require(actor, "time_log.record")
    zone = actor.agency.zone
    if service_date > local_day(now, zone):
        raise ValidationError({"service_date": _("This day is in the future. Log time once it has been given.")})
    started_at, stopped_at = (
        datetime.combine(service_date, clock, zone).astimezone(UTC) if clock else None
        for clock in (duration.start, duration.stop)
    )
    minutes = elapsed(service_date, duration, zone)
    if minutes < 1:
        raise ValidationError({"minutes": NO_TIME_PASSED})
    if stopped_at and stopped_at > now:
        raise ValidationError({"minutes": _("That span has not ended yet. Log time once it has been given.")})
    if minutes > LONGEST_MINUTES:
        raise ValidationError({"minutes": _("That is more than ten hours. Split it into the contacts it was made of.")})
    contact = Contact(
        patient=patient,
        author=actor,
        recorded_by=actor,
        recorded_at=now,
        form_key=form_key,
        service_date=service_date,
        started_at=started_at,
        stopped_at=stopped_at,
        note=note,
    )
    # Patient and author were fetched through the walls just now; the rest the database holds.
    contact.clean_fields(exclude=["agency", "patient", "author", "recorded_by"])
    # A second sending of the same form meets the unique key and adds nothing, also when both arrive at once.
    Contact.objects.bulk_create([contact], ignore_conflicts=True)  # history is a trigger's work
    stored = Contact.objects.get(recorded_by=actor, form_key=form_key)
    log = TimeLog(
        contact=stored,
        patient=patient,
        author=actor,
        discipline=actor.discipline,
        program=program,
        activity=activity,
        service_date=service_date,
        minutes=minutes,
        started_at=started_at,
        stopped_at=stopped_at,
    )
    if stored.pk == contact.pk:
        log.clean_fields(exclude=["agency", "contact", "patient", "author"])
        log.save(force_insert=True)
        return log
    before = stored.logs.get()
    if stored.note != note or any(getattr(before, name) != getattr(log, name) for name in SAID):
        raise ValidationError(
            _("This form was sent before with something else in it. Open the page anew to log more time.")
        )
    return before
