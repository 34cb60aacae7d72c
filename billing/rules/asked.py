"""The form of what programs and tracks ask of a patient-month: a fact and its test, or alternatives of several."""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec.structs import fields
from pydantic import AfterValidator, Field, model_validator

from .decision import FindingId
from .facts import PatientMonth
from .versions import Model, Text, Version, Versions, not_empty

FACT_TYPES = {each.name: each.type for each in fields(PatientMonth)}

TESTS: dict[Any, tuple[str, ...]] = {
    tuple[int, ...]: ("at_least", "at_most"),
    tuple[str, ...]: ("starts_with",),
    int: ("at_least",),
    bool: ("is",),
    str: ("one_of",),
    Mapping[str, str]: ("one_of",),
    Mapping[str, int]: ("at_least", "at_most"),
    Mapping[str, frozenset[str]]: ("has",),
}
"""Kind of fact -> the tests that fit it. Of what is kept by program, that of the program in question is tested."""


def is_by_program(fact: str) -> bool:
    """Whether a fact of the patient-month is kept by program."""
    return getattr(FACT_TYPES[fact], "__origin__", None) is Mapping


class Asked(Model):
    """What is asked of a fact, by its kind: exactly one of these."""

    at_least: int | None = None
    at_most: int | None = None
    is_: bool | None = Field(None, alias="is")
    one_of: tuple[Text, ...] | None = None
    starts_with: Text | None = None
    has: Text | None = None

    @property
    def test(self) -> str:
        """The name of the test, or of all that are given."""
        given = {
            "at_least": self.at_least,
            "at_most": self.at_most,
            "is": self.is_,
            "one_of": self.one_of,
            "starts_with": self.starts_with,
            "has": self.has,
        }
        return " and ".join(name for name, value in given.items() if value is not None)


class Test(Asked):
    """One test of one fact, of several."""

    fact: Text

    @model_validator(mode="after")
    def _one_that_fits(self) -> "Test":
        fits(self.fact, self)
        return self


class RequirementVersion(Version, Asked):
    """One test of the requirement's fact; or alternatives, each a list of tests, of which one must hold altogether."""

    lasting_months: int | None = None  # of things that are counted
    any_of: Annotated[tuple[Annotated[tuple[Test, ...], AfterValidator(not_empty)], ...], AfterValidator(not_empty)] = (
        (),
    )


def fits(fact: str, asked: Asked) -> None:
    """Refuse a test that does not fit the kind of fact."""
    fitting = TESTS.get(FACT_TYPES.get(fact))
    if fitting is None:
        raise ValueError(f"{fact} is not a fact of the patient-month that can be required")
    if asked.test not in fitting:
        raise ValueError(f"{fact} wants {' or '.join(fitting)}, and nothing else")


class Requirement(Model):
    """What a program or track asks of the patient-month, and what is found where it does not hold: `insufficient` where something
    is recorded and is not enough, if that is a finding of its own."""

    fact: Text | None = None  # None: the alternatives name theirs
    name: Text = ""  # of the rule; that of its fact, where several requirements do not share it
    otherwise: FindingId
    insufficient: FindingId | None = None
    versions: Versions[RequirementVersion]

    @property
    def rule(self) -> str:
        """What the rule is called."""
        return self.name or self.fact or ""

    @model_validator(mode="after")
    def _tests_that_fit(self) -> "Requirement":
        for version in self.versions:
            if self.fact is not None:
                fits(self.fact, version)
            elif version.test or not version.any_of[0] or not self.name:
                raise ValueError("a requirement without a fact has a name, and alternatives in any_of")
        return self
