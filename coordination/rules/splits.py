"""One contact's minutes over several programs. The parts sum to the whole by construction: the first program keeps the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from coordination.rules.spans import Span


@dataclass(frozen=True, slots=True)
class Part:
    program: str
    minutes: int

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.minutes)


class SplitRefused(ValueError):
    """The parts named leave nothing for the first program (`rest` below one), or one program is named twice (`program`)."""

    def __init__(self, *, rest: int = 0, program: str = "") -> None:
        super().__init__(program or str(rest))
        self.rest = rest
        self.program = program


def split(minutes: int, program: str, others: Sequence[Part]) -> tuple[Part, ...]:
    """All parts, the first being what the others leave of `minutes`."""
    rest = minutes - sum(part.minutes for part in others)
    seen = {program}
    for part in others:
        if part.program in seen:
            raise SplitRefused(program=part.program)
        seen.add(part.program)
    if rest < 1:
        raise SplitRefused(rest=rest)
    return (Part(program, rest), *others)


def in_turn(span: Span | None, parts: Sequence[Part]) -> Sequence[Span | None]:
    """The clock times of each part: one after the other, so that no minute stands twice; the last ends with the whole."""
    if span is None:
        return [None] * len(parts)
    spans, begin = [], span.start
    for part in parts:
        stop = span.stop if part is parts[-1] else begin + part.length
        spans.append(Span(begin, stop))
        begin = stop
    return spans
