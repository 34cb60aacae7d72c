"""Contracts and consents that begin or end within a month, from the rows to the run and the ledger."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from billing.models import Charge, Contract, ContractTerm, ContractVersion
from billing.services.charge_run import charge_run
from coordination.models import Coverage, Enrollment, Payer, PayerKind
from tenancy.context import agency_context
from tests import factories

LATER = datetime(2026, 11, 17, 22, 0, tzinfo=UTC)


@pytest.fixture
def twenty(riverbend):
    with agency_context(riverbend.agency):
        factories.a_log(riverbend.patient, 12, by=riverbend.coordinator)
        factories.a_log(riverbend.patient, 8, by=riverbend.coordinator)
    return riverbend


def ledger(client, world):
    ids = {"agency": world.slug, "patient": world.patient.pk, "month": "2026-11"}
    return client.get(reverse("billing:ledger", kwargs=ids)).context["ledger"]


def run(world):
    with agency_context(world.agency):
        return charge_run(month=factories.MONTH, now=factories.NOW)


@pytest.mark.parametrize(
    ("until", "units", "dates"), [(date(2026, 11, 16), {"99490": 1}, "Nov 16"), (date(2026, 11, 15), {}, "")]
)
def test_a_contract_that_ended_in_the_month_pays_for_what_was_done_by_then(twenty, signed_in, until, units, dates):
    with agency_context(twenty.agency):
        ContractVersion.objects.update(effective_to=until)
    assert run(twenty).units == units
    page = ledger(signed_in(twenty.admin), twenty)
    assert [line.dates for line in page.lines] == ([dates] if dates else [])
    assert ("20 min were given after the contract ended on Nov 15." in [each.sentence for each in page.refusals]) == (
        not units
    )


def test_a_contract_that_began_late_in_the_month_is_billed_from_its_first_day(twenty, signed_in):
    with agency_context(twenty.agency):
        ContractVersion.objects.update(effective_from=date(2026, 11, 28))
    [line] = ledger(signed_in(twenty.admin), twenty).lines
    assert line.dates == "any date from Nov 28 to Nov 30"


def test_of_two_versions_the_one_in_force_on_the_last_day_pays(twenty, signed_in):
    with agency_context(twenty.agency):
        ContractVersion.objects.update(effective_to=date(2026, 11, 20))
        version = ContractVersion.objects.create(
            contract=twenty.contract.contract, number=2, effective_from=date(2026, 11, 21)
        )
        ContractTerm.objects.create(version=version, code="99490", rate="70.00")
    page = ledger(signed_in(twenty.admin), twenty)
    assert [(line.amount, line.dates) for line in page.lines] == [(Decimal("70.00"), "any date from Nov 21 to Nov 30")]
    assert page.contract == "Medicare Part B, version 2"


def other_contract(payer=None, since=date(2026, 1, 1), until=None, codes=("99490",)):
    payer = payer or Payer.objects.create(name="Aspen Health", kind=PayerKind.COMMERCIAL)
    contract = Contract.objects.create(payer=payer)
    version = ContractVersion.objects.create(contract=contract, number=1, effective_from=since, effective_to=until)
    ContractTerm.objects.bulk_create(ContractTerm(version=version, code=code, rate="50.00") for code in codes)
    return payer


def test_a_contract_with_a_payer_who_does_not_cover_the_patient_changes_nothing(twenty, signed_in):
    with agency_context(twenty.agency):
        other_contract()
    assert run(twenty).units == {"99490": 1}
    assert ledger(signed_in(twenty.admin), twenty).contract == "Medicare Part B, version 1"


def test_with_two_contracts_of_one_payer_at_once_every_page_stands_and_nothing_is_billed(twenty, signed_in):
    with agency_context(twenty.agency):
        other_contract(factories.a_payer(), since=date(2026, 11, 30))
    assert run(twenty).units == {}
    client = signed_in(twenty.admin)
    both = "Medicare Part B, version 1 / Medicare Part B, version 1"
    assert [(piece.label, piece.sentence) for piece in ledger(client, twenty).pieces] == [
        (
            "Not billed",
            f"Two payers or contracts would pay first: {both}. Set the order of the coverages, or end one of the contracts.",
        )
    ] * 2
    patient = reverse("coordination:patient", kwargs={"agency": twenty.slug, "patient": twenty.patient.pk})
    assert client.get(patient).status_code == 200


def test_the_coverage_of_order_one_pays_and_the_other_waits(twenty):
    with agency_context(twenty.agency):
        factories.a_coverage(twenty.patient, payer=other_contract(), plan_kind="employer", order=2)
    assert run(twenty).units == {"99490": 1}
    with agency_context(twenty.agency):
        assert Charge.objects.get().amount == Decimal("66.13")
        Coverage.objects.filter(patient=twenty.patient, plan_kind="medicare_b").update(order=3)
    run(twenty)
    with agency_context(twenty.agency):
        assert Charge.objects.latest("pk").amount == Decimal("50.00")


def test_after_a_change_of_payer_each_minute_is_the_payers_of_its_day(twenty, signed_in):
    with agency_context(twenty.agency):
        Coverage.objects.filter(patient=twenty.patient).update(to_day=date(2026, 11, 16))
        factories.a_coverage(twenty.patient, payer=other_contract(), plan_kind="employer", since=date(2026, 11, 17))
    assert run(twenty).units == {}
    page = ledger(signed_in(twenty.admin), twenty)
    assert [(piece.label, piece.sentence) for piece in page.pieces] == [
        ("Not countable", "On Nov 16 this payer did not pay first for the patient.")
    ] * 2
    assert page.contract == "Aspen Health, version 1"
    with agency_context(twenty.agency):
        factories.a_log(twenty.patient, 20, by=twenty.coordinator, on=date(2026, 11, 17), now=LATER)
    assert run(twenty).units == {"99490": 1}


@pytest.mark.parametrize(
    ("coverage", "says"),
    [
        (None, "Nobody has recorded who pays for this patient: add a coverage to the patient's page."),
        ({"to_day": date(2026, 10, 31)}, "No coverage that pays for care management is in force in this month"),
        ({"plan_kind": "medicare_a"}, "No coverage that pays for care management is in force in this month"),
    ],
)
def test_without_a_coverage_nothing_is_billed_and_the_ledger_says_what_to_do(twenty, signed_in, coverage, says):
    with agency_context(twenty.agency):
        known = Coverage.objects.filter(patient=twenty.patient)
        known.update(**coverage) if coverage else known.delete()
    assert run(twenty).units == {}
    page = ledger(signed_in(twenty.admin), twenty)
    assert [refusal.sentence.startswith(says) for refusal in page.refusals] == [True]
    assert {piece.label for piece in page.pieces} == {"Not billed"}
    assert page.contract == ""


def test_one_version_after_another_is_no_question(twenty):
    with agency_context(twenty.agency):
        ContractVersion.objects.update(effective_to=date(2026, 11, 29))
        other_contract(factories.a_payer(), since=date(2026, 11, 30))
    assert run(twenty).units == {"99490": 1}
    with agency_context(twenty.agency):
        charge = Charge.objects.get()
    assert (charge.amount, charge.earliest) == (Decimal("50.00"), date(2026, 11, 30))


def test_minutes_between_revocation_and_a_new_consent_of_the_month_count(riverbend):
    with agency_context(riverbend.agency):
        Enrollment.objects.update(consent_on=date(2026, 10, 1), revoked_on=date(2026, 11, 10))
        factories.an_enrollment(
            riverbend.patient,
            by=riverbend.coordinator,
            practitioner=riverbend.practitioner,
            consent=date(2026, 11, 14),
            risk_attested_on=None,
            care_plan_on=None,
        )
        factories.a_log(riverbend.patient, 20, by=riverbend.coordinator, on=date(2026, 11, 5))
    assert run(riverbend).units == {"99490": 1}
    with agency_context(riverbend.agency):
        Enrollment.objects.filter(revoked_on=date(2026, 11, 10)).update(revoked_on=date(2026, 10, 31))
    assert run(riverbend).units == {}
