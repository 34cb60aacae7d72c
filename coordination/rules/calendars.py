"""Business days: Monday to Friday except an agency's holidays. Pure."""

from collections.abc import Collection
from datetime import date, timedelta

SATURDAY = 5


def business_days_after(day: date, count: int, holidays: Collection[date]) -> tuple[date, ...]:
    """The first `count` business days after a day, which is none of them itself."""
    found: list[date] = []
    while len(found) < count:
        day += timedelta(days=1)
        if day.weekday() < SATURDAY and day not in holidays:
            found.append(day)
    return tuple(found)
