"""What holds history against rows finds each kind of fault, and none where there is none."""

from datetime import UTC, datetime, timedelta

import pytest

from coordination.services.deadlines import deadlines_write
from coordination.services.sweep import deadlines_sweep
from tenancy.context import agency_context
from tests.factories import NOW
from tests.nemesis.checks import alerts_so_far, everything
from tests.nemesis.workload import History, Told, _due
from tests.tenancy.support import COMMITTED, another_session, sql
from tests.tenancy.test_doors import ABOUT

pytestmark = COMMITTED
BEGAN = NOW.timestamp()
INTERVAL = 1.0


@pytest.fixture
def history(riverbend):
    """A deadline of four moments a second apart, each told half a second late."""
    history = History()
    told = Told(ABOUT, riverbend.agency.pk, tuple(BEGAN + second for second in range(1, 5)), written=BEGAN)
    history.deadlines.append(told)
    with agency_context(riverbend.agency):
        deadlines_write({ABOUT: (riverbend.patient.pk, [_due(told)])}, now=NOW)
    for second in range(1, 5):
        deadlines_sweep(now=NOW + timedelta(seconds=second + 0.5))
    return history


def found(history, outages=()) -> dict[str, int]:
    """How many faults of which kind."""
    with another_session("owner") as session:
        findings = everything(session, history, list(outages), INTERVAL, ())
    kinds = ("lost", "duplicated", "unexpected", "late", "torn")
    return {kind: len(getattr(findings, kind)) for kind in kinds if getattr(findings, kind)}


FAULTS = {
    "DELETE FROM coordination_alert WHERE level = 2": {"lost": 1, "torn": 1},
    "DELETE FROM coordination_alert; DELETE FROM coordination_deadline": {"lost": 1},
    "INSERT INTO coordination_alert (agency_id, deadline_id, due_at, level, raised_at)"
    " SELECT agency_id, deadline_id, due_at + interval '1 s', level, raised_at FROM coordination_alert LIMIT 1": {
        "duplicated": 1
    },
    "UPDATE coordination_deadline SET level = 2, next_at = levels[3]": {"torn": 1},
    "UPDATE coordination_alert SET raised_at = raised_at - interval '2 s' WHERE level = 0": {"unexpected": 1},
    "UPDATE coordination_alert SET raised_at = raised_at + interval '1.6 s' WHERE level > 1": {"late": 2},
}


def test_each_kind_of_fault_is_found_and_none_where_there_is_none(history):
    assert found(history) == {}
    kept = "TABLE coordination_alert", "TABLE coordination_deadline"
    before = [sql(table, using="owner") for table in kept]
    for fault, kinds in FAULTS.items():
        with another_session("owner") as session:
            session.execute("BEGIN")
            session.execute(fault)
            findings = everything(session, history, [], INTERVAL, ())
            session.execute("ROLLBACK")
        counted = {kind: len(getattr(findings, kind)) for kind in ("lost", "duplicated", "unexpected", "late", "torn")}
        assert {kind: many for kind, many in counted.items() if many} == kinds, fault
    assert [sql(table, using="owner") for table in kept] == before


def test_an_outage_gives_time_until_its_end_and_two_intervals(history):
    [told] = history.deadlines
    sql("UPDATE coordination_alert SET raised_at = raised_at + interval '5 s' WHERE level = 3", using="owner")
    assert found(history) == {"late": 1}
    assert found(history, [(BEGAN + 5, BEGAN + 9)]) == {}
    assert found(history, [(BEGAN + 5, BEGAN + 7.4)]) == {"late": 1}
    assert found(history, [(BEGAN + 7, BEGAN + 9)]) == {"late": 1}  # it began when it was late already
    with another_session("owner") as session:
        session.execute("DELETE FROM coordination_alert WHERE level = 1")
        assert alerts_so_far(session, [told], BEGAN + 1.5) == []
        assert len(alerts_so_far(session, [told], BEGAN + 2.5)) == 1


def test_what_was_settled_is_told_of_until_then_and_no_more(history):
    [told] = history.deadlines
    told.settling, told.settled = BEGAN + 3.5, BEGAN + 3.6
    assert found(history) == {"unexpected": 1}
    told.settled = BEGAN + 4.1
    assert found(history) == {}
    assert datetime.fromtimestamp(BEGAN, UTC) == NOW


def test_a_contact_that_was_said_to_be_saved_and_is_not_there_is_lost(history):
    history.saved = {"nemesis riverbend 1.": "", "nemesis riverbend 2.": "answered"}
    assert found(history) == {"lost": 1}
