"""Asking the engine about real patients. Pages, the port and the month's run all ask here, so they cannot disagree."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from functools import cache
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from billing.facts import Month, read_months
from billing.rules import (
    Alternative,
    Decision,
    Log,
    PatientMonth,
    Payer,
    Rulebook,
    Terms,
    alternatives,
    evaluate,
    load_rulebook,
)
from tenancy.context import current_agency


class Decided(Struct, frozen=True):
    """A decision beside what it was made from."""

    facts: PatientMonth
    payer: Payer
    decision: Decision

    @property
    def logged(self) -> int:
        """All minutes of the month, of every program."""
        return sum(log.minutes for log in self.facts.logs)

    @property
    def through(self) -> date:
        """The last day of the month on which minutes can still earn something."""
        last = self.payer.ends(self.facts.last) if isinstance(self.payer, Terms) else self.facts.last
        return min(last, self.facts.died or last)


@cache
def rulebook() -> Rulebook:
    """The shipped rulebook, read and checked once per process."""
    return load_rulebook()


@cache
def labels() -> dict[str, str]:
    """Our short label of each code."""
    return {code: data.label for code, data in rulebook().codes.items()}


def decide(patients: Collection[UUID], month: date) -> dict[UUID, Decided]:
    """Decide the month for these patients, as things stand now. Two queries; LookupError before the rulebook begins."""
    return dict(decide_each(patients, month))


def decide_each(patients: Collection[UUID], month: date) -> Iterator[tuple[UUID, Decided]]:
    """The same, one after the other: whoever goes through thousands need not hold them all."""
    shared, texts = read_months(current_agency(), patients, month)
    return ((patient, decision_of(shared, text)) for patient, text in texts.items())


def decision_of(shared: Month, text: str) -> Decided:
    """The decision from what was read: the same text, the same decision."""
    facts, payer = shared.facts(text)
    return Decided(facts, payer, evaluate(facts, payer, rulebook()))


def decide_with(decided: Decided, extra: Iterable[Log], *, without: Collection[str] = ()) -> Decided:
    """The same month with logs that are not stored, and without some that are."""
    stay = (log for log in decided.facts.logs if log.id not in without)
    return decide_as(decided, replace(decided.facts, logs=(*stay, *extra)))


def decide_as(decided: Decided, facts: PatientMonth) -> Decided:
    """The same month, should its facts be these."""
    return replace(decided, facts=facts, decision=evaluate(facts, decided.payer, rulebook()))


def other_sets(decided: Decided) -> tuple[Alternative, ...]:
    """The set that a month was declared as, and the other lawful ones. For people to compare: nothing is chosen from here."""
    return alternatives(decided.facts, decided.payer, rulebook())
