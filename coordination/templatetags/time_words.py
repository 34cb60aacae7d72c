"""Stretches of time in words."""

from datetime import datetime

from django import template

register = template.Library()


@register.filter
def stopwatch(seconds: int) -> str:
    """Seconds as a clock shows them: `0:08:40`."""
    hours, rest = divmod(int(seconds), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}"


@register.filter
def seconds_until(start: datetime, stop: datetime) -> int:
    """The seconds from one moment to another, none where the clock was set back."""
    return max(0, int((stop - start).total_seconds()))
