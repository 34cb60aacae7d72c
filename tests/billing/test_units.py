"""Arithmetic of units, money and calendar days."""

from datetime import date
from decimal import Decimal

import pytest

from billing.rules.days import month_end, months_after
from billing.rules.units import full_units, line_amount, within_cap


@pytest.mark.parametrize(("minutes", "units"), [(0, 0), (19, 0), (20, 1), (39, 1), (40, 2), (60, 3)])
def test_only_full_units_count(minutes, units):
    assert full_units(minutes, 20) == units


@pytest.mark.parametrize(("units", "cap", "left"), [(3, 2, 2), (2, 2, 2), (1, 2, 1), (3, 0, 0), (9, None, 9)])
def test_a_cap_cuts_and_none_does_not(units, cap, left):
    assert within_cap(units, cap) == left


@pytest.mark.parametrize(
    ("units", "rate", "amount"),
    [(2, "45.93", "91.86"), (1, "0.005", "0.01"), (3, "10.335", "31.01"), (2, "50", "100.00")],
)
def test_a_line_is_rounded_half_up_to_the_cent_and_only_as_a_whole(units, rate, amount):
    assert str(line_amount(units, Decimal(rate))) == amount


def test_no_rate_no_amount():
    assert line_amount(2, None) is None


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 3, 1), 12, date(2025, 3, 1)),
        (date(2024, 12, 31), 2, date(2025, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last_one(day, months, expected):
    assert months_after(day, months) == expected


def test_month_end_knows_leap_years():
    assert (month_end(date(2024, 2, 1)), month_end(date(2025, 2, 28))) == (date(2024, 2, 29), date(2025, 2, 28))
