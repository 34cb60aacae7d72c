"""The form of the rulebook's files: strict, closed, and every value with its first day, its source and its confidence.

A dated thing is a list of versions in order of their first day. A version states only what changed on that day; the
rest is inherited from the one before, and null takes a value away. Source, confidence and words are stated anew each time.
"""

from collections.abc import Sequence, Sized
from dataclasses import fields
from datetime import date
from itertools import pairwise
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from .decision import FindingId
from .facts import PatientMonth

FACT_TYPES = {each.name: each.type for each in fields(PatientMonth)}

Text = Annotated[str, Field(min_length=1)]
Code = Annotated[str, Field(pattern=r"^[0-9A-Z]{5}$")]  # CPT or HCPCS, quoted in the file
Confidence = Literal["seen", "memory", "configurable"]


class Model(BaseModel):
    """Nothing is coerced, unknown keys are refused, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Version(Model):
    """What holds from a day on, `words` being ours and never the source's."""

    from_: date = Field(alias="from")
    cite: Text
    confidence: Confidence
    words: Text


T = TypeVar("T", bound=Sized)
V = TypeVar("V", bound=Version)


def not_empty(items: T) -> T:
    """Refuse an empty list. Unlike a minimum length, this is not also said of a list whose items are at fault."""
    if not items:
        raise ValueError("there must be at least one")
    return items


def ascending(versions: tuple[V, ...]) -> tuple[V, ...]:
    """Refuse versions that share a first day or go back in time."""
    for at, (before, after) in enumerate(pairwise(versions), start=1):
        if after.from_ <= before.from_:
            raise PydanticCustomError(
                "overlap",
                "overlaps the version before it: {day} does not follow {before}",
                {"at": at, "day": str(after.from_), "before": str(before.from_)},
            )
    return versions


Versions = Annotated[tuple[V, ...], AfterValidator(not_empty), AfterValidator(ascending)]


def in_force(versions: Sequence[V], day: date) -> V | None:
    """The version in force on a day with all it inherits; None before the first. Never the nearest one."""
    settled: V | None = None
    for version in versions:
        if version.from_ > day:
            break
        stated = {name: getattr(version, name) for name in version.model_fields_set}
        settled = version if settled is None else settled.model_copy(update=stated)
    return settled


class Source(Model):
    """Where a rule can be read. `confidence` is about the source itself: whether its text was seen."""

    short: Text  # as it stands behind a sentence
    title: Text  # a public title that a person can search for
    publisher: Text
    where: Text  # section, page or passage
    access: str = ""  # how it was read, for whoever checks it again
    read_on: date | None  # None where nothing was read: from memory, or our own definition
    confidence: Confidence


class StaffVersion(Version):
    disciplines: tuple[Text, ...]


class AgencyTypesVersion(Version):
    types: tuple[Text, ...]


class ActivityVersion(Version):
    counts: bool


class PeriodVersion(Version):
    length: Literal["calendar_month"]


class SharedTimeVersion(Version):
    counted: Literal["once"]  # of two people at the same minute, and of an entry made twice


class ConsentVersion(Version):
    counts_from: Literal["day_of_consent"]


class RevocationVersion(Version):
    acts: Literal["end_of_calendar_month"]


class InitiatingVisitVersion(Version):
    unless_seen_within_months: int


class DeathVersion(Version):
    counts_through: Literal["day_of_death"]


class RequirementVersion(Version):
    """One test of one fact: exactly one of `at_least` and `is`."""

    at_least: int | None = None
    is_: bool | None = Field(None, alias="is")


class Requirement(Model):
    """A fact of the patient-month that a program asks for, and what is found where it does not hold."""

    fact: Text
    otherwise: FindingId
    versions: Versions[RequirementVersion]

    @model_validator(mode="after")
    def _one_test_that_fits(self) -> "Requirement":
        kind = FACT_TYPES.get(self.fact)
        if kind not in (int, bool):
            raise ValueError(f"{self.fact} is not a number or a yes-or-no fact of the patient-month")
        for version in self.versions:
            if (version.at_least is None) == (kind is int) or (version.is_ is None) == (kind is bool):
                raise ValueError(f"{self.fact} wants {'at_least' if kind is int else 'is'}, and nothing else")
        return self


class CodeVersion(Version):
    minutes: int = Field(0, gt=0)  # of one unit; 0 only where the version does not state it
    max_units_month: int | None = None
    agency_types: str | None = None  # a named list of agency_types.yaml; None: every agency
    add_on_to: tuple[Code, ...] = ()
    retired: bool = False


class CodeData(Model):
    label: Text  # our own words, never the code set's descriptor
    shape: Literal["base", "add_on"]
    versions: Versions[CodeVersion]

    @model_validator(mode="after")
    def _complete(self) -> "CodeData":
        first = self.versions[0]
        if first.minutes == 0:
            raise ValueError(f"the first version of a {self.shape} states its minutes")
        if (self.shape == "add_on") != bool(first.add_on_to):
            raise ValueError("an add-on, and only an add-on, states add_on_to in its first version")
        return self


class TrackData(Model):
    name: Text
    codes: Annotated[tuple[Code, ...], AfterValidator(not_empty)]  # the base, then its add-ons


class ProgramData(Model):
    """One program. Each rule is dated by itself, so that a finding names the very rule it rests on."""

    program: Text
    label: Text
    checked_through: date  # verified as still so up to this day
    not_modelled: tuple[Text, ...]
    staff: str  # a named list of staff.yaml
    activities: str  # a named list of activities.yaml
    period: Versions[PeriodVersion]
    shared_time: Versions[SharedTimeVersion]
    consent: Versions[ConsentVersion]
    revocation: Versions[RevocationVersion]
    initiating_visit: Versions[InitiatingVisitVersion]
    death: Versions[DeathVersion]
    requires: tuple[Requirement, ...]
    tracks: Annotated[tuple[TrackData, ...], AfterValidator(not_empty)]
    # declared track -> tracks to try, in order; the first is the default
    declared: Annotated[dict[str, Annotated[tuple[str, ...], AfterValidator(not_empty)]], AfterValidator(not_empty)]
    codes: dict[Code, CodeData]


class ContractData(Model):
    words: Text


class RulebookData(Model):
    """rulebook.yaml: the edition, the first day it answers for, and what contracts decide instead of it."""

    version: Text
    scope: Versions[Version]
    contract: ContractData


class SourcesData(Model):
    sources: dict[str, Source]


class StaffData(Model):
    staff: dict[str, Versions[StaffVersion]]


class AgencyTypesData(Model):
    agency_types: dict[str, Versions[AgencyTypesVersion]]


class ActivitiesData(Model):
    activities: dict[str, dict[str, Versions[ActivityVersion]]]
