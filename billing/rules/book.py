"""The rulebook settled for one day: plain values with the authority of each, nothing left to look up by date."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .decision import Authority, FindingId
from .units import Attained

Shape = Literal["base", "add_on", "once", "transition", "visit", "assessment", "report", "contract"]
DecidedBy = Literal["minutes", "contract", "discharge", "events"]


@dataclass(frozen=True, slots=True)
class Staff:
    """Whose minutes count."""

    disciplines: frozenset[str]
    authority: Authority


@dataclass(frozen=True, slots=True)
class AgencyTypes:
    """Which kinds of agency report a code, and what an agency's own choice changes of it."""

    types: frozenset[str]
    unless_elected: Mapping[str, str]  # type -> choice
    only_elected: str | None
    authority: Authority

    def include(self, agency_type: str, election: str) -> bool:
        """Whether an agency of this type, having chosen so, reports the code."""
        if agency_type not in self.types or (election and election == self.unless_elected.get(agency_type)):
            return False
        return self.only_elected is None or election == self.only_elected


@dataclass(frozen=True, slots=True)
class InitiatingVisit:
    """A visit must open the program unless the practice saw the patient in these months before consent."""

    unless_seen_within_months: int
    opened_within_months: int
    visits: frozenset[str]  # empty: every kind opens it
    authority: Authority


@dataclass(frozen=True, slots=True)
class CoveredStay:
    """Minutes on days inside a stay that Medicare Part A pays do not count; whether the first and the last day are inside."""

    admission_day_inside: bool
    discharge_day_inside: bool
    authority: Authority


@dataclass(frozen=True, slots=True)
class StayRule:
    """Minutes on days of a kind of stay do not count: at which ages, and on which days before release they do."""

    finding: FindingId
    ages: tuple[int, int] | None
    release_days: int
    release_below_age: int
    release_below_age_foster: int
    contract_pays_leaving: bool
    authority: Authority


@dataclass(frozen=True, slots=True)
class OtherPrograms:
    """Kinds of program of somebody else that pay for the same."""

    kinds: frozenset[str]
    authority: Authority


@dataclass(frozen=True, slots=True)
class TransitionRule:
    """The clock of a discharge, which is day 0."""

    contact_business_days: int
    failed_attempts: int
    period_days: int
    settings: frozenset[str]
    destinations: frozenset[str]
    authority: Authority


@dataclass(frozen=True, slots=True)
class Test:
    """One test of one fact of the patient-month: its name, and what it is compared with."""

    fact: str
    test: str
    need: Any
    lasting_months: int  # of things that are counted
    by_program: bool  # whether the fact is kept by program


@dataclass(frozen=True, slots=True)
class Requirement:
    """Alternatives of which one must hold, and what is found where none does."""

    any_of: tuple[tuple[Test, ...], ...]
    otherwise: FindingId
    insufficient: FindingId | None  # instead, where something is recorded and does not suffice
    authority: Authority


@dataclass(frozen=True, slots=True)
class Rule:
    """A code on a day. With a `status` it has no version to go by, and no other value of it means anything."""

    code: str
    label: str
    shape: Shape
    status: Literal["code.not_effective", "code.retired"] | None
    minutes: int  # of one unit; of an assessment, the least it takes; 0 of a code that uses none
    attained: Attained
    earned_at: int  # the first minute at which a unit is earned
    max_units_month: int | None  # None: no cap
    agency_types: AgencyTypes | None  # None: every agency
    add_on_to: tuple[str, ...]
    excluded_by: Mapping[
        str, Authority
    ]  # code -> why the two leave no room for each other, of one practitioner and month
    visits: frozenset[str]  # kinds of visit that the code is added to
    visit_has: Literal["extra_planning", "factor"] | None
    factors_not_enough: frozenset[str]
    assessments: frozenset[str]  # kinds that meet the code's definition
    assessments_before: frozenset[str]  # kinds that met an earlier one
    months_apart: int
    once_for_good: bool
    window: tuple[int, tuple[str, ...]] | None  # days to the visit, complexities
    requirements: tuple[Requirement, ...]  # the track's, beyond the program's
    authority: Authority


@dataclass(frozen=True, slots=True)
class Track:
    """One way of billing a program: a base code and its add-ons, on the same minutes."""

    name: str
    base: Rule
    add_ons: tuple[Rule, ...]
    staff: Staff | None  # whose minutes count, where that is fewer than the program's
    when: tuple[Requirement, ...]  # whom it is for
    requirements: tuple[Requirement, ...]  # beyond the program's

    @property
    def codes(self) -> tuple[str, ...]:
        """The base, then its add-ons."""
        return (self.base.code, *(rule.code for rule in self.add_ons))


@dataclass(frozen=True, slots=True)
class Plan:
    """A program on a day. A rule that is None is not in force; the loader refuses one that starts after its codes."""

    name: str
    label: str
    decided_by: DecidedBy
    tracks: tuple[Track, ...]
    beside: tuple[Rule, ...]  # codes of an event, whatever track is billed
    contract_codes: Mapping[str, Rule]  # that a contract may pay by the unit or the month
    requirements: tuple[Requirement, ...]
    declared: Mapping[str, tuple[str, ...]]  # declared track -> tracks to try, in order; first key: the default
    by_facts: bool  # the track follows from facts
    in_order: Mapping[tuple[str, ...], tuple[Track, ...]]  # tracks to try -> those, then all others
    codes: frozenset[str]  # every code but those beside
    staff: Staff | None
    uncounted: Mapping[str, Authority]  # activity -> why it never counts
    period: Authority | None
    shared_time: Authority | None
    consent: Authority | None
    revocation: Authority | None
    initiating_visit: InitiatingVisit | None
    death: Authority | None
    covered_stay: CoveredStay | None
    institutions: Mapping[str, StayRule]  # kind of stay -> rule
    other_programs: OtherPrograms | None
    claimed_time: Authority | None
    transition: TransitionRule | None
    one_family: Authority | None
    one_practitioner: Authority | None

    def declared_tracks(self, declared: str | None) -> tuple[str, ...]:
        """The tracks to try for what people declared. Undeclared, the first holds; an unknown word is an error."""
        name = next(iter(self.declared)) if declared is None else declared
        if name not in self.declared:
            raise ValueError(f"{self.name} has no track {name!r}")
        return self.declared[name]

    def track(self, name: str) -> Track:
        """One track by its name."""
        return next(track for track in self.tracks if track.name == name)


@dataclass(frozen=True, slots=True)
class Book:
    """Every program, in the order in which they are decided."""

    plans: tuple[Plan, ...]
    scope: Authority  # what the rulebook answers for at all
    by_name: Mapping[str, Plan]
    codes: frozenset[str]  # all that it knows on that day; of tracks that have not begun it knows none

    def plan(self, program: str) -> Plan:
        """One program; KeyError where the rulebook does not know it."""
        return self.by_name[program]
