"""Who may open what: every route of the URLconf x role x own, foreign and missing ids. A route without a row fails."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import product
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from billing.services.decisions import rulebook
from billing.services.sign_offs import to_sign_off
from billing.views.rule_values import written
from coordination.models import Enrollment, Patient, TimeLog, Transition, TransitionStep
from tenancy.context import agency_context
from tenancy.models import AccessAction, AccessLog, uuid7
from tenancy.roles import CAPABILITIES, CARE, CHART_READERS, Role, may
from tenancy.routes import route_in_words
from tests import factories
from tests.coordination import matrix_chart as chart
from tests.coordination import matrix_deadlines as deadlines
from tests.coordination import matrix_outbox as outbox
from tests.coordination import matrix_patients as patients
from tests.coordination import matrix_time as time
from tests.coordination import matrix_transitions as transitions
from tests.coordination.matrix_time import a_time
from tests.interop import matrix as interop
from tests.matrix_row import Row
from tests.tenancy import matrix as tenancy
from tests.tenancy.support import sql

pytestmark = pytest.mark.usefixtures("one_of_each")

CHART, MONEY, ADMIN = CHART_READERS, frozenset({Role.BILLER, Role.ADMIN}), frozenset({Role.ADMIN})


def a_consent(world: Any) -> dict[str, Any]:
    return {
        "consent_on": "2026-11-10",
        "consent_kind": "verbal",
        "told": "on",
        "billing_practitioner": world.practitioner.pk,
        "program": "chronic_care",
        "track": "clinical_staff",
        "consent_taken_by": world.coordinator.pk,
    }


def a_stop(world: Any) -> dict[str, Any]:
    return a_consent(world) | {"revoked_on": "2026-11-12", "end_reason": "moved", "version": 1}


def a_payer(world: Any) -> dict[str, Any]:
    return {"name": "Blue Plan", "kind": "commercial", "identifier": "84105", "is_open": "on", "version": 1}


def a_value(world: Any) -> dict[str, Any]:
    return {"value": written(to_sign_off(rulebook())[0]), "note": "as the manual says"}


MATRIX: dict[str, list[Row]] = {
    **tenancy.ROWS,
    **time.ROWS,
    **outbox.ROWS,
    **interop.ROWS,
    **transitions.ROWS,
    **deadlines.ROWS,
    "coordination:patients": [Row("get", CHART, 200), Row("post", CHART, 302)],
    "coordination:patients_more_filters": [Row("get", CHART, 200)],
    **patients.ROWS,
    "coordination:patient": [Row("get", CHART, 200, ("patient",))],
    "coordination:enroll": [
        Row("get", CARE, 200, ("patient",), of="newcomer"),
        Row("post", CARE, 302, ("patient",), a_consent, of="newcomer"),
    ],
    "coordination:door": [Row("get", frozenset(Role), 302)],
    "coordination:enrollment": [
        Row("get", CARE, 200, ("patient", "enrollment")),
        Row("post", CARE, 302, ("patient", "enrollment"), a_stop),
    ],
    **chart.ROWS,
    "billing:ledger": [Row("get", CHART, 200, ("patient",))],
    "billing:other_sets": [Row("get", MONEY, 200, ("patient",))],
    "billing:runs": [Row("get", MONEY, 200), Row("post", MONEY, 302, (), lambda world: {"month": "2026-10"})],
    "billing:run": [
        Row("get", MONEY, 200, ("run",)),
        Row("post", MONEY, 302, ("run",), lambda world: {"q": world.mark}),
    ],
    "billing:payers": [Row("get", MONEY, 200)],
    "billing:payer": [Row("get", MONEY, 200, ("payer",))],
    "billing:payer_new": [Row("get", ADMIN, 200), Row("post", ADMIN, 302, (), a_payer)],
    "billing:payer_edit": [Row("get", ADMIN, 200, ("payer",)), Row("post", ADMIN, 302, ("payer",), a_payer)],
    "billing:rules": [Row("get", frozenset(Role), 200)],
    "billing:rule_code": [Row("get", frozenset(Role), 200)],
    "billing:rule_program": [Row("get", frozenset(Role), 200)],
    "billing:rule_changes": [Row("get", frozenset(Role), 200)],
    "billing:rule_sources": [Row("get", frozenset(Role), 200)],
    "billing:rule_values": [Row("get", frozenset(Role), 200)],
    "billing:rule_sign_off": [Row("post", MONEY, 302, (), a_value)],
    "billing:run_progress": [Row("get", MONEY, 200, ("run",))],
    "billing:run_resume": [Row("post", MONEY, 302, ("run",))],
}

WHEN = (
    {
        "billing:ledger": {"month": "2026-11"},
        "billing:other_sets": {"month": "2026-11"},
        "billing:rule_code": {"code": "99490"},
        "billing:rule_program": {"program": "chronic_care"},
        "interop:csv_template": {"kind": "stays"},
    }
    | time.WHEN
    | transitions.WHEN
)
"""What else an address says: a month, a day, a kind."""

OUTSIDE_AGENCIES = {
    "livez": "everybody: this process answers",
    "readyz": "everybody: which parts are red, by name alone",
    "metrics": "who sends METRICS_TOKEN; numbers by route, without agencies",
    "intake_hl7v2": "machines with the token of a source; answers with an acknowledgement, never with data",
    "home": "signed in: the choice of an agency",
    "account_invitation": "everybody, with a link",
    "calendar_feed": "everybody, with the secret address that a person made",
    "account_sessions": "signed in: one's own",
    "account_login": "everybody",
    "mfa_login_webauthn": "everybody, with a passkey",
    "mfa_authenticate": "who has given a password and owes a second factor",
    **dict.fromkeys(
        (
            "mfa_index",
            "mfa_reauthenticate",
            "mfa_activate_totp",
            "mfa_deactivate_totp",
            "mfa_view_recovery_codes",
            "mfa_generate_recovery_codes",
            "mfa_download_recovery_codes",
            "mfa_list_webauthn",
            "mfa_add_webauthn",
            "mfa_remove_webauthn",
            "mfa_edit_webauthn",
            "mfa_reauthenticate_webauthn",
        ),
        "signed in: one's own second factors",
    ),
    "account_logout": "signed in",
    "account_signup": "everybody; says that sign-up is closed",
    "account_inactive": "everybody",
    "account_reauthenticate": "signed in",
    "account_change_password": "signed in",
    "account_reset_password": "everybody",
    "account_reset_password_done": "everybody",
    "account_reset_password_from_key": "everybody, with a key",
    "account_reset_password_from_key_done": "everybody",
}


def routes(resolver: URLResolver | None = None, prefix: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    """(address pattern, name) of every route."""
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLPattern):
            yield prefix + str(each.pattern), f"{space}{each.name}"
        else:
            inner = f"{space}{each.namespace}:" if each.namespace else space
            yield from routes(each, prefix + str(each.pattern), inner)


def test_every_route_has_a_row_and_every_row_a_route():
    found = list(routes())
    assert {name for address, name in found if address.startswith("a/")} == set(MATRIX)
    assert {name for address, name in found if not address.startswith("a/")} == set(OUTSIDE_AGENCIES)


def test_every_capability_is_asked_for_somewhere():
    from pathlib import Path

    sources = [
        path.read_text()
        for app in ("tenancy", "coordination", "billing", "interop")
        for path in Path(app).rglob("*.py")
        if path.name != "roles.py"
    ]
    assert [name for name in CAPABILITIES if not any(f'"{name}"' in source for source in sources)] == []


def test_every_route_has_words_for_the_access_log():
    said = {space: import_module(f"{space}.urls").SAID for space in ("tenancy", "coordination", "billing", "interop")}
    assert {f"{space}:{short}" for space, words in said.items() for short in words} == set(MATRIX)
    assert [name for name in MATRIX if route_in_words(name) in ("", name, name.partition(":")[2])] == []


def address(route: str, row: Row, slug: str, world: Any, **replaced: Any) -> str:
    ids = factories.ids_of(world) | {"patient": getattr(world, row.of).pk, "person": getattr(world, row.person).pk}
    return reverse(
        route, kwargs={"agency": slug, **WHEN.get(route, {}), **{name: ids[name] for name in row.ids}, **replaced}
    )


def shown(response: Any) -> bytes:
    """The body without the one thing that differs on every answer."""
    return re.sub(
        rb'(csrfmiddlewaretoken" value="|X-CSRFToken": ?"|X-CSRFToken&quot;: ?&quot;)[^"&]+', b"", response.content
    )


def headers(response: Any) -> dict[str, str]:
    """All but the number that every request gets of its own."""
    return {name: value for name, value in response.headers.items() if name != "X-Request-ID"}


EDITED = [
    model._meta.db_table
    for model in (Patient, Enrollment, Transition, TransitionStep, *(kind.model for kind in factories.RECORDS.values()))
]
STORED = " UNION ALL ".join(
    [
        *(f"SELECT '{table}', count(*), sum(version) FROM {table}" for table in EDITED),
        f"SELECT 'time', count(*), 0 FROM {TimeLog._meta.db_table}",
    ]
)
"""One statement: it is asked before and after hundreds of requests."""


def stored(world: Any) -> dict[str, tuple[int, int]]:
    """How many there are of each noun, and how often they were changed."""
    with agency_context(world.agency):
        return {table: (rows, changes) for table, rows, changes in sql(STORED)}


@contextmanager
def undone() -> Iterator[None]:
    """What is done inside is taken back: the next role finds the worlds as this one did."""
    mark = transaction.savepoint()
    yield
    transaction.savepoint_rollback(mark)


@pytest.mark.parametrize("route", MATRIX)
def test_every_role_with_own_foreign_and_missing_objects(route, riverbend, harbor, signed_in):
    """One pair of worlds for all rows of a route: making them costs more than asking."""
    for row in MATRIX[route]:
        every_role_and_own_object(route, row, riverbend, signed_in)
        with undone():
            foreign_answers_exactly_like_missing_to_every_role(route, row, riverbend, harbor, signed_in)
        with undone():
            other_agency_and_nobody_signed_in(route, row, riverbend, harbor, signed_in)


def every_role_and_own_object(route: str, row: Row, riverbend: Any, signed_in: Any) -> None:
    before = stored(riverbend)
    for role in Role:
        with undone():
            factories.use_own(riverbend, role)
            response = getattr(signed_in(riverbend.members[role]), row.method)(
                address(route, row, riverbend.slug, riverbend), row.data(riverbend)
            )
            assert response.headers["Cache-Control"] == "no-store"
            assert response.status_code == (row.done if role in row.roles else 403), (row.method, role)
            if role in CHART and not may(role, "note.read"):
                assert factories.a_secret(riverbend).encode() not in response.content, role
            if role not in row.roles:
                assert stored(riverbend) == before, role
                assert riverbend.patient.family_name.encode() not in response.content, role


def foreign_answers_exactly_like_missing_to_every_role(
    route: str, row: Row, riverbend: Any, harbor: Any, signed_in: Any
) -> None:
    ids = factories.ids_of(harbor)
    before = stored(harbor), stored(riverbend)
    for role, name in product(Role, row.ids):
        client = signed_in(riverbend.members[role])
        foreign, missing = (
            getattr(client, row.method)(
                address(route, row, riverbend.slug, riverbend, **{name: pk}), row.data(riverbend)
            )
            for pk in (ids[name], uuid7())
        )
        assert foreign.status_code == (404 if role in row.roles else 403), (row.method, role, name)
        assert (foreign.status_code, shown(foreign), headers(foreign)) == (
            missing.status_code,
            shown(missing),
            headers(missing),
        ), role
        assert harbor.mark.encode() not in foreign.content, role
    assert (stored(harbor), stored(riverbend)) == before


def other_agency_and_nobody_signed_in(route: str, row: Row, riverbend: Any, harbor: Any, signed_in: Any) -> None:
    before = stored(harbor)
    theirs = address(route, row, harbor.slug, harbor)
    nowhere = address(route, row, "nowhere", harbor)
    member = signed_in(riverbend.coordinator)
    foreign, missing = (getattr(member, row.method)(url, row.data(harbor)) for url in (theirs, nowhere))
    assert foreign.status_code == 404
    assert (shown(foreign), headers(foreign)) == (shown(missing), headers(missing))
    for url in (theirs, nowhere):
        response = getattr(Client(), row.method)(url, row.data(harbor))
        assert (response.status_code, response["Location"].split("?")[0]) == (302, reverse("account_login"))
    assert stored(harbor) == before


def test_a_deactivated_member_is_a_stranger(riverbend, signed_in):
    client = signed_in(riverbend.coordinator)
    url = reverse("coordination:patients", kwargs={"agency": riverbend.slug})
    assert client.get(url).status_code == 200
    with agency_context(riverbend.agency):
        riverbend.coordinator.is_active = False
        riverbend.coordinator.save()
    assert client.get(url).status_code == 404


def test_reads_and_refusals_stand_in_the_access_log(riverbend, harbor, signed_in):
    client = signed_in(riverbend.front_desk)  # whose bar shows no running timer
    own, foreign = riverbend.patient.pk, harbor.patient.pk
    client.get(reverse("coordination:patient", kwargs={"agency": riverbend.slug, "patient": own}))
    client.get(reverse("coordination:patient", kwargs={"agency": riverbend.slug, "patient": foreign}))
    client.get(reverse("tenancy:people", kwargs={"agency": riverbend.slug}))
    with agency_context(riverbend.agency):
        rows = list(AccessLog.objects.order_by("pk").values_list("membership", "action", "route", "subject"))
    me = riverbend.front_desk.pk
    assert rows == [
        (me, AccessAction.READ, "coordination:patient", own),
        (me, AccessAction.REFUSED, "coordination:patient", foreign),
        (me, AccessAction.REFUSED, "tenancy:people", None),
    ]


def test_the_403_page_says_who_may(riverbend, signed_in):
    page = signed_in(riverbend.coordinator).get(reverse("tenancy:people", kwargs={"agency": riverbend.slug}))
    assert "Administrator" in page.content.decode()


def test_home_leads_to_the_one_agency_or_offers_the_choice(worlds, signed_in):
    client = signed_in(worlds.riverbend.coordinator)
    assert client.get("/")["Location"] == "/a/riverbend/"
    with agency_context(worlds.harbor.agency):
        factories.a_member(name="Dana elsewhere", user=worlds.riverbend.coordinator.user)
    page = client.get("/").content.decode()
    assert "Riverbend Health" in page
    assert "Harbor Partners" in page


def test_a_page_of_one_person_sends_nothing_as_another(riverbend, signed_in):
    """Dana's page stayed open, Sam signed in on the same browser: what Dana typed must not be saved as Sam's."""
    client = signed_in(riverbend.front_desk)
    url = reverse("coordination:time_log_record", kwargs={"agency": riverbend.slug, "patient": riverbend.patient.pk})
    before = stored(riverbend)
    refused = client.post(url, a_time(riverbend), headers={"X-Acting-As": str(riverbend.coordinator.pk)})
    assert (refused.status_code, stored(riverbend)) == (403, before)
    assert client.post(url, a_time(riverbend), headers={"X-Acting-As": str(riverbend.front_desk.pk)}).status_code == 302


def test_sign_in_after_a_form_leads_to_a_page_that_can_be_opened(riverbend, client):
    ids = {"agency": riverbend.slug, "patient": riverbend.patient.pk}
    page = reverse("coordination:patient", kwargs=ids)
    answer = client.post(reverse("coordination:time_log_record", kwargs=ids), a_time(riverbend))
    assert answer["Location"] == f"{reverse('account_login')}?next={page}"
