"""Whether a fact of the patient-month passes the rulebook's test. This is the whole predicate language."""

from collections.abc import Callable
from typing import Any

from .book import Requirement, Test
from .decision import FindingId, Value
from .facts import PatientMonth

Failure = tuple[FindingId, Value, Value]  # what is found, what we have, what was needed


def _starts_with(value: Any, need: Any) -> bool:
    return any(each.startswith(need) for each in value)


def _count(value: Any) -> int:
    return value if isinstance(value, int) else len(value)


PASSES: dict[str, Callable[[Any, Any], bool]] = {
    "at_least": lambda value, need: _count(value) >= need,
    "at_most": lambda value, need: _count(value) <= need,
    "is": lambda value, need: bool(value == need),
    "one_of": lambda value, need: value in need,
    "starts_with": _starts_with,
    "has": lambda value, need: need in value,
}
NOTHING: dict[str, Any] = {"at_least": 0, "at_most": 0, "one_of": "", "has": frozenset()}
"""Of a fact that is kept by program, where nothing is recorded for the program."""


def failure(requirement: Requirement, month: PatientMonth, program: str) -> Failure | None:
    """What a requirement finds wanting; None where it holds. The loader has seen that fact and test fit each other."""
    if holds(requirement, month, program):
        return None
    [first, *_] = requirement.any_of[0]
    if len(requirement.any_of) > 1:
        return requirement.otherwise, None, None
    have = _fact(first, month, program)
    need = " / ".join(first.need) if isinstance(first.need, tuple) else first.need
    if isinstance(have, tuple) and first.test == "at_least":
        lasting = [months for months in have if months >= first.lasting_months]
        if requirement.insufficient and len(have) >= first.need:
            return requirement.insufficient, len(lasting), first.lasting_months
        return requirement.otherwise, len(have), need
    if isinstance(have, tuple) and first.test == "at_most":
        return requirement.otherwise, len([months for months in have if months >= first.lasting_months]), need
    found = requirement.insufficient if have and requirement.insufficient else requirement.otherwise
    return found, have if isinstance(have, int) or (isinstance(have, str) and have) else None, need


def holds(requirement: Requirement, month: PatientMonth, program: str) -> bool:
    """Whether the fact passes: all tests of one alternative do."""
    for tests in requirement.any_of:
        for test in tests:
            if not _passes(test, month, program):
                break
        else:
            return True
    return False


def _passes(test: Test, month: PatientMonth, program: str) -> bool:
    have = _fact(test, month, program)
    if test.lasting_months:
        have = [months for months in have if months >= test.lasting_months]
    return PASSES[test.test](have, test.need)


def _fact(test: Test, month: PatientMonth, program: str) -> Any:
    value = getattr(month, test.fact)
    return value.get(program, NOTHING[test.test]) if test.by_program else value
