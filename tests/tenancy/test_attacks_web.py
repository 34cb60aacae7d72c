"""Requests that somebody who works for Riverbend can send to reach Harbor. Harbor's pages do not exist for them."""

import re
from collections.abc import Iterator
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import UUIDConverter

from coordination.models import Condition, Enrollment, Patient, TimeLog
from tenancy.context import agency_context, current_agency_id, current_person
from tenancy.models import AccessAction, AccessLog, Membership, uuid7
from tests import factories
from tests.tenancy import probes
from tests.tenancy.support import NO_AGENCY, contents, refusal

pytestmark = pytest.mark.django_db
METHODS = ("get", "post", "head", "options", "put", "patch", "delete")
PROBES = pytest.mark.urls("tests.tenancy.probes")


def routes() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every address below an agency that takes ids: as a format string, with the names of the ids."""
    def walk(patterns: Any, prefix: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, prefix + str(pattern.pattern))
            elif isinstance(pattern, URLPattern):
                yield prefix + str(pattern.pattern), pattern.pattern.converters
    for route, converters in walk(get_resolver("config.urls").url_patterns, "/"):
        ids = tuple(name for name, converter in converters.items() if isinstance(converter, UUIDConverter))
        if route.startswith("/a/<slug:agency>/") and ids:
            yield re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route), ids


ROUTES = list(routes())


@pytest.fixture
def client(riverbend, signed_in) -> Client:
    """Somebody at work for Riverbend."""
    return signed_in(riverbend.coordinator)


@pytest.fixture(autouse=True)
def harbor_stays_as_it_was(harbor: SimpleNamespace):
    before = contents(harbor.agency)
    yield before  # a test in which Harbor itself works on puts the new state here
    assert (current_agency_id(), current_person()) == (None, None)
    assert contents(harbor.agency) == before


def seen(response: Any) -> tuple[int, bytes, dict[str, str]]:
    """What a browser can tell one answer from another by; CSRF tokens are random every time."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    headers = {name: value for name, value in response.headers.items() if name != "Set-Cookie"}
    return response.status_code, re.sub(rb"\b[A-Za-z0-9]{64}\b", b"CSRF", body), headers


def own_rows(world: SimpleNamespace) -> dict[str, str]:
    return {table: rows for table, rows in contents(world.agency).items() if table != "tenancy_accesslog"}


def fill(route: str, agency: str, **ids: Any) -> str:
    return route.format(agency=agency, month="2026-11", **ids)


def test_there_are_addresses_with_ids_to_attack():
    assert len(ROUTES) >= 7
    assert {name for _, ids in ROUTES for name in ids} == {"patient", "condition"}, "teach `foreign` below the new id"


@pytest.mark.parametrize(("route", "ids"), ROUTES, ids=[route for route, _ in ROUTES])
@pytest.mark.parametrize("method", METHODS)
def test_a_foreign_id_is_answered_byte_for_byte_like_a_missing_one(method, route, ids, client, riverbend, harbor):
    own = {"patient": riverbend.patient.pk, "condition": riverbend.condition.pk}
    foreign = {"patient": harbor.patient.pk, "condition": harbor.condition.pk}
    before = own_rows(riverbend)
    for wrong in (chosen for chosen in product((False, True), repeat=len(ids)) if any(chosen)):
        def ask(other: dict[str, Any], wrong: tuple[bool, ...] = wrong) -> tuple[int, bytes, dict[str, str]]:
            parts = {name: other[name] if is_wrong else own[name] for name, is_wrong in zip(ids, wrong, strict=True)}
            return seen(getattr(client, method)(fill(route, "riverbend", **parts)))

        answer = ask(foreign)
        assert answer == ask({name: uuid7() for name in foreign})
        assert answer[0] in (404, 405)
        assert b"QZHARB" not in answer[1]
    assert own_rows(riverbend) == before


