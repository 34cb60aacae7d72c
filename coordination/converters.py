"""Parts of addresses."""

from datetime import date

from coordination.rules.months import parse_month

YEARS = range(1900, 2200)
"""Far enough from where the calendar ends that a view may ask for the day or month beside."""


def _in_reach(day: date) -> date:
    if day.year not in YEARS:
        raise ValueError(f"{day} is out of reach")  # no such address: 404
    return day


class MonthConverter:
    """`2026-11` in an address, the month's first day in a view."""

    regex = r"[0-9]{4}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return _in_reach(parse_month(value))

    def to_url(self, value: date | str) -> str:
        return value if isinstance(value, str) else f"{value:%Y-%m}"


class DayConverter:
    """`2026-11-16` in an address, the date in a view."""

    regex = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return _in_reach(date.fromisoformat(value))

    def to_url(self, value: date | str) -> str:
        return value if isinstance(value, str) else value.isoformat()
