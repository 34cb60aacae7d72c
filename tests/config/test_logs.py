"""What production's log says of faults inside an agency: where, what kind, whose; and no name, id in an address, or row."""

import io
import json
import logging
from decimal import Decimal
from typing import Any

import pytest
import structlog
from django.conf import settings
from django.db import transaction

from config.logs import FORMATTERS, logging_to
from coordination.models import Patient
from tenancy.context import CrossAgency, agency_context
from tests.tenancy import probes

pytestmark = pytest.mark.django_db
PROBES = pytest.mark.urls("tests.tenancy.probes")


@pytest.fixture
def lines():
    """`lines()`: what has been written since, under production's formatter."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    fmt = dict(FORMATTERS["json"])
    handler.setFormatter(fmt.pop("()")(**fmt))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)

    def written() -> list[dict[str, Any]]:
        text, _ = out.getvalue(), out.truncate(0)
        out.seek(0)
        assert "QRIV" not in text
        return [json.loads(line) for line in text.splitlines()]

    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def refused_by_postgresql(request: Any) -> None:
    Patient.objects.bulk_create([Patient(mrn="QRIV-1", family_name="TwinQRIV", birth_date="1957-03-08")])


def named_in_an_error(request: Any) -> None:
    try:
        raise KeyError("LopezQRIV")
    except KeyError as error:
        raise ValueError(f"no address of {Patient.objects.get()}, LopezQRIV") from error


@PROBES
@pytest.mark.parametrize(
    ("fault", "types"),
    [
        (named_in_an_error, ["builtins.ValueError", "builtins.KeyError"]),
        (
            refused_by_postgresql,
            [
                "django.db.utils.IntegrityError",
                "psycopg.errors.UniqueViolation 23505 one_patient_per_mrn_in_an_agency",
            ],
        ),
    ],
)
def test_a_failed_page_tells_its_kind_and_place(fault, types, lines, riverbend, signed_in, monkeypatch):
    monkeypatch.setattr(probes, "patient_for", lambda *args: fault(None))
    client = signed_in(riverbend.coordinator)
    client.raise_request_exception = False
    assert client.get("/a/riverbend/probe/fail/?q=LopezQRIV").status_code == 500
    [line] = [line for line in lines() if line["logger"] != "django"]
    assert line["fault"]["types"] == types
    assert any(place.startswith("tests/config/test_logs.py:") for place in line["fault"]["at"])
    told = {name: line[name] for name in ("event", "level", "code", "agency", "membership")}
    assert told == {
        "event": "request_failed",
        "level": "error",
        "code": 500,
        "agency": riverbend.agency.pk,
        "membership": str(riverbend.coordinator.pk),
    }


def test_a_page_and_a_refusal_tell_route_agency_and_membership(lines, worlds, signed_in):
    riverbend = worlds.riverbend
    client = signed_in(riverbend.coordinator)
    for patient in (riverbend.patient, worlds.harbor.patient):
        client.get(f"/a/riverbend/patients/{patient.pk}/")
    told = lines()
    assert str(riverbend.patient.pk) not in str(told)
    assert str(worlds.harbor.patient.pk) not in str(told)
    assert [(line["request"], line["code"], line["agency"], line["membership"]) for line in told] == [
        ("GET coordination:patient", code, riverbend.agency.pk, str(riverbend.coordinator.pk)) for code in (200, 404)
    ]
    assert all(0 <= line["duration_ms"] < 60_000 for line in told)


def test_a_field_that_is_not_listed_is_not_written(lines):
    structlog.get_logger("coordination").info("imported", patient="LopezQRIV", code=7)
    [line] = lines()
    assert {name: line[name] for name in line if name != "timestamp"} == {
        "event": "imported",
        "code": 7,
        "level": "info",
        "logger": "coordination",
    }


@pytest.mark.parametrize(
    ("logger", "message", "arguments", "event"),
    [
        ("gunicorn.error", "Error handling request %s", ("/a/x/?q=LopezQRIV",), "Error handling request …"),
        ("gunicorn.error", "Booting worker with pid: %s", (41,), "Booting worker with pid: 41"),
        ("kombu", "Cannot connect to %s: %s", ("redis://QRIV", OSError("QRIV")), "Cannot connect to …: OSError"),
        ("celery", "Task %(name)s failed", ({"name": "QRIV"},), "Task … failed"),
        ("celery", "%.1f%% of %s", (Decimal("1.5"), "QRIV"), "%.1f%% of %s"),
        ("django.security.DisallowedHost", "Invalid HTTP_HOST header: 'QRIV'.", (), "refused"),
    ],
)
def test_a_library_s_line_keeps_its_words_and_loses_what_was_put_into_them(logger, message, arguments, event, lines):
    logging.getLogger(logger).error(message, *arguments)
    assert [line["event"] for line in lines()] == [event]


def test_a_fault_of_ours_that_is_made_of_keys_alone_keeps_its_text(lines, worlds):
    log = structlog.get_logger("tenancy")
    with agency_context(worlds.riverbend.agency):
        try:
            with transaction.atomic(), agency_context(worlds.harbor.agency):
                pytest.fail("opened")
        except CrossAgency:
            log.exception("refused")
    here, there = worlds.riverbend.agency.pk, worlds.harbor.agency.pk
    [line] = lines()
    assert line["agency"] == here
    assert line["fault"]["types"] == [
        f"tenancy.context.CrossAgency already working for app.agency {here}: leave that context before opening {there}"
    ]


def test_nothing_is_mailed_and_django_writes_no_addresses():
    loggers = logging_to("json", level="INFO")["loggers"]
    assert loggers["django"]["handlers"] == []
    assert loggers["django.request"]["level"] == "CRITICAL"
    assert settings.LOGGING["loggers"] == loggers
