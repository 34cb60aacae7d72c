"""What is known about one patient in one service month, and the payer's terms. Values only: no rule, no hidden default.

Every field is definite. "Unknown" is the caller's problem: billing/facts.py (database rows) and billing/cases.py
(case files) settle it before the engine is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Log:
    """One time log. Minutes are whole and never rounded up; the day is the agency's day; ids are unique in a month."""

    id: str
    date: date
    minutes: int
    program: str  # long name: "chronic_care"
    activity: str  # "care_coordination"
    discipline: str  # of the person who gave the time: "RN"
    staff: str
    start: time | None = None  # on the agency's clock; without it overlap cannot be seen


@dataclass(frozen=True, slots=True)
class Enrollment:
    """One consent to a program under one billing practitioner, and what preceded it. `revoked` ends this consent."""

    program: str
    consent: date | None
    revoked: date | None = None
    initiating_visit: date | None = None
    last_seen: date | None = None  # the latest day the billing practice saw the patient


@dataclass(frozen=True, slots=True)
class PatientMonth:
    """One patient over one service month, `first` through `last`, both included."""

    first: date
    last: date
    agency_type: str
    logs: tuple[Log, ...]
    enrollments: tuple[Enrollment, ...]  # every consent ever given, also several of one program
    chronic_conditions: int  # expected to last twelve months or until death
    risk_attested: bool  # that they place the patient at significant risk of death or decline
    care_plan_current: bool
    died: date | None = None  # None also where the day is not known
    tracks: Mapping[str, str] = field(default_factory=dict)  # program -> declared track; absent: the program's first
    requested: tuple[str, ...] = ()  # codes a person asked for, to be confirmed or refused

    def enrolled(self, program: str) -> tuple[Enrollment, ...]:
        """The patient's consents to a program."""
        return tuple(each for each in self.enrollments if each.program == program)


@dataclass(frozen=True, slots=True)
class Terms:
    """One contract version of a payer, in force in the month. Where there is none, the engine is given None; where several payers'
    are in force at once, terms that are `ambiguous`, with the labels of all."""

    contract: str  # label of the version, as people know it
    since: date  # its first day
    until: date | None = None  # its last day; None: until further notice
    ambiguous: bool = False
    covered: frozenset[str] | None = None  # None: every code
    not_covered: frozenset[str] = frozenset()
    rates: Mapping[str, Decimal] = field(default_factory=dict)  # dollars a unit
    max_units_month: Mapping[str, int] = field(default_factory=dict)  # instead of the rulebook's cap

    def covers(self, code: str) -> bool:
        """Whether this payer pays for a code at all."""
        return code not in self.not_covered and (self.covered is None or code in self.covered)
