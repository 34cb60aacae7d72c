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


Versions = Annotated[
    tuple[V, ...], AfterValidator(not_empty), AfterValidator(ascending), Field(json_schema_extra={"minItems": 1})
]


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
    unless_elected: Text | None = None  # a choice of the agency's by which it reports something else
    only_elected: Text | None = None  # a choice without which these types do not report it


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
    unless_seen_within_months: int  # 0: a visit must open the service, whoever was seen
    opened_within_months: int  # how long before consent a visit that opens it may lie
    visits: tuple[Code, ...] = ()  # kinds of visit that open it; none stated: every kind


class DeathVersion(Version):
    counts_through: Literal["day_of_death"]


class CoveredStayVersion(Version):
    """Minutes inside a stay that Medicare Part A pays do not count; which days are inside is a convention."""

    admission_day: Literal["inside", "outside"]
    discharge_day: Literal["inside", "outside"]


class ClaimedTimeVersion(Version):
    claimed: Literal["once"]  # a day's time that is on a claim already


class OtherProgramsVersion(Version):
    kinds: tuple[Text, ...]  # of programs of somebody else that pay for the same


class StayVersion(Version):
    """Minutes on days of a stay of this kind do not count."""

    finding: FindingId
    ages: tuple[int, int] | None = None  # from, up to and without; None: every age
    release_days: int = 0  # before the end of detention, on which they count all the same
    release_below_age: int = 0
    release_below_age_foster: int = 0  # of those who were in foster care
    contract_pays_leaving: bool = False  # a contract may pay for the last days before discharge

    @model_validator(mode="after")
    def _ages_that_can_be(self) -> "StayVersion":
        if self.ages and not 0 <= self.ages[0] < self.ages[1]:
            raise ValueError(f"ages from {self.ages[0]} up to {self.ages[1]} are nobody's")
        if bool(self.release_days) != bool(self.release_below_age or self.release_below_age_foster):
            raise ValueError("days before release go with the age below which they count")
        return self


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


