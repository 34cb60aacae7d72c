"""Which of a patient's consents a month rests on. Pure."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import TypeVar

E = TypeVar("E")


def consent_of_month(enrollments: Iterable[E], last: date, consent_on: Callable[[E], date]) -> E | None:
    """The enrollment with the latest consent given by the month's last day; else the first one given after it, which
    explains why nothing counts yet; None without any."""
    ordered = sorted(enrollments, key=consent_on)
    given = [each for each in ordered if consent_on(each) <= last]
    return given[-1] if given else next(iter(ordered), None)
