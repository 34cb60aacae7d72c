"""Calendar arithmetic on days. No holidays and no clock."""

from calendar import monthrange
from datetime import date


def month_end(day: date) -> date:
    """The last day of the calendar month that holds a day."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def age_on(day: date, born: date) -> int:
    """Full years of age on a day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
