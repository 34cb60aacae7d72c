"""Contracts and consents that begin or end within a month, from the rows to the run and the ledger."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from billing.models import Charge, Contract, ContractTerm, ContractVersion
from billing.services.charge_run import charge_run
from coordination.models import Enrollment, Payer, PayerKind
from tenancy.context import agency_context
from tests import factories


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


def other_payer(since, until=None):
    payer = Payer.objects.create(name="Aspen Health", kind=PayerKind.COMMERCIAL)
    contract = Contract.objects.create(payer=payer)
    return ContractVersion.objects.create(contract=contract, number=1, effective_from=since, effective_to=until)


def test_with_two_payers_at_once_every_page_stands_and_nothing_is_billed(twenty, signed_in):
    with agency_context(twenty.agency):
        other_payer(date(2026, 11, 30))
    assert run(twenty).units == {}
    client = signed_in(twenty.admin)
    page = ledger(client, twenty)
    assert [(piece.label, piece.sentence) for piece in page.pieces] == [
        ("Not billed", "More than one contract is in force: which one pays is not recorded.")
    ] * 2
    assert page.contract == "Medicare Part B, version 1 / Aspen Health, version 1"
    patient = reverse("coordination:patient", kwargs={"agency": twenty.slug, "patient": twenty.patient.pk})
    assert client.get(patient).status_code == 200


def test_one_payer_after_another_is_no_question(twenty):
    with agency_context(twenty.agency):
        ContractVersion.objects.update(effective_to=date(2026, 11, 29))
        version = other_payer(date(2026, 11, 30))
        ContractTerm.objects.create(version=version, code="99490", rate="50.00")
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
