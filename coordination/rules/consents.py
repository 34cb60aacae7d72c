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


def consents_of_month(
    enrollments: Iterable[E],
    first: date,
    last: date,
    consent_on: Callable[[E], date],
    revoked_on: Callable[[E], date | None],
) -> list[E]:
    """The enrollments in force on any day of the month: two where a patient stopped and came back in it. Without any, the one
    that `consent_of_month` names."""
    known = list(enrollments)
    held = [each for each in known if consent_on(each) <= last and (revoked_on(each) or last) >= first]
    if not held and (one := consent_of_month(known, last, consent_on)) is not None:
        return [one]
    return held
