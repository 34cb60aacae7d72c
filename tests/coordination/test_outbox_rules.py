"""When something is sent again, when it is morning, and what lies outside."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from coordination.rules.outbox import TRIES, is_outside, next_morning, next_try

DENVER = ZoneInfo("America/Denver")
NOW = datetime(2026, 11, 16, 22, 0, tzinfo=UTC)


def test_tries_are_ever_further_apart_and_end_within_three_days():
    waits = [next_try(tries, NOW) - NOW for tries in range(1, TRIES)]
    assert waits == sorted(waits)
    assert waits[0] == timedelta(minutes=1)
    assert timedelta(days=1) < sum(waits, timedelta()) < timedelta(days=3)
    assert next_try(TRIES, NOW) - NOW == waits[-1]  # of the last: it is looked at once more, and given up


@pytest.mark.parametrize(
    ("after", "hour", "days_off", "expected"),
    [
        ("2026-11-16T13:59Z", 7, (), "2026-11-16T14:00Z"),  # Monday, an hour of this very day
        ("2026-11-16T14:00Z", 7, (), "2026-11-17T14:00Z"),  # the hour itself is past
        ("2026-11-20T20:00Z", 7, (), "2026-11-23T14:00Z"),  # Friday to Monday
        ("2026-11-25T20:00Z", 7, ((2026, 11, 26),), "2026-11-27T14:00Z"),  # Thanksgiving
        ("2026-03-06T20:00Z", 7, (), "2026-03-09T13:00Z"),  # clocks went forward on Sunday: an hour earlier in UTC
        ("2026-10-30T20:00Z", 7, (), "2026-11-02T14:00Z"),  # and back
        ("2026-11-17T03:00Z", 7, (), "2026-11-17T14:00Z"),  # still Monday in Denver, Tuesday in UTC
    ],
)
def test_the_next_morning_is_that_of_a_working_day_in_the_agencys_zone(after, hour, days_off, expected):
    found = next_morning(datetime.fromisoformat(after), hour, DENVER, {date(*day) for day in days_off})
    assert found == datetime.fromisoformat(expected)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111", "::ffff:93.184.215.14", "64:ff9b::5db8:d70e"])
def test_addresses_of_the_public_network_are_outside(address):
    assert is_outside(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::",
        "fd00:ec2::254", "2001:db8::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "64:ff9b:1::a00:1", "::127.0.0.1",
    ],
)  # fmt: skip
def test_addresses_of_machines_inside_are_not(address):
    assert not is_outside(address)
