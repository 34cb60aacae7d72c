"""Golden cases of discharges stored as rows and read back: the chart's doors lead to the decision that the case file states."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from billing.case_files import Scenario, load
from billing.cases import compare
from billing.models import ContractTerm, ContractVersion
from billing.rules import load_rulebook
from billing.services.decisions import decide
from coordination.models import (
    NO_PROGRAM,
    CarePeriod,
    CarePeriodKind,
    Contact,
    Mode,
    OutsideClaim,
    Setting,
    SpokenTo,
    TimeLog,
    Transition,
    TransitionStep,
    Visit,
)
from coordination.rules.months import EARLIEST_SERVICE_DAY, parse_month
from tenancy.context import agency_context
from tenancy.models import Discipline, uuid7
from tests import factories

DOORS = {
    "discharge",
    "contacts",
    "visits",
    "medication_reconciliation_date",
    "mdm",
    "tcm_services_continued",
    "death_date",
    "global_period",
    "other_claims",
}
"""Facts that have a door in the chart by now. A case that states others is tried from its file alone, as is one of a call by the
hospital's staff: what is no contact of ours is nowhere recorded as one."""
MODES = {"phone": Mode.PHONE, "portal_two_way": Mode.MESSAGE, "video": Mode.VIDEO, "face_to_face": Mode.IN_PERSON}


def _cases() -> list[Any]:
    files = ("tests/cases/billing.yaml", "tests/cases/transitional_care.yaml")
    return [
        pytest.param(case, id=case.id)
        for file in files
        for case in load(Path(file))
        if isinstance(case, Scenario) and _has_doors(case)
    ]


def _has_doors(case: Scenario) -> bool:
    facts = case.facts
    return (
        facts.discharge is not None
        and facts.model_fields_set <= DOORS
        and case.org_type == "physician_practice"
        and case.payer_type == "medicare_ffs"
        and facts.discharge.date >= EARLIEST_SERVICE_DAY
        and facts.discharge.setting in Setting  # an emergency department is none that a discharge is recorded from
        and all(each.method in MODES and each.by == "clinic_staff" for each in facts.contacts)
        and (facts.visits or len(case.as_of) == 7)  # without a visit a month is decided as it ends
    )


@pytest.fixture
def chart(riverbend):
    """A patient with nothing but a coverage from long ago, whose payer covers the codes of every program."""
    with agency_context(riverbend.agency):
        ContractVersion.objects.update(effective_from=date(2012, 1, 1))
        riverbend.patient = factories.a_patient("Liz", "Conn")
        factories.a_coverage(riverbend.patient, since=date(2012, 1, 1))
        known = {each.code for each in ContractTerm.objects.all()}
        ContractTerm.objects.bulk_create(
            ContractTerm(version=riverbend.contract, code=code) for code in load_rulebook().codes if code not in known
        )
        yield riverbend


@pytest.mark.parametrize("case", _cases())
def test_what_the_case_expects_comes_of_its_rows(chart, case):
    _store(case, chart)
    month = parse_month(case.as_of[:7])
    decided = decide([chart.patient.pk], month)[chart.patient.pk]
    assert compare(case, decided.decision) == []


def _store(case: Scenario, world: Any) -> None:
    facts, patient, doctor = case.facts, world.patient, world.practitioner
    fact = {"patient": patient, "recorded_at": factories.NOW}
    judged = {"complexity": facts.mdm, "complexity_judged_by": doctor} if facts.mdm else {}
    if any(each.mdm for each in facts.visits):
        judged = {}  # what was judged of the discharge itself would win over its visit
    transition = Transition.objects.create(
        patient=patient,
        discharged_on=facts.discharge.date,
        setting=facts.discharge.setting,
        destination=facts.discharge.destination,
        learned_at=factories.NOW,
        is_continued=facts.tcm_services_continued,
        **judged,
    )
    for each in facts.contacts:
        _contact(each, transition, world)
    for each in facts.visits:
        judge = {"complexity": each.mdm, "complexity_judged_by": doctor} if each.mdm else {}
        by = {"practitioner": doctor} if each.practitioner == "same" else {"outside_practitioner": "Dr. Roe"}
        code = each.code if len(each.code or "") == 5 else ""
        Visit.objects.create(**fact, on=each.date, code=code, is_face_to_face=each.face_to_face, **by, **judge)
    stated = "medication_reconciliation_date" in facts.model_fields_set
    if reconciled := facts.medication_reconciliation_date if stated else facts.discharge.date:
        TransitionStep.objects.create(
            **fact, transition=transition, kind="reconciliation", on=reconciled, done_by=world.coordinator
        )
    for each in facts.other_claims:
        day = each.date or parse_month(each.month)
        by = {"practitioner": doctor} if each.practitioner == "same" else {"practice": "Elsewhere"}
        OutsideClaim.objects.create(**fact, on=day, code=each.code, **by)
    if facts.global_period:
        period = {"from_day": facts.discharge.date, "practitioner": doctor}
        CarePeriod.objects.create(**fact, kind=CarePeriodKind.GLOBAL_PERIOD, **period)
    if facts.death_date:
        patient.is_deceased, patient.deceased_on = True, facts.death_date
        patient.save()


def _contact(each: Any, transition: Transition, world: Any) -> None:
    """Its minutes are for no program: the cases state none."""
    author, by = world.coordinator, Discipline.RN
    contact = Contact.objects.create(
        patient=world.patient,
        author=author,
        recorded_by=author,
        recorded_at=factories.NOW,
        form_key=uuid7(),
        service_date=each.date,
        spoken_to=SpokenTo.PATIENT,
        mode=MODES[each.method],
        outcome=each.outcome,
        note="called",
        transition=transition,
    )
    TimeLog.objects.create(
        contact=contact,
        patient=world.patient,
        author=author,
        discipline=by,
        program=NO_PROGRAM,
        activity="care_coordination",
        service_date=each.date,
        minutes=1,
    )
