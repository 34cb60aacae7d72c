"""How many units minutes make, and what they are worth: arithmetic on the rulebook's and the contract's numbers."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def full_units(minutes: int, each: int) -> int:
    """Units of `each` minutes that are complete. A part of one earns nothing: chronic care has no midpoint rule."""
    return minutes // each


def within_cap(units: int, cap: int | None) -> int:
    """The units that a monthly cap leaves; None is no cap."""
    return units if cap is None else min(units, cap)


def line_amount(units: int, rate: Decimal | None) -> Decimal | None:
    """Dollars of a line, rounded half up to the cent. This is the one place where the engine rounds money."""
    return None if rate is None else (units * rate).quantize(CENT, ROUND_HALF_UP)
