"""Enrolling a patient in a program."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from coordination.models import Condition, Enrollment, Patient
from coordination.services.patients import conditions_confirm_as_chronic
from tenancy import access
from tenancy.models import Membership


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
    risk_attested: bool,
    now: datetime,
) -> Enrollment:
    """Enroll with consent. Minutes from the day of consent on count; the chosen conditions are confirmed as chronic.

    Raises ValidationError if the patient already has an open enrollment in the program.
    """
    access.require(actor, "enrollment.write")
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
        risk_attested=risk_attested,
    )
    enrollment.full_clean()
    enrollment.save()
    return enrollment
