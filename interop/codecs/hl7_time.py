"""HL7 v2's moments: as precise as they were sent, and in whose zone."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

_STAMP = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,6})\d*|\d{3})?)?)?)?)?)?([+-]\d{4})?"
)
PRECISIONS = ("year", "month", "day", "hour", "minute", "second", "second")


@dataclass(frozen=True, order=True)
class Moment:
    """When, in UTC; `precision` says how much of it was sent: of a day, the moment is where the day begins in the sender's zone."""

    at: datetime
    precision: str

    @property
    def is_day(self) -> bool:
        """Whether no hour was sent."""
        return self.precision in ("year", "month", "day")


def moment(text: str, zone: tzinfo) -> Moment | None:
    """A TS or DTM; one without an offset is in `zone`. None for what is none.

    Of an hour that the clock repeats in autumn the first is meant; one that it leaves out in spring is moved on.
    """
    found = _STAMP.fullmatch(text.replace(" ", ""))
    if found is None:
        return None
    said = [int(each) for each in found.groups()[:6] if each]
    offset = found[8]
    try:
        where = timezone(_offset(offset)) if offset else zone
        local = datetime(*(said + [1, 1][max(0, len(said) - 1) :]), tzinfo=where)  # type: ignore[misc,arg-type]
        at = local.replace(microsecond=int((found[7] or "0").ljust(6, "0"))).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return Moment(at, PRECISIONS[len(said) - 1])


def day(text: str) -> date | None:
    """The day of a date or moment, as written: a birthday has no zone. None for what names no day."""
    found = re.match(r"(\d{4})(\d\d)(\d\d)(?!\d(?!\d))", text.replace("-", ""))
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _offset(text: str) -> timedelta:
    minutes = int(text[1:3]) * 60 + int(text[3:5])
    return timedelta(minutes=-minutes if text[0] == "-" else minutes)