@pytest.mark.parametrize(("route", "ids"), ROUTES, ids=[route for route, _ in ROUTES])
def test_a_foreign_agency_is_answered_byte_for_byte_like_a_missing_one(route, ids, client, harbor):
    foreign = {"patient": harbor.patient.pk, "condition": harbor.condition.pk}
    for method in METHODS:
        answers = {slug: seen(getattr(client, method)(fill(route, slug, **foreign))) for slug in ("harbor", "no-such-agency")}
        assert answers["harbor"] == answers["no-such-agency"]
        assert answers["harbor"][0] == 404


@pytest.mark.parametrize("page", ["", "/", "/patients", "/patients/", "/people/", "/nothing/", "/patients/?q=Lopez"])
def test_whether_an_agency_exists_shows_in_no_answer(page, client):
    for visitor in (client, Client()):
        there, nowhere = (seen(visitor.get(f"/a/{slug}{page}")) for slug in ("harbor", "no-such-agency"))
        assert str(there).replace("harbor", "no-such-agency") == str(nowhere)  # a redirect repeats the address that was asked for
        assert there[0] in (301, 302, 404)


@pytest.mark.parametrize("path", [
    "/a/HARBOR/patients/", "/a/Harbor/patients/", "/a/h\N{CYRILLIC SMALL LETTER A}rbor/patients/", "/a/\N{FULLWIDTH LATIN SMALL LETTER H}arbor/patients/",
    "/a/harbor /patients/", "/a/harbor\n/patients/", "/a/harbor\x00/patients/", "/a/harbor\N{ZERO WIDTH SPACE}/patients/",
    "/a/harbor;riverbend/patients/", "/a/harbor'--/patients/", "/a/harbor%/patients/", "/a/riverbend/../harbor/patients/",
    "/a/./harbor/patients/", "/a//harbor/patients/", "//a/harbor/patients/", "/a/harbor//patients/", "/a/riverbend//a/harbor/patients/",
    "/a/riverbend/a/harbor/patients/", "/A/harbor/patients/", "a/harbor/patients/", "/a/harbor/patients/\x00", "/a/1/patients/",
], ids=ascii)
def test_a_bent_address_reaches_no_other_agency(path, client):
    response = client.get("/", PATH_INFO=path.encode().decode("latin-1"))  # as WSGI hands it over
    assert response.status_code == 404
    assert b"QZHARB" not in response.content


@pytest.mark.parametrize("member", ["deactivated", "without a role", "of no agency", "with a deactivated account"])
def test_whoever_no_longer_works_here_is_shown_out(member, worlds, signed_in):
    person = worlds.riverbend.coordinator
    client = signed_in(person)
    assert client.get("/a/riverbend/patients/").status_code == 200
    with agency_context(worlds.riverbend.agency):
        if member == "deactivated":
            Membership.objects.filter(pk=person.pk).update(is_active=False)
        elif member == "without a role":
            Membership.objects.filter(pk=person.pk).update(role="")
        elif member == "of no agency":
            client = signed_in(SimpleNamespace(user=factories.User.objects.create_user("nobody@example.org", "x")))
    if member == "with a deactivated account":
        factories.User.objects.filter(pk=person.user_id).update(is_active=False)
        assert client.get("/a/riverbend/patients/").headers["Location"] == "/accounts/login/?next=/a/riverbend/patients/"
        return
    assert seen(client.get("/a/riverbend/patients/")) == seen(client.get("/a/no-such-agency/patients/"))
    assert b"QRIV" not in client.get("/").content


def test_a_person_of_two_agencies_meets_each_at_its_own_address(worlds, signed_in, harbor_stays_as_it_was):
    with agency_context(worlds.riverbend.agency):
        Membership.objects.create(user=worlds.harbor.coordinator.user, name="Guest", role="coordinator", discipline="RN")
    client = signed_in(worlds.harbor.coordinator)
    there = client.get("/a/harbor/patients/").content
    harbor_stays_as_it_was |= contents(worlds.harbor.agency)
    here = client.get("/a/riverbend/patients/").content
    assert (b"LopezQRIV" in here, b"QZHARB" in here) == (True, False)
    assert (b"LopezQZHARB" in there, b"QRIV" in there) == (True, False)


