"""The one place that reads the time. Entry points ask here; everything below takes the moment or the day as an argument.

`security_now` is a clock of its own: tests that set the date replace `now`, never the clock that expires tokens.
"""

import time
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """The service day of a moment: the date on the agency's wall calendar. The only conversion from moments to days."""
    return moment.astimezone(zone).date()


def today(zone: ZoneInfo) -> date:
    """The agency's present service day."""
    return local_day(now(), zone)


def security_now() -> int:
    """Seconds since the epoch, for minting and expiring tokens."""
    return int(time.time())
