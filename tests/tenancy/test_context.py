"""agency_context, and the wrappers for what runs later: what is open, what is refused, and what is left behind (nothing)."""

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from coordination.models import Patient
from tenancy.context import (
    AgencyRequired,
    CrossAgency,
    agency_context,
    current_agency,
    current_agency_id,
    person_context,
)
from tenancy.models import Agency
from tests.tenancy.support import COMMITTED, COUNT, NO_AGENCY, half_a_piece_of_work, names, refusal, sql

HELPERS = (
    "tenant data needs an agency: open one with tenancy.context.agency_context(agency), "
    "or wrap what runs later with tenancy.context.in_agency / on_commit / stream"
)


def test_two_agencies_one_after_the_other_each_see_their_own(worlds):
    with agency_context(worlds.riverbend.agency):
        assert names() == ["LopezQRIV"]
        assert sql(COUNT) == [(1,)]
    with agency_context(worlds.harbor.agency):
        assert names() == ["LopezQZHARB"]
    with pytest.raises(AgencyRequired):
        names()
    assert refusal(COUNT) == NO_AGENCY


def test_the_error_without_an_agency_names_the_helpers(worlds):
    with pytest.raises(AgencyRequired) as refused:
        names()
    assert str(refused.value) == HELPERS
    with pytest.raises(AgencyRequired) as refused:
        current_agency()
    assert str(refused.value) == HELPERS


def test_the_same_agency_again_changes_nothing_and_leaving_it_again_neither(riverbend):
    with agency_context(riverbend.agency):
        with agency_context(Agency.objects.get(pk=riverbend.agency.pk)):
            assert names() == ["LopezQRIV"]
        assert names() == ["LopezQRIV"]
        assert sql(COUNT) == [(1,)]


def test_another_agency_inside_is_refused_and_the_first_goes_on(worlds):
    here, there = worlds.riverbend.agency, worlds.harbor.agency
    with agency_context(here):
        with pytest.raises(CrossAgency) as refused, agency_context(there):
            pytest.fail("the second agency was opened")
        assert (
            str(refused.value)
            == f"already working for app.agency {here.pk}: leave that context before opening {there.pk}"
        )
        assert current_agency_id() == here.pk
        assert names() == ["LopezQRIV"]
        assert sql(COUNT) == [(1,)]


def test_an_exception_inside_leaves_no_agency_open_and_no_row_behind(worlds):
    with pytest.raises(ZeroDivisionError), agency_context(worlds.riverbend.agency):
        half_a_piece_of_work()
    assert current_agency_id() is None
    assert refusal(COUNT) == NO_AGENCY
    with agency_context(worlds.riverbend.agency):
        assert names() == ["LopezQRIV"]


def test_a_rolled_back_savepoint_leaves_the_outer_agency_open(riverbend):
    with agency_context(riverbend.agency):
        with pytest.raises(ZeroDivisionError), transaction.atomic(), agency_context(riverbend.agency):
            half_a_piece_of_work()
        assert names() == ["LopezQRIV"]
        assert sql(COUNT) == [(1,)]


def test_an_agency_and_the_person_who_chose_it_end_together(worlds):
    """There is no savepoint between them: what fails in the one cannot be swallowed in the other."""

    def fail_and_go_on():
        try:
            with agency_context(worlds.riverbend.agency):
                half_a_piece_of_work()
        except ZeroDivisionError:
            with psycopg.Cursor(connection.connection) as past_django:
                past_django.execute("SELECT current_setting('app.agency', true)")
                assert past_django.fetchone() == ("",)
            sql("SELECT 1")

    with pytest.raises(transaction.TransactionManagementError), person_context(worlds.riverbend.coordinator.user):
        fail_and_go_on()
    with agency_context(worlds.riverbend.agency):
        assert names() == ["LopezQRIV"]


def test_a_refusal_by_postgresql_ends_one_agency_and_the_next_works(worlds):
    with pytest.raises(IntegrityError), agency_context(worlds.riverbend.agency):
        Patient.objects.bulk_create([Patient(mrn="QRIV-1", family_name="Twin", birth_date="1957-03-08")])
    with agency_context(worlds.harbor.agency):
        assert names() == ["LopezQZHARB"]


def test_a_swallowed_refusal_cannot_be_followed_by_a_query(worlds):
    def swallow_and_go_on():
        try:
            Patient.objects.bulk_create([Patient(mrn="QRIV-1", family_name="Twin", birth_date="1957-03-08")])
        except IntegrityError:
            names()

    with pytest.raises(transaction.TransactionManagementError), agency_context(worlds.riverbend.agency):
        swallow_and_go_on()
    with agency_context(worlds.harbor.agency):
        assert names() == ["LopezQZHARB"]


def test_a_person_alone_sees_their_own_memberships_and_no_patient(worlds):
    from tenancy.models import Membership

    with agency_context(worlds.harbor.agency):
        Membership.objects.create(user=worlds.riverbend.coordinator.user, name="Guest", role="coordinator")
    with person_context(worlds.riverbend.coordinator.user):
        assert sorted(Membership.objects.values_list("name", flat=True)) == ["Dana QRIV", "Guest"]
        assert refusal(COUNT) == NO_AGENCY
        with pytest.raises(AgencyRequired):
            names()


@pytest.mark.parametrize("leave", ["normally", "by an exception"])
@COMMITTED
def test_a_pooled_connection_is_handed_on_without_a_token(leave, worlds):
    person, agency = worlds.riverbend.coordinator.user, worlds.riverbend.agency
    try:
        with person_context(person), agency_context(agency):
            assert names() == ["LopezQRIV"]
            if leave == "by an exception":
                raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert connection.in_atomic_block is False
    assert sql(
        "SELECT current_setting('app.agency', true), current_setting('app.person', true),"
        " current_setting('pghistory.context_metadata', true)"
    ) == [("", "", "")]
    assert refusal(COUNT) == NO_AGENCY


def test_inside_a_longer_transaction_too_the_token_is_gone_after_the_context(worlds):
    with person_context(worlds.riverbend.coordinator.user), agency_context(worlds.riverbend.agency):
        pass
    assert connection.in_atomic_block is True  # the test's own
    assert sql("SELECT current_setting('app.agency', true), current_setting('app.person', true)") == [("", "")]
