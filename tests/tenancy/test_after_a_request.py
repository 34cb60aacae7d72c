"""What a request leaves behind on its connection and thread: for the next one, of the other agency, nothing."""

import pytest

from tenancy.context import agency_context
from tenancy.models import AccessLog
from tests.tenancy import probes
from tests.tenancy.support import NO_AGENCY, names, refusal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("harbor_stays_as_it_was")]
PROBES = pytest.mark.urls("tests.tenancy.probes")


@PROBES
def test_a_view_that_fails_keeps_its_reads_loses_its_writes_and_leaves_no_agency(at_riverbend, worlds, signed_in):
    at_riverbend.raise_request_exception = False
    assert at_riverbend.get("/a/riverbend/probe/fail/").status_code == 500
    assert refusal("SELECT count(*) FROM coordination_patient") == NO_AGENCY
    other = signed_in(worlds.harbor.coordinator)
    with agency_context(worlds.riverbend.agency):
        assert names() == ["LopezQRIV"]
        assert list(AccessLog.objects.values_list("action", "subject")) == [("read", worlds.riverbend.patient.pk)]
    assert other.get("/a/harbor/probe/echo/").content == b"LopezQZHARB"


@PROBES
def test_a_page_rendered_late_is_rendered_in_its_agency(at_riverbend):
    assert at_riverbend.get("/a/riverbend/probe/late/").status_code == 200


@PROBES
def test_a_streamed_body_shows_the_agency_of_its_request(at_riverbend, worlds, signed_in):
    mine, theirs = (
        at_riverbend.get("/a/riverbend/probe/streamed/"),
        signed_in(worlds.harbor.coordinator).get("/a/harbor/probe/streamed/"),
    )
    assert b"".join(theirs.streaming_content) == b"LopezQZHARB"
    assert b"".join(mine.streaming_content) == b"LopezQRIV"


@PROBES
def test_a_body_streamed_without_the_wrapper_is_an_error_and_not_an_empty_page(at_riverbend):
    response = at_riverbend.get("/a/riverbend/probe/streamed_bare/")
    with pytest.raises(RuntimeError, match="tenancy.context.in_agency"):
        b"".join(response.streaming_content)


@PROBES
def test_a_thread_started_by_a_view_has_no_agency(at_riverbend):
    assert at_riverbend.get("/a/riverbend/probe/in_a_bare_thread/").content == b"AgencyRequired"


@PROBES
def test_what_a_view_leaves_for_after_the_commit_runs_in_its_agency(at_riverbend, django_capture_on_commit_callbacks):
    probes.COMMITTED.clear()
    with django_capture_on_commit_callbacks(execute=True):
        at_riverbend.get("/a/riverbend/probe/after_commit/")
    assert probes.COMMITTED == [["LopezQRIV"]]


def test_a_session_holds_who_somebody_is_and_nothing_about_patients(at_riverbend, riverbend):
    at_riverbend.get(f"/a/riverbend/patients/{riverbend.patient.pk}/")
    assert sorted(at_riverbend.session.keys()) == [
        "_auth_user_backend",
        "_auth_user_hash",
        "_auth_user_id",
        "idle_minutes",
        "listed_as",
        "seen_at",
        "signed_in_at",
    ]
