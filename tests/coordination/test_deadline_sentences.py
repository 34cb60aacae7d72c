"""What is due, in sentences: each kind with the numbers that its own rule says, and how far a moment is."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from coordination.models import Deadline, DeadlineKind
from coordination.rules.attempts import Attempt
from coordination.rules.deadlines import Customs, TransitionFacts, transition_dues
from coordination.rules.renewals import (
    Ending,
    EnrollmentFacts,
    Opening,
    ProgramAsks,
    care_plan_due,
    ending_due,
    enrollment_dues,
)
from coordination.selectors.transitions import clock_on
from coordination.sentences import relative_words, what_to_do, why
from tests import factories

DENVER = ZoneInfo("America/Denver")
FRIDAY = date(2026, 11, 20)
THANKSGIVING = date(2026, 11, 26)


def of_a_discharge(on=FRIDAY, **facts):
    given = {"discharged": on, "state": "open"} | facts
    return transition_dues(TransitionFacts(**given), clock_on(on), Customs(DENVER, frozenset({THANKSGIVING})))


def of_programs():
    asks = ProgramAsks(Opening(12, 12, ()), 12, True, True)
    facts = EnrollmentFacts("collaborative_care", date(2026, 10, 1), asks, care_plan=date(2026, 10, 1))
    yield from enrollment_dues(facts, DENVER, 30)
    yield from care_plan_due([facts], [], DENVER, 12)
    yield ending_due(
        "licence", Ending(date(2026, 12, 1), False, {"licence": "RN", "state": "CO", "person": "Dana Reyes"}), DENVER
    )
    yield ending_due("contract", Ending(date(2026, 12, 1), False, {"payer": "Blue Plan"}), DENVER)


def said_of(due, *, now=factories.NOW, last_window=None) -> str:
    deadline = Deadline(kind=due.kind, due_on=due.on, due_at=due.at, said=dict(due.said))
    told = why(
        deadline,
        now=now,
        today=now.astimezone(DENVER).date(),
        holidays={THANKSGIVING: "Thanksgiving"},
        last_window=last_window,
    )
    return " ".join(told.sentences)


def test_every_kind_has_its_sentence():
    undecided = of_a_discharge(state="undecided", follows=True, asked_of="somebody")
    tried = of_a_discharge(attempts=(Attempt(FRIDAY, False, False), Attempt(date(2026, 11, 23), False, False)))
    dues = {due.kind: due for due in (*undecided, *tried, *of_programs())}
    assert set(dues) == set(DeadlineKind)
    for due in dues.values():
        assert said_of(due)
        assert what_to_do(due.kind)


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("contact", "Within 2 business days after the discharge of Fri Nov 20. Nobody has tried yet."),
        ("visit_first", "99496 asks for a visit within 7 days of the discharge of Fri Nov 20."),
        ("visit_last", "99495 asks for a visit within 14 days of the discharge of Fri Nov 20."),
        ("period_end", "The 30 days after the discharge of Fri Nov 20 end: say whether services went on as needed."),
    ],
)
def test_what_a_discharge_asks_for(kind, says):
    [due] = [each for each in of_a_discharge() if each.kind == kind]
    assert said_of(due) == says


def test_a_day_off_is_named():
    [due] = [each for each in of_a_discharge(date(2026, 11, 25)) if each.kind == "contact"]
    assert due.on == date(2026, 11, 30)
    assert "Skipped: Thanksgiving." in said_of(due)


def test_a_window_that_is_over_says_what_is_left():
    first, last = [each for each in of_a_discharge() if each.kind.startswith("visit")]
    assert said_of(first, now=first.at, last_window=last.on) == (
        "99496 asked for a visit by Fri Nov 27, 7 days after the discharge. 99495 asks for one by Fri Dec 4."
    )
    assert said_of(first, now=first.at - timedelta(seconds=1)).startswith("99496 asks for")


@pytest.mark.parametrize(
    ("away", "says"),
    [
        (timedelta(minutes=59, seconds=59), "in 59 min"),
        (timedelta(hours=1), "in 1 h"),
        (timedelta(hours=47, minutes=59), "in 47 h"),
        (timedelta(hours=48), "in 2 d"),
        (timedelta(0), "0 min late"),
        (-timedelta(hours=9, minutes=30), "9 h late"),
        (-timedelta(days=10), "10 d late"),
    ],
)
def test_how_far_a_moment_is(away, says):
    assert relative_words(factories.NOW + away, factories.NOW) == says
