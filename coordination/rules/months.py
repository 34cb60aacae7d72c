"""Calendar months. Pure."""

from calendar import monthrange
from datetime import date
from functools import lru_cache

EARLIEST_SERVICE_DAY = date(2013, 1, 1)
"""Before it no rule is known (the rulebook's own first day, held equal by a test), so no time is logged."""


def month_of(day: date) -> tuple[date, date]:
    """First and last day of the day's month."""
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def parse_month(text: str) -> date:
    """`2026-11` -> its first day; ValueError for anything else."""
    year, dash, month = text.partition("-")
    if not (dash and len(year) == 4 and len(month) == 2 and (year + month).isascii() and (year + month).isdecimal()):
        raise ValueError(f"{text!r} is no month: write YYYY-MM")
    return date(int(year), int(month), 1)


def next_month(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def previous_month(first: date) -> date:
    return date(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1)


def months_before(first: date, n: int) -> date:
    """The first day of the month `n` months before the one that begins on `first`."""
    year, month = divmod(first.year * 12 + first.month - 1 - n, 12)
    return date(year, month + 1, 1)


def months_between(earlier: date, later: date) -> int:
    """How many months lie between the beginnings of two."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month


@lru_cache(maxsize=10_000)  # of a month's run, the same days for thousands of patients
def months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day where it is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    _, last = month_of(date(day.year + years, month + 1, 1))
    return last.replace(day=min(day.day, last.day))
