"""How many units minutes make, and what they are worth: arithmetic on the rulebook's and the contract's numbers."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from .terms import Rounding

CENT = Decimal("0.01")
Attained = Literal["full", "half"]


def earned_at(minutes: int, attained: Attained) -> int:
    """The first minute at which a unit of `minutes` is earned: the last one of it, or the first past its middle."""
    return minutes if attained == "full" else minutes // 2 + 1


def further_units(minutes: int, each: int, attained: Attained) -> int:
    """Units of `each` minutes that `minutes` earn. Only the last may be a part, where half of it is enough."""
    return (minutes - earned_at(each, attained)) // each + 1


def rounded_units(minutes: int, rule: Rounding) -> int:
    """Units that the minutes of one scope earn under a contract."""
    if minutes < rule.first:
        return 0
    if rule.table:
        for low, high, units in rule.table:
            if low <= minutes <= high:
                return units
        *_, (_, high, units) = rule.table
        return units - (high - minutes) // rule.unit if minutes > high else 0
    if rule.next is None:
        return 1
    return 1 + max(0, minutes - rule.next) // rule.unit


def within_cap(units: int, cap: int | None) -> int:
    """The units that a cap leaves; None is no cap."""
    return units if cap is None else min(units, cap)


def line_amount(units: int, rate: Decimal | None) -> Decimal | None:
    """Dollars of a line, rounded half up to the cent. This is the one place where the engine rounds money."""
    return None if rate is None else (units * rate).quantize(CENT, ROUND_HALF_UP)
