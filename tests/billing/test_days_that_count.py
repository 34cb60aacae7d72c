"""The days on which minutes count: after consent and visit, while the patient lives, as far as the contract reaches."""

from datetime import date

import pytest

from billing.rules import Unpaid
from billing.rules.days import month_end
from tests.billing.months import LAST, a_log, decide, enrolled, found, march, pieces, terms, units


@pytest.mark.parametrize(
    ("consent", "visit", "seen", "missing"),
    [
        (march(5), march(6), None, False),
        (march(5), None, march(6), False),
        (march(5), None, date(2024, 3, 5), False),  # seen twelve months before consent
        (march(5), None, date(2024, 3, 4), True),
        (march(5), date(2024, 3, 5), None, False),  # a visit is seen no better than another
        (march(5), date(2024, 3, 4), None, True),
        (date(2026, 3, 5), date(2015, 6, 1), None, True),
        (date(2024, 6, 3), None, date(2023, 6, 3), False),  # long enrolled: the year ran before the consent
        (date(2024, 6, 3), None, date(2023, 6, 2), True),
    ],
)
def test_the_year_without_a_visit_runs_before_consent(consent, visit, seen, missing):
    days = {"first": consent.replace(day=1), "last": month_end(consent)} if consent > LAST else {}
    log = a_log(20, max(consent, march(6)))
    decision = decide(log, enrollments=(enrolled(consent, initiating_visit=visit, last_seen=seen),), **days)

    last = visit or seen
    said = [("initiating_visit.missing", "99490", last, 12)] if missing else [("units.below_increment", "99439", 0, 20)]
    assert found(decision) == said
    assert {each.bucket for each in decision.ledger} == {"not_billed" if missing else "counted"}


def test_minutes_count_from_the_visit_that_opened_the_service():
    opened = (enrolled(march(1), initiating_visit=march(10)),)

    assert found(decide(a_log(20, march(9)), enrollments=opened)) == [
        ("minutes.before_visit", "99490", 20, march(10)),
        ("minutes.below_threshold", "99490", 0, 20),
    ]
    assert units(decide(a_log(20, march(10)), enrollments=opened)) == {"99490": 1}
    assert pieces(decide(a_log(5, march(9)), a_log(20, march(31)), enrollments=opened).ledger) == [
        (5, "not_countable", "", 0, "minutes.before_visit"),
        (20, "counted", "99490", 1, None),
    ]


def test_a_visit_of_a_later_month_opens_nothing_in_this_one():
    decision = decide(a_log(20), enrollments=(enrolled(march(1), initiating_visit=date(2025, 4, 1)),))

    assert found(decision) == [("initiating_visit.missing", "99490", None, 12)]
    assert pieces(decision.ledger) == [(20, "not_billed", "99490", 0, "initiating_visit.missing")]


def test_who_stops_and_comes_back_in_a_month_has_agreed_to_all_of_it():
    stopped, again = enrolled(date(2025, 1, 10), revoked=march(10)), enrolled(march(14), initiating_visit=None)
    both = (stopped, again)

    for day in (march(5), march(10), march(12), march(14), LAST):
        assert units(decide(a_log(20, day), enrollments=both)) == {"99490": 1}
    april = {"first": date(2025, 4, 1), "last": date(2025, 4, 30), "enrollments": both}
    assert units(decide(a_log(20, date(2025, 4, 1)), **april)) == {"99490": 1}


def test_between_two_consents_no_minute_counts_from_the_month_after_the_first_to_the_second():
    both = (enrolled(date(2024, 9, 1), revoked=date(2025, 2, 28)), enrolled(march(14)))
    decision = decide(a_log(20, march(13)), a_log(20, march(14)), enrollments=both)

    assert [(each.bucket, each.reason, each.detail) for each in decision.ledger] == [
        ("not_countable", "minutes.before_consent", march(14)),
        ("counted", None, 20),
    ]
    until = (enrolled(date(2025, 1, 10), revoked=march(1)), enrolled(march(14)))
    assert [each.bucket for each in decide(a_log(20, march(13)), enrollments=until).ledger] == ["counted"]


