"""The running timer beyond what was asked elsewhere: twice, taken back, thrown away, finished once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from coordination.models import Contact, Timer
from coordination.services.timers import timer_discard, timer_resume, timer_start, timer_stop
from tenancy.context import agency_context
from tenancy.models import uuid7
from tests import factories

NINE = datetime(2026, 11, 16, 16, 0, tzinfo=UTC)
LATER = NINE + timedelta(minutes=8, seconds=40)


@pytest.fixture
def mine(riverbend):
    """The agency in context; services alone are called."""
    with agency_context(riverbend.agency):
        riverbend.second = factories.a_patient("Theo", "Park")
        yield riverbend


def test_starting_twice_for_a_patient_is_starting_once(mine):
    first, _ = timer_start(actor=mine.coordinator, patient=mine.patient, now=NINE)
    again, stopped = timer_start(actor=mine.coordinator, patient=mine.patient, now=LATER)
    assert (again.pk, again.started_at, stopped) == (first.pk, NINE, None)


def test_stopping_twice_keeps_the_first_moment(mine):
    timer, _ = timer_start(actor=mine.coordinator, patient=mine.patient, now=NINE)
    assert [
        timer_stop(actor=mine.coordinator, timer=timer, now=now).stopped_at for now in (LATER, LATER + timedelta(1))
    ] == [
        LATER,
        LATER,
    ]


def test_a_stop_that_was_a_slip_is_taken_back_with_what_was_started_since(mine):
    first, _ = timer_start(actor=mine.coordinator, patient=mine.patient, now=NINE)
    second, _ = timer_start(actor=mine.coordinator, patient=mine.second, now=LATER)
    resumed = timer_resume(actor=mine.coordinator, timer=first, now=LATER + timedelta(seconds=9))
    second.refresh_from_db()
    assert (resumed.started_at, resumed.stopped_at, second.discarded_at) == (NINE, None, LATER + timedelta(seconds=9))


def test_a_stop_of_long_ago_stands(mine):
    timer, _ = timer_start(actor=mine.coordinator, patient=mine.patient, now=NINE)
    timer_stop(actor=mine.coordinator, timer=timer, now=LATER)
    with pytest.raises(ValidationError, match="more than ten minutes ago"):
        timer_resume(actor=mine.coordinator, timer=timer, now=LATER + timedelta(minutes=11))


def test_a_discarded_timer_is_gone_and_its_row_stays(mine):
    timer, _ = timer_start(actor=mine.coordinator, patient=mine.patient, now=NINE)
    timer_discard(actor=mine.coordinator, timer=timer, now=LATER)
    with pytest.raises(ValidationError, match="was discarded"):
        timer_resume(actor=mine.coordinator, timer=timer, now=LATER)
    assert Timer.objects.get().discarded_at == LATER


def test_a_timer_becomes_one_entry_however_often_it_is_sent(riverbend, signed_in, at):
    client = signed_in(riverbend.coordinator)
    with agency_context(riverbend.agency):
        timer, _ = timer_start(actor=riverbend.coordinator, patient=riverbend.patient, now=NINE)
        timer_stop(actor=riverbend.coordinator, timer=timer, now=LATER)
    ids = {"agency": riverbend.slug, "timer": timer.pk}
    page = client.get(reverse("coordination:timer", kwargs=ids))
    assert "8 min 40 s → 8 min" in page.content.decode()
    sent = {
        "minutes": "8",
        "service_date": "2026-11-16",
        "activity": "care_coordination",
        "program": "chronic_care",
        "note": "called",
        "timer": str(timer.pk),
    }
    url = reverse("coordination:time_log_record", kwargs={"agency": riverbend.slug, "patient": riverbend.patient.pk})
    key = str(uuid7())
    assert [client.post(url, sent | {"form_key": key}).status_code for _twice in range(2)] == [302, 302]
    from_another_window = client.post(url, sent | {"form_key": str(uuid7())})
    assert from_another_window.status_code == 422
    assert "This timer was saved already" in from_another_window.content.decode()
    with agency_context(riverbend.agency):
        [contact] = Contact.objects.all()
    assert (contact.started_at, contact.stopped_at) == (NINE, LATER)
    assert (
        client.get(reverse("coordination:timers", kwargs={"agency": riverbend.slug})).context["my_timers"]["waiting"]
        == []
    )


def test_nobody_touches_a_colleagues_timer(riverbend, signed_in):
    with agency_context(riverbend.agency):
        timer, _ = timer_start(actor=riverbend.coordinator, patient=riverbend.patient, now=NINE)
    client = signed_in(riverbend.front_desk)
    for route in ("timer_stop", "timer_discard", "timer_resume"):
        url = reverse(f"coordination:{route}", kwargs={"agency": riverbend.slug, "timer": timer.pk})
        assert client.post(url).status_code == 404
    with agency_context(riverbend.agency):
        assert Timer.objects.get().stopped_at is None


def test_the_switch_for_single_keys_holds_on_every_device(riverbend, signed_in):
    page = reverse("coordination:patients", kwargs={"agency": riverbend.slug})
    assert "data-shortcuts" in signed_in(riverbend.coordinator).get(page).content.decode()
    url = reverse("coordination:shortcuts", kwargs={"agency": riverbend.slug})
    signed_in(riverbend.coordinator).post(url, {"on": ""})
    assert "data-shortcuts" not in signed_in(riverbend.coordinator).get(page).content.decode()
    assert "data-shortcuts" in signed_in(riverbend.front_desk).get(page).content.decode()


def test_phrases_are_mine_or_everybodys(riverbend, signed_in):
    url = reverse("coordination:phrases", kwargs={"agency": riverbend.slug})
    more = reverse("coordination:time_log_more", kwargs={"agency": riverbend.slug, "patient": riverbend.patient.pk})
    mine, theirs = {"label": "mine", "text": "Mine."}, {"label": "all", "text": "All.", "shared": "on"}
    assert signed_in(riverbend.coordinator).post(url, mine).status_code == 302
    assert signed_in(riverbend.coordinator).post(url, mine).status_code == 422
    assert signed_in(riverbend.admin).post(url, theirs).status_code == 302
    offered = [
        [phrase.label for phrase in signed_in(member).get(more).context["phrases"]]
        for member in (riverbend.coordinator, riverbend.front_desk)
    ]
    assert offered == [["mine", "all"], ["all"]]
