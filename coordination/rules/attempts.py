"""What a recorded contact is after a discharge: an attempt to reach the patient, or the contact that the rule asks for. Pure.

Recorded are whom somebody spoke to, how, and what came of it (models.Contact). By the practice, and so an attempt at all, is what
clinical staff or a practitioner did; the front desk and a wrong number are none.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Generic, Protocol, TypeVar

from coordination.rules.calendars import SATURDAY

TWO_WAY = frozenset({"phone", "video", "in_person", "message"})
TIMES_OF_DAY = (time(9), time(13), time(16))
"""When a call is proposed: morning, noon and afternoon reach different people."""
APART = timedelta(hours=3)
SPEAKING = frozenset({"patient", "proxy"})
REACHED = frozenset({"reached", "done"})
NOT_CLINICAL = frozenset({"FRONT_DESK", "NONE"})


@dataclass(frozen=True, slots=True, order=True)
class Attempt:
    """A contact after a discharge that stands. `is_reached`: the patient, or who speaks for them, was; `is_interactive`: two-way and
    about more than an appointment; `is_by_practice`: by its clinical staff."""

    on: date
    is_reached: bool
    is_interactive: bool
    is_by_practice: bool = True

    @property
    def is_contact(self) -> bool:
        """What the rule asks for."""
        return self.is_reached and self.is_interactive and self.is_by_practice


def attempt_of(
    on: date, *, mode: str, spoken_to: str, outcome: str, is_beyond_scheduling: bool, discipline: str
) -> Attempt | None:
    """What one contact was; None where nobody tried to speak to the patient."""
    if mode not in TWO_WAY or outcome == "wrong_number" or spoken_to in ("provider", "community", "colleague", "other"):
        return None
    reached = outcome in REACHED and spoken_to in SPEAKING
    return Attempt(on, reached, reached and is_beyond_scheduling, discipline not in NOT_CLINICAL)


class Tried(Protocol):
    """What is asked of an attempt; the engine has its own, made of the same contacts."""

    @property
    def on(self) -> date: ...
    @property
    def is_reached(self) -> bool: ...
    @property
    def is_interactive(self) -> bool: ...
    @property
    def is_by_practice(self) -> bool: ...


T = TypeVar("T", bound=Tried)


@dataclass(frozen=True, slots=True)
class Standing(Generic[T]):
    """What the attempts after a discharge come to. `ours` are the practice's since that day and `timely` those in time, both in order;
    `reached` is the day of the first contact that the rule asks for."""

    ours: tuple[T, ...]
    timely: tuple[T, ...]
    due: date
    reached: date | None

    def is_met(self, failed_attempts: int) -> bool:
        """Whether the patient was reached in time, or tried so often in time."""
        return (self.reached is not None and self.reached <= self.due) or len(self.timely) >= failed_attempts


def standing(attempts: Iterable[T], discharged: date, due: date) -> Standing[T]:
    """What attempts come to by a day, which is in time."""
    ours = tuple(
        sorted((each for each in attempts if each.is_by_practice and each.on >= discharged), key=lambda each: each.on)
    )
    return Standing(
        ours,
        tuple(each for each in ours if each.on <= due),
        due,
        next((each.on for each in ours if each.is_reached and each.is_interactive), None),
    )


def next_try(tried: datetime, due: date, holidays: Collection[date]) -> datetime | None:
    """When to call next on a place's clock: at another time of day, on a business day, in time. None where no such moment is left."""
    day = tried.date()
    while day <= due:
        if day.weekday() < SATURDAY and day not in holidays:
            for hour in TIMES_OF_DAY:
                at = datetime.combine(day, hour, tried.tzinfo)
                if at >= tried + APART:
                    return at
        day += timedelta(days=1)
    return None