def a_time(**more: Any) -> dict[str, Any]:
    return {"minutes": "8", "service_date": "2026-11-16", "activity": "care_coordination", "program": "chronic_care", "note": "called",
            "form_key": str(uuid7())} | more


def test_an_agency_a_patient_and_an_author_in_the_body_are_not_listened_to(client, riverbend, harbor):
    forged = {"agency": harbor.agency.pk, "agency_id": harbor.agency.pk, "patient": str(harbor.patient.pk),
              "patient_id": str(harbor.patient.pk), "author": str(harbor.coordinator.pk), "id": str(uuid7())}
    assert client.post(f"/a/riverbend/patients/{riverbend.patient.pk}/time/", a_time(**forged)).status_code == 302
    with agency_context(riverbend.agency):
        [log] = TimeLog.objects.all()
    assert (log.agency_id, log.patient_id, log.author_id) == (riverbend.agency.pk, riverbend.patient.pk, riverbend.coordinator.pk)


def test_the_key_of_a_form_that_the_other_agency_has_sent_is_as_good_as_new(client, worlds, harbor_stays_as_it_was):
    with agency_context(worlds.harbor.agency):
        key = factories.a_log(worlds.harbor.patient, 30, by=worlds.harbor.coordinator).form_key
    harbor_stays_as_it_was |= contents(worlds.harbor.agency)
    sent = a_time(form_key=str(key))
    assert client.post(f"/a/riverbend/patients/{worlds.riverbend.patient.pk}/time/", sent).status_code == 302
    with agency_context(worlds.riverbend.agency):
        assert TimeLog.objects.get().minutes == 8


@pytest.fixture
def newcomer(riverbend) -> Patient:
    with agency_context(riverbend.agency):
        patient = factories.a_patient(family="New")
        factories.a_condition(patient, by=riverbend.coordinator)
    return patient


@pytest.mark.parametrize(("field", "fault"), [
    ("billing_practitioner", "Select a valid choice. That choice is not one of the available choices."),
    ("conditions", "Select a valid choice. ID is not one of the available choices."),
])
def test_a_foreign_choice_in_the_enrollment_form_is_no_choice(field, fault, client, riverbend, harbor, newcomer):
    with agency_context(riverbend.agency):
        good = {"conditions": str(Condition.objects.get(patient=newcomer).pk), "billing_practitioner": str(riverbend.practitioner.pk),
                "consent_on": "2026-11-16", "consent_kind": "verbal", "told": "on"}
    foreign = {"billing_practitioner": harbor.practitioner.pk, "conditions": harbor.condition.pk}

    def faults(value: Any) -> str:
        response = client.post(f"/a/riverbend/patients/{newcomer.pk}/enroll/", good | {field: str(value)})
        assert response.status_code == 422
        assert b"QZHARB" not in response.content
        return str(response.context["form"].errors.as_data()[field][0].messages[0]).replace(str(value), "ID")

    assert faults(foreign[field]) == faults(uuid7()) == fault
    with agency_context(riverbend.agency):
        assert Enrollment.objects.filter(patient=newcomer).count() == 0
    assert client.post(f"/a/riverbend/patients/{newcomer.pk}/enroll/", good).status_code == 302  # the rest of the form was right


def test_the_form_offers_only_practitioners_and_conditions_of_one_s_own(client, newcomer, harbor):
    page = client.get(f"/a/riverbend/patients/{newcomer.pk}/enroll/").content
    assert b"Olu QRIV" in page
    assert b"QZHARB" not in page
    assert str(harbor.practitioner.pk).encode() not in page


