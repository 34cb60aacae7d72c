"""The running timer beyond what was asked elsewhere: twice, taken back, thrown away, finished once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from coordination.models import Contact, Timer
from coordination.rules.durations import Duration
from coordination.selectors.bar import bar_of
from coordination.selectors.deadlines import moments
from coordination.services.contacts import contact_record
from coordination.services.measuring import Said
from coordination.services.timers import (
    taken_back,
    timer_discard,
    timer_resume,
    timer_start,
    timer_stop,
    timer_take_back,
)
from tenancy.context import agency_context
from tenancy.models import uuid7
from tests import factories

NINE = datetime(2026, 11, 16, 16, 0, tzinfo=UTC)
LATER = NINE + timedelta(minutes=8, seconds=40)


def open_timers(world, now):
    return bar_of(world.coordinator.pk, world.coordinator.role, moments(now, world.agency.zone)).timers


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


def test_a_stop_that_was_a_slip_is_taken_back(mine):
    timer, _ = timer_start(actor=mine.coordinator, patient=mine.patient, now=NINE)
    timer_stop(actor=mine.coordinator, timer=timer, now=LATER)
    resumed = timer_resume(actor=mine.coordinator, timer=timer, now=LATER + timedelta(seconds=9))
    assert (resumed.started_at, resumed.stopped_at) == (NINE, None)


@pytest.mark.parametrize("stopped", [False, True])
def test_taking_back_a_stop_throws_no_later_timer_away(mine, stopped):
    """Whoever measured something since says what becomes of it; only then does the first timer run on."""
    first, second = switched(mine)
    if stopped:
        timer_stop(actor=mine.coordinator, timer=second, now=LATER + timedelta(minutes=1))
    before, now = as_they_are(first, second), LATER + timedelta(minutes=2)
    with pytest.raises(ValidationError, match="Discard that one first"):
        timer_resume(actor=mine.coordinator, timer=first, now=now)
    assert as_they_are(first, second) == before
    timer_discard(actor=mine.coordinator, timer=second, now=now)
    assert timer_resume(actor=mine.coordinator, timer=first, now=now).stopped_at is None


def test_a_stop_of_long_ago_stands(mine):
    timer, _ = timer_start(actor=mine.coordinator, patient=mine.patient, now=NINE)
    timer_stop(actor=mine.coordinator, timer=timer, now=LATER)
    with pytest.raises(ValidationError, match="more than ten minutes ago"):
        timer_resume(actor=mine.coordinator, timer=timer, now=LATER + timedelta(minutes=11))


def switched(world):
    """A timer for the patient, stopped by one for the second."""
    first, _ = timer_start(actor=world.coordinator, patient=world.patient, now=NINE)
    second, _ = timer_start(actor=world.coordinator, patient=world.second, now=LATER)
    return first, second


def as_they_are(*timers):
    found = Timer.objects.filter(pk__in=[each.pk for each in timers]).order_by("started_at")
    return [(each.started_at, each.stopped_at, each.discarded_at) for each in found]


def test_a_start_that_was_a_slip_is_taken_back_once_however_often_it_is_clicked(mine):
    first, second = switched(mine)
    soon = LATER + timedelta(minutes=2)
    for _twice in range(2):
        assert timer_take_back(actor=mine.coordinator, timer=second, now=soon).pk == first.pk
    assert as_they_are(first, second) == [(NINE, None, None), (LATER, soon, soon)]


def too_late(world, first, second):
    return LATER + timedelta(minutes=2, seconds=1)


def stopped(world, first, second):
    timer_stop(actor=world.coordinator, timer=second, now=LATER)


def discarded(world, first, second):
    timer_discard(actor=world.coordinator, timer=second, now=LATER)


def switched_again(world, first, second):
    timer_start(actor=world.coordinator, patient=factories.a_patient("Ana", "Ruiz"), now=LATER + timedelta(seconds=5))


def the_first_discarded(world, first, second):
    timer_discard(actor=world.coordinator, timer=first, now=LATER)


def the_first_saved(world, first, second):
    said = Said(
        service_date=factories.TODAY,
        duration=Duration(8),
        activity="care_coordination",
        program="chronic_care",
        note="called",
    )
    contact_record(actor=world.coordinator, patient=world.patient, said=said, timer=first, form_key=uuid7(), now=LATER)


@pytest.mark.parametrize(
    ("done", "says"),
    [
        (too_late, "more than two minutes"),
        (stopped, "was stopped meanwhile"),
        (discarded, "was discarded"),
        (switched_again, "was stopped meanwhile"),
        (the_first_discarded, "finished or discarded"),
        (the_first_saved, "finished or discarded"),
    ],
)
def test_a_start_is_not_taken_back_once_something_was_done(mine, done, says):
    first, second = switched(mine)
    now = done(mine, first, second) or LATER + timedelta(seconds=9)
    before = as_they_are(first, second)
    with pytest.raises(ValidationError, match=says):
        timer_take_back(actor=mine.coordinator, timer=second, now=now)
    assert as_they_are(first, second) == before
    before = taken_back(open_timers(mine, now), now)
    assert before is None or before.pk != first.pk


def test_a_first_timer_has_nothing_to_take_back(mine):
    timer, _ = timer_start(actor=mine.coordinator, patient=mine.patient, now=NINE)
    assert taken_back(open_timers(mine, NINE), NINE) is None
    with pytest.raises(ValidationError, match="finished or discarded"):
        timer_take_back(actor=mine.coordinator, timer=timer, now=NINE)
    assert as_they_are(timer) == [(NINE, None, None)]


def test_the_way_back_stands_on_the_page_and_what_came_of_it_is_told(riverbend, signed_in, at):
    client = signed_in(riverbend.coordinator)
    with agency_context(riverbend.agency):
        second = factories.a_patient("Theo", "Park")

    def say(route, **ids):
        url = reverse(f"coordination:{route}", kwargs={"agency": riverbend.slug, **ids})
        return client.post(url, follow=True).content.decode()

    at(NINE)
    assert "Take back" not in say("timer_start", patient=riverbend.patient.pk)
    at(LATER)
    page = say("timer_start", patient=second.pk)
    assert "The timer for MariaQRIV LopezQRIV stopped when the one for Theo Park started" in page
    assert "Take back" in page
    with agency_context(riverbend.agency):
        first, started = Timer.objects.order_by("pk")
    page = say("timer_take_back", timer=started.pk)
    assert "Taken back: the timer before it runs on" in page
    assert "stopped when" not in page
    say("timer_start", patient=second.pk)
    with agency_context(riverbend.agency):
        started = Timer.objects.get(stopped_at=None)
    at(LATER + timedelta(minutes=2, seconds=1))
    assert (
        "Take back"
        not in client.get(reverse("coordination:patients", kwargs={"agency": riverbend.slug})).content.decode()
    )
    assert "more than two minutes" in say("timer_take_back", timer=started.pk)


def test_the_page_of_timers_says_whom_each_is_for(riverbend, signed_in, at):
    at(LATER)
    with agency_context(riverbend.agency):
        riverbend.second = factories.a_patient("Theo", "Park")
        switched(riverbend)
    page = signed_in(riverbend.coordinator).get(reverse("coordination:timers", kwargs={"agency": riverbend.slug}))
    main = page.content.decode().split("<h1>")[1]
    assert "<p>Theo Park, since" in main
    assert "<strong>MariaQRIV LopezQRIV</strong>" in main


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
    for route in ("timer_stop", "timer_discard", "timer_resume", "timer_take_back"):
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
