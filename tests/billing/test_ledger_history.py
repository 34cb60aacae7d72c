"""What a ledger's page says of programs and of edits: a bar for each program, every change, late entries marked."""

import pytest
from django.urls import reverse

from coordination.models import Contact
from tenancy.context import agency_context
from tenancy.models import uuid7
from tests.tenancy.support import COMMITTED

SAID = {
    "minutes": "28",
    "service_date": "2026-11-16",
    "activity": "care_coordination",
    "program": "chronic_care",
    "note": "secret words",
}


pytestmark = COMMITTED  # changes of one transaction carry one moment: here each is committed


@pytest.fixture
def ledger(riverbend, signed_in):
    def read(month="2026-11"):
        ids = {"agency": riverbend.slug, "patient": riverbend.patient.pk, "month": month}
        return signed_in(riverbend.admin).get(reverse("billing:ledger", kwargs=ids))

    return read


@pytest.fixture
def send(riverbend, signed_in):
    """Fill in a form about time as the coordinator; the patient's only entry that is not the given one."""
    client = signed_in(riverbend.coordinator)

    def post(route="time_log_record", contact=None, **said):
        ids = {"agency": riverbend.slug, "patient": riverbend.patient.pk} | ({"contact": contact.pk} if contact else {})
        sent = SAID | {"form_key": str(uuid7())} | said
        answer = client.post(reverse(f"coordination:{route}", kwargs=ids), sent)
        assert answer.status_code in (200, 302), answer.content.decode()
        with agency_context(riverbend.agency):
            return Contact.objects.latest("recorded_at", "pk")

    return post


def told(page):
    return [(edit.did, edit.before, edit.after, edit.why, edit.is_late) for edit in page.context["ledger"].edits]


def test_one_bar_a_program_and_together_they_are_what_was_logged(ledger, send):
    send(minutes="28", program_2="behavioral_health", minutes_2="10", program="chronic_care", minutes_1="18")
    page = ledger().context["ledger"]
    assert [(bar.label, bar.minutes, bar.rest) for bar in page.bars] == [
        ("Chronic care", 18, 0),
        ("Behavioral health", 10, 8),
    ]
    assert sum(bar.minutes for bar in page.bars) == page.logged == 28
    assert [sum(item.minutes for item in bar.legend) for bar in page.bars] == [18, 10]


def test_an_entry_made_on_its_day_has_no_history(ledger, send):
    send()
    page = ledger()
    assert told(page) == []
    assert "stands as it was made" in page.content.decode()


def test_every_edit_says_who_before_and_after_and_no_note(ledger, send, riverbend):
    contact = send()
    send("contact_change", contact, minutes="12", reason="typed twice", version=1)
    send("contact_change", contact, minutes="12", note="other words", reason="a word", version=2)
    send("contact_void", contact, **{"void-reason": "not this patient", "void-version": 3})
    page = ledger()
    said = "Nov 16: {} min Chronic care, Care coordination"
    assert told(page) == [
        ("voided", said.format(12), "void", "not this patient", False),
        ("changed what was said about the contact", "", "", "a word", False),
        ("changed", said.format(28), said.format(12), "typed twice", False),
    ]
    assert {edit.by.pk for edit in page.context["ledger"].edits} == {riverbend.coordinator.pk}
    assert "words" not in page.content.decode()


def test_a_late_entry_is_marked_in_the_table_and_in_the_history(ledger, send):
    send(service_date="2026-11-15")
    page = ledger()
    assert [row.is_late for row in page.context["ledger"].rows] == [True]
    assert told(page) == [("entered", "", "Nov 15: 28 min Chronic care, Care coordination", "", True)]


def test_an_entry_that_moved_to_another_month_is_in_the_history_of_both(ledger, send):
    contact = send()
    send("contact_change", contact, service_date="2026-10-31", reason="the day before Halloween ended", version=1)
    assert [edit[0] for edit in told(ledger("2026-11"))] == ["changed"]
    assert [edit[0] for edit in told(ledger("2026-10"))] == ["changed"]
