"""When what follows a discharge is due, and what settles it: each rule on both sides of its edge. No database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from coordination.rules.attempts import Attempt, attempt_of
from coordination.rules.deadlines import (
    Clock,
    Customs,
    TransitionFacts,
    Window,
    next_level,
    told_of,
    transition_dues,
)

DENVER = ZoneInfo("America/Denver")
CLOCK = Clock(2, 2, (Window(7, "99496", ("high",)), Window(14, "99495", ("moderate", "high"))), 30)
THANKSGIVING = date(2026, 11, 26)
CUSTOMS = Customs(DENVER, frozenset({THANKSGIVING}))
FRIDAY = date(2026, 11, 13)
HOME = TransitionFacts(FRIDAY, "open")
CALLED = {"mode": "phone", "spoken_to": "patient", "is_beyond_scheduling": True, "discipline": "RN"}


def day(number):
    """A day of November."""
    return date(2026, 11, number)


def denver(number, hour=0):
    """A moment of November on Denver's clock."""
    return datetime(2026, 11, number, hour, tzinfo=DENVER).astimezone(UTC)


def dues(facts=HOME, customs=CUSTOMS, **known):
    return {due.kind: due for due in transition_dues(replace(facts, **known), CLOCK, customs)}


def settled(**known):
    """How each is settled; "" where it is open."""
    return {kind: due.settled for kind, due in dues(**known).items()}


def call(number, outcome="reached", **more):
    return attempt_of(day(number), outcome=outcome, **(CALLED | more))


@pytest.mark.parametrize(
    ("attempts", "comes_to"),
    [
        ([], ""),
        ([call(13)], "met"),  # the day of discharge, after it
        ([call(17)], "met"),  # the second business day
        ([call(18)], "late"),
        ([call(16, "voicemail"), call(17, "no_answer")], "met"),
        ([call(16, "voicemail"), call(16, "voicemail")], "met"),  # separate attempts, also of one day
        ([call(16, "voicemail")], ""),
        ([call(16, "voicemail"), call(18, "voicemail")], ""),  # one of them is too late to be timely
        ([call(16, "voicemail"), call(18)], "late"),
        ([call(17, discipline="FRONT_DESK")], ""),
        ([call(17, is_beyond_scheduling=False)], ""),
        ([call(17, "voicemail"), call(17, is_beyond_scheduling=False)], "met"),
        ([call(17, spoken_to="proxy")], "met"),
        ([call(17, mode="message")], "met"),
        ([call(12)], ""),  # before the discharge
    ],
)
def test_a_contact_is_met_late_or_open(attempts, comes_to):
    assert settled(attempts=tuple(attempts))["contact"] == comes_to


@pytest.mark.parametrize(
    "said", [{"mode": "letter"}, {"mode": "none"}, {"outcome": "wrong_number"}, {"spoken_to": "provider"}]
)
def test_what_reaches_for_nobody_is_no_attempt(said):
    assert call(16, **said) is None


def test_talking_of_an_appointment_alone_reaches_the_patient_and_is_no_contact():
    assert call(16, is_beyond_scheduling=False) == Attempt(day(16), is_reached=True, is_interactive=False)


def test_a_contact_is_due_at_the_end_of_the_second_business_day_and_warned_of_at_the_end_of_the_first():
    contact = dues()["contact"]
    assert (contact.on, contact.at) == (day(17), denver(18))
    assert contact.levels == (denver(17), denver(17, 12), denver(17, 15), denver(18))
    assert contact.said == {"discharged": "2026-11-13", "attempts": 0, "holidays": []}


def test_a_day_off_is_skipped_and_said():
    contact = dues(replace(HOME, discharged=day(25)))["contact"]
    assert (contact.on, contact.said["holidays"]) == (day(30), ["2026-11-26"])


