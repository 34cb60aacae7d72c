"""What runs later, elsewhere or for everybody: after the commit, in threads, while a body is sent, in sweeps over agencies."""

import pytest
from django.db import connection, transaction
from django.http import StreamingHttpResponse

from coordination.models import Patient
from tenancy.context import (
    AgencyRequired,
    agency_context,
    all_agencies,
    current_agency,
    current_agency_id,
    in_agency,
    on_commit,
    stream,
)
from tenancy.models import Crossing
from tests import factories
from tests.tenancy.support import COMMITTED, COUNT, NO_AGENCY, half_a_piece_of_work, in_a_thread, names, refusal

HELPERS = (
    "tenant data needs an agency: open one with tenancy.context.agency_context(agency), "
    "or wrap what runs later with tenancy.context.in_agency / on_commit / stream"
)


@COMMITTED
def test_on_commit_runs_after_the_commit_and_for_the_same_agency(worlds):
    seen = []
    with agency_context(worlds.riverbend.agency):
        on_commit(lambda: seen.append((current_agency().slug, names())))
        assert seen == []
    assert seen == [("riverbend", ["LopezQRIV"])]
    assert current_agency_id() is None
    assert refusal(COUNT) == NO_AGENCY


@COMMITTED
def test_on_commit_of_two_agencies_in_one_transaction_each_run_in_their_own(worlds):
    seen = []
    with transaction.atomic():
        for world in (worlds.riverbend, worlds.harbor):
            with agency_context(world.agency):
                on_commit(lambda: seen.append(names()))
        assert seen == []
    assert seen == [["LopezQRIV"], ["LopezQZHARB"]]


@COMMITTED
def test_on_commit_does_not_run_when_the_transaction_is_rolled_back(riverbend):
    seen = []
    with pytest.raises(ZeroDivisionError), agency_context(riverbend.agency):
        half_a_piece_of_work(lambda: on_commit(lambda: seen.append(names())))
    assert seen == []


@COMMITTED
def test_a_bare_on_commit_is_refused_as_soon_as_it_touches_tenant_data(riverbend):
    with pytest.raises(AgencyRequired), agency_context(riverbend.agency):
        transaction.on_commit(names)


def test_on_commit_outside_any_agency_is_refused_at_once(db):
    with pytest.raises(AgencyRequired):
        on_commit(lambda: None)


@COMMITTED
def test_a_thread_has_no_agency_unless_in_agency_gives_it_one(riverbend):
    with agency_context(riverbend.agency):
        pass
    with agency_context(riverbend.agency):
        assert isinstance(in_a_thread(names), AgencyRequired)
        assert in_a_thread(in_agency(names)) == ["LopezQRIV"]
        assert names() == ["LopezQRIV"]


@COMMITTED
def test_a_thread_that_copies_only_the_variable_is_refused_by_postgresql(riverbend):
    import contextvars

    with agency_context(riverbend.agency):
        copied = contextvars.copy_context()
        error = in_a_thread(lambda: copied.run(names))
    assert str(error).splitlines()[0] == NO_AGENCY


@COMMITTED
def test_a_streamed_body_is_read_in_the_agency_that_made_it(worlds):
    with agency_context(worlds.riverbend.agency):
        response = StreamingHttpResponse(stream(lambda: (name.encode() for name in names())))
    with pytest.raises(AgencyRequired):
        names()
    assert b"".join(response.streaming_content) == b"LopezQRIV"
    assert current_agency_id() is None
    assert refusal(COUNT) == NO_AGENCY


@COMMITTED
def test_a_streamed_body_without_the_wrapper_is_refused_and_not_empty(riverbend):
    with agency_context(riverbend.agency):
        response = StreamingHttpResponse(
            name.encode() for name in Patient.objects.values_list("family_name", flat=True).iterator()
        )
    with pytest.raises(AgencyRequired):
        b"".join(response.streaming_content)


@COMMITTED
def test_a_streamed_body_that_nobody_reads_to_its_end_gives_the_agency_back(worlds):
    with agency_context(worlds.riverbend.agency):
        response = StreamingHttpResponse(stream(lambda: (name.encode() for name in [*names(), "second"])))
    assert next(iter(response.streaming_content)) == b"LopezQRIV"
    response.close()
    assert current_agency_id() is None
    assert connection.in_atomic_block is False
    with agency_context(worlds.harbor.agency):
        assert names() == ["LopezQZHARB"]


def test_a_stream_opened_without_an_agency_is_refused_at_once(db):
    with pytest.raises(AgencyRequired):
        stream(lambda: [b""])


@COMMITTED
def test_all_agencies_lists_them_and_leaves_a_row_with_the_reason():
    factories.agencies()
    with all_agencies("nightly run") as agencies:
        assert [agency.slug for agency in agencies] == ["riverbend", "harbor"]
    assert list(Crossing.objects.using("owner").values_list("reason", flat=True)) == ["nightly run"]


@COMMITTED
def test_a_sweep_that_fails_has_left_its_row_all_the_same():
    factories.agencies()
    with pytest.raises(ZeroDivisionError), all_agencies("nightly run") as agencies:
        half_a_piece_of_work(agencies.count)
    assert list(Crossing.objects.using("owner").values_list("reason", flat=True)) == ["nightly run"]


@pytest.mark.django_db(databases=["default", "system"])
@pytest.mark.parametrize("reason", ["", "  "])
def test_all_agencies_without_a_reason_lists_nothing(reason):
    with pytest.raises(ValueError, match=r"all_agencies\(reason=...\) needs a reason"), all_agencies(reason):
        pytest.fail("it went on without a reason")
    assert Crossing.objects.count() == 0


@pytest.mark.django_db(databases=["default", "system"])
def test_crossings_are_added_by_the_system_role_alone_and_changed_by_nobody():
    add = "INSERT INTO tenancy_crossing (at, reason) VALUES (now(), 'curious')"
    assert refusal(add) == "permission denied for table tenancy_crossing"
    assert (
        refusal("UPDATE tenancy_crossing SET reason = 'x'", using="system")
        == "permission denied for table tenancy_crossing"
    )
    assert refusal("DELETE FROM tenancy_crossing", using="system") == "permission denied for table tenancy_crossing"


@pytest.mark.django_db(databases=["default", "system"])
def test_sweeping_over_agencies_opens_no_door_to_patients(worlds):
    with all_agencies("curious"):
        with pytest.raises(AgencyRequired):
            Patient.objects.using("system").count()
        assert refusal(COUNT, using="system") == "permission denied for table coordination_patient"
        assert refusal(COUNT) == NO_AGENCY
