"""Months, names, consents: small pure rules."""

from datetime import date, time, timedelta

import pytest

from billing.rules import load_rulebook
from coordination.rules.consents import consent_of_month
from coordination.rules.months import (
    EARLIEST_SERVICE_DAY,
    month_of,
    months_before,
    months_between,
    next_month,
    parse_month,
    previous_month,
)
from coordination.rules.names import name_tokens, tokens
from coordination.rules.shifts import outside_shift


def test_months_begin_and_end_on_their_days():
    assert month_of(date(2028, 2, 10)) == (date(2028, 2, 1), date(2028, 2, 29))
    assert next_month(date(2026, 12, 1)) == date(2027, 1, 1)
    assert previous_month(date(2026, 1, 1)) == date(2025, 12, 1)
    assert parse_month("2026-11") == date(2026, 11, 1)
    assert [months_before(date(2026, 2, 1), n) for n in (0, 1, 2, 14)] == [
        date(2026, 2, 1),
        date(2026, 1, 1),
        date(2025, 12, 1),
        date(2024, 12, 1),
    ]
    assert months_between(date(2024, 12, 1), date(2026, 2, 1)) == 14


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-1", "26-11", "2026-11-01", "２０２６-11", "-026-11"])
def test_what_is_no_month_is_refused(text):
    with pytest.raises(ValueError):
        parse_month(text)


def test_names_fold_marks_and_case_and_split_at_hyphens():
    assert tokens("Mejía", "Gustavo") == ["mejia", "gustavo"]
    assert tokens("Smith-O'Neill") == ["smith", "oneill"]
    assert name_tokens("Smith-O'Neill") == ["smith", "oneill", "o", "neill"]
    assert tokens("Øystein Łukasz") == ["oystein", "lukasz"]
    assert tokens("Straße", "STRASSE") == ["strasse"]
    assert tokens("ﬁnch") == ["finch"]


def test_a_month_rests_on_its_latest_consent_else_on_the_first_after_it():
    days = [date(2026, 3, 1), date(2026, 1, 1), date(2026, 5, 1)]

    def chosen(last: date) -> date | None:
        return consent_of_month(days, last, lambda day: day)

    assert chosen(date(2026, 2, 28)) == date(2026, 1, 1)
    assert chosen(date(2026, 3, 1)) == date(2026, 3, 1)
    assert chosen(date(2026, 12, 31)) == date(2026, 5, 1)
    assert chosen(date(2025, 12, 31)) == date(2026, 1, 1)
    assert consent_of_month([], date(2026, 1, 31), lambda day: day) is None


def test_the_earliest_service_day_is_the_rulebooks_first():
    rulebook = load_rulebook()
    rulebook.on(EARLIEST_SERVICE_DAY)
    with pytest.raises(LookupError):
        rulebook.on(EARLIEST_SERVICE_DAY - timedelta(days=1))


@pytest.mark.parametrize(
    ("start", "stop", "outside"),
    [(9, 17, False), (8, 10, True), (16, 18, True)],
)
def test_hours_of_a_day_shift(start, stop, outside):
    assert outside_shift(time(start), time(stop), time(9), time(17)) is outside


@pytest.mark.parametrize(
    ("start", "stop", "outside"),
    [(22, 23, False), (23, 1, False), (2, 5, False), (21, 23, True), (5, 7, True), (12, 13, True), (23, 7, True)],
)
def test_hours_of_a_night_shift(start, stop, outside):
    assert outside_shift(time(start), time(stop), time(22), time(6)) is outside
