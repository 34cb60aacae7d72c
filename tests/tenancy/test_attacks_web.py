"""Requests that somebody who works for Riverbend can send to reach Harbor. Harbor's pages do not exist for them."""

import re
from collections.abc import Iterator
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import UUIDConverter

from coordination.models import Condition, Enrollment, Patient, TimeLog
from tenancy.context import agency_context
from tenancy.models import AccessLog, Membership, uuid7
from tests import factories
from tests.tenancy.support import contents

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("one_of_each", "harbor_stays_as_it_was")]
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


def seen(response: Any) -> tuple[int, bytes, dict[str, str]]:
    """What a browser can tell one answer from another by; CSRF tokens are random every time."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    headers = {name: value for name, value in response.headers.items() if name != "Set-Cookie"}
    return response.status_code, re.sub(rb"\b[A-Za-z0-9]{64}\b", b"CSRF", body), headers


def own_rows(world: SimpleNamespace) -> dict[str, str]:
    """All but what tells who looked: a refusal that shows the page again is a look."""
    of_looking = {"tenancy_accesslog", "coordination_opening"}
    return {table: rows for table, rows in contents(world.agency).items() if table not in of_looking}


def fill(route: str, agency: str, **ids: Any) -> str:
    return route.format(agency=agency, month="2026-11", day="2026-11-16", kind="stays", done="education", **ids)


def test_there_are_addresses_with_ids_to_attack():
    assert len(ROUTES) >= 7
    assert {name for _, ids in ROUTES for name in ids} == set(factories.ADDRESSED)


@pytest.mark.parametrize(("route", "ids"), ROUTES, ids=[route for route, _ in ROUTES])
def test_a_foreign_id_is_answered_byte_for_byte_like_a_missing_one(route, ids, signed_in, riverbend, harbor):
    own = factories.ids_of(riverbend)
    foreign = factories.ids_of(harbor)
    missing = {name: uuid7() for name in foreign}
    before = own_rows(riverbend)
    clients = [signed_in(member) for member in riverbend.members.values()]
    for method in METHODS:
        own_client = next(  # of somebody whose role may: the others are refused before any id is looked at
            client
            for client in clients
            if getattr(client, method)(fill(route, "riverbend", **missing)).status_code != 403
        )
        for wrong in (chosen for chosen in product((False, True), repeat=len(ids)) if any(chosen)):

            def ask(
                other: dict[str, Any],
                wrong: tuple[bool, ...] = wrong,
                send: Any = getattr(own_client, method),  # noqa: B008 - this round's
            ) -> tuple[int, bytes, dict[str, str]]:
                chosen = zip(ids, wrong, strict=True)
                return seen(
                    send(fill(route, "riverbend", **{name: (other if far else own)[name] for name, far in chosen}))
                )

            answer = ask(foreign)
            assert answer == ask(missing), method
            assert answer[0] in (404, 405), method
            assert b"QZHARB" not in answer[1], method
    assert own_rows(riverbend) == before


def test_a_foreign_agency_is_answered_byte_for_byte_like_a_missing_one(at_riverbend, harbor):
    foreign = factories.ids_of(harbor)
    for (route, _ids), method in product(ROUTES, METHODS):
        there, nowhere = (
            seen(getattr(at_riverbend, method)(fill(route, slug, **foreign))) for slug in ("harbor", "no-such-agency")
        )
        assert there == nowhere, (method, route)
        assert there[0] == 404, (method, route)


@pytest.mark.parametrize("page", ["", "/", "/patients", "/patients/", "/people/", "/nothing/", "/patients/?q=Lopez"])
def test_whether_an_agency_exists_shows_in_no_answer(page, at_riverbend):
    for visitor in (at_riverbend, Client()):
        there, nowhere = (seen(visitor.get(f"/a/{slug}{page}")) for slug in ("harbor", "no-such-agency"))
        assert str(there).replace("harbor", "no-such-agency") == str(
            nowhere
        )  # a redirect repeats the address that was asked for
        assert there[0] in (301, 302, 404)


@pytest.mark.parametrize(
    "path",
    [
        "/a/HARBOR/patients/",
        "/a/Harbor/patients/",
        "/a/h\N{CYRILLIC SMALL LETTER A}rbor/patients/",
        "/a/\N{FULLWIDTH LATIN SMALL LETTER H}arbor/patients/",
        "/a/harbor /patients/",
        "/a/harbor\n/patients/",
        "/a/harbor\x00/patients/",
        "/a/harbor\N{ZERO WIDTH SPACE}/patients/",
        "/a/harbor;riverbend/patients/",
        "/a/harbor'--/patients/",
        "/a/harbor%/patients/",
        "/a/riverbend/../harbor/patients/",
        "/a/./harbor/patients/",
        "/a//harbor/patients/",
        "//a/harbor/patients/",
        "/a/harbor//patients/",
        "/a/riverbend//a/harbor/patients/",
        "/a/riverbend/a/harbor/patients/",
        "/A/harbor/patients/",
        "a/harbor/patients/",
        "/a/harbor/patients/\x00",
        "/a/1/patients/",
    ],
    ids=ascii,
)
def test_a_bent_address_reaches_no_other_agency(path, at_riverbend):
    response = at_riverbend.get("/", PATH_INFO=path.encode().decode("latin-1"))  # as WSGI hands it over
    assert response.status_code == 404
    assert b"QZHARB" not in response.content


@pytest.mark.parametrize("slug", ["RIVERBEND", "Riverbend", "riverbend ", "riverbend\N{ZERO WIDTH SPACE}"], ids=ascii)
def test_one_s_own_agency_has_one_address(slug, at_riverbend):
    path = f"/a/{slug}/patients/".encode().decode("latin-1")
    assert at_riverbend.get("/", PATH_INFO=path).status_code == 404


def test_a_condition_of_another_patient_is_no_condition_of_this_one(at_riverbend, riverbend):
    with agency_context(riverbend.agency):
        other = factories.a_condition(factories.a_patient(family="Other"), by=riverbend.coordinator)
    address = f"/a/riverbend/patients/{riverbend.patient.pk}/conditions/"
    assert seen(at_riverbend.get(f"{address}{other.pk}/")) == seen(at_riverbend.get(f"{address}{uuid7()}/"))
    assert at_riverbend.post(f"{address}{other.pk}/", {"icd10cm": "I10", "text": "moved"}).status_code == 404
    with agency_context(riverbend.agency):
        assert Condition.objects.get(pk=other.pk).text == "condition E11.9"


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
        person.user.is_active = False
        person.user.save()
        assert (
            client.get("/a/riverbend/patients/").headers["Location"] == "/accounts/login/?next=/a/riverbend/patients/"
        )
        return
    assert seen(client.get("/a/riverbend/patients/")) == seen(client.get("/a/no-such-agency/patients/"))
    assert b"QRIV" not in client.get("/").content


def test_a_person_of_two_agencies_meets_each_at_its_own_address(worlds, signed_in, harbor_stays_as_it_was):
    with agency_context(worlds.riverbend.agency):
        Membership.objects.create(
            user=worlds.harbor.coordinator.user, name="Guest", role="coordinator", discipline="RN"
        )
    client = signed_in(worlds.harbor.coordinator)
    there = client.get("/a/harbor/patients/").content
    harbor_stays_as_it_was |= contents(worlds.harbor.agency)
    here = client.get("/a/riverbend/patients/").content
    assert (b"LopezQRIV" in here, b"QZHARB" in here) == (True, False)
    assert (b"LopezQZHARB" in there, b"QRIV" in there) == (True, False)


def a_time(**more: Any) -> dict[str, Any]:
    return {
        "minutes": "8",
        "service_date": "2026-11-16",
        "activity": "care_coordination",
        "program": "chronic_care",
        "note": "called",
        "form_key": str(uuid7()),
    } | more


def test_an_agency_and_a_patient_in_the_body_are_not_listened_to(at_riverbend, riverbend, harbor):
    key = str(uuid7())
    forged = {
        "agency": harbor.agency.pk,
        "agency_id": harbor.agency.pk,
        "patient": str(harbor.patient.pk),
        "patient_id": str(harbor.patient.pk),
        "recorded_by": str(harbor.coordinator.pk),
        "id": str(uuid7()),
        "form_key": key,
    }
    assert at_riverbend.post(f"/a/riverbend/patients/{riverbend.patient.pk}/time/", a_time(**forged)).status_code == 302
    with agency_context(riverbend.agency):
        log = TimeLog.objects.get(contact__form_key=key)
        assert (log.agency_id, log.patient_id, log.author_id, log.contact.recorded_by_id) == (
            riverbend.agency.pk,
            riverbend.patient.pk,
            riverbend.coordinator.pk,
            riverbend.coordinator.pk,
        )


def test_somebody_of_the_other_agency_is_no_colleague_to_log_for(at_riverbend, riverbend, harbor):
    before = own_rows(riverbend)

    def ask(author: Any) -> tuple[int, str]:
        answer = at_riverbend.post(f"/a/riverbend/patients/{riverbend.patient.pk}/time/", a_time(author=str(author)))
        return answer.status_code, str(answer.context["form"].errors.as_json()).replace(str(author), "ID")

    assert ask(harbor.coordinator.pk) == ask(uuid7())
    assert ask(harbor.coordinator.pk)[0] == 422
    assert own_rows(riverbend) == before


def test_the_key_of_a_form_that_the_other_agency_has_sent_is_as_good_as_new(
    at_riverbend, worlds, harbor_stays_as_it_was
):
    with agency_context(worlds.harbor.agency):
        key = factories.a_log(worlds.harbor.patient, 30, by=worlds.harbor.coordinator).contact.form_key
    harbor_stays_as_it_was |= contents(worlds.harbor.agency)
    sent = a_time(form_key=str(key))
    assert at_riverbend.post(f"/a/riverbend/patients/{worlds.riverbend.patient.pk}/time/", sent).status_code == 302
    with agency_context(worlds.riverbend.agency):
        assert TimeLog.objects.get(contact__form_key=key).minutes == 8


@pytest.fixture
def newcomer(riverbend) -> Patient:
    with agency_context(riverbend.agency):
        patient = factories.a_patient(family="New")
        factories.a_condition(patient, by=riverbend.coordinator)
    return patient


@pytest.mark.parametrize(
    ("field", "fault"),
    [
        ("billing_practitioner", "Select a valid choice. That choice is not one of the available choices."),
        ("conditions", "Select a valid choice. ID is not one of the available choices."),
    ],
)
def test_a_foreign_choice_in_the_enrollment_form_is_no_choice(field, fault, at_riverbend, riverbend, harbor, newcomer):
    with agency_context(riverbend.agency):
        good = {
            "conditions": str(Condition.objects.get(patient=newcomer).pk),
            "billing_practitioner": str(riverbend.practitioner.pk),
            "consent_on": "2026-11-16",
            "consent_kind": "verbal",
            "told": "on",
            "program": "chronic_care",
            "track": "clinical_staff",
            "consent_taken_by": str(riverbend.coordinator.pk),
        }
    foreign = {"billing_practitioner": harbor.practitioner.pk, "conditions": harbor.condition.pk}

    def faults(value: Any) -> str:
        response = at_riverbend.post(f"/a/riverbend/patients/{newcomer.pk}/enroll/", good | {field: str(value)})
        assert response.status_code == 422
        assert b"QZHARB" not in response.content
        return str(response.context["form"].errors.as_data()[field][0].messages[0]).replace(str(value), "ID")

    assert faults(foreign[field]) == faults(uuid7()) == fault
    with agency_context(riverbend.agency):
        assert Enrollment.objects.filter(patient=newcomer).count() == 0
    assert (
        at_riverbend.post(f"/a/riverbend/patients/{newcomer.pk}/enroll/", good).status_code == 302
    )  # the rest of the form was right


def test_the_form_offers_only_practitioners_and_conditions_of_one_s_own(at_riverbend, newcomer, harbor):
    page = at_riverbend.get(f"/a/riverbend/patients/{newcomer.pk}/enroll/").content
    assert b"Olu QRIV" in page
    assert b"QZHARB" not in page
    assert str(harbor.practitioner.pk).encode() not in page


@pytest.mark.parametrize(
    "search",
    [
        {"after": "FOREIGN"},
        {"q": "QZHARB"},
        {"q": "LopezQZHARB"},
        {"q": "QZHARB-1"},
        {"q": "%"},
        {"q": "_"},
        {"q": "' OR 1=1 --"},
        {"q": "\\"},
        {"q": "a\x00b"},
        {"order": "agency_id"},
        {"program": "chronic_care' OR true"},
        {"q": "1957-03-08"},
    ],
    ids=str,
)
def test_a_search_finds_nobody_of_the_other_agency(search, at_riverbend, harbor):
    def ask(after: Any) -> Any:
        return at_riverbend.post(
            "/a/riverbend/patients/", {k: str(after) if v == "FOREIGN" else v for k, v in search.items()}, follow=True
        )

    response = ask(harbor.patient.pk)
    assert response.status_code == 200
    assert seen(response) == seen(ask(uuid7()))
    names = [row.patient.family_name for row in response.context["rows"]]
    assert [name for name in names if not name.endswith("QRIV")] == []
    assert b"MariaQZHARB" not in response.content


def test_a_refusal_is_written_to_one_s_own_access_log_and_to_no_other(at_riverbend, worlds):
    at_riverbend.get(f"/a/riverbend/patients/{worlds.harbor.patient.pk}/")
    with agency_context(worlds.riverbend.agency):
        refused = AccessLog.objects.filter(action="refused")
        assert list(refused.values_list("route", "subject", "membership_id")) == [
            ("coordination:patient", worlds.harbor.patient.pk, worlds.riverbend.coordinator.pk)
        ]


@pytest.mark.parametrize("pages", ["/", "/accounts/login/", "/static/", "/nothing/"])
def test_pages_outside_an_agency_name_no_patient_and_nobody_of_the_other(pages, at_riverbend):
    body = at_riverbend.get(pages).content
    assert b"QZHARB" not in body
    assert b"Lopez" not in body
