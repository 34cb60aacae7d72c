"""Enrolling a patient in a program, completing what the program requires, and stopping it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.models import FOR_ONE_CONDITION, Condition, Enrollment, Patient, Program, Track
from coordination.ports import billing
from coordination.rules.icd10cm import billable_code
from coordination.services.conditions import conditions_confirm_as_chronic
from coordination.services.deadlines import programs_renew
from coordination.services.faults import Faults, future_faults, judge_faults, life_faults
from coordination.services.patients import patient_held
from coordination.services.records import refuse_faults
from tenancy import access
from tenancy.clock import local_day
from tenancy.context import current_agency
from tenancy.models import Membership
from tenancy.writes import for_change, refusing

DAYS = (
    "consent_on", "consent_renewed_on", "initiating_visit_on", "last_seen_on", "care_plan_on", "risk_attested_on",
    "revoked_on",
)  # fmt: skip
"""What happened on them lies in the patient's life, and not in the future."""
ALREADY = gettext_lazy("This patient is already enrolled in this program: change that enrollment.")


@transaction.atomic
def enrollment_start(
    *,
    actor: Membership,
    patient: Patient,
    program: str,
    conditions: Sequence[Condition],
    now: datetime,
    **facts: Any,
) -> Enrollment:
    """Enroll with consent. Minutes from the day of consent on count; the chosen conditions are confirmed as chronic.

    Sending the same again returns what the first sending made. Raises ValidationError with the field, the value and the remedy.
    """
    access.require(actor, "enrollment.write")
    patient = patient_held(patient.pk)
    enrollment = Enrollment(patient=patient, program=program, **{"consent_taken_by": actor, **facts})
    known = Enrollment.objects.filter(patient=patient, program=program, revoked_on=None).first()
    if known and all(getattr(known, name) == value for name, value in facts.items()):
        return known
    if known:
        raise ValidationError({"program": ALREADY})
    conditions_confirm_as_chronic(actor=actor, conditions=conditions, now=now)
    return _saved(enrollment, now)


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
    patient_held(enrollment.patient_id)
    current = for_change(enrollment, version)
    for name, value in facts.items():
        setattr(current, name, value)
    return _saved(current, now)


def _saved(enrollment: Enrollment, now: datetime) -> Enrollment:
    enrollment.billed_by = enrollment.billing_practitioner.discipline
    refuse_faults(_faults(enrollment, local_day(now, current_agency().zone)), enrollment)
    with refusing(ALREADY):
        enrollment.save()
    programs_renew([enrollment.patient_id], now=now)
    return enrollment


def _faults(enrollment: Enrollment, today: date) -> Faults:
    for name in (
        "consent_on",
        "consent_renewed_on",
        "initiating_visit_on",
        "last_seen_on",
        "care_plan_on",
        "risk_attested_on",
        "revoked_on",
    ):
        yield from life_faults(enrollment, name, dies=name == "consent_on")
        yield from future_faults(enrollment, name, today)
    if enrollment.revoked_on and enrollment.revoked_on < enrollment.consent_on:
        yield (
            "revoked_on",
            _("%(day)s is before the day of consent, %(consent)s. Enter that day or a later one.")
            % {"day": enrollment.revoked_on.isoformat(), "consent": enrollment.consent_on.isoformat()},
        )
    if enrollment.consent_renewed_on and enrollment.consent_renewed_on <= enrollment.consent_on:
        yield (
            "consent_renewed_on",
            _("%(day)s is not after the day of consent, %(consent)s. Enter the day on which it was asked for anew.")
            % {"day": enrollment.consent_renewed_on.isoformat(), "consent": enrollment.consent_on.isoformat()},
        )
    if enrollment.revoked_on and not enrollment.end_reason:
        yield "end_reason", _("Choose why this ended.")
    if enrollment.end_reason and not enrollment.revoked_on:
        yield "revoked_on", _("“%(why)s”: enter the day.") % {"why": enrollment.get_end_reason_display()}
    if enrollment.risk_attested_on and not enrollment.risk_attested_by:
        yield "risk_attested_by", _("Risk is a clinician's judgement: choose who made it.")
    if enrollment.risk_attested_by and not enrollment.risk_attested_on:
        yield (
            "risk_attested_on",
            _("Enter the day on which %(who)s judged the risk.") % {"who": enrollment.risk_attested_by.signature},
        )
    for name in ("billing_practitioner", "supervising_practitioner", "risk_attested_by"):
        yield from judge_faults(
            name, getattr(enrollment, name), behavioral=enrollment.program == Program.BEHAVIORAL_HEALTH
        )
    if enrollment.supervising_practitioner == enrollment.billing_practitioner:
        yield "supervising_practitioner", _("Leave this empty unless somebody else supervises.")
    yield from _program_faults(enrollment, today)
    yield from _text_faults(enrollment)


def _program_faults(enrollment: Enrollment, today: date) -> Faults:
    """What belongs to some programs alone."""
    program = enrollment.get_program_display()
    tracks = billing().tracks().get(enrollment.program, ())
    if enrollment.track and enrollment.track not in tracks:
        offered = ", ".join(str(Track(each).label) for each in tracks) or _("none")
        yield (
            "track",
            _("Months of %(program)s are not billed as “%(track)s”. Choose one of: %(offered)s.")
            % {"program": program, "track": enrollment.get_track_display(), "offered": offered},
        )
    yield from future_faults(enrollment, "episode_began", today)
    if enrollment.episode_began and enrollment.program != Program.COLLABORATIVE_CARE:
        yield "episode_began", _("%(program)s has no episodes: leave this empty.") % {"program": program}
    code = enrollment.condition_code
    if code and enrollment.program not in FOR_ONE_CONDITION:
        yield "condition_code", _("%(program)s is not for one condition: leave this empty.") % {"program": program}
    elif code and billable_code(code) != code:
        yield "condition_code", _("“%(code)s” is no billable ICD-10-CM code: choose the full one.") % {"code": code}
    if not code and (enrollment.condition_months or enrollment.condition_high_risk):
        yield "condition_code", _("Name the condition that this is said of.")


def _text_faults(enrollment: Enrollment) -> Faults:
    text = enrollment.consent_text
    if text and text.program != enrollment.program:
        yield (
            "consent_text",
            _("“%(text)s” is the text of %(program)s. Choose one of this program.")
            % {"text": text, "program": text.get_program_display()},
        )
    if text and text.from_day > enrollment.consent_on:
        yield (
            "consent_text",
            _("“%(text)s” is told from %(from)s on, and consent was given before. Choose the text that was told.")
            % {"text": text, "from": text.from_day.isoformat()},
        )
