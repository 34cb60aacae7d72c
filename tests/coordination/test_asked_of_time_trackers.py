"""What users of time trackers asked for in vain, one test each; the numbers are those of the survey of peers."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from coordination.models import Contact, Flag, MonthEntered, MonthLock, TimeLog, Timer
from coordination.rules.durations import Duration
from coordination.rules.spans import Span, Way, overlapping
from coordination.selectors.month_states import month_states
from coordination.services.contacts import (
    contact_change,
    contact_give_way,
    contact_record,
    contact_review,
    contact_void,
)
from coordination.services.locks import month_entered, month_lock
from coordination.services.measuring import Overlap, Said
from coordination.services.timers import timer_start, timer_stop
from tenancy.context import agency_context
from tenancy.models import uuid7
from tenancy.roles import Role
from tests import factories

NINE = datetime(2026, 11, 16, 16, 0, tzinfo=UTC)  # 9:00 in Denver


def said(minutes=8, start=None, stop=None, on=factories.TODAY, **more):
    facts = {"activity": "care_coordination", "program": "chronic_care", "note": "called"} | more
    return Said(service_date=on, duration=Duration(minutes, start, stop), **facts)


def record(actor, patient, words, *, now=factories.NOW, **more):
    return contact_record(actor=actor, patient=patient, said=words, form_key=uuid7(), now=now, **more)


def minutes_of(contact):
    return [log.minutes for log in TimeLog.objects.filter(contact=contact, voided_at=None)]


@pytest.fixture
def desk(riverbend):
    """The agency in context, with a second patient."""
    with agency_context(riverbend.agency):
        riverbend.second = factories.a_patient("Theo", "Park")
        yield riverbend


def test_01_stopping_one_timer_and_starting_another_in_the_same_minute(desk):
    first, _ = timer_start(actor=desk.coordinator, patient=desk.patient, now=NINE)
    second, stopped = timer_start(actor=desk.coordinator, patient=desk.second, now=NINE + timedelta(seconds=30))
    assert (stopped.pk, stopped.stopped_at, second.started_at) == (
        first.pk,
        NINE + timedelta(seconds=30),
        stopped.stopped_at,
    )
    third, stopped = timer_start(actor=desk.coordinator, patient=desk.patient, now=NINE + timedelta(seconds=40))
    assert (stopped.pk, third.stopped_at) == (second.pk, None)
    assert Timer.objects.filter(stopped_at=None).count() == 1


def test_02_stopping_is_never_refused(desk):
    """An entry of the same time, one's own or a colleague's, stands in nobody's way; it is spoken of when the time is saved."""
    timer, _ = timer_start(actor=desk.coordinator, patient=desk.patient, now=NINE)
    record(desk.coordinator, desk.second, said(12, time(9), time(9, 12)))
    record(desk.members[Role.SUPERVISOR], desk.patient, said(12, time(9), time(9, 12)))
    ended = NINE + timedelta(minutes=10)
    assert timer_stop(actor=desk.coordinator, timer=timer, now=ended).stopped_at == ended
    with pytest.raises(Overlap) as met:
        record(desk.coordinator, desk.patient, said(10), timer=timer)
    assert [contact.patient_id for contact in met.value.met] == [desk.second.pk]


def test_03_nothing_is_shifted_to_another_minute(desk):
    contact = record(desk.coordinator, desk.patient, said(8, time(9, 4), time(9, 12)))
    after = record(desk.coordinator, desk.second, said(8, time(9, 12), time(9, 20)))
    assert (contact.started_at, contact.stopped_at) == (NINE + timedelta(minutes=4), NINE + timedelta(minutes=12))
    assert after.started_at == contact.stopped_at


def test_04_seconds_are_let_go_and_make_no_overlap(desk):
    timer, _ = timer_start(actor=desk.coordinator, patient=desk.patient, now=NINE)
    timer_stop(actor=desk.coordinator, timer=timer, now=NINE + timedelta(minutes=8, seconds=40))
    contact = record(desk.coordinator, desk.patient, said(8), timer=timer)
    assert minutes_of(contact) == [8]
    assert contact.stopped_at == NINE + timedelta(minutes=8, seconds=40)
    assert minutes_of(record(desk.coordinator, desk.second, said(8, time(9, 8), time(9, 16)))) == [8]


