"""What each code comes to for a discharge of Thursday March 6, 2025: as things stand, and if something happens."""

from datetime import date

import pytest

from billing.models import ContractTerm, ContractVersion
from coordination.models import (
    Contact,
    Direction,
    Mode,
    Outcome,
    SpokenTo,
    Transition,
    TransitionStep,
    Visit,
)
from coordination.ports import Supposed, billing
from tenancy.context import agency_context
from tenancy.models import uuid7
from tenancy.roles import Role
from tenancy.services.places import holiday_add
from tests import factories

DISCHARGED = date(2025, 3, 6)  # contact by Monday 10, day 7 is Thursday 13, day 14 Thursday 20


@pytest.fixture
def case(riverbend):
    with agency_context(riverbend.agency):
        ContractVersion.objects.update(effective_from=date(2025, 1, 1))
        ContractTerm.objects.bulk_create(
            ContractTerm(version=riverbend.contract, code=code) for code in ("99495", "99496")
        )
        riverbend.discharge = factories.a_discharge(riverbend.patient, by=riverbend.coordinator, on=DISCHARGED)
        yield riverbend


def outlook(case, today, *supposing):
    found = billing().transition_outlook(case.discharge.pk, today, supposing)
    return {each.code: each for each in found}


def states(case, today, *supposing):
    return {code: each.state for code, each in outlook(case, today, *supposing).items()}


def called(case, on, outcome=Outcome.REACHED):
    log = factories.a_log(case.patient, 5, by=case.coordinator, on=on)
    said = {"mode": Mode.PHONE, "direction": Direction.OUT, "spoken_to": SpokenTo.PATIENT, "outcome": outcome}
    Contact.objects.filter(pk=log.contact_id).update(transition=case.discharge, **said)


def visited(case, on, complexity="high"):
    judged = {"complexity": complexity, "complexity_judged_by": case.practitioner} if complexity else {}
    Visit.objects.create(
        patient=case.patient, on=on, practitioner=case.practitioner, recorded_at=factories.NOW, **judged
    )


def reconciled(case, on):
    by = {"recorded_at": factories.NOW, "done_by": case.coordinator}
    TransitionStep.objects.create(patient=case.patient, transition=case.discharge, kind="reconciliation", on=on, **by)


def test_on_the_day_of_discharge_everything_is_possible_and_says_by_when(case):
    found = outlook(case, DISCHARGED)
    assert {code: each.state for code, each in found.items()} == {"99496": "possible", "99495": "possible"}
    assert "Mar 13" in found["99496"].sentence
    assert "Mar 20" in found["99495"].sentence
    assert all("Mar 10" in each.sentence for each in found.values())
    assert all(each.cite for each in found.values())


def test_the_day_of_the_contact_is_the_last_one_on_which_it_is_possible(case):
    assert states(case, date(2025, 3, 10)) == {"99496": "possible", "99495": "possible"}
    assert states(case, date(2025, 3, 11)) == {"99496": "lost", "99495": "lost"}
    assert "Mar 10" in outlook(case, date(2025, 3, 11))["99495"].sentence


def test_a_day_off_of_the_agencys_own_is_no_business_day(case):
    holiday_add(actor=case.members[Role.ADMIN], day=date(2025, 3, 10), name="Founders' day")
    assert "Mar 11" in outlook(case, DISCHARGED)["99495"].sentence
    called(case, date(2025, 3, 11))
    assert states(case, date(2025, 3, 11)) == {"99496": "possible", "99495": "possible"}


def test_each_window_is_lost_on_the_day_after_its_last(case):
    called(case, date(2025, 3, 7))
    assert states(case, date(2025, 3, 13)) == {"99496": "possible", "99495": "possible"}
    assert states(case, date(2025, 3, 14)) == {"99496": "lost", "99495": "possible"}
    assert states(case, date(2025, 3, 20)) == {"99496": "lost", "99495": "possible"}
    assert states(case, date(2025, 3, 21)) == {"99496": "lost", "99495": "lost"}


def test_a_visit_on_day_nine_says_so_of_the_code_that_it_lost(case):
    called(case, date(2025, 3, 7))
    reconciled(case, date(2025, 3, 14))
    visited(case, date(2025, 3, 15))
    found = outlook(case, date(2025, 3, 16))
    assert (found["99495"].state, found["99496"].state) == ("billed", "lost")
    assert "9" in found["99496"].sentence


