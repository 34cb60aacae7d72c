"""What coordination's pages ask of billing. Billing fills the port when it starts; coordination never imports billing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Meter:
    """How far a patient's countable minutes of one program have come in a month.

    `have` of `need` minutes, `need` being the threshold met exactly, else the next; None where the minutes are more than the month
    allows. `steps` are all thresholds of the month in minutes; `reached` the codes that are complete and billed as things stand, with
    units; `sentence` says that in words; `problems` say what stands in the way of billing apart from minutes.
    """

    program: str
    have: int
    need: int | None
    reached: tuple[str, ...]
    steps: tuple[int, ...]
    sentence: str
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftLog:
    """A time log that is being typed and is not stored. `minutes` are those that pass; `start` is on the agency's clock."""

    patient: UUID
    program: str
    activity: str
    discipline: str
    staff: UUID
    service_date: date
    minutes: int
    start: time | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What saving a draft would do: how many of its minutes count, the sentence why, and the meter afterwards."""

    counted: int
    minutes: int
    sentence: str
    meter: Meter | None

    @property
    def counts(self) -> bool:
        """Whether all of it counts."""
        return self.counted == self.minutes


class Billing(Protocol):
    """The questions. All are answered for the agency in context."""

    def programs(self) -> Collection[str]:
        """The programs that the rules know: of another, minutes are kept and nothing is computed."""
        ...

    def month_effects(self, patients: Collection[UUID], month: date) -> Mapping[UUID, tuple[Meter, ...]]:
        """For each patient the meters of the programs in question in the month that begins on `month`. Set-based."""
        ...

    def preview(self, draft: DraftLog) -> Preview:
        """The effect of one draft on the month of its service date."""
        ...

    def previews(self, drafts: Sequence[DraftLog]) -> tuple[Preview, ...]:
        """The effect of each of these drafts, the parts of one contact: one patient, one month, a program each."""
        ...


_billing: Billing | None = None


def fill(billing: Billing) -> None:
    """Called once, by `billing.apps.ready()`."""
    global _billing
    _billing = billing


def billing() -> Billing:
    """The filled port."""
    if _billing is None:
        raise RuntimeError("no billing: 'billing' is missing from INSTALLED_APPS")
    return _billing
