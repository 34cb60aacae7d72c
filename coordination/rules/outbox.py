"""When something is sent, and where to. Pure."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from coordination.rules.calendars import SATURDAY

WAITS = tuple(timedelta(minutes=each) for each in (1, 5, 15, 60, 180, 360, 720, 1440))
"""After each try but the last, until the next."""
TRIES = len(WAITS) + 1
TRANSLATED = ip_network("64:ff9b::/96")
"""Addresses of IPv6 in which a network's translator finds one of IPv4 (RFC 6052)."""
UNICAST = ip_network("2000::/3")
"""All of IPv6 that is given out for the public network."""


def next_try(tries: int, now: datetime) -> datetime:
    """When to try again after so many tries."""
    return now + WAITS[min(tries, len(WAITS)) - 1]


def next_morning(after: datetime, hour: int, zone: tzinfo, days_off: Collection[date]) -> datetime:
    """The first moment after another at which it is this hour of a working day in a place."""
    day = after.astimezone(zone).date()
    while True:
        moment = datetime.combine(day, time(hour), zone).astimezone(UTC)
        if moment > after and is_working_day(day, days_off):
            return moment
        day += timedelta(days=1)


def is_working_day(day: date, days_off: Collection[date]) -> bool:
    return day.weekday() < SATURDAY and day not in days_off


def is_outside(address: str) -> bool:
    """Whether an address belongs to the public network: none of this machine, of a private network or of a cloud's own services,
    in whatever way it is written."""
    found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        if found in TRANSLATED:
            found = IPv4Address(int(found) & 0xFFFFFFFF)
        elif found.ipv4_mapped:
            found = found.ipv4_mapped
        elif found not in UNICAST or found.sixtofour or found.teredo:
            return False
    return found.is_global and not found.is_multicast