def test_05_a_forgotten_timer_asks_when_the_work_ended(riverbend, signed_in):
    desk = riverbend
    with agency_context(desk.agency):
        timer, _ = timer_start(actor=desk.coordinator, patient=desk.patient, now=NINE - timedelta(hours=340))
    client = signed_in(desk.coordinator)
    stopped = client.post(reverse("coordination:timer_stop", kwargs={"agency": desk.slug, "timer": timer.pk}))
    page = client.get(stopped["Location"])
    assert "When did the work really end?" in page.content.decode()
    assert page.context["log_form"]["minutes"].value() == ""
    with agency_context(desk.agency):
        with pytest.raises(ValidationError, match="more than ten hours"):
            record(desk.coordinator, desk.patient, said(340 * 60, on=date(2026, 11, 2)), timer=timer, confirmed=True)
        contact = record(desk.coordinator, desk.patient, said(12, on=date(2026, 11, 2)), timer=timer)
        assert (minutes_of(contact), contact.flag) == ([12], Flag.FORGOTTEN)
    assert contact.stopped_at == contact.started_at + timedelta(minutes=12)


def test_06_a_timer_that_started_in_the_future_stops(desk):
    """A server's clock was set back: the timer measures nothing and does not run for ever."""
    timer, _ = timer_start(actor=desk.coordinator, patient=desk.patient, now=NINE + timedelta(hours=1))
    stopped = timer_stop(actor=desk.coordinator, timer=timer, now=NINE)
    assert stopped.stopped_at == stopped.started_at
    second, _ = timer_start(actor=desk.coordinator, patient=desk.patient, now=NINE)
    assert second.stopped_at is None


def test_07_no_work_differs_from_not_yet_entered(desk):
    month_entered(actor=desk.coordinator, month=date(2026, 10, 1), entered=True, now=factories.NOW)
    month_entered(actor=desk.coordinator, month=date(2026, 10, 1), entered=True, now=factories.NOW)
    october = next(state for state in month_states(factories.TODAY) if state.month == date(2026, 10, 1))
    mine, others = [
        [each for each in october.people if (each.member.pk == desk.coordinator.pk) is own] for own in (True, False)
    ]
    assert [(each.minutes, each.said_at) for each in mine] == [(0, factories.NOW)]
    assert {each.said_at for each in others} == {None}
    month_entered(actor=desk.coordinator, month=date(2026, 10, 1), entered=False, now=factories.NOW)
    assert MonthEntered.objects.count() == 0


def test_08_a_month_closes_once_its_flagged_entries_were_looked_at(desk):
    long = record(desk.coordinator, desk.patient, said(75, on=date(2026, 10, 5)), confirmed=True)
    with pytest.raises(ValidationError, match="waits for a supervisor"):
        month_lock(actor=desk.admin, month=date(2026, 10, 1), reason="all in", now=factories.NOW)
    contact_review(actor=desk.members[Role.SUPERVISOR], contact=long, now=factories.NOW)
    month_lock(actor=desk.admin, month=date(2026, 10, 1), reason="all in", now=factories.NOW)
    assert MonthLock.objects.count() == 1


def test_09_a_closed_month_holds_at_every_door(desk):
    before = record(desk.coordinator, desk.patient, said(8, time(9), time(9, 8), on=date(2026, 10, 5)))
    twice = record(desk.coordinator, desk.patient, said(8, on=date(2026, 10, 5)))
    month_lock(actor=desk.admin, month=date(2026, 10, 1), reason="all in", now=factories.NOW)
    with pytest.raises(ValidationError, match="October 2026 is closed"):
        record(desk.coordinator, desk.patient, said(5, on=date(2026, 10, 6)))
    late = record(desk.coordinator, desk.patient, said(5, on=date(2026, 10, 6)), reason="found in my notebook")
    assert late.flag == Flag.AFTER_LOCK
    now = {"now": factories.NOW, "actor": desk.coordinator}
    right = contact_change(
        contact=before, version=1, said=said(6, on=date(2026, 10, 5)), reason="two of them were travel", **now
    )
    assert (right.corrects_id, right.flag, minutes_of(right), minutes_of(before)) == (
        before.pk,
        Flag.AFTER_LOCK,
        [6],
        [],
    )
    moved = record(desk.coordinator, desk.patient, said(4))
    into = contact_change(contact=moved, version=1, said=said(4, on=date(2026, 10, 7)), reason="wrong day", **now)
    assert (into.corrects_id, into.flag) == (moved.pk, Flag.AFTER_LOCK)
    contact_void(contact=twice, version=1, reason="twice", **now)
    assert Contact.objects.get(pk=twice.pk).flag == Flag.AFTER_LOCK