def test_who_was_tried_in_vain_is_tried_again_on_the_next_business_day():
    tried = (call(16, "voicemail"), call(17, "no_answer"))
    assert dues(attempts=tried)["retry"].on == day(18)
    assert dues(attempts=(*tried, call(20, "no_answer")))["retry"].on == day(23)
    assert dues(attempts=(*tried, call(20, "no_answer")))["retry"].levels == ()
    assert "retry" not in dues(attempts=tried[:1])
    assert "retry" not in dues(attempts=(*tried, call(20)))
    assert "retry" not in dues(attempts=tried, visited=day(19))


def test_trying_again_ends_with_the_period():
    last = date(2026, 12, 12)  # a Saturday
    tried = (call(16, "voicemail"), call(17, "no_answer"), Attempt(date(2026, 12, 11), False, False))
    assert dues(attempts=tried)["retry"].on == last


@pytest.mark.parametrize(
    ("visited", "first", "last"),
    [
        (None, "", ""),
        (day(20), "met", "met"),
        (day(21), "late", "met"),
        (day(27), "late", "met"),
        (day(28), "late", "late"),
    ],
)
def test_a_visit_is_in_time_through_the_last_day_of_its_window(visited, first, last):
    found = settled(visited=visited, complexity="high")
    assert (found["visit_first"], found["visit_last"]) == (first, last)


def test_visits_are_warned_of_a_day_before_the_stricter_count():
    found = dues()
    assert (found["visit_first"].on, found["visit_last"].on) == (day(20), day(27))
    assert found["visit_first"].levels == (denver(18), denver(20, 12), denver(20, 15), denver(21))
    assert found["visit_last"].levels[0] == denver(25)
    assert found["visit_first"].said == {"discharged": "2026-11-13", "code": "99496", "days": 7}


def test_counted_with_the_discharge_as_day_1_visits_are_due_a_day_earlier_and_no_visit_is_late_by_that():
    strict = replace(CUSTOMS, visit_day=1)
    found = dues(customs=strict)
    assert (found["visit_first"].on, found["visit_last"].on, found["reconciliation"].on) == (day(19), day(26), day(26))
    assert (found["contact"].on, found["period_end"].on) == (day(17), date(2026, 12, 12))
    assert found["visit_first"].levels[0] == dues()["visit_first"].levels[0]
    assert dues(customs=strict, visited=day(20))["visit_first"].settled == "met"


@pytest.mark.parametrize(
    ("complexity", "asked"),
    [("", True), ("high", True), ("moderate", False), ("low", False), ("straightforward", False)],
)
def test_complexity_below_high_withdraws_the_first_window_and_never_the_last(complexity, asked):
    found = dues(complexity=complexity)
    assert ("visit_first" in found, "visit_last" in found) == (asked, True)


@pytest.mark.parametrize(
    ("visited", "reconciled", "on", "comes_to"),
    [
        (None, None, day(27), ""),
        (None, day(27), day(27), "met"),
        (None, day(28), day(27), "late"),
        (day(18), None, day(18), ""),
        (day(18), day(17), day(18), "met"),
        (day(18), day(18), day(18), "met"),
        (day(18), day(19), day(18), "late"),
        (day(30), None, day(27), ""),  # a visit that is too late leaves it where it was
    ],
)
def test_medicines_are_reconciled_by_the_visit(visited, reconciled, on, comes_to):
    found = dues(visited=visited, reconciled=reconciled)["reconciliation"]
    assert (found.on, found.settled) == (on, comes_to)


def test_complexity_is_asked_of_who_saw_the_patient_or_of_whom_somebody_asked():
    assert "complexity" not in dues()
    assert dues(visited=day(18), visited_with="Olu")["complexity"].assignee == "Olu"
    asked = dues(visited=day(18), visited_with="Olu", asked_of="Lena", asked_at=denver(19))["complexity"]
    assert (asked.assignee, asked.waits_on, asked.waits_since) == ("Lena", "Lena", denver(19))
    assert (asked.on, asked.levels, asked.settled) == (date(2026, 12, 12), (), "")
    assert dues(visited=day(18), complexity="low")["complexity"].settled == "met"


