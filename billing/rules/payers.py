"""Who pays first in a month: from a patient's coverages and the payers' contracts to the terms that decide, or why there are none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from msgspec.structs import replace

from .terms import Payer, Terms, Unpaid

PAY_NO_CARE_MANAGEMENT = frozenset({"medicare_a", "medicare_d", "medigap"})
"""Kinds of plan that never pay first for it: hospital care, drugs, and what is left over after Medicare."""

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Coverage:
    """A payer covers a patient from a first to a last day, both included; order 1 pays first."""

    payer: str
    plan_kind: str
    first: date
    last: date | None
    order: int


def payer_of_month(
    coverages: Iterable[Coverage],
    first: date,
    last: date,
    names: Mapping[str, str],
    terms: Mapping[str, Sequence[Terms]],
) -> Payer:
    """The terms of whoever pays first on the month's last covered day. `names`: of the payers; `terms`: per payer, the contract
    versions in force on any day of the month, by first day."""
    known = list(coverages)
    paying = [each for each in known if each.plan_kind not in PAY_NO_CARE_MANAGEMENT]
    spans = _spans(paying, first, last)
    if not spans:
        return Unpaid("coverage.not_in_force" if known else "coverage.missing")
    *_, (_, end, payers) = spans
    if len(payers) > 1:
        return Unpaid("terms.ambiguous", " / ".join(sorted(names[each] for each in payers)))
    [payer] = payers
    versions = terms.get(payer, ())
    if any(after.since <= (before.until or last) for before, after in pairwise(versions)):
        return Unpaid("terms.ambiguous", " / ".join(each.contract for each in versions))
    in_force = [each for each in versions if each.since <= end]
    if not in_force:
        return Unpaid("terms.no_contract", names[payer])
    own = _joined([(begins, ends) for begins, ends, who in spans if who == payers])
    return in_force[-1] if own == ((first, last),) else replace(in_force[-1], spans=own)


def _spans(coverages: Sequence[Coverage], first: date, last: date) -> list[tuple[date, date, frozenset[str]]]:
    """The days of the month that anybody covers, cut wherever a coverage begins or ends, with those who pay first."""
    held = [(max(each.first, first), min(each.last or last, last), each) for each in coverages]
    cuts = sorted({begins for begins, _, _ in held} | {ends + ONE_DAY for _, ends, _ in held})
    spans = []
    for cut, following in pairwise(cuts):
        here = [each for begins, ends, each in held if begins <= cut <= ends]
        if here:
            order = min(each.order for each in here)
            spans.append((cut, following - ONE_DAY, frozenset(each.payer for each in here if each.order == order)))
    return spans


def _joined(spans: Sequence[tuple[date, date]]) -> tuple[tuple[date, date], ...]:
    """Spans that follow each other without a gap as one."""
    joined: list[tuple[date, date]] = []
    for begins, ends in spans:
        if joined and joined[-1][1] + ONE_DAY == begins:
            joined[-1] = joined[-1][0], ends
        else:
            joined.append((begins, ends))
    return tuple(joined)
