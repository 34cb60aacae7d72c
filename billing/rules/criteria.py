"""Whether a fact of the patient-month passes the rulebook's test. The whole predicate language: at_least, is, one_of."""

from .book import Requirement
from .decision import FindingId, Value
from .facts import PatientMonth

Failure = tuple[FindingId, Value, Value]  # what is found, what we have, what was needed


def failure(requirement: Requirement, month: PatientMonth, program: str) -> Failure | None:
    """What a requirement finds wanting; None where it holds. The loader has seen that fact and test fit each other."""
    value = getattr(month, requirement.fact)
    if requirement.one_of:
        said = value.get(program, "")
        if said in requirement.one_of:
            return None
        found = (said and requirement.insufficient) or requirement.otherwise
        return found, said or None, " / ".join(requirement.one_of)
    if requirement.at_least is None:
        return None if value == requirement.is_ else (requirement.otherwise, value, requirement.is_)
    lasting = requirement.lasting_months or 0
    enough = len([months for months in value if months >= lasting])
    if enough >= requirement.at_least:
        return None
    if requirement.insufficient and len(value) >= requirement.at_least:
        return requirement.insufficient, enough, lasting
    return requirement.otherwise, len(value), requirement.at_least


def holds(requirement: Requirement, month: PatientMonth, program: str) -> bool:
    """Whether the fact passes."""
    return failure(requirement, month, program) is None
