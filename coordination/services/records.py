"""A patient's chart, row by row: recorded, changed and taken back in one way for every noun that `NOUNS` lists.

What a noun may say is in `chart_checks` and `fact_checks`; what happens beside writing the row (a lead coordinator hands over, a
payer is new) is a service of its own, which ends here.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.models import (
    CarePeriod,
    CarePlan,
    CareTeamMember,
    Condition,
    ContactPoint,
    Coverage,
    MonthJudgement,
    MonthProgram,
    OutsideClaim,
    PatientAddress,
    PatientIdentifier,
    ProgramElement,
    Proxy,
    Retractable,
    Stay,
    Visit,
)
from coordination.models.clinical_facts import ClinicalFact
from coordination.services import chart_checks, fact_checks
from coordination.services.deadlines import programs_renew, transitions_of_patients_renew
from coordination.services.faults import Faults
from coordination.services.patients import patient_held, patient_index
from tenancy import access
from tenancy.bulk import update_rows
from tenancy.clock import local_day
from tenancy.context import current_agency, reason
from tenancy.models import Membership, TenantForeignKey, TenantModel
from tenancy.writes import for_change, refusing

R = TypeVar("R", bound=TenantModel)
F = TypeVar("F", bound=ClinicalFact)
ABOUT_THE_ROW = {"id", "agency", "version"}
ABOUT_THE_SAYING = {"recorded_by", "recorded_at", "confirmed_by", "confirmed_at", "retracted_at", "retracted_reason"}
NOT_SAID = ABOUT_THE_ROW | ABOUT_THE_SAYING
"""Columns that are no part of what a person says."""


class Mistake(models.TextChoices):
    """Why a record leaves the chart that nothing rests on. The history keeps the key: no patient's data stands in it."""

    OTHER_PATIENT = "other_patient", gettext_lazy("it belongs to another patient")
    TWICE = "twice", gettext_lazy("it is here twice")
    NOT_SO = "not_so", gettext_lazy("it is not so, and never was")
    NOT_WANTED = "not_wanted", gettext_lazy("the patient does not want it kept")


@dataclass(frozen=True, slots=True)
class Noun:
    """Who may write it, what is wrong with it on a day, and what is allowed but worth a second look."""

    capability: str
    faults: Callable[[Any, date], Faults]
    cautions: Callable[[Any], list[str]] = field(default=lambda record: [])


NOUNS: dict[type[TenantModel], Noun] = {
    PatientIdentifier: Noun("chart.write", chart_checks.identifier_faults),
    ContactPoint: Noun("chart.write", chart_checks.contact_point_faults),
    PatientAddress: Noun("chart.write", chart_checks.address_faults),
    Proxy: Noun("chart.write", chart_checks.proxy_faults),
    CareTeamMember: Noun("chart.write", chart_checks.care_team_faults),
    CarePlan: Noun("chart.write", chart_checks.care_plan_faults),
    Condition: Noun("condition.write", chart_checks.condition_faults),
    Coverage: Noun("coverage.write", chart_checks.coverage_faults),
    Visit: Noun("clinical_fact.write", fact_checks.visit_faults),
    OutsideClaim: Noun("clinical_fact.write", fact_checks.outside_claim_faults),
    Stay: Noun("clinical_fact.write", fact_checks.stay_faults, fact_checks.stay_cautions),
    CarePeriod: Noun("clinical_fact.write", fact_checks.care_period_faults, fact_checks.care_period_cautions),
    MonthJudgement: Noun("clinical_fact.write", fact_checks.judgement_faults),
    ProgramElement: Noun("clinical_fact.write", fact_checks.element_faults),
    MonthProgram: Noun("month_program.write", fact_checks.month_program_faults),
}
TOGETHER = (Visit, OutsideClaim, Stay, CarePeriod)
"""Facts of which one never stands in another's way: many can be checked one by one and stored at once."""


@transaction.atomic
def record_save(*, actor: Membership | None, record: R, now: datetime, version: int = 0, **said: Any) -> R:
    """Record something new (an unsaved `record` of its patient), or change what one says. `actor` is None for a command.

    Saying the same twice changes nothing, so a form sent twice and a file taken twice leave one row. Raises ValidationError with
    the field, the value and the remedy, VersionConflict if somebody changed the row after `version` was shown.
    """
    noun = _allowed(actor, record)
    hold_chart(record)
    if record._state.adding:
        _apply(record, said)
        if same := _same(record):
            return same
        if isinstance(record, ClinicalFact):
            record.recorded_by, record.recorded_at = actor, now
    else:
        known = type(record)._default_manager.get(pk=record.pk)
        if all(getattr(known, name) == value for name, value in said.items()):
            return known
        record = for_change(record, version)
        _refuse_retracted(record)
        _apply(record, said)
    refuse_faults(noun.faults(record, local_day(now, current_agency().zone)), record)
    with refusing(_("Somebody recorded this at the same moment. Open the chart anew.")):
        record.save()
    _after(record, now)
    return record