def test_the_day_of_death_is_the_last_whose_minutes_count():
    decision = decide(a_log(20, march(9)), a_log(20, march(10)), a_log(8, march(11)), died=march(10))

    assert units(decision) == {"99490": 1, "99439": 1}
    assert [(e.minutes, e.reason, e.detail, e.cite) for e in decision.ledger if e.bucket == "not_countable"] == [
        (8, "minutes.after_death", march(10), "OWN-READING")
    ]
    assert found(decide(a_log(20, march(10)), died=march(9))) == [
        ("minutes.after_death", "99490", 20, march(9)),
        ("minutes.below_threshold", "99490", 0, 20),
    ]


def test_a_contract_that_ended_in_the_month_pays_for_what_was_done_until_then():
    ended = terms(until=march(20))
    (line,) = decide(a_log(20, march(20)), payer=ended).lines
    assert (line.earliest, line.latest) == (march(20), march(20))
    (line,) = decide(a_log(20, march(5)), a_log(20, march(21)), payer=ended).lines
    assert (line.code, line.earliest, line.latest) == ("99490", march(5), march(20))

    assert found(decide(a_log(20, march(21)), payer=ended)) == [
        ("minutes.after_contract", "99490", 20, march(20)),
        ("minutes.below_threshold", "99490", 0, 20),
    ]
    late = decide(a_log(20, march(5)), a_log(20, march(21)), payer=ended).ledger[-1]
    assert (late.bucket, late.reason, late.detail, late.cite) == (
        "not_countable",
        "minutes.after_contract",
        march(20),
        "CONTRACT",
    )


def test_no_service_day_lies_before_the_contract_began():
    (line,) = decide(a_log(20, march(5)), payer=terms(since=march(28))).lines
    assert (line.earliest, line.latest) == (march(28), LAST)
    (line,) = decide(a_log(20, march(29)), payer=terms(since=march(28))).lines
    assert line.earliest == march(29)


def test_with_two_contracts_nothing_is_billed_and_the_minutes_are_kept():
    decision = decide(a_log(45), payer=Unpaid("terms.ambiguous", "A / B"))

    assert decision.lines == ()
    assert found(decision) == [("terms.ambiguous", "99490", None, "A / B")]
    assert pieces(decision.ledger) == [(45, "not_billed", "99490", 0, "terms.ambiguous")]


def test_time_without_a_break_is_seen_once_and_no_reason_is_given_for_it():
    decision = decide(a_log(10, start="09:00"), a_log(5, start="09:10"))
    assert found(decision) == [("minutes.below_threshold", "99490", 15, 20)]


def test_time_that_somebody_else_gives_is_no_entry_made_twice_though_the_own_one_ended_as_it_began():
    logs = a_log(10, start="09:00"), a_log(30, start="09:00", staff="s2"), a_log(10, start="09:10")
    assert pieces(decide(*logs).ledger)[-1] == (10, "not_countable", "", 0, "minutes.two_staff_same_time")


def test_a_unit_is_complete_on_the_day_of_its_very_last_minute():
    (line,) = decide(a_log(19), a_log(1, march(5))).lines
    assert (line.earliest, line.logs) == (march(5), ("0:04-19", "1:05-1"))


def test_a_log_without_minutes_leaves_no_entry():
    assert decide(a_log(0, activity="voicemail_left"), a_log(0)).ledger == ()


def test_stopping_takes_effect_at_the_end_of_the_calendar_month():
    stopped = (enrolled(revoked=march(2)),)
    april = {"first": date(2025, 4, 1), "last": date(2025, 4, 30), "enrollments": stopped}

    assert units(decide(a_log(20, march(31)), enrollments=stopped)) == {"99490": 1}
    assert found(decide(a_log(20, date(2025, 4, 1)), **april)) == [
        ("minutes.after_revocation", "99490", 20, march(31)),
        ("minutes.below_threshold", "99490", 0, 20),
    ]
    assert found(decide(**april)) == []  # nothing logged, nobody enrolled: the program is not in question
