"""What is said of a program of whose codes facts choose one: once of all its levels, and of a level only what it lacks beside them."""

import pytest

from billing.models import ContractTerm
from coordination.models import Condition, Coverage, Enrollment, Program
from coordination.ports import billing
from tenancy.context import agency_context
from tests import factories
from tests.factories import MONTH

PRIMARY = Program.ADVANCED_PRIMARY_CARE
LEVELS = ("G0556", "G0557", "G0558")


@pytest.fixture
def enrolled(riverbend):
    """A patient with two conditions, seven minutes and a payer who covers every level; the practice has not attested."""
    with agency_context(riverbend.agency):
        Enrollment.objects.all().delete()
        by = {"by": riverbend.coordinator, "practitioner": riverbend.practitioner}
        factories.an_enrollment(riverbend.patient, **by, program=PRIMARY)
        factories.a_log(riverbend.patient, 7, by=riverbend.coordinator, program=PRIMARY)
        ContractTerm.objects.bulk_create(ContractTerm(version=riverbend.contract, code=code) for code in LEVELS)
    return riverbend


@pytest.fixture
def ledger(enrolled, signed_in):
    address = f"/a/{enrolled.slug}/patients/{enrolled.patient.pk}/ledger/2026-11/"
    return lambda: signed_in(enrolled.admin).get(address).context["ledger"]


def told(refusals):
    return [(each.code, each.label, each.id) for each in refusals]


def test_what_all_levels_lack_is_said_once_and_of_no_level(enrolled, ledger):
    with agency_context(enrolled.agency):
        Condition.objects.filter(patient=enrolled.patient, icd10cm="I10").delete()
    page = ledger()
    assert told(page.refusals) == [(PRIMARY.label, "G0556, G0557, G0558", "elements.not_available")]
    of_two = "Advanced primary care, two chronic conditions or more"
    assert told(page.alternatives) == [
        ("G0558", f"{of_two} and qualified Medicare beneficiary", "conditions.too_few"),
        ("G0558", f"{of_two} and qualified Medicare beneficiary", "patient.not_qmb"),
        ("G0557", of_two, "conditions.too_few"),
    ]
    [piece] = page.pieces
    assert (piece.label, piece.code, piece.sentence) == ("Not billed", "", page.refusals[0].sentence)


def test_what_no_level_is_covered_for_names_the_program(enrolled, ledger):
    """Two conditions: G0557 and G0558 are tried."""
    with agency_context(enrolled.agency):
        factories.a_record(enrolled, "element", element=f"{PRIMARY}.elements_available")
        Coverage.objects.filter(patient=enrolled.patient).update(is_qmb=True)
        ContractTerm.objects.filter(code="G0557").delete()
    assert [line.code for line in ledger().lines] == ["G0558"]
    with agency_context(enrolled.agency):
        ContractTerm.objects.filter(code="G0558").delete()
        [meter] = billing().month_effects([enrolled.patient.pk], MONTH)[enrolled.patient.pk]
    page = ledger()
    said = "The payer's contract does not cover Advanced primary care."
    assert [(each.code, each.label, each.sentence) for each in page.refusals] == [(PRIMARY.label, "G0557, G0558", said)]
    assert (page.alternatives, [piece.sentence for piece in page.pieces]) == ((), [said])
    assert [each.sentence for each in meter.problems] == [said]


def test_what_each_level_lacks_for_itself_is_said_of_it(enrolled, ledger):
    """Nothing is short of only what all lack: one is not covered, for the other the patient is no beneficiary."""
    with agency_context(enrolled.agency):
        factories.a_record(enrolled, "element", element=f"{PRIMARY}.elements_available")
        ContractTerm.objects.filter(code="G0557").delete()
    page = ledger()
    assert [(each.code, each.id) for each in page.refusals] == [
        ("G0558", "patient.not_qmb"),
        ("G0557", "terms.not_covered"),
    ]
    assert page.alternatives == ()
    [piece] = page.pieces
    assert (piece.code, piece.sentence) == ("G0557", "The payer's contract does not cover G0557.")
