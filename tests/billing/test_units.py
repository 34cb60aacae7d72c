"""Arithmetic of units, money and calendar days."""

from datetime import date
from decimal import Decimal

import pytest

from billing.rules.days import month_end
from billing.rules.terms import PRESETS
from billing.rules.units import earned_at, further_units, line_amount, rounded_units, within_cap
from coordination.rules.months import months_after


@pytest.mark.parametrize(("minutes", "units"), [(0, 0), (19, 0), (20, 1), (39, 1), (40, 2), (60, 3)])
def test_only_full_units_count(minutes, units):
    assert further_units(minutes, 20, "full") == units


@pytest.mark.parametrize(("minutes", "units"), [(0, 0), (15, 0), (16, 1), (30, 1), (45, 1), (46, 2), (75, 2), (76, 3)])
def test_of_half_units_the_last_may_be_a_part(minutes, units):
    assert further_units(minutes, 30, "half") == units


@pytest.mark.parametrize(
    ("minutes", "attained", "at"),
    [(70, "half", 36), (60, "half", 31), (30, "half", 16), (20, "full", 20), (25, "half", 13)],
)
def test_half_is_passed_and_not_reached(minutes, attained, at):
    assert earned_at(minutes, attained) == at


@pytest.mark.parametrize(
    ("preset", "edges"),
    [
        ("midpoint_8", {0: 0, 7: 0, 8: 1, 22: 1, 23: 2, 37: 2, 38: 3, 52: 3, 53: 4, 67: 4, 68: 5}),
        ("table_mt", {7: 0, 8: 1, 23: 1, 24: 2, 38: 2, 39: 3, 53: 3, 54: 4, 68: 4, 69: 5, 83: 5, 84: 6}),
        ("first_unit_1_then_half", {0: 0, 1: 1, 22: 1, 23: 2, 37: 2, 38: 3}),
        ("full_unit_only", {14: 0, 15: 1, 29: 1, 30: 2, 44: 2, 45: 3}),
        ("day_min_60", {59: 0, 60: 1, 119: 1, 600: 1}),
        ("per_encounter_1_unit", {0: 0, 1: 1, 200: 1}),
        ("monthly_case_rate", {0: 0, 1: 1, 900: 1}),
    ],
)
def test_both_sides_of_each_edge_of_a_rounding(preset, edges):
    assert {minutes: rounded_units(minutes, PRESETS[preset]) for minutes in edges} == edges


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
