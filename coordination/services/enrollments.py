"""Enrolling a patient in a program, completing what the program requires, and stopping it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from coordination.models import Condition, Enrollment, Patient
from coordination.services.conditions import conditions_confirm_as_chronic
from coordination.services.patients import patient_held
from tenancy import access
from tenancy.models import Membership
from tenancy.writes import for_change, refusing

ALREADY = _("This patient is already enrolled in this program.")


@transaction.atomic
def enrollment_start(
    *,
    actor: Membership,
    patient: Patient,
    program: str,
    conditions: Sequence[Condition],
    billing_practitioner: Membership,
    consent_on: date,
    consent_kind: str,
    initiating_visit_on: date | None,
    last_seen_on: date | None,
    care_plan_on: date | None,
    risk_attested_on: date | None,
    now: datetime,
) -> Enrollment:
    """Enroll with consent. Minutes from the day of consent on count; the chosen conditions are confirmed as chronic.

    Raises ValidationError if the patient has an open enrollment in the program, or died before the consent.
    """
    access.require(actor, "enrollment.write")
    patient = patient_held(patient.pk)
    conditions_confirm_as_chronic(actor=actor, conditions=conditions, now=now)
    enrollment = Enrollment(
        patient=patient,
        program=program,
        billing_practitioner=billing_practitioner,
        consent_on=consent_on,
        consent_kind=consent_kind,
        consent_taken_by=actor,
        initiating_visit_on=initiating_visit_on,
        last_seen_on=last_seen_on,
        care_plan_on=care_plan_on,
        risk_attested_on=risk_attested_on,
    )
    return _saved(enrollment)


@transaction.atomic
def enrollment_update(
    *,
    actor: Membership,
    enrollment: Enrollment,
    version: int,
    conditions: Sequence[Condition],
    now: datetime,
    **facts: Any,
) -> Enrollment:
    """Complete or correct an enrollment, or stop it (`revoked_on`). Its history keeps what it said before.

    Raises VersionConflict if somebody changed it after `version` was shown, ValidationError as `enrollment_start`.
    """
    access.require(actor, "enrollment.write")
    conditions_confirm_as_chronic(actor=actor, conditions=conditions, now=now)
    current = for_change(enrollment, version)
    for name, value in facts.items():
        setattr(current, name, value)
    return _saved(current)


def _saved(enrollment: Enrollment) -> Enrollment:
    died = enrollment.patient.deceased_on
    if died and enrollment.consent_on > died:
        raise ValidationError({"consent_on": _("The patient died on %(day)s.") % {"day": died.isoformat()}})
    if enrollment.revoked_on and enrollment.revoked_on < enrollment.consent_on:
        raise ValidationError({"revoked_on": _("This is before the day of consent.")})
    with refusing(ALREADY):
        enrollment.full_clean()
        enrollment.save()
    return enrollment
