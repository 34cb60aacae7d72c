"""A month that was closed when two records became one: decided again, it says what it said, of both records."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from billing.models import Charge, StoredDecision
from billing.services.charge_run import charge_run
from billing.services.decisions import decide
from coordination.models import MonthLock
from coordination.services.merges import merge_undo
from tenancy.context import agency_context
from tests import factories
from tests.coordination.merging import merged
from tests.factories import NOW

OCTOBER, NOVEMBER, DAY = date(2026, 10, 1), date(2026, 11, 1), date(2026, 10, 30)


@pytest.fixture
def at_work(riverbend):
    """Two records: the one that will be merged is enrolled and has its minutes of October, decided and closed."""
    with agency_context(riverbend.agency):
        riverbend.kept = factories.a_patient("Ana", "Cruz", mrn="KEPT")
        riverbend.other = factories.an_enrolled_patient(
            riverbend, "Anna", "Cruz", mrn="OTHER", consent=date(2026, 9, 1)
        )
        factories.a_log(riverbend.other, 20, by=riverbend.coordinator, on=DAY)
        yield riverbend


def close(world, month=OCTOBER):
    charge_run(month=month, now=NOW)
    return MonthLock.objects.create(month=month, locked_by=world.admin, locked_at=NOW)


def told(patient, month=OCTOBER):
    """Every stored version of a patient's month, with its codes."""
    found = StoredDecision.objects.filter(patient=patient, month=month).order_by("version")
    return [(each.version, [*Charge.objects.filter(decision=each).values_list("code", flat=True)]) for each in found]


def codes(patient, month=OCTOBER):
    return [line.code for line in decide([patient.pk], month)[patient.pk].decision.lines]


def test_time_that_stayed_is_decided_by_the_facts_that_moved(at_work, signed_in):
    close(at_work)
    before = told(at_work.other)
    assert before == [(1, ["99490"])]
    merge = merged(at_work, at_work.kept, at_work.other)
    charge_run(month=OCTOBER, now=NOW)
    assert told(at_work.other) == before
    assert (codes(at_work.other), codes(at_work.kept)) == (["99490"], [])
    ids = {"agency": at_work.slug, "patient": at_work.other.pk, "month": "2026-10"}
    page = signed_in(at_work.admin).get(reverse("billing:ledger", kwargs=ids)).context["ledger"]
    assert (page.run.is_same, page.rests[0].enrollment.patient_id, [line.code for line in page.lines]) == (
        True,
        at_work.kept.pk,
        ["99490"],
    )
    merge_undo(actor=at_work.members["supervisor"], merge=merge, now=NOW + timedelta(hours=1))
    charge_run(month=OCTOBER, now=NOW)
    assert told(at_work.other) == before


def test_a_closed_month_of_the_kept_record_gains_nothing(at_work):
    """Else one person's month would be billed twice: once at each record."""
    factories.a_log(at_work.kept, 25, by=at_work.coordinator, on=DAY)
    close(at_work)
    before = told(at_work.kept)
    assert before == [(1, [])]
    merged(at_work, at_work.kept, at_work.other)
    charge_run(month=OCTOBER, now=NOW)
    assert told(at_work.kept) == before


def test_the_ledger_of_a_closed_month_names_no_enrollment_that_moved_afterwards(at_work, signed_in):
    """What the kept record says of the month does not rest on it."""
    factories.a_log(at_work.kept, 25, by=at_work.coordinator, on=DAY)
    close(at_work)
    merged(at_work, at_work.kept, at_work.other)
    client = signed_in(at_work.admin)

    def rests(month):
        ids = {"agency": at_work.slug, "patient": at_work.kept.pk, "month": month}
        return client.get(reverse("billing:ledger", kwargs=ids)).context["ledger"].rests

    assert rests("2026-10") == ()
    [moved] = rests("2026-11")
    assert moved.enrollment.patient_id == at_work.kept.pk


def test_a_month_that_was_open_goes_to_the_kept_record_with_its_facts(at_work):
    factories.a_log(at_work.other, 20, by=at_work.coordinator, on=date(2026, 11, 2))
    charge_run(month=NOVEMBER, now=NOW)
    close(at_work)
    merged(at_work, at_work.kept, at_work.other)
    charge_run(month=NOVEMBER, now=NOW)
    assert (told(at_work.other, NOVEMBER), told(at_work.kept, NOVEMBER)) == (
        [(1, ["99490"]), (2, [])],
        [(1, ["99490"])],
    )


def test_a_month_closed_after_the_merge_is_not_held(at_work):
    merged(at_work, at_work.kept, at_work.other)
    close(at_work).delete()
    MonthLock.objects.create(month=OCTOBER, locked_by=at_work.admin, locked_at=NOW + timedelta(hours=1))
    assert (codes(at_work.kept), codes(at_work.other)) == (["99490"], [])


def test_of_records_merged_one_after_the_other_each_keeps_its_closed_month(at_work):
    last = factories.a_patient("Ann", "Cruz", mrn="LAST")
    factories.a_log(at_work.kept, 25, by=at_work.coordinator, on=DAY)
    close(at_work)
    before = [told(each) for each in (at_work.other, at_work.kept, last)]
    merged(at_work, at_work.kept, at_work.other)
    merged(at_work, last, at_work.kept)
    charge_run(month=OCTOBER, now=NOW)
    assert [told(each) for each in (at_work.other, at_work.kept)] == before[:2]
    assert (codes(at_work.other), codes(at_work.kept), codes(last)) == (["99490"], [], [])