def test_a_discharge_beside_an_earlier_period_asks_for_a_decision_and_runs_meanwhile():
    found = dues(state="undecided", follows=True)
    assert (found["decide"].on, found["decide"].settled) == (day(17), "")
    assert {kind for kind, due in found.items() if due.levels} == {
        "contact",
        "visit_first",
        "visit_last",
        "reconciliation",
    }
    assert dues(state="open", follows=True)["decide"].settled == "met"
    assert settled(state="continued", follows=True) == {"decide": "met"}


@pytest.mark.parametrize("state", ["watch", "continued", "ended", "cancelled"])
def test_nothing_is_due_of_what_does_not_run_and_what_was_done_stays_done(state):
    assert dues(state=state) == {}
    assert settled(state=state, attempts=(call(17),), visited=day(21), complexity="high") == {
        "contact": "met",
        "visit_first": "late",
        "visit_last": "met",
        "complexity": "met",
    }


def test_what_was_not_done_by_the_end_of_a_completed_period_was_missed():
    assert settled(state="ended", end_reason="completed", visited=day(18), complexity="moderate") == {
        "contact": "missed",
        "visit_last": "met",
        "reconciliation": "missed",
        "complexity": "met",
        "period_end": "met",
    }
    assert dues(state="ended", end_reason="declined") == {}


def test_nothing_is_due_once_the_patient_died_in_the_period():
    assert dues(died=date(2026, 12, 12)) == {}
    assert set(dues(died=date(2026, 12, 13))) == {
        "contact",
        "visit_first",
        "visit_last",
        "reconciliation",
        "period_end",
    }


def test_who_answers_for_a_discharge_answers_for_its_deadlines():
    assert {due.assignee for due in dues(owner="Dana").values()} == {"Dana"}


@pytest.mark.parametrize(("team", "supervisor"), [(72, 72), (12, 9), (5, 0), (0, 0)])
def test_nobody_is_told_before_the_warning_or_after_it_is_too_late(team, supervisor):
    customs = replace(CUSTOMS, team_hours_before=team, supervisor_hours_before=supervisor)
    for warned in (denver(17), denver(20)):
        levels = told_of(denver(18), warned, customs)
        assert list(levels) == sorted(levels)
        assert levels[0] == min(warned, denver(18)) and levels[-1] == denver(18)


def test_what_is_made_late_begins_with_the_last_level_that_has_passed():
    levels = dues()["contact"].levels
    assert [next_level(levels, moment) for moment in (denver(16), denver(17), denver(17, 13), denver(19))] == [
        0,
        0,
        1,
        3,
    ]


def test_a_day_ends_when_the_clock_on_the_wall_has_ended_it():
    """In Havana the clock goes from midnight to one o'clock on March 8, 2026, and back from one o'clock to midnight on November 1."""
    havana = replace(CUSTOMS, zone=ZoneInfo("America/Havana"))
    spring = dues(replace(HOME, discharged=date(2026, 3, 6)), customs=havana)["contact"]
    assert spring.at == datetime(2026, 3, 11, 4, tzinfo=UTC)
    eve = dues(replace(HOME, discharged=date(2026, 2, 22)), customs=havana)["visit_last"]
    assert (eve.on, eve.at) == (date(2026, 3, 8), datetime(2026, 3, 9, 4, tzinfo=UTC))
    gap = dues(replace(HOME, discharged=date(2026, 2, 21)), customs=havana)["visit_last"]
    assert (gap.on, gap.at) == (date(2026, 3, 7), datetime(2026, 3, 8, 5, tzinfo=UTC))
    twice = dues(replace(HOME, discharged=date(2026, 10, 17)), customs=havana)["visit_last"]
    assert (twice.on, twice.at) == (date(2026, 10, 31), datetime(2026, 11, 1, 4, tzinfo=UTC))
    assert twice.at - dues(replace(HOME, discharged=date(2026, 10, 16)), customs=havana)["visit_last"].at == timedelta(
        1
    )
