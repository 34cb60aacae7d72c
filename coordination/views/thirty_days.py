"""The days after a discharge as one strip: windows over it, weekends and holidays shaded, what happened marked, and the same in words.

Pure: days and what happened on them in, shapes and sentences out. A phone is drawn the first part, and the rest apart from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import ceil

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.rules.calendars import SATURDAY
from coordination.rules.deadlines import TransitionDays

COLUMN, PHONE_COLUMN, EDGE, LANE = 32, 22, 6, 31
STRIP_TOP, LEAST_LANES, WINDOW = 38, 2, 34
FIRST_PART = 15
"""As many columns as a phone has room for; they are narrower there, and times of day stand in the words alone."""
KINDS = {
    "discharge": gettext_lazy("discharge"),
    "learned": gettext_lazy("we learned of it"),
    "attempt": gettext_lazy("attempt, not reached"),
    "reached": gettext_lazy("reached"),
    "reconciled": gettext_lazy("medicines reconciled"),
    "booked": gettext_lazy("visit booked"),
    "visit": gettext_lazy("visit"),
}
"""What can be marked, in words, in the order in which a day's marks stand below each other."""


@dataclass(frozen=True, slots=True)
class Happened:
    """Something on a day: its kind, the time of day where it is known, and the sentence that says it."""

    on: date
    kind: str
    words: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Strip:
    """What a picture is of. `happened` is in the order of time; `visits` are (day in the rule's counting, stricter day, what it is
    for); `now` is a day and how much of it has passed.
    """

    discharged: date
    days: TransitionDays
    visits: Sequence[tuple[date, date, str]]
    holidays: Mapping[date, str]
    happened: Sequence[Happened]
    now: tuple[date, float]

    @property
    def length(self) -> int:
        return (self.days.period_ends - self.discharged).days + 1


@dataclass(frozen=True, slots=True)
class Cell:
    """One day: where it stands, its number below it, the month where one begins, and why it is no business day."""

    x: int
    number: int
    month: str
    is_off: bool
    holiday: str


@dataclass(frozen=True, slots=True)
class Mark:
    x: int
    y: int
    kind: str
    at: str
    words: str


@dataclass(frozen=True, slots=True)
class Window:
    """A bar from the discharge to the last day in time; `strict_x` where the stricter counting ends it, if it is drawn."""

    kind: str
    y: int
    width: int
    label: str
    strict_x: int | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """One part of the strip. Lengths are in the units of its view box, which are pixels on a desk."""

    width: int
    height: int
    column: int
    strip_height: int
    cells: tuple[Cell, ...]
    marks: tuple[Mark, ...]
    windows: tuple[Window, ...]
    now_x: int | None
    end_x: int | None

    @property
    def middle(self) -> int:
        return self.column // 2

    @property
    def top(self) -> int:
        return STRIP_TOP

    @property
    def bottom(self) -> int:
        return STRIP_TOP + self.strip_height


@dataclass(frozen=True, slots=True)
class Picture:
    """`wide` is all days, `phone` the first, `rest` the others; `words` say the same; `legend` names the marks that occur."""

    wide: Drawing
    phone: Drawing
    rest: Drawing
    words: tuple[str, ...]
    legend: tuple[tuple[str, str], ...]
    off: tuple[str, ...] = field(default=())


def picture_of(strip: Strip) -> Picture:
    """The picture of a discharge's days."""
    kinds = {each.kind for each in strip.happened if _is_shown(strip, each.on)}
    return Picture(
        _drawn(strip, 0, strip.length, COLUMN),
        _drawn(strip, 0, FIRST_PART, PHONE_COLUMN),
        _drawn(strip, FIRST_PART, strip.length, PHONE_COLUMN),
        tuple(words_of(strip)),
        tuple((kind, str(label)) for kind, label in KINDS.items() if kind in kinds),
        tuple(
            f"{day_words(day)} ({name})"
            for day, name in sorted(strip.holidays.items())
            if _is_shown(strip, day) and day.weekday() < SATURDAY
        ),
    )


def _is_shown(strip: Strip, day: date) -> bool:
    return strip.discharged <= day <= strip.days.period_ends


