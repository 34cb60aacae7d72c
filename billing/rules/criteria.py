"""Whether a fact of the patient-month passes the rulebook's test. The whole predicate language: at_least, is."""

from .book import Requirement
from .facts import PatientMonth


def have(requirement: Requirement, month: PatientMonth) -> int:
    """The fact that a requirement compares; the loader has seen that it is a number or a truth value."""
    value = getattr(month, requirement.fact)
    assert isinstance(value, int)
    return value


def need(requirement: Requirement) -> int | None:
    """What the fact is compared with."""
    return requirement.is_ if requirement.at_least is None else requirement.at_least


def holds(requirement: Requirement, month: PatientMonth) -> bool:
    """Whether the fact passes."""
    if requirement.at_least is not None:
        return have(requirement, month) >= requirement.at_least
    return have(requirement, month) == requirement.is_
