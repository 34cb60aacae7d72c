"""What coordination's pages ask of billing. Billing fills the port when it starts; coordination never imports billing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol
from uuid import UUID

from coordination.rules.deadlines import Clock
from coordination.rules.renewals import Ending, ProgramAsks

MendedOn = Literal["agency", "patient", "enrollment"]


@dataclass(frozen=True, slots=True)
class Mending:
    """How a problem can be mended: the name of a page's route, the capability it takes, what doing it is called; `of` what the page
    is, `asks` what its form is told beforehand (a month, a program), `field` the one to begin with."""

    page: str
    capability: str
    label: str
    of: MendedOn = "patient"
    asks: tuple[tuple[str, str], ...] = ()
    field: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What stands in the way of billing, in a sentence, and how it can be mended; None where nobody can."""

    sentence: str
    mending: Mending | None = None


@dataclass(frozen=True, slots=True)
class Meter:
    """How far a patient's countable minutes of one program have come in a month.

    `have` of `need` minutes, `need` being the threshold met exactly, else the next; None where the minutes are more than the month
    allows. `steps` are all thresholds of the month in minutes; `reached` the codes that are complete and billed as things stand, with
    units; `sentence` says that in words; `problems` say what stands in the way of billing apart from minutes; `asks_consent`: its
    minutes count from consent on, and not before.
    """

    program: str
    have: int
    need: int | None
    reached: tuple[str, ...]
    steps: tuple[int, ...]
    sentence: str
    problems: tuple[Problem, ...] = ()
    asks_consent: bool = True


@dataclass(frozen=True, slots=True)
class DraftLog:
    """A time log that is being typed and is not stored. `minutes` are those that pass; `keeps` is the stored log it would be written
    over, if any."""

    patient: UUID
    program: str
    activity: str
    discipline: str
    staff: UUID
    service_date: date
    minutes: int
    mode: str = ""
    started_at: datetime | None = None
    keeps: UUID | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What saving a draft would do for its program: how many of its minutes count, the sentence why, and the meter afterwards.
    `mendings`: how what the sentence says can be mended, as far as it can."""

    program: str
    counted: int
    minutes: int
    sentence: str
    meter: Meter | None
    mendings: tuple[Mending, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether all of it counts."""
        return self.counted == self.minutes


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that a program asks to be documented, with a short label. `is_monthly`: done anew in each month."""

    program: str
    element: str
    label: str
    is_monthly: bool


@dataclass(frozen=True, slots=True)
class Supposed:
    """What might still happen after a discharge: a contact on a day (`is_reached`, or an attempt that fails), a visit on a day, a
    complexity that somebody judges, medicines reconciled on a day, a home as where the patient went. `kind`: contact, visit,
    complexity, reconciliation, home."""

    kind: Literal["contact", "visit", "complexity", "reconciliation", "home"]
    on: date | None = None
    is_reached: bool = True
    complexity: str = ""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a code of transitional care comes to, as facts stand or as they are supposed to be. `state`: it is billed; another one is
    billed instead; it is still possible; it is lost. `sentence` says why with its numbers, `cite` is the title of the source, and
    `problems` are those that have nothing to do with what was done after the discharge."""

    code: str
    state: Literal["billed", "instead", "possible", "lost"]
    sentence: str
    cite: str
    problems: tuple[Problem, ...] = ()


class Billing(Protocol):
    """The questions. All are answered for the agency in context."""

    def tracks(self) -> Mapping[str, Sequence[str]]:
        """For each program that has tracks, those that people can declare, its first one first."""
        ...

    def opened(self, on: date) -> Mapping[str, int]:
        """The programs that a visit must open on a day, with the months before consent in which it is enough to have been seen."""
        ...

    def asks(self) -> Mapping[str, Collection[str]]:
        """For each program the facts that its rules ask for, by the names of the rulebook."""
        ...

    def elements(self) -> Sequence[Asked]:
        """What programs ask to be documented, beside what they ask of other facts."""
        ...

    def program_asks(self, program: str, on: date) -> ProgramAsks:
        """What a program asks for that comes due, under a consent of that day."""
        ...

    def contract_endings(self) -> Mapping[UUID, Ending]:
        """The contract versions that have a last day."""
        ...

    def transition_clock(self, on: date) -> Clock:
        """The rulebook's numbers of transitional care on a day."""
        ...

    def transition_outlook(
        self, transition: UUID, today: date, supposing: Sequence[Supposed] = ()
    ) -> tuple[Outlook, ...]:
        """What each code of transitional care comes to for one discharge that is not cancelled, should this happen as well. The one
        with the shortest window first."""
        ...

    def month_effects(
        self, patients: Collection[UUID], month: date, versions: Mapping[UUID, str] | None = None
    ) -> Mapping[UUID, tuple[Meter, ...]]:
        """For each patient the meters of the programs in question in the month that begins on `month`. Set-based.

        `versions` of the facts (selectors/facts_versions.py), read after the last write of this transaction: what was asked before of
        the same version is not read again.
        """
        ...

    def previews(self, drafts: Sequence[DraftLog], *, instead_of: Collection[UUID] = ()) -> tuple[Preview, ...]:
        """The effect of these drafts, together one entry of one patient, on the months of their days: one preview for each program and
        month. Stored logs that would go for them, `instead_of`, are counted no more."""
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
