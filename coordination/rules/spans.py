"""Spans of one person's day: which overlap, and how one of them can give way. Pure; no minute is given to two entries."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From a moment to a later one."""

    start: datetime
    stop: datetime

    @property
    def minutes(self) -> int:
        """Whole minutes; what is left of a minute is no minute."""
        return (self.stop - self.start) // MINUTE

    def overlaps(self, other: "Span") -> bool:
        """Whether both hold a common minute. Entries that touch do not overlap; nor do a typed time and a stopwatch that differ by
        seconds, because typed times know no seconds."""
        return min(self.stop, other.stop) - max(self.start, other.start) >= MINUTE


class Way(Enum):
    """How an entry can give way to what it overlaps."""

    TRIM = "trim"  # keeps its free minutes, in one piece
    SPLIT = "split"  # keeps its free minutes, in several pieces
    MOVE = "move"  # keeps its length and begins when the others end


def overlapping(span: Span, others: Iterable[Span]) -> list[Span]:
    return sorted(other for other in others if span.overlaps(other))


def free(span: Span, others: Iterable[Span]) -> list[Span]:
    """The pieces of a span, each at least a minute long, that no other holds."""
    pieces, begin = [], span.start
    for other in overlapping(span, others):
        pieces.append(Span(begin, min(other.start, span.stop)))
        begin = max(begin, other.stop)
    pieces.append(Span(begin, span.stop))
    return [piece for piece in pieces if piece.stop - piece.start >= MINUTE]


def ways_out(span: Span, others: Collection[Span], latest: datetime) -> dict[Way, list[Span]]:
    """How `span` can give way, with what it then is; a moved one ends by `latest`. Empty where it meets nothing, or nothing fits."""
    if not (met := overlapping(span, others)):
        return {}
    found: dict[Way, list[Span]] = {}
    if pieces := free(span, others):
        found[Way.TRIM if len(pieces) == 1 else Way.SPLIT] = pieces
    begin = max(other.stop for other in met)
    while later := overlapping(moved := Span(begin, begin + (span.stop - span.start)), others):
        begin = max(other.stop for other in later)
    if moved.stop <= latest:
        found[Way.MOVE] = [moved]
    return found
