"""A run is made of chunks: begun once, each decided once, closed by the last; its pages and the command that explains a charge."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from billing.models import Charge, ChargeRun, RunChunk, StoredDecision
from billing.services.charge_run import charge_run, chunks_left, run_begin, run_chunk
from coordination.models import TimeLog
from tenancy.access import CapabilityRequired
from tenancy.context import agency_context
from tests import factories
from tests.factories import MONTH, NOW


@pytest.fixture
def five(riverbend, monkeypatch):
    """Five patients of 20 to 24 minutes, two of them to a chunk."""
    monkeypatch.setattr("billing.services.charge_run.PATIENTS_AT_ONCE", 2)
    with agency_context(riverbend.agency):
        patients = [riverbend.patient, *(factories.an_enrolled_patient(riverbend, f"M{n}", "Diaz") for n in range(4))]
        for extra, patient in enumerate(patients):
            factories.a_log(patient, 20 + extra, by=riverbend.coordinator)
    return riverbend


@pytest.fixture
def inside(five):
    with agency_context(five.agency):
        yield five


def documents():
    return list(
        StoredDecision.objects.order_by("patient", "version").values_list("patient", "version", "document", "sha256")
    )


def begun():
    run, is_new = run_begin(month=MONTH, now=NOW)
    assert is_new
    return run


def finish(run, numbers):
    for number in numbers:
        run_chunk(run=run.pk, number=number, now=NOW)
    run.refresh_from_db()


def test_a_run_begun_twice_is_one_run_and_its_chunks_cover_everybody(inside):
    run = begun()
    assert run_begin(month=MONTH, now=NOW) == (run, False)
    assert list(chunks_left(run)) == [1, 2, 3]
    edges = list(RunChunk.objects.order_by("number").values_list("first", "behind"))
    assert (edges[0][0], edges[-1][1]) == (None, None)
    assert [behind for _, behind in edges[:-1]] == [first for first, _ in edges[1:]]


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2), (2, 2, 3, 1, 1, 3)])
def test_chunks_in_any_order_and_twice_come_to_the_same(inside, order):
    run = begun()
    finish(run, order)
    assert (run.patients, run.changed, run.minutes_logged, run.minutes_counted, run.units) == (
        5,
        5,
        110,
        100,
        {"99490": 5},
    )
    stored = documents()
    assert [version for _, version, _, _ in stored] == [1] * 5
    again = begun()
    finish(again, (1, 2, 3))
    assert (again.patients, again.changed) == (5, 0)
    assert documents() == stored


def test_a_run_that_stopped_goes_on_and_stores_the_same_bytes(inside):
    finish(begun(), (1, 2, 3))
    whole = documents()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SAVEPOINT before")
        factories.a_log(inside.patient, 20, by=inside.coordinator)
        finish(begun(), (1, 2, 3))
        longer = documents()
        cursor.execute("ROLLBACK TO before")
    assert documents() == whole
    factories.a_log(inside.patient, 20, by=inside.coordinator)
    run = begun()
    finish(run, (2,))
    assert (run.finished_at, list(chunks_left(run))) == (None, [1, 3])
    report = charge_run(month=MONTH, now=NOW)  # finishes the one that stopped, then runs anew
    assert (report.patients, report.changed, list(chunks_left(run))) == (5, 0, [])
    assert [row[1] for row in documents()] == [row[1] for row in longer]


def test_a_patient_who_comes_while_the_run_goes_on_is_decided_in_it(inside):
    run = begun()
    finish(run, (1, 2))
    late = factories.an_enrolled_patient(inside, "Late", "Comer")  # its id lies behind all others
    factories.a_log(late, 30, by=inside.coordinator)
    finish(run, (3,))
    assert run.patients == 6
    assert StoredDecision.objects.filter(patient=late).count() == 1


def test_what_is_finished_never_changes(inside):
    run = begun()
    finish(run, (1,))
    for statement in (
        "UPDATE billing_runchunk SET patients = 9 WHERE number = 1",
        "DELETE FROM billing_runchunk WHERE number = 2",
        "DELETE FROM billing_chargerun",
    ):
        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    finish(run, (2, 3))
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        ChargeRun.objects.filter(pk=run.pk).update(patients=9)


def test_who_may_not_run_a_month_begins_none(inside):
    with pytest.raises(CapabilityRequired):
        run_begin(month=MONTH, now=NOW, run_by=inside.coordinator)
    assert ChargeRun.objects.count() == 0


def address(name, world, **kwargs):
    return reverse(f"billing:{name}", kwargs={"agency": world.slug, **kwargs})


def test_a_double_click_leads_to_one_run_that_its_page_follows_to_the_end(five, signed_in):
    client = signed_in(five.admin)
    clicks = [client.post(address("runs", five), {"month": "2026-11"}) for _ in range(2)]
    with agency_context(five.agency):
        run = ChargeRun.objects.get()
    page = address("run", five, run=run.pk)
    assert [click["Location"] for click in clicks] == [page, page]
    shown = client.get(page).content.decode()
    assert "This month is being run already" in shown
    assert "0 of 3 parts" in shown
    with agency_context(five.agency):
        finish(run, (1,))
    progress = client.get(address("run_progress", five, run=run.pk))
    assert ("HX-Refresh" in progress, "1 of 3 parts" in progress.content.decode()) == (False, True)
    with agency_context(five.agency):
        finish(run, (2, 3))
        decided = {row[0] for row in documents()}
    assert client.get(address("run_progress", five, run=run.pk))["HX-Refresh"] == "true"
    shown = client.get(page)
    assert "100 counted of 110 logged" in shown.content.decode()
    assert {row.patient_id for row in shown.context["page"].rows} == decided
    assert client.post(page, {"shown": "not_billed"}, follow=True).context["page"].rows == []


@pytest.mark.parametrize(
    ("month", "says"),
    [
        ("", "Choose the month"),
        ("11/2026", "is no month"),
        ("2026-12", "has not begun"),
        ("2012-12", "is before 2013-01"),
    ],
)
def test_a_month_that_cannot_be_run_is_refused_in_the_form(five, signed_in, month, says):
    answer = signed_in(five.admin).post(address("runs", five), {"month": month})
    assert (answer.status_code, says in answer.content.decode()) == (422, True)
    with agency_context(five.agency):
        assert ChargeRun.objects.count() == 0


def test_the_list_of_runs_is_shown_a_page_at_a_time(five, signed_in, monkeypatch):
    monkeypatch.setattr("billing.selectors.runs.PAGE_SIZE", 2)
    with agency_context(five.agency):
        for _ in range(3):
            charge_run(month=MONTH, now=NOW)
        newest = list(ChargeRun.objects.order_by("-pk").values_list("pk", flat=True))
    client = signed_in(five.admin)
    first = client.get(address("runs", five)).context["page"]
    second = client.get(address("runs", five), {"after": first.next_after}).context["page"]
    assert [run.pk for run in first.rows] + [run.pk for run in second.rows] == newest
    assert second.next_after is None


def test_runs_are_shown_by_month_and_state(five, signed_in):
    with agency_context(five.agency):
        finish(begun(), (1, 2, 3))
        finish(begun(), (1, 2, 3))
        open_run = begun()
        unchanged, changed = ChargeRun.objects.exclude(finished_at=None).order_by("-pk")
    client = signed_in(five.admin)

    def shown(**asked):
        return [run.pk for run in client.get(address("runs", five), asked).context["page"].rows]

    assert (
        shown()
        == shown(of="2026-11")
        == shown(of="no month", state="no state")
        == [open_run.pk, unchanged.pk, changed.pk]
    )
    assert [shown(state=state) for state in ("open", "unchanged", "changed")] == [
        [open_run.pk],
        [unchanged.pk],
        [changed.pk],
    ]
    assert shown(of="2026-10") == []
    assert "No such run" in client.get(address("runs", five), {"of": "2026-10"}).content.decode()


def test_a_charge_is_explained_minute_by_minute(five):
    with agency_context(five.agency):
        finish(begun(), (1, 2, 3))
        charge = Charge.objects.select_related("decision").get(decision__patient=five.patient)
    words, data = StringIO(), StringIO()
    call_command("explain", str(charge.pk), agency=five.slug, stdout=words)
    call_command("explain", str(charge.pk), agency=five.slug, json=True, stdout=data)
    lines = words.getvalue().splitlines()
    assert lines[0].startswith(f"charge {charge.pk}: 99490 × 1 in 2026-11, version 1 of the decision, rulebook 2026.11")
    assert "Counted toward 99490, unit 1: minutes 1 to 20 of 20." in words.getvalue()
    assert "MLN-CCM, 2015-01-01" in words.getvalue()
    [told] = [line for line in lines if " min of log " in line]
    with agency_context(five.agency):
        log = TimeLog.objects.select_related("contact").get(patient=five.patient)
    assert told == (
        f"    20 min of log {log.pk} (2026-11-16, 20 min, {five.coordinator.signature}, Care coordination): Counted"
    )
    assert log.contact.note not in words.getvalue()
    assert json.loads(data.getvalue())["sha256"] == charge.decision.sha256
    with pytest.raises(CommandError, match="CHARGE 0: riverbend has no charge of this number"):
        call_command("explain", "0", agency=five.slug)
    with pytest.raises(CommandError, match="has no charge"):
        call_command("explain", str(charge.pk), agency="harbor")