def _drawn(strip: Strip, first: int, last: int, width_of_day: int) -> Drawing:
    """The columns from `first` until before `last`."""
    days = [strip.discharged + timedelta(days=number) for number in range(first, last)]
    by_day = {day: [each for each in strip.happened if each.on == day] for day in days}
    lanes = max(LEAST_LANES, *(len(each) for each in by_day.values()))
    strip_height = lanes * LANE + 8
    cells, marks = [], []
    for column, day in enumerate(days):
        x = EDGE + column * width_of_day
        holiday = strip.holidays.get(day, "")
        month = date_format(day, "M") if day.day == 1 or not column else ""
        cells.append(Cell(x, day.day, month, day.weekday() >= SATURDAY or bool(holiday), holiday))
        order = list(KINDS)
        for lane, each in enumerate(sorted(by_day[day], key=lambda each: order.index(each.kind))):
            at = each.at if width_of_day == COLUMN else ""
            marks.append(Mark(x + width_of_day // 2, STRIP_TOP + 12 + lane * LANE, each.kind, at, each.words))
    width = EDGE * 2 + len(days) * width_of_day
    bottom = STRIP_TOP + strip_height
    windows = _windows(strip, days, bottom, width_of_day)
    now_day, passed = strip.now
    now_x = EDGE + round(((now_day - days[0]).days + passed) * width_of_day) if days[0] <= now_day <= days[-1] else None
    end_x = width - EDGE if days[-1] == strip.days.period_ends else None
    height = max([bottom + 34, *(each.y + 14 for each in windows)])
    return Drawing(width, height, width_of_day, strip_height, tuple(cells), tuple(marks), tuple(windows), now_x, end_x)


def _windows(strip: Strip, days: Sequence[date], bottom: int, width_of_day: int) -> list[Window]:
    """The windows as far as they reach into these days: the contact's above the strip, those of visits below it."""

    def width(last: date) -> int:
        return min((last - days[0]).days + 1, len(days)) * width_of_day

    found = []
    if strip.days.contact >= days[0]:
        label = _("contact by the end of %(day)s") % {"day": day_words(strip.days.contact)}
        found.append(Window("contact", 15, width(strip.days.contact), label))
    for number, (last, strict, what) in enumerate(strip.visits):
        if last >= days[0]:
            said = {"n": (last - strip.discharged).days, "date": day_words(last), "what": what}
            label = _("day %(n)s, %(date)s: visit for %(what)s") % said
            y = bottom + 58 + number * WINDOW
            found.append(Window(f"visit-{number}", y, width(last), label, EDGE + width(strict)))
    return found


def words_of(strip: Strip) -> list[str]:
    """All that the picture shows as sentences, in the order of days."""
    said: list[tuple[date, int, str]] = [(each.on, 1, each.words) for each in strip.happened]
    first, *_rest = strip.days.business_days
    window = {"first": day_words(first), "last": day_words(strip.days.contact)}
    contact = (
        _("%(last)s ends the window for contact: it is the last business day in time; the first is %(first)s.") % window
    )
    said.append((strip.days.contact, 2, contact))
    for last, strict, what in strip.visits:
        number = (last - strip.discharged).days
        told = {"n": number, "date": day_words(last), "what": what, "strict": day_words(strict)}
        words = _("%(date)s is day %(n)s, the last for the visit that %(what)s asks for.") % told
        said.append((last, 2, words))
        words = _("%(strict)s is that day where the discharge is counted as day 1.") % told
        said.append((strict, 3, words))
    said += [
        (day, 0, _("%(day)s is no business day: %(name)s.") % {"day": day_words(day), "name": name})
        for day, name in strip.holidays.items()
        if _is_shown(strip, day) and day.weekday() < SATURDAY
    ]
    today, _passed = strip.now
    if _is_shown(strip, today):
        number = (today - strip.discharged).days
        said.append((today, 4, _("Today is %(date)s, day %(n)s.") % {"date": day_words(today), "n": number}))
    ends = {"day": day_words(strip.days.period_ends), "n": strip.length - 1}
    said.append((strip.days.period_ends, 5, _("The period ends with %(day)s, day %(n)s.") % ends))
    return [words for _day, _rank, words in sorted(said, key=lambda each: each[:2])]


def day_words(day: date) -> str:
    """A day as it stands in a sentence: `Fri Nov 13`."""
    return date_format(day, "D M j")


def passed_of(seconds: float) -> float:
    """How much of a day has passed, to a hundredth, never all of it."""
    return min(0.99, ceil(seconds / 864) / 100)
