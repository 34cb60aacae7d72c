"""A person's day as a picture: entries as bars on a line of hours, shared minutes marked. The words stand in a table beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from coordination.models import Contact
from coordination.rules.spans import Span
from coordination.selectors.time_entries import span_of

LANE_HEIGHT = 34
TOP = 22


@dataclass(frozen=True, slots=True)
class Bar:
    """`left` and `width` in percent of the picture, `top` in pixels."""

    left: str
    width: str
    top: int
    label: str
    kind: str  # "entry", "wanted" or "shared"


@dataclass(frozen=True, slots=True)
class Tick:
    left: str
    label: str


@dataclass(frozen=True, slots=True)
class Row:
    """The same in words: `meets` says which other rows hold common minutes."""

    number: int
    contact: Contact | None
    start: datetime
    stop: datetime
    minutes: int
    meets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    bars: tuple[Bar, ...]
    shared: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    rows: tuple[Row, ...]
    height: int

    @property
    def has_overlaps(self) -> bool:
        return bool(self.shared)


def picture_of(contacts: Sequence[Contact], zone: ZoneInfo, wanted: Span | None = None) -> Picture:
    """Bars in the order of the clock, each in the first lane that is free; `wanted` is an entry that is not stored yet."""
    entries: list[tuple[Span, Contact | None]] = [(span, each) for each in contacts if (span := span_of(each))]
    if wanted:
        entries.append((wanted, None))
    entries.sort(key=lambda entry: entry[0])
    if not entries:
        return Picture((), (), (), (), 0)
    first = min(span.start for span, _contact in entries).astimezone(zone).replace(minute=0, second=0, microsecond=0)
    last = max(span.stop for span, _contact in entries)
    hours = max(1, -((first - last) // timedelta(hours=1)))
    whole = timedelta(hours=hours)

    def at(moment: datetime) -> float:
        return (moment - first) / whole * 100

    lanes: list[datetime] = []
    bars, rows = [], []
    for number, (span, contact) in enumerate(entries, start=1):
        lane = next((index for index, busy in enumerate(lanes) if busy <= span.start), len(lanes))
        lanes[lane : lane + 1] = [span.stop]
        width = max(at(span.stop) - at(span.start), 0.6)
        kind = "entry" if contact else "wanted"
        bars.append(Bar(f"{at(span.start):.2f}", f"{width:.2f}", TOP + lane * LANE_HEIGHT, str(number), kind))
        numbered = ((other, each) for other, (each, _contact) in enumerate(entries, start=1) if other != number)
        meets = tuple(other for other, each in numbered if span.overlaps(each))
        rows.append(Row(number, contact, span.start, span.stop, span.minutes, meets))
    height = TOP + len(lanes) * LANE_HEIGHT
    shared = []
    for index, (span, _contact) in enumerate(entries):
        for other, _other in entries[index + 1 :]:
            if span.overlaps(other):
                start, stop = max(span.start, other.start), min(span.stop, other.stop)
                shared.append(Bar(f"{at(start):.2f}", f"{at(stop) - at(start):.2f}", TOP - 4, "", "shared"))
    step = max(1, -(-hours // 8))
    ticks = tuple(
        Tick(f"{hour / hours * 100:.2f}", f"{(first + timedelta(hours=hour)).astimezone(zone).hour}:00")
        for hour in range(0, hours + 1, step)
    )
    return Picture(tuple(bars), tuple(shared), ticks, tuple(rows), height)
