"""What is done and judged after a discharge: its steps, and how complex the decision making was."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coordination.models import Step, Transition, TransitionStep
from coordination.services.deadlines import transitions_renew
from coordination.services.patients import patient_held
from coordination.services.transitions import held, refuse_cancelled, said_why, stored
from tenancy import access
from tenancy.clock import local_day
from tenancy.context import current_agency
from tenancy.models import PRACTITIONERS, Membership
from tenancy.roles import may
from tenancy.writes import for_change


@transaction.atomic
def complexity_judge(
    *, actor: Membership, transition: Transition, version: int, complexity: str, judged_on: date, now: datetime
) -> Transition:
    """A practitioner judges the medical decision making over the service period."""
    access.require(actor, "transition.judge")
    if actor.discipline not in PRACTITIONERS:
        raise ValidationError(_("A practitioner judges this: ask one from this page."))
    current = held(transition, version)
    refuse_cancelled(current)
    if judged_on > local_day(now, current_agency().zone):
        raise ValidationError({"judged_on": _("This day has not come yet: give the day on which you judged it.")})
    if judged_on < current.discharged_on:
        raise ValidationError({"judged_on": _("This is before the discharge: give the day on which you judged it.")})
    current.complexity, current.complexity_judged_by, current.complexity_judged_on = complexity, actor, judged_on
    return stored(current, now)


@transaction.atomic
def complexity_withdraw(
    *, actor: Membership, transition: Transition, version: int, reason: str, now: datetime
) -> Transition:
    """Take a judgement back: nobody has judged it any more."""
    access.require(actor, "transition.judge")
    current = held(transition, version)
    if not current.complexity:
        raise ValidationError(_("Nobody has judged this."))
    current.complexity, current.complexity_judged_by, current.complexity_judged_on = "", None, None
    current.reason = said_why(reason)
    return stored(current, now)


@transaction.atomic
def complexity_ask(
    *, actor: Membership, transition: Transition, version: int, of: Membership, now: datetime
) -> Transition:
    """Ask a practitioner to judge it: it waits in their list from now on."""
    access.require(actor, "transition.write")
    if of.discipline not in PRACTITIONERS or not of.is_active or not may(of.role, "transition.judge"):
        raise ValidationError(
            {"of": _("%(name)s cannot judge this here: choose a practitioner who signs in.") % {"name": of.name}}
        )
    current = held(transition, version)
    if current.complexity:
        raise ValidationError(_("This is judged already."))
    current.complexity_asked_of, current.complexity_asked_at = of, now
    return stored(current, now)


@transaction.atomic
def step_record(
    *,
    actor: Membership,
    transition: Transition,
    kind: str,
    on: date,
    done_by: Membership,
    note: str,
    now: datetime,
    version: int | None = None,
) -> TransitionStep:
    """Write down that something was done on a day, or with the `version` that was shown change what was written. Said twice it stands
    once; said otherwise by somebody who saw nothing there it is refused."""
    access.require(actor, "transition.write")
    patient = patient_held(transition.patient_id)
    transition = Transition.objects.get(pk=transition.pk)
    refuse_cancelled(transition)
    if on > local_day(now, current_agency().zone):
        raise ValidationError({"on": _("This day has not come yet: record it once it is done.")})
    if on < (transition.admitted_on or transition.discharged_on) and kind != Step.SUMMARY_OBTAINED:
        raise ValidationError({"on": _("This is before the stay: give the day on which it was done.")})
    step = TransitionStep.objects.filter(transition=transition, kind=kind, retracted_at=None).first()
    if step and (step.on, step.done_by_id, step.note) == (on, done_by.pk, note):
        return step
    if step is None:
        step = TransitionStep(transition=transition, patient=patient, kind=kind, version=1)
    elif version is None:
        raise ValidationError(
            _("This is on record already, done on %(day)s: change it there.") % {"day": date_format(step.on, "M j, Y")}
        )
    else:
        step = for_change(step, version)
    step.on, step.done_by, step.note, step.recorded_by, step.recorded_at = on, done_by, note, actor, now
    step.clean_fields(exclude=["agency", "patient", "transition", "done_by", "recorded_by"])
    step.save()
    transitions_renew([transition.pk], now=now)
    return step


@transaction.atomic
def step_withdraw(*, actor: Membership, step: TransitionStep, version: int, because: str, now: datetime) -> None:
    """It was not done: the record stays, marked with the reason."""
    access.require(actor, "transition.write")
    if not because.strip():
        raise ValidationError({"because": _("Say why this is taken back.")})
    patient_held(step.patient_id)
    current = for_change(step, version)
    if current.retracted_at:
        raise ValidationError(_("This was taken back already."))
    current.retracted_at, current.retracted_reason = now, because.strip()
    current.save()
    transitions_renew([current.transition_id], now=now)
