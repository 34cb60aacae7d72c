"""A discharge, and what is due after it."""

from datetime import UTC, date, datetime

import pytest

from coordination.models import Deadline, Destination, Setting, TransitionState
from coordination.services.transitions import Discharge, discharge_record
from tenancy.context import agency_context
from tests import factories

pytestmark = pytest.mark.django_db
FRIDAY = date(2026, 11, 13)


@pytest.fixture(autouse=True)
def _at_riverbend(riverbend):
    with agency_context(riverbend.agency):
        yield


def a_discharge(world, on=FRIDAY, destination=Destination.HOME):
    return discharge_record(
        actor=world.coordinator,
        patient=world.patient,
        said=Discharge(on, Setting.INPATIENT_ACUTE, destination),
        learned_at=factories.NOW,
        now=factories.NOW,
    )


def test_a_discharge_home_makes_everything_due_that_follows_it(riverbend):
    assert a_discharge(riverbend).state == TransitionState.OPEN
    assert dict(Deadline.objects.values_list("kind", "due_on")) == {
        "contact": date(2026, 11, 17),
        "visit_first": date(2026, 11, 20),
        "visit_last": date(2026, 11, 27),
        "reconciliation": date(2026, 11, 27),
        "period_end": date(2026, 12, 12),
    }
    contact = Deadline.objects.get(kind="contact")
    assert contact.due_at == datetime(2026, 11, 18, 7, tzinfo=UTC)  # the end of Tuesday in Denver
    assert contact.next_at == datetime(2026, 11, 17, 7, tzinfo=UTC)  # the warning, at the end of the first business day


def test_who_went_to_another_facility_is_watched_and_nothing_is_due_yet(riverbend):
    assert a_discharge(riverbend, destination=Destination.SKILLED_NURSING_FACILITY).state == TransitionState.WATCH
    assert not Deadline.objects.exists()
