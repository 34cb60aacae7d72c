"""The minute ledger: every piece of every log in exactly one bucket.

A Pool holds the countable minutes of one program, oldest first. Whatever is taken from it is written to the ledger
and nothing is taken twice, so the pieces of a log always sum to the log.
"""

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from .decision import Authority, Bucket, Entry, Reason, Value
from .facts import Log


class Taken(Struct, frozen=True):
    """What a unit was made of: the logs it used, and the day on which it was complete."""

    logs: tuple[str, ...]
    complete_on: date


class Pool:
    """Countable minutes of one program."""

    __slots__ = ("_ledger", "_pieces", "_program", "minutes")

    def __init__(self, program: str, pieces: Iterable[tuple[Log, int]], ledger: list[Entry]) -> None:
        """`pieces`: logs in order of time, each with its countable minutes (more than none). Entries go to `ledger`."""
        self._program = program
        self._pieces = list(pieces)
        self._pieces.reverse()  # the oldest last, where a list gives it up cheaply
        self._ledger = ledger
        self.minutes = sum([minutes for _, minutes in self._pieces])

    def take_unit(self, minutes: int, earned_at: int, code: str, unit: int, authority: Authority) -> Taken:
        """Use the oldest minutes for a unit of a code: all of it, or what there is. The caller has seen that there are at least
        `earned_at`, and the unit is complete with them."""
        used = self._take(min(minutes, self.minutes), "counted", authority, code, unit, None, minutes)
        complete_on = used[-1][0].date
        for log, taken in used:
            earned_at -= taken
            if earned_at <= 0:
                complete_on = log.date
                break
        return Taken(tuple([log.id for log, _ in used]), complete_on)

    def include(self, code: str, authority: Authority) -> tuple[str, ...]:
        """Account for all that is left as part of a code that asks for no minutes."""
        used = self._take(self.minutes, "included", authority, code, 1, "units.included", None)
        return tuple([log.id for log, _ in used])

    def close(self, bucket: Bucket, authority: Authority, code: str, reason: Reason, detail: Value = None) -> None:
        """Account for all that is left under one reason."""
        if self.minutes:
            self._take(self.minutes, bucket, authority, code, 0, reason, detail)

    def _take(
        self,
        wanted: int,
        bucket: Bucket,
        authority: Authority,
        code: str,
        unit: int,
        reason: Reason | None,
        detail: Value,
    ) -> list[tuple[Log, int]]:
        self.minutes -= wanted
        used = []
        while wanted:
            log, minutes = self._pieces.pop()
            taken = min(minutes, wanted)
            if taken < minutes:
                self._pieces.append((log, minutes - taken))
            wanted -= taken
            used.append((log, taken))
            self._ledger.append(
                Entry(
                    log.id,
                    taken,
                    bucket,
                    self._program,
                    code,
                    unit,
                    reason,
                    detail,
                    authority.cite,
                    authority.since,
                    authority.rule,
                )
            )
        return used
