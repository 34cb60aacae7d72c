"""The rulebook settled for one day: plain values with the authority of each, nothing left to look up by date."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from .decision import Authority, FindingId


@dataclass(frozen=True, slots=True)
class Staff:
    """Whose minutes count."""

    disciplines: frozenset[str]
    authority: Authority


@dataclass(frozen=True, slots=True)
class AgencyTypes:
    """Which kinds of agency report a code."""

    types: frozenset[str]
    authority: Authority


@dataclass(frozen=True, slots=True)
class InitiatingVisit:
    """A visit must open the program unless the practice saw the patient in these months before consent."""

    unless_seen_within_months: int
    authority: Authority


@dataclass(frozen=True, slots=True)
class CoveredStay:
    """Minutes on days inside a stay that Medicare Part A pays do not count; whether the first and the last day are inside."""

    admission_day_inside: bool
    discharge_day_inside: bool
    authority: Authority


@dataclass(frozen=True, slots=True)
class Requirement:
    """A fact of the patient-month and its test; exactly one of `at_least`, `is_` and `one_of` is set."""

    fact: str
    at_least: int | None
    lasting_months: int | None  # of things counted by `at_least`
    is_: bool | None
    one_of: tuple[str, ...]
    otherwise: FindingId
    insufficient: FindingId | None  # instead, where something is recorded and does not suffice
    authority: Authority


@dataclass(frozen=True, slots=True)
class Rule:
    """A code on a day. With a `status` it has no version to go by, and no other value of it means anything."""

    code: str
    label: str
    shape: Literal["base", "add_on", "visit"]
    status: Literal["code.not_effective", "code.retired"] | None
    minutes: int  # of one unit; 0 of a code that belongs to a visit
    max_units_month: int | None  # None: no cap
    agency_types: AgencyTypes | None  # None: every agency
    add_on_to: tuple[str, ...]
    visits: frozenset[str]  # kinds of visit that the code is added to
    requirements: tuple[Requirement, ...]  # the program's and the track's
    authority: Authority


@dataclass(frozen=True, slots=True)
class Track:
    """One way of billing a program: a base code and its add-ons, on the same minutes."""

    name: str
    base: Rule
    add_ons: tuple[Rule, ...]
    staff: Staff | None  # whose minutes count, where that is fewer than the program's
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
    tracks: tuple[Track, ...]
    beside: tuple[Rule, ...]  # codes of a visit, whatever track is billed
    declared: Mapping[str, tuple[str, ...]]  # declared track -> tracks to try, in order; first key: the default
    in_order: Mapping[tuple[str, ...], tuple[Track, ...]]  # tracks to try -> those, then all others
    staff: Staff | None
    uncounted: Mapping[str, Authority]  # activity -> why it never counts
    period: Authority | None
    shared_time: Authority | None
    consent: Authority | None
    revocation: Authority | None
    initiating_visit: InitiatingVisit | None
    death: Authority | None
    covered_stay: CoveredStay | None
    one_family: Authority | None
    one_practitioner: Authority | None
    excluded_by: Mapping[
        str, Authority
    ]  # code -> why it leaves no room, claimed for the month by the same practitioner

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code that is earned by minutes, base before add-on, track after track."""
        return tuple(code for track in self.tracks for code in track.codes)

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
    """Every program on a day."""

    day: date
    plans: tuple[Plan, ...]
    scope: Authority  # what the rulebook answers for at all

    def plan(self, program: str) -> Plan:
        """One program; KeyError where the rulebook does not know it."""
        for plan in self.plans:
            if plan.name == program:
                return plan
        raise KeyError(program)
