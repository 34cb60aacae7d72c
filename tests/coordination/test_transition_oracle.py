"""A hundred thousand generated discharges, and another way of saying when what follows them is due.

The oracle shares nothing with the product: it walks the calendar day by day with holidays of its own, and finds where a day ends by
walking the clock on the wall, quarter hour by quarter hour and then minute by minute.
"""

import calendar
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

from billing.services.decisions import rulebook
from coordination.ports import billing
from coordination.rules.deadlines import Customs, TransitionFacts, transition_dues
from tenancy.selectors.places import federal_holidays

SEED, MANY = 20261126, 100_000
YEARS = range(2023, 2030)  # 2024 and 2028 have a leap day
ZONES = [
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles", "America/Anchorage",
    "America/Adak", "Pacific/Honolulu", "America/Puerto_Rico", "Pacific/Guam", "Pacific/Pago_Pago",
    # The clock is put forward, or back, at midnight: a day has no first hour, or has it twice.
    "America/Havana", "America/Asuncion", "Asia/Beirut", "Africa/Cairo", "Atlantic/Azores", "America/Scoresbysund",
    # By half an hour, and where days begin first.
    "Australia/Lord_Howe", "Pacific/Kiritimati", "UTC",
]  # fmt: skip
MINUTE = timedelta(minutes=1)


def next_day(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


@cache
def first_moment_after(zone: str, day: date) -> datetime:
    """Walk the clock on the wall from noon UTC of the day before until it shows a later day, then back to the first such minute."""
    place = ZoneInfo(zone)
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) - timedelta(days=1)
    while moment.astimezone(place).date() <= day:
        moment += 15 * MINUTE
    while (moment - MINUTE).astimezone(place).date() > day:
        moment -= MINUTE
    return moment


def weekday_of_month(year: int, month: int, weekday: int, which: int) -> date:
    days = [
        day
        for day in calendar.Calendar().itermonthdates(year, month)
        if day.month == month and day.weekday() == weekday
    ]
    return days[which]


@cache
def own_holidays(year: int) -> frozenset[date]:
    """The eleven federal holidays as the law lists them; on a Saturday also the Friday before, on a Sunday also the Monday after."""
    fixed = [
        date(year, 1, 1),
        date(year, 6, 19),
        date(year, 7, 4),
        date(year, 11, 11),
        date(year, 12, 25),
        date(year + 1, 1, 1),
    ]
    found = {
        weekday_of_month(year, 1, calendar.MONDAY, 2),
        weekday_of_month(year, 2, calendar.MONDAY, 2),
        weekday_of_month(year, 5, calendar.MONDAY, -1),
        weekday_of_month(year, 9, calendar.MONDAY, 0),
        weekday_of_month(year, 10, calendar.MONDAY, 1),
        weekday_of_month(year, 11, calendar.THURSDAY, 3),
    }
    for day in fixed:
        found.add(day)
        if day.weekday() == calendar.SATURDAY:
            found.add(date.fromordinal(day.toordinal() - 1))
        if day.weekday() == calendar.SUNDAY:
            found.add(next_day(day))
    return frozenset(day for day in found if day.year == year)


def walked(first: date, days: int) -> date:
    for _ in range(days):
        first = next_day(first)
    return first


def expected(discharged: date, zone: str, off: frozenset[date], agency_off: frozenset[date], is_day_one: bool) -> dict:
    """Kind -> (last day in time, the first moment after it, the moment of the warning)."""
    business = []
    day = discharged
    while len(business) < 2:
        day = next_day(day)
        if day.weekday() not in (calendar.SATURDAY, calendar.SUNDAY) and day not in agency_off and day not in off:
            business.append(day)
    # On the 7th day after the discharge, or on the 7th day if that of the discharge is the 1st.
    seventh, fourteenth = (walked(discharged, count - is_day_one) for count in (7, 14))
    closes = walked(discharged, 29)

    def ends(day: date) -> datetime:
        return first_moment_after(zone, day)

    return {
        "contact": (business[1], ends(business[1]), ends(business[0])),
        # The warning comes as the day begins that is two before the 7th: one before it by the stricter count.
        "visit_first": (seventh, ends(seventh), ends(walked(discharged, 4))),
        "visit_last": (fourteenth, ends(fourteenth), ends(walked(discharged, 11))),
        "reconciliation": (fourteenth, ends(fourteenth), ends(walked(discharged, 13 - is_day_one))),
        "period_end": (closes, ends(closes), None),
    }


def test_our_own_list_of_holidays_is_that_of_the_library():
    for year in YEARS:
        assert {day for day in federal_holidays(year) if day.year == year} == own_holidays(year)


def test_a_hundred_thousand_discharges_are_due_when_another_way_of_counting_says():
    chance = Random(SEED)
    clock = billing().transition_clock(date(2026, 1, 1))
    assert clock == billing().transition_clock(max(date(2023, 1, 1), rulebook().begins))
    first, last = date(YEARS[0], 1, 1), date(YEARS[-1], 10, 31)
    zones = {zone: ZoneInfo(zone) for zone in ZONES}
    off = frozenset(day for year in YEARS for day in own_holidays(year))
    seen = Counter()
    for number in range(MANY):
        discharged = date.fromordinal(chance.randint(first.toordinal(), last.toordinal()))
        if number % 4 == 0:  # around the turn of the year, both changes of the clock and the leap day
            month, about = chance.choice([(12, 28), (3, 5), (10, 30), (2, 27)])
            discharged = date(chance.choice(YEARS[:-1]), month, 1) + timedelta(about - 1 + chance.randint(-6, 6))
        zone, is_day_one = chance.choice(ZONES), chance.random() < 0.5
        near = [discharged + timedelta(chance.randint(0, 7)) for _ in range(chance.choice([0, 0, 1, 3]))]
        agency_off = frozenset(near)
        customs = Customs(zones[zone], off | agency_off, int(is_day_one))
        found = {
            due.kind: (due.on, due.at, due.levels[0] if due.levels else None)
            for due in transition_dues(TransitionFacts(discharged, "open"), clock, customs)
        }
        wanted = expected(discharged, zone, off, agency_off, is_day_one)
        assert found == wanted, (discharged, zone, is_day_one, sorted(agency_off))
        after = next_day(wanted["contact"][0])
        seen["midnight that is not, or is twice"] += wanted["contact"][1] - first_moment_after(
            zone, discharged
        ) != timedelta(days=(wanted["contact"][0] - discharged).days)
        seen["leap day"] += discharged <= date(discharged.year, 2, 28) < after and calendar.isleap(discharged.year)
        seen["year end"] += after.year > discharged.year
        seen["holiday"] += any(discharged < day < after for day in off)
        seen["agency's day off"] += any(discharged < day < after for day in agency_off - off)
    assert all(seen[what] > 500 for what in seen), seen