def fact_ready(*, actor: Membership | None, fact: F, now: datetime, **said: Any) -> F:
    """A fact of `TOGETHER` as `record_save` would store it, checked, for `facts_store` to store with others.

    Its patient is held, and it was read since or is new. Raises ValidationError as `record_save`; a fact that is stored stays as it
    was read, and a changed copy is returned.
    """
    noun = _allowed(actor, fact)
    if fact._state.adding:
        fact.recorded_by, fact.recorded_at = actor, now
    else:
        _refuse_retracted(fact)
        fact = copy(fact)
        fact.version += 1
    _apply(fact, said)
    refuse_faults(noun.faults(fact, local_day(now, current_agency().zone)), fact)
    return fact


def facts_store(facts: Sequence[ClinicalFact], *, now: datetime) -> None:
    """Store what `fact_ready` returned of one kind, in two statements however many there are, and renew what is due by visits.
    History is a trigger's work."""
    if facts:
        update_rows([each for each in facts if not each._state.adding])
        type(facts[0])._default_manager.bulk_create([each for each in facts if each._state.adding])
        if isinstance(facts[0], Visit):
            _visits_changed({each.patient_id for each in facts}, now)


@transaction.atomic
def record_withdraw(
    *, actor: Membership | None, record: TenantModel, version: int, because: str, now: datetime
) -> None:
    """Take back what was recorded by mistake.

    What rules and lists rest on stays, marked with the reason, and nothing rests on it any more. Another record leaves the chart; its
    history keeps what it said, and the reason. Raises as `record_save`.
    """
    _allowed(actor, record)
    stays = isinstance(record, Retractable)
    if not (because.strip() if stays else because in Mistake):
        raise ValidationError({"because": _("Say why this is taken back.")})
    hold_chart(record)
    current = for_change(record, version)
    if not stays:
        with reason(because=because):
            current.delete()
        _after(current, now)
        return
    _refuse_retracted(current)
    current.retracted_at, current.retracted_reason = now, because
    current.save()
    _after(current, now)


def record_cautions(record: TenantModel) -> list[str]:
    """What is allowed and still worth a second look, in sentences."""
    return NOUNS[type(record)].cautions(record)


def _allowed(actor: Membership | None, record: TenantModel) -> Noun:
    noun = NOUNS[type(record)]
    if actor:
        access.require(actor, noun.capability)
    return noun


def hold_chart(record: Any) -> None:
    """Hold the patient until the transaction ends: what is compared with other rows of the chart stays as it was compared."""
    record.patient = patient_held(record.patient_id)


def _after(record: Any, now: datetime) -> None:
    """What rests on the record: the words a patient is found by, and what is due."""
    if isinstance(record, PatientIdentifier | ContactPoint):
        patient_index(record.patient)
    if isinstance(record, Visit):
        _visits_changed([record.patient_id], now)
    if isinstance(record, CarePlan | ProgramElement):
        programs_renew([record.patient_id], now=now)


def _visits_changed(patients: Collection[UUID], now: datetime) -> None:
    """A visit may be the one after a discharge, or the one that opened a program."""
    transitions_of_patients_renew(patients, now=now)
    programs_renew(patients, now=now)


def _apply(record: TenantModel, said: dict[str, Any]) -> None:
    for name, value in said.items():
        setattr(record, name, value)


def _same(record: R) -> R | None:
    said = {
        each.name: getattr(record, each.attname) for each in record._meta.concrete_fields if each.name not in NOT_SAID
    }
    if isinstance(record, Retractable):
        said["retracted_at"] = None
    return type(record)._default_manager.filter(**said).first()


def _refuse_retracted(record: TenantModel) -> None:
    if isinstance(record, Retractable) and record.retracted_at:
        raise ValidationError(_("This was taken back. Record it anew if it did happen."))


def refuse_faults(found: Faults, record: TenantModel) -> None:
    """All faults at once: first the shape of each value, then what the noun asks for."""
    references = [
        each.name for each in record._meta.fields if isinstance(each, TenantForeignKey)
    ]  # fetched through the walls
    record.clean_fields(exclude=["agency", *references])
    faults: dict[str, list[str]] = defaultdict(list)
    for name, sentence in found:
        faults[name].append(sentence)
    if faults:
        raise ValidationError(dict(faults))
