"""The form of the rulebook's files: strict, closed, and every value with its first day, its source and its confidence.

A dated thing is a list of versions in order of their first day. A version states only what changed on that day; the
rest is inherited from the one before, and null takes a value away. Source, confidence and words are stated anew each time.
"""

from collections.abc import Mapping, Sequence, Sized
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeVar

from msgspec.structs import fields
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


class CoveredStayVersion(Version):
    """Minutes inside a stay that Medicare Part A pays do not count; which days are inside is a convention."""

    admission_day: Literal["inside", "outside"]
    discharge_day: Literal["inside", "outside"]


class OneFamilyVersion(Version):
    families_a_month: Literal[1]


class OnePractitionerVersion(Version):
    practitioners_a_month: Literal[1]


class ExclusionVersion(Version):
    excludes: bool


class Exclusion(Model):
    """Codes that leave no room for a program where the same practitioner claims one of them for the month."""

    name: Text
    codes: Annotated[tuple[Code, ...], AfterValidator(not_empty)]
    versions: Versions[ExclusionVersion]


TESTS: dict[Any, str] = {tuple[int, ...]: "at_least", bool: "is", Mapping[str, str]: "one_of"}


class RequirementVersion(Version):
    """One test of one fact, by its kind: how many of `at_least` (and `lasting_months`), `is`, or `one_of`."""

    at_least: int | None = None
    lasting_months: int | None = None
    is_: bool | None = Field(None, alias="is")
    one_of: tuple[Text, ...] | None = None

    @property
    def test(self) -> str:
        """The name of the test, or of all that are given."""
        given = {"at_least": self.at_least, "is": self.is_, "one_of": self.one_of}
        return " and ".join(name for name, value in given.items() if value is not None)


class Requirement(Model):
    """A fact of the patient-month that a program or track asks for, and what is found where it does not hold: `insufficient` where
    something is recorded and is not enough, if that is a finding of its own."""

    fact: Text
    otherwise: FindingId
    insufficient: FindingId | None = None
    versions: Versions[RequirementVersion]

    @model_validator(mode="after")
    def _one_test_that_fits(self) -> "Requirement":
        test = TESTS.get(FACT_TYPES.get(self.fact))
        if test is None:
            raise ValueError(f"{self.fact} is not a fact of the patient-month that can be required")
        if any(version.test != test for version in self.versions):
            raise ValueError(f"{self.fact} wants {test}, and nothing else")
        return self


class CodeVersion(Version):
    minutes: int = Field(0, gt=0)  # of one unit; 0 only where the version does not state it
    max_units_month: int | None = None
    agency_types: str | None = None  # a named list of agency_types.yaml; None: every agency
    add_on_to: tuple[Code, ...] = ()
    visits: tuple[Code, ...] = ()  # kinds of visit that a code is added to
    retired: bool = False


class CodeData(Model):
    label: Text  # our own words, never the code set's descriptor
    shape: Literal["base", "add_on", "visit"]
    versions: Versions[CodeVersion]

    @model_validator(mode="after")
    def _complete(self) -> "CodeData":
        first = self.versions[0]
        if (self.shape == "visit") != bool(first.visits):
            raise ValueError("a code of a visit, and only such a code, states visits in its first version")
        if (self.shape != "visit") != bool(first.minutes):
            raise ValueError(f"the first version of a {self.shape} states {'no' if first.minutes else 'its'} minutes")
        if (self.shape == "add_on") != bool(first.add_on_to):
            raise ValueError("an add-on, and only an add-on, states add_on_to in its first version")
        return self


class TrackData(Model):
    name: Text
    codes: Annotated[tuple[Code, ...], AfterValidator(not_empty)]  # the base, then its add-ons
    staff: str | None = None  # a named list of staff.yaml: whose minutes alone count
    requires: tuple[Requirement, ...] = ()  # beyond what the program asks for


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
    covered_stay: Versions[CoveredStayVersion]
    one_family: Versions[OneFamilyVersion]
    one_practitioner: Versions[OnePractitionerVersion]
    excluded_by: tuple[Exclusion, ...]
    requires: tuple[Requirement, ...]
    tracks: Annotated[tuple[TrackData, ...], AfterValidator(not_empty)]
    # declared track -> tracks to try, in order; the first is the default
    beside: tuple[Code, ...] = ()  # codes of a visit, billed whatever the track
    declared: Annotated[dict[str, Annotated[tuple[str, ...], AfterValidator(not_empty)]], AfterValidator(not_empty)]
    codes: dict[Code, CodeData]


class WordsData(Model):
    """What is decided elsewhere, in our words."""

    words: Text


class RulebookData(Model):
    """rulebook.yaml: the edition, the first day it answers for, and what contracts and coverages decide instead of it."""

    version: Text
    scope: Versions[Version]
    contract: WordsData
    coverage: WordsData


class SourcesData(Model):
    sources: dict[str, Source]


class StaffData(Model):
    staff: dict[str, Versions[StaffVersion]]


class AgencyTypesData(Model):
    agency_types: dict[str, Versions[AgencyTypesVersion]]


class ActivitiesData(Model):
    activities: dict[str, dict[str, Versions[ActivityVersion]]]
