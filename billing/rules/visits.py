"""Codes that belong to a visit: which visit a code is added to, and what it asks of that visit."""

from collections.abc import Iterator
from datetime import date

from .agreed import Agreed
from .book import Rule
from .decision import FindingId, Value
from .facts import PatientMonth, Visit

Failing = tuple[FindingId, Value, Value]  # what is found, what we have, what was needed


def planned_visit(month: PatientMonth, with_: Agreed, rule: Rule) -> Visit | Failing:
    """The initiating visit at which the practitioner planned beyond the visit, or what is missing of it."""
    held = [each for each in _of_its_kind(month, with_, rule) if month.first <= each.on <= month.last]
    if not held:
        return "visit.missing", None, None
    days = _initiating_days(with_)
    initiating = [each for each in held if each.on in days]
    if not initiating:
        return "visit.not_initiating", held[0].on, min(days, default=None)
    planned = [each for each in initiating if each.extra_planning]
    return planned[0] if planned else ("planning.not_documented", initiating[0].on, None)


def used_before(month: PatientMonth, with_: Agreed, rule: Rule, visit: Visit) -> date | None:
    """The day on which a code that is billed once for good was already earned from, or claimed by, the same practitioner."""
    days = _initiating_days(with_)
    earned = (
        each.on
        for each in _of_its_kind(month, with_, rule)
        if each.extra_planning and each.on in days and rule.authority.since <= each.on < visit.on
    )
    claimed = (each.on for each in month.claims if each.code == rule.code and each.practitioner == with_.practitioner)
    return min((*earned, *claimed), default=None)


def _initiating_days(with_: Agreed) -> set[date]:
    return {each.initiating_visit for each in with_.own if each.initiating_visit}


def _of_its_kind(month: PatientMonth, with_: Agreed, rule: Rule) -> Iterator[Visit]:
    """Visits, in order, that the code can be added to: face to face, of a listed kind, with the billing practitioner."""
    for visit in sorted(month.visits):
        if visit.is_face_to_face and visit.code in rule.visits and visit.practitioner == with_.practitioner:
            yield visit
