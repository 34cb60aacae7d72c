"""Which of a patient's consents a month rests on, and since when a visit has opened the service under one. Pure."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import TypeVar

from coordination.rules.months import months_after

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


def opens_on(
    consent: date, opening: Iterable[date], seen: Iterable[date], opened_within: int, seen_within: int
) -> date | None:
    """The day from which the service is open under a consent: that of the consent where a visit opened it or the practice had seen
    the patient in the months before, else that of the first visit after it; None without either. `seen_within` 0: to have been seen
    opens nothing."""
    days = _reaching(consent, opening, opened_within)
    if seen_within:
        days += _reaching(consent, seen, seen_within)
    return min(days, default=None)


def _reaching(consent: date, days: Iterable[date], within: int) -> list[date]:
    return [max(day, consent) for day in days if months_after(day, within) >= consent]