def test_10_entries_are_set_one_after_the_other(desk):
    first = record(desk.coordinator, desk.patient, said(12, time(9), time(9, 12)))
    moved = record(desk.coordinator, desk.second, said(10, time(9, 5), time(9, 15)), way=Way.MOVE)
    assert (moved.started_at, moved.stopped_at) == (first.stopped_at, NINE + timedelta(minutes=22))
    assert overlapping(Span(first.started_at, first.stopped_at), [Span(moved.started_at, moved.stopped_at)]) == []


def test_11_an_old_entry_is_not_held_up_by_its_own_overlap(desk):
    contact = record(desk.coordinator, desk.patient, said(12, time(9), time(9, 12)))
    now = {"now": factories.NOW, "actor": desk.coordinator, "reason": "a word was missing"}
    contact_change(contact=contact, version=1, said=said(12, time(9), time(9, 12), note="called her"), **now)
    contact_change(contact=contact, version=2, said=said(10, time(9, 1), time(9, 11)), **now)
    other = record(desk.coordinator, desk.second, said(5, time(9, 20), time(9, 25)))
    Contact.objects.filter(pk=other.pk).update(started_at=NINE, stopped_at=NINE + timedelta(minutes=5))
    contact_change(contact=contact, version=3, said=said(10, time(9, 1), time(9, 11), note="called him"), **now)
    assert Contact.objects.get(pk=contact.pk).note == "called him"


def test_12_a_closed_window_loses_no_time(riverbend, signed_in, at):
    desk = riverbend
    ids = {"agency": desk.slug, "patient": desk.patient.pk}
    at(NINE)
    signed_in(desk.coordinator).post(reverse("coordination:timer_start", kwargs=ids))
    at(NINE + timedelta(minutes=8, seconds=40))
    page = signed_in(desk.coordinator).get(reverse("coordination:patients", kwargs={"agency": desk.slug}))
    assert page.context["my_timers"]["seconds"] == 520
    assert "0:08:40" in page.content.decode()


def test_13_a_timer_outlives_session_and_browser(riverbend, signed_in, at):
    desk = riverbend
    ids = {"agency": desk.slug, "patient": desk.patient.pk}
    at(NINE)
    laptop = signed_in(desk.coordinator)
    laptop.post(reverse("coordination:timer_start", kwargs=ids))
    laptop.logout()
    at(NINE + timedelta(minutes=8, seconds=40))
    phone: Client = signed_in(desk.coordinator)
    with agency_context(desk.agency):
        [timer] = Timer.objects.all()
    stopped = phone.post(reverse("coordination:timer_stop", kwargs={"agency": desk.slug, "timer": timer.pk}))
    form = phone.get(stopped["Location"]).context["log_form"]
    assert (form["minutes"].value(), form["timer"].value()) == (8, str(timer.pk))


def test_14_an_entry_lands_on_the_agencys_day(desk):
    """Sunday evening in Denver is Monday in UTC."""
    sunday = datetime(2026, 11, 16, 4, 30, tzinfo=UTC)
    timer, _ = timer_start(actor=desk.coordinator, patient=desk.patient, now=sunday)
    timer_stop(actor=desk.coordinator, timer=timer, now=sunday + timedelta(minutes=8))
    contact = record(desk.coordinator, desk.patient, said(8, on=date(2026, 11, 15)), timer=timer)
    assert (contact.service_date, contact.started_at) == (date(2026, 11, 15), sunday)


def test_giving_way_leaves_no_minute_twice(desk):
    long = record(desk.coordinator, desk.patient, said(30, time(9), time(9, 30)))
    inner = record(desk.coordinator, desk.second, said(8, time(10, 4), time(10, 12)))
    Contact.objects.filter(pk=inner.pk).update(
        started_at=NINE + timedelta(minutes=4), stopped_at=NINE + timedelta(minutes=12)
    )
    contact_give_way(
        actor=desk.coordinator, contact=long, version=1, way=Way.SPLIT, reason="a call in between", now=factories.NOW
    )
    spans = [
        (contact.started_at - NINE, contact.stopped_at - NINE, minutes_of(contact))
        for contact in Contact.objects.filter(patient=desk.patient).order_by("started_at")
    ]
    minute = timedelta(minutes=1)
    assert spans == [(0 * minute, 4 * minute, [4]), (12 * minute, 30 * minute, [18])]
