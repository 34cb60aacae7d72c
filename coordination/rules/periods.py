"""Periods of days, both ends included; an end that is not known is open. Pure."""

from datetime import date
from typing import Protocol


class Period(Protocol):
    from_day: date
    to_day: date | None


def overlap(one: Period, other: Period) -> bool:
    """Whether some day is in both."""
    return one.from_day <= (other.to_day or date.max) and other.from_day <= (one.to_day or date.max)


def share_more_than_a_day(one: Period, other: Period) -> bool:
    """Whether they overlap by more than the one day on which a person leaves here and arrives there."""
    return one.from_day < (other.to_day or date.max) and other.from_day < (one.to_day or date.max)