def test_high_complexity_within_seven_days_is_billed_instead_of_the_other(case):
    called(case, date(2025, 3, 7))
    reconciled(case, date(2025, 3, 13))
    visited(case, date(2025, 3, 13))
    assert states(case, date(2025, 3, 14)) == {"99496": "billed", "99495": "instead"}


def test_moderate_complexity_rules_the_higher_code_out(case):
    called(case, date(2025, 3, 7))
    Transition.objects.update(complexity="moderate", complexity_judged_by=case.practitioner)
    assert states(case, date(2025, 3, 8)) == {"99496": "lost", "99495": "possible"}


def test_one_attempt_keeps_it_possible_until_the_last_day_and_two_for_good(case):
    called(case, date(2025, 3, 7), Outcome.NO_ANSWER)
    assert set(states(case, date(2025, 3, 10)).values()) == {"possible"}
    assert set(states(case, date(2025, 3, 11)).values()) == {"lost"}
    called(case, date(2025, 3, 10), Outcome.NO_ANSWER)
    assert set(states(case, date(2025, 3, 11)).values()) == {"possible"}


def test_while_nobody_knows_where_the_patient_went_nothing_is_lost_by_it(case):
    Transition.objects.update(destination="unknown")
    found = outlook(case, DISCHARGED)
    assert {each.state for each in found.values()} == {"possible"}
    assert all("Where the patient went is not known" in each.sentence for each in found.values())
    Transition.objects.update(destination="skilled_nursing_facility")
    found = outlook(case, DISCHARGED)
    assert {each.state for each in found.values()} == {"lost"}
    assert all("A discharge to skilled nursing facility is none to a home" in each.sentence for each in found.values())


def test_what_is_supposed_is_weighed_as_if_it_were_so_and_nothing_is_stored(case):
    fails = Supposed("contact", date(2025, 3, 10), is_reached=False)
    assert set(states(case, date(2025, 3, 11), fails).values()) == {"lost"}
    seen = (
        Supposed("contact", date(2025, 3, 10)),
        Supposed("visit", date(2025, 3, 12)),
        Supposed("complexity", complexity="high"),
        Supposed("reconciliation", date(2025, 3, 12)),
    )
    assert states(case, date(2025, 3, 10), *seen) == {"99496": "billed", "99495": "instead"}
    assert not Visit.objects.filter(patient=case.patient).exists()
    assert set(states(case, date(2025, 3, 10)).values()) == {"possible"}


def test_what_the_payer_lacks_is_told_beside_it_and_loses_nothing(case):
    ContractTerm.objects.filter(code="99496").delete()
    found = outlook(case, DISCHARGED)["99496"]
    assert found.state == "possible"
    assert found.problems


def test_a_visit_of_the_next_month_is_found(case):
    later = factories.a_discharge(case.patient, by=case.coordinator, on=date(2025, 5, 28))
    case.discharge = later
    called(case, date(2025, 5, 29))
    reconciled(case, date(2025, 6, 2))
    visited(case, date(2025, 6, 3))
    assert states(case, date(2025, 6, 4)) == {"99496": "billed", "99495": "instead"}


def test_what_an_earlier_discharge_lacks_is_not_said_of_a_later_one(case):
    """The visit of the later one comes too late for the earlier, which was never called either."""
    case.discharge = factories.a_discharge(case.patient, by=case.coordinator, on=date(2025, 3, 24))
    called(case, date(2025, 3, 25))
    found = outlook(case, date(2025, 3, 26))
    assert {code: each.state for code, each in found.items()} == {"99496": "possible", "99495": "possible"}
    assert "Mar 20" not in found["99495"].sentence
    reconciled(case, date(2025, 3, 27))
    visited(case, date(2025, 3, 27))
    assert states(case, date(2025, 3, 28)) == {"99496": "billed", "99495": "instead"}


def test_an_earlier_discharge_that_is_billed_takes_the_period(case):
    called(case, date(2025, 3, 7))
    reconciled(case, date(2025, 3, 12))
    visited(case, date(2025, 3, 12))
    case.discharge = factories.a_discharge(case.patient, by=case.coordinator, on=date(2025, 3, 24))
    called(case, date(2025, 3, 25))
    found = outlook(case, date(2025, 3, 26))
    assert {code: each.state for code, each in found.items()} == {"99496": "lost", "99495": "lost"}
    assert "Apr 4" in found["99495"].sentence


def test_unknown_keys_are_of_no_use(case):
    with pytest.raises(Transition.DoesNotExist):
        billing().transition_outlook(uuid7(), DISCHARGED)
