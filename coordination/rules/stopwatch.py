"""What a timer measured, and when it is taken for forgotten. Pure."""

from datetime import datetime, timedelta, tzinfo

LONGEST_HOURS = 4
"""A timer that ran longer was forgotten: no single contact takes so long."""


def is_forgotten(started: datetime, stopped: datetime, zone: tzinfo) -> bool:
    """Whether to ask when the work really ended: the timer ran for hours, or over the agency's midnight."""
    if stopped - started > timedelta(hours=LONGEST_HOURS):
        return True
    return started.astimezone(zone).date() != stopped.astimezone(zone).date()


def measured(started: datetime, stopped: datetime) -> tuple[int, int]:
    """Whole minutes, and the seconds beyond them that are not counted. A clock that was set back measures nothing."""
    seconds = max(0, int((stopped - started).total_seconds()))
    return divmod(seconds, 60)
