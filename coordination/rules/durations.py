"""Reading a duration as people type it. Pure; whole minutes out, never rounded up."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import Enum

LONGEST_MINUTES = 600
"""Longest entry accepted at once: ten hours is no single contact."""


class Fault(Enum):
    """Why a text is no duration; the sentence belongs to the form."""

    UNREADABLE = "unreadable"
    ZERO = "zero"
    TOO_LONG = "too_long"
    BACKWARDS = "backwards"
    MORNING_OR_AFTERNOON = "morning_or_afternoon"


class NotADuration(ValueError):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Duration:
    """Whole minutes; with the clock times where a span such as 9:04-9:12 was given."""

    minutes: int
    start: time | None = None
    stop: time | None = None


_MINUTES = re.compile(r"(\d{1,4})\s*(?:m|min|mins|minutes?)?")
_HOURS = re.compile(r"(\d{1,2})\s*h(?:\s*(\d{1,2})\s*(?:m|min)?)?")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*([ap]m)?\s*(?:-|–|—|to)\s*(\d{1,2}):(\d{2})\s*([ap]m)?")
EARLIEST_PLAIN_HOUR = 7
"""A span without am/pm that begins before 7:00 more likely means the afternoon: ask instead of guessing."""


def read(text: str) -> Duration:
    """`8`, `8m`, `8 min`, `0:08`, `1h5m`, `9:04-9:12`, `2:05pm-2:20pm`; NotADuration otherwise."""
    text = text.strip().lower()
    if match := _SPAN.fullmatch(text):
        return _span(*match.groups())
    if match := _MINUTES.fullmatch(text):
        return _checked(int(match[1]))
    if match := _HOURS.fullmatch(text):
        return _checked(int(match[1]) * 60 + int(match[2] or 0))
    if (match := _CLOCK.fullmatch(text)) and int(match[2]) < 60:
        return _checked(int(match[1]) * 60 + int(match[2]))
    raise NotADuration(Fault.UNREADABLE)


def elapsed(service_date: date, duration: Duration, zone: tzinfo) -> int:
    """Whole minutes that passed on a day in a place. Where the clock was changed, a span on it is not the time that passed:
    it can even be none."""
    if duration.start is None or duration.stop is None:
        return duration.minutes
    began, ended = (datetime.combine(service_date, at, zone).astimezone(UTC) for at in (duration.start, duration.stop))
    return (ended - began) // timedelta(minutes=1)


def _span(hour: str, minute: str, half: str | None, to_hour: str, to_minute: str, to_half: str | None) -> Duration:
    start, stop = _time(int(hour), int(minute), half or to_half), _time(int(to_hour), int(to_minute), to_half or half)
    if not (half or to_half) and start.hour < EARLIEST_PLAIN_HOUR:
        raise NotADuration(Fault.MORNING_OR_AFTERNOON)
    if to_half and not half and start > stop:  # 11:50-12:10pm begins before noon
        start = _time(int(hour), int(minute), "am" if to_half == "pm" else "pm")
    minutes = (stop.hour - start.hour) * 60 + stop.minute - start.minute
    if minutes < 0:
        raise NotADuration(Fault.BACKWARDS)
    return _checked(minutes, start, stop)


def _time(hour: int, minute: int, half: str | None) -> time:
    if half and not 1 <= hour <= 12:
        raise NotADuration(Fault.UNREADABLE)
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return time(hour, minute)
    except ValueError:
        raise NotADuration(Fault.UNREADABLE) from None


def _checked(minutes: int, start: time | None = None, stop: time | None = None) -> Duration:
    if minutes == 0:
        raise NotADuration(Fault.ZERO)
    if minutes > LONGEST_MINUTES:
        raise NotADuration(Fault.TOO_LONG)
    return Duration(minutes, start, stop)
