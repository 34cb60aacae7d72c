"""The doors of the system role: what a sweep reaches of every agency's deadlines, and what it does not."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from coordination.models import Alert, Deadline, MailSettings
from coordination.rules.deadlines import Due
from coordination.services.deadlines import deadlines_write
from coordination.services.sweep import deadlines_sweep
from tenancy.context import agency_context
from tenancy.models import SystemDoor
from tests import factories, outbox
from tests.tenancy.agreed import DOORS
from tests.tenancy.support import COMMITTED, NO_AGENCY, contents, refusal, sql, tenant_models

pytestmark = COMMITTED
ROOT = Path(__file__).resolve().parents[2]
ABOUT = UUID(int=7)
DEADLINE, ALERT, MESSAGE, MAIL, ENDPOINT = (
    f"permission denied for table coordination_{name}"
    for name in ("deadline", "alert", "outgoingmessage", "mailsettings", "webhookendpoint")
)


@pytest.fixture
def deadlines(worlds):
    """A deadline of each agency, of which somebody was told, a message that waits, and somebody who is mailed in the morning."""
    for world in (worlds.riverbend, worlds.harbor):
        with agency_context(world.agency):
            due = Due("contact", factories.TODAY, factories.NOW, (factories.NOW, factories.NOW + timedelta(days=1)))
            deadlines_write({ABOUT: (world.patient.pk, [due])}, now=factories.NOW)
            outbox.a_message(endpoint=outbox.an_endpoint(world))
            MailSettings.objects.create(person=world.coordinator, digest_hour=7, digest_next_at=factories.NOW)
    deadlines_sweep(now=factories.NOW)
    return worlds


ATTACKS = {
    "read all of a deadline": ("SELECT * FROM coordination_deadline", DEADLINE),
    "read it as one value": ("SELECT d FROM coordination_deadline d", DEADLINE),
    "read whose it is": ("SELECT patient_id FROM coordination_deadline", DEADLINE),
    "ask whose it is": ("SELECT id FROM coordination_deadline WHERE patient_id IS NOT NULL", DEADLINE),
    "sort by whose it is": ("SELECT id FROM coordination_deadline ORDER BY patient_id", DEADLINE),
    "read what it says": ("SELECT said FROM coordination_deadline", DEADLINE),
    "be handed what it says": ("UPDATE coordination_deadline SET level = level RETURNING said", DEADLINE),
    "copy it out": ("COPY coordination_deadline TO STDOUT", DEADLINE),
    "move when it is due": ("UPDATE coordination_deadline SET due_at = due_at", DEADLINE),
    "change when somebody is told": ("UPDATE coordination_deadline SET levels = levels", DEADLINE),
    "give it to the other agency": ("UPDATE coordination_deadline SET agency_id = agency_id", DEADLINE),
    "settle it": ("UPDATE coordination_deadline SET settled_at = now(), settled_as = 'met'", DEADLINE),
    "remove it": ("DELETE FROM coordination_deadline", DEADLINE),
    "make one": ("INSERT INTO coordination_deadline (level) VALUES (0)", DEADLINE),
    "empty the table": ("TRUNCATE coordination_deadline CASCADE", DEADLINE),
    "read all of an alert": ("SELECT * FROM coordination_alert", ALERT),
    "read who acknowledged it": ("SELECT acknowledged_by_id FROM coordination_alert", ALERT),
    "acknowledge it": ("UPDATE coordination_alert SET acknowledged_at = now()", ALERT),
    "raise one that is acknowledged": (
        "INSERT INTO coordination_alert (agency_id, deadline_id, due_at, level, raised_at, acknowledged_at)"
        " SELECT agency_id, id, due_at, 3, now(), now() FROM coordination_deadline",
        ALERT,
    ),
    "raise it again, changing what stands": (
        "INSERT INTO coordination_alert (agency_id, deadline_id, due_at, level, raised_at)"
        " SELECT agency_id, deadline_id, due_at, level, now() FROM coordination_alert"
        " ON CONFLICT (agency_id, deadline_id, due_at, level) DO UPDATE SET level = 3",
        ALERT,
    ),
    "remove an alert": ("DELETE FROM coordination_alert", ALERT),
    "raise one agency's alert for the other": (
        "INSERT INTO coordination_alert (agency_id, deadline_id, due_at, level, raised_at)"
        " SELECT (SELECT max(agency_id) FROM coordination_deadline), id, due_at, 3, now() FROM coordination_deadline"
        " WHERE agency_id = (SELECT min(agency_id) FROM coordination_deadline)",
        'insert or update on table "coordination_alert" violates foreign key constraint '
        '"coordination_alert_deadline_same_agency"',
    ),
    "forget a heartbeat": (
        "DELETE FROM coordination_heartbeat",
        "permission denied for table coordination_heartbeat",
    ),
    "say that an alert was told": ("UPDATE coordination_alert SET told_at = now()", ALERT),
    "read what is sent": ("SELECT payload FROM coordination_outgoingmessage", MESSAGE),
    "put a message off": ("UPDATE coordination_outgoingmessage SET next_try_at = now()", MESSAGE),
    "have a message sent": (
        "INSERT INTO coordination_outgoingmessage (agency_id, next_try_at) SELECT agency_id, now() FROM coordination_alert",
        MESSAGE,
    ),
    "read who is mailed": ("SELECT person_id FROM coordination_mailsettings", MAIL),
    "read where messages go": ("SELECT url FROM coordination_webhookendpoint", ENDPOINT),
    "follow a deadline to its patient": (
        "SELECT p.id FROM coordination_deadline d JOIN coordination_patient p ON p.agency_id = d.agency_id",
        "permission denied for table coordination_patient",
    ),
}


def test_through_its_doors_the_system_role_does_nothing_but_tell(deadlines):
    both = (deadlines.riverbend.agency, deadlines.harbor.agency)
    before = [contents(agency) for agency in both]
    answers = {attack: refusal(statement, using="system") for attack, (statement, _) in ATTACKS.items()}
    assert answers == {attack: answer for attack, (_, answer) in ATTACKS.items()}
    assert [contents(agency) for agency in both] == before


def test_no_column_beside_those_of_the_doors_is_read_added_or_changed(deadlines):
    columns = sql(
        "SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
        " WHERE c.relname = ANY (%s) AND a.attnum > 0 AND NOT a.attisdropped",
        [list(DOORS)],
        using="owner",
    )
    assert len(columns) > 25
    may = {
        (table, verb, column)
        for table, column in columns
        for verb in ("SELECT", "INSERT", "UPDATE", "REFERENCES")
        if sql("SELECT has_column_privilege(%s, %s, %s)", [table, column, verb], using="system") == [(True,)]
    }
    assert may == {
        (table, verb, name) for table, ways in DOORS.items() for verb, names in ways.items() for name in names
    }


def test_only_agreed_tables_have_a_door():
    found = {
        model._meta.db_table
        for model in tenant_models()
        if any(isinstance(each, SystemDoor) for each in model._meta.constraints)
    }
    assert found == DOORS.keys()


def test_the_app_does_not_pass_them(deadlines):
    for table in DOORS:
        assert refusal(f"SELECT count(*) FROM {table}") == NO_AGENCY
    beat = "UPDATE coordination_heartbeat SET at = now()"
    assert refusal(beat) == "permission denied for table coordination_heartbeat"
    for world in (deadlines.riverbend, deadlines.harbor):
        with agency_context(world.agency):
            assert [each.patient_id for each in Deadline.objects.all()] == [world.patient.pk]
            assert [each.level for each in Alert.objects.all()] == [0]
            assert sql("SELECT count(DISTINCT agency_id), count(*) FROM coordination_deadline") == [(1, 1)]


def test_who_crosses_agencies_stands_in_the_document():
    """The linter bans both names; where a line is silenced the document has the use."""
    silenced = re.compile(r"import .*\b(all_agencies|through_doors)\b.*# noqa: TID251")
    uses = {
        str(path.relative_to(ROOT)).removesuffix(".py").replace("/", ".")
        for app in ("tenancy", "coordination", "billing", "interop", "config")
        for path in (ROOT / app).rglob("*.py")
        if silenced.search(path.read_text())
    }
    assert uses >= {"coordination.services.sweep", "billing.tasks"}
    told = (ROOT / "docs/tenancy.md").read_text()
    assert [use for use in sorted(uses) if f"`{use}" not in told] == []
