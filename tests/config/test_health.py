"""Each thing that keeps a process from being sent requests is named; nothing more is told."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from config import health
from tests.factories import NOW
from tests.tenancy.support import sql

pytestmark = pytest.mark.django_db(databases=["default", "owner", "system"])


@pytest.fixture
def ready(monkeypatch):
    """What /readyz says without the broker, which no test here has."""
    monkeypatch.setattr(health, "CHECKS", [each for each in health.CHECKS if each is not health.broker])
    monkeypatch.setattr(health, "_migrated", [])
    monkeypatch.setattr(health, "STARTED_AT", NOW)

    def ask(query: str = "") -> tuple[int, list[str]]:
        response = Client().get(f"/readyz{query}", headers={"host": "10.0.0.7:8000"})
        return response.status_code, json.loads(response.content)["red"]

    return ask


def test_a_process_that_can_do_its_work_is_ready(ready):
    assert ready() == (200, [])


def test_a_process_that_signs_with_a_key_the_database_does_not_know_is_not_ready(ready, settings):
    settings.TENANCY_TOKEN_KEYS = [b"a key that was never migrated in"]
    assert ready() == (503, ["signing_keys"])


@pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"])
def test_code_that_is_ahead_of_its_database_is_not_ready_until_it_is_migrated(ready):
    [(name, applied)] = sql(
        "DELETE FROM django_migrations WHERE id = (SELECT max(id) FROM django_migrations WHERE app = 'billing')"
        " RETURNING name, applied",
        using="owner",
    )
    try:
        assert ready() == (503, ["migrations"])
    finally:
        sql("INSERT INTO django_migrations (app, name, applied) VALUES ('billing', %s, %s)", [name, applied], "owner")
    assert ready() == (200, [])


def test_without_a_sweep_for_three_intervals_it_is_red_and_the_rest_of_it_can_be_asked_for(ready, monkeypatch, at):
    three = timedelta(minutes=3)
    for swept in (None, NOW):  # a new installation waits as long as one whose sweep has stopped
        monkeypatch.setattr(health, "swept_at", lambda swept=swept: swept)
        at(NOW + three)
        assert ready() == (200, [])
        at(NOW + three + timedelta(seconds=1))
        assert ready() == (503, ["sweep"])
        assert ready("?exclude=broker&exclude=sweep") == (200, [])
    monkeypatch.setattr(health, "STARTED_AT", NOW + three)  # a process that starts later does not hide it
    assert ready() == (503, ["sweep"])


def test_a_fault_is_named_and_not_described(ready, monkeypatch):
    def database() -> None:
        raise OSError("connection to 10.0.0.9 as careledger_app refused: password authentication failed")

    monkeypatch.setattr(health, "CHECKS", [database, *health.CHECKS[1:]])
    assert ready() == (503, ["database"])


def test_measurements_do_not_exist_where_no_token_is_set(client, settings):
    for token, sent, status in (
        ("", "Bearer ", 404),
        ("", "", 404),
        ("right", "Bearer wrong", 404),
        ("right", "", 404),
    ):
        settings.METRICS_TOKEN = token
        assert client.get("/metrics", headers={"authorization": sent}).status_code == status
    answer = client.get("/metrics", headers={"authorization": "Bearer right"})
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (200, "text/plain")
    assert b"careledger_request_seconds" in answer.content


def test_labels_are_names_of_routes_and_known_methods(riverbend, signed_in, settings):
    settings.METRICS_TOKEN = "right"
    client = signed_in(riverbend.coordinator)
    client.get(f"/a/riverbend/patients/{riverbend.patient.pk}/")
    client.generic("QRIV", "/a/riverbend/patients/")
    told = client.get("/metrics", headers={"authorization": "Bearer right"}).content.decode()
    assert 'careledger_request_seconds_count{method="GET",route="coordination:patient",status="200"}' in told
    assert 'method="OTHER"' in told
    for mark in ("riverbend", "QRIV", str(riverbend.patient.pk)):
        assert mark not in told
