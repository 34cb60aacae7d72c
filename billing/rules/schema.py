"""The form of the rulebook's files: what a program, a code, a named list and a source state."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from .asked import Requirement
from .decision import FindingId
from .versions import Code, Confidence, Model, Text, Version, Versions, not_empty


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
    unless_elected: dict[Text, Text] = {}  # of each type that had it, the choice by which it reports something else
    only_elected: Text | None = None  # a choice without which these types do not report it


class ActivityVersion(Version):
    counts: bool


class PeriodVersion(Version):
    length: Literal["calendar_month"]


class SharedTimeVersion(Version):
    counted: Literal["once"]  # of two people at the same minute, and of an entry made twice


class ConsentVersion(Version):
    counts_from: Literal["day_of_consent"]


class ConsentRenewalVersion(Version):
    within_months: int = Field(gt=0)  # after consent it is asked for anew


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
    consent_renewal: Versions[ConsentRenewalVersion] | None = None  # no month is decided by it: a deadline is
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