@pytest.mark.parametrize("search", [
    {"after": "FOREIGN"}, {"q": "QZHARB"}, {"q": "LopezQZHARB"}, {"q": "QZHARB-1"}, {"q": "%"}, {"q": "_"}, {"q": "' OR 1=1 --"},
    {"q": "\\"}, {"q": "a\x00b"}, {"order": "agency_id"}, {"program": "chronic_care' OR true"}, {"q": "1957-03-08"},
], ids=str)
def test_a_search_finds_nobody_of_the_other_agency(search, client, harbor):
    def ask(after: Any) -> Any:
        return client.post("/a/riverbend/patients/", {k: str(after) if v == "FOREIGN" else v for k, v in search.items()})

    response = ask(harbor.patient.pk)
    assert response.status_code == 200
    assert seen(response) == seen(ask(uuid7()))
    assert [row.patient.family_name for row in response.context["rows"] if row.patient.family_name != "LopezQRIV"] == []
    assert b"MariaQZHARB" not in response.content


def test_a_refusal_is_written_to_one_s_own_access_log_and_to_no_other(client, worlds):
    client.get(f"/a/riverbend/patients/{worlds.harbor.patient.pk}/")
    with agency_context(worlds.riverbend.agency):
        assert list(AccessLog.objects.values_list("action", "route", "subject", "membership_id")) == [
            ("refused", "coordination:patient", worlds.harbor.patient.pk, worlds.riverbend.coordinator.pk)]


@pytest.mark.parametrize("pages", ["/", "/accounts/login/", "/static/", "/nothing/"])
def test_pages_outside_an_agency_name_no_patient_and_nobody_of_the_other(pages, client):
    body = client.get(pages).content
    assert b"QZHARB" not in body
    assert b"Lopez" not in body


# What is left behind on the connection


@PROBES
def test_a_view_that_fails_keeps_its_reads_loses_its_writes_and_leaves_no_agency(client, worlds, signed_in):
    client.raise_request_exception = False
    assert client.get("/a/riverbend/probe/fail/").status_code == 500
    assert refusal("SELECT count(*) FROM coordination_patient") == NO_AGENCY
    other = signed_in(worlds.harbor.coordinator)
    with agency_context(worlds.riverbend.agency):
        assert probes.names() == ["LopezQRIV"]
        assert list(AccessLog.objects.values_list("action", "subject")) == [("read", worlds.riverbend.patient.pk)]
    assert other.get("/a/harbor/probe/echo/").content == b"LopezQZHARB"


@PROBES
def test_a_page_rendered_late_is_rendered_in_its_agency(client):
    assert client.get("/a/riverbend/probe/late/").status_code == 200


@PROBES
def test_a_streamed_body_shows_the_agency_of_its_request(client, worlds, signed_in):
    mine, theirs = client.get("/a/riverbend/probe/streamed/"), signed_in(worlds.harbor.coordinator).get("/a/harbor/probe/streamed/")
    assert b"".join(theirs.streaming_content) == b"LopezQZHARB"
    assert b"".join(mine.streaming_content) == b"LopezQRIV"


@PROBES
def test_a_body_streamed_without_the_wrapper_is_an_error_and_not_an_empty_page(client):
    response = client.get("/a/riverbend/probe/streamed_bare/")
    with pytest.raises(RuntimeError, match="tenancy.context.in_agency"):
        b"".join(response.streaming_content)


@PROBES
def test_a_thread_started_by_a_view_has_no_agency(client):
    assert client.get("/a/riverbend/probe/in_a_bare_thread/").content == b"AgencyRequired"


@PROBES
def test_what_a_view_leaves_for_after_the_commit_runs_in_its_agency(client, django_capture_on_commit_callbacks):
    probes.COMMITTED.clear()
    with django_capture_on_commit_callbacks(execute=True):
        client.get("/a/riverbend/probe/after_commit/")
    assert probes.COMMITTED == [["LopezQRIV"]]


def test_a_session_holds_who_somebody_is_and_nothing_about_patients(client, riverbend):
    client.get(f"/a/riverbend/patients/{riverbend.patient.pk}/")
    kept = [session.get_decoded() for session in Session.objects.all()]
    assert [sorted(each) for each in kept] == [["_auth_user_backend", "_auth_user_hash", "_auth_user_id"]]