TESTS: dict[Any, tuple[str, ...]] = {
    tuple[int, ...]: ("at_least",),
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

    lasting_months: int | None = None  # of things counted by `at_least`
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


Shape = Literal["base", "add_on", "once", "transition", "visit", "assessment", "report", "contract"]
MINUTES: tuple[Shape, ...] = ("base", "add_on")
EVENTS: tuple[Shape, ...] = ("visit", "assessment", "report")


class Window(Model):
    """By when the visit after a discharge must be, and how complex."""

    days: int = Field(gt=0)
    complexity: Annotated[tuple[Text, ...], AfterValidator(not_empty)]


class CodeVersion(Version):
    minutes: int = Field(0, gt=0)  # of one unit; 0 only where the version does not state it
    minutes_in: dict[str, Annotated[int, Field(gt=0)]] = {}  # instead, in a program or in "program.track"
    attained: Literal["full", "half"] = "full"  # whether the last unit needs all its minutes or more than half
    max_units_month: int | None = None
    agency_types: str | None = None  # a named list of agency_types.yaml; None: every agency
    add_on_to: tuple[Code, ...] = ()
    excludes: tuple[Code, ...] = ()  # of the same practitioner and month, either way
    visits: tuple[Code, ...] = ()  # kinds of visit that a code is added to
    visit_has: Literal["extra_planning", "factor"] | None = None
    factors_not_enough: tuple[Text, ...] = ()  # of interactive complexity, each of them alone
    assessments: tuple[Text, ...] = ()  # kinds of assessment that meet the code's definition
    months_apart: int | None = None
    once_for_good: bool = False  # for a patient and practitioner
    window: Window | None = None
    retired: bool = False


class CodeData(Model):
    label: Text  # our own words, never the code set's descriptor
    shape: Shape
    versions: Versions[CodeVersion]

    @model_validator(mode="after")
    def _complete(self) -> "CodeData":
        first = self.versions[0]
        wanted: dict[str, bool] = {
            "minutes": self.shape in (*MINUTES, "assessment"),
            "visits": self.shape in ("visit", "assessment"),
            "assessments": self.shape == "assessment",
            "window": self.shape == "transition",
        }
        if self.shape in MINUTES or self.shape == "contract":
            wanted["add_on_to"] = self.shape == "add_on"
        if first.retired:
            raise ValueError("the first version is already retired: say from when it was payable")
        for name, is_wanted in wanted.items():
            if is_wanted != bool(getattr(first, name)):
                raise ValueError(f"the first version of a {self.shape} states {'its' if is_wanted else 'no'} {name}")
        return self


class TrackData(Model):
    name: Text
    from_: date | None = Field(None, alias="from")  # its first day, where a code that programs share is older
    codes: Annotated[tuple[Code, ...], AfterValidator(not_empty)]  # the base, then its add-ons
    staff: str | None = None  # a named list of staff.yaml: whose minutes alone count
    when: tuple[Requirement, ...] = ()  # whom it is for: of others nothing is said, unless somebody asks for its code
    requires: tuple[Requirement, ...] = ()  # beyond what the program asks for


class TransitionVersion(Version):
    """The clock of a discharge. Days are counted from it as day 0."""

    contact_business_days: int
    failed_attempts: int  # in that time, that stand for a contact
    period_days: int
    settings: tuple[Text, ...]
    destinations: tuple[Text, ...]


class ProgramData(Model):
    """One program. Each rule is dated by itself, so that a finding names the very rule it rests on."""

    program: Text
    label: Text
    checked_through: date  # verified as still so up to this day
    not_modelled: tuple[Text, ...]
    decided_by: Literal["minutes", "contract", "discharge", "events"] = "minutes"
    staff: str | None = None  # a named list of staff.yaml; None: everybody
    activities: str | None = None  # a named list of activities.yaml; None: every activity counts
    period: Versions[PeriodVersion] | None = None
    shared_time: Versions[SharedTimeVersion] | None = None
    consent: Versions[ConsentVersion] | None = None
    revocation: Versions[RevocationVersion] | None = None
    initiating_visit: Versions[InitiatingVisitVersion] | None = None
    death: Versions[DeathVersion] | None = None
    covered_stay: Versions[CoveredStayVersion] | None = None
    institutions: str | None = None  # a named list of stays.yaml
    other_programs: Versions[OtherProgramsVersion] | None = None
    claimed_time: Versions[ClaimedTimeVersion] | None = None
    transition: Versions[TransitionVersion] | None = None
    one_family: Versions[OneFamilyVersion] | None = None
    one_practitioner: Versions[OnePractitionerVersion] | None = None
    excluded_by: tuple[Exclusion, ...] = ()
    requires: tuple[Requirement, ...] = ()
    tracks: tuple[TrackData, ...] = ()
    beside: tuple[Code, ...] = ()  # codes of an event, billed whatever the track
    # declared track -> tracks to try, in order; the first is the default
    declared: dict[str, Annotated[tuple[str, ...], AfterValidator(not_empty)]] = {}
    by_facts: bool = False  # which track it is follows from the facts, and nobody declares it
    codes: dict[Code, CodeData] = {}


class WordsData(Model):
    """What is decided elsewhere, in our words."""

    words: Text


class RulebookData(Model):
    """rulebook.yaml: the edition, its first day, the order of programs, and what contracts and coverages decide instead."""

    version: Text
    scope: Annotated[Versions[Version], Field(max_length=1)]  # it begins once
    order: Annotated[tuple[Text, ...], AfterValidator(not_empty)]
    contract: WordsData
    coverage: WordsData


class SharedCodesData(Model):
    codes: dict[Code, CodeData]  # that tracks of several programs bill


class ForeignCodes(Model):
    label: Text  # our own words
    codes: Annotated[tuple[Code, ...], AfterValidator(not_empty)]


class ForeignCodesData(Model):
    """foreign_codes.yaml: codes that rules name and nothing here decides."""

    foreign: tuple[ForeignCodes, ...]


class StaysData(Model):
    stays: dict[str, dict[str, Versions[StayVersion]]]  # named list -> kind of stay


class SourcesData(Model):
    sources: dict[str, Source]


class StaffData(Model):
    staff: dict[str, Versions[StaffVersion]]


class AgencyTypesData(Model):
    agency_types: dict[str, Versions[AgencyTypesVersion]]


class ActivitiesData(Model):
    activities: dict[str, dict[str, Versions[ActivityVersion]]]
