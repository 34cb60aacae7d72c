"""Calendar arithmetic on days. No holidays and no clock."""

from calendar import monthrange
from datetime import date
from functools import lru_cache


def month_end(day: date) -> date:
    """The last day of the calendar month that holds a day."""
    return day.replace(day=monthrange(day.year, day.month)[1])


@lru_cache(maxsize=10_000)  # of a month's run, the same days for thousands of patients
def months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day where it is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    return first.replace(day=min(day.day, month_end(first).day))


def age_on(day: date, born: date) -> int:
    """Full years of age on a day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
