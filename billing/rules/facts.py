"""What is known about one patient in one service month, and the payer's terms. Values only: no rule, no hidden default.

Every field is definite. "Unknown" is the caller's problem: billing/facts.py (database rows) and billing/cases.py
(case files) settle it before the engine is asked. No order of any collection means anything.
"""

from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal

from msgspec import Struct, field

from .decision import FindingId

FOR_LIFE = 9_999
"""Months that a condition lasts of which nobody expects an end."""


class Log(Struct, frozen=True):
    """One time log. Minutes are whole and never rounded up; the day is the agency's day; ids are unique in a month."""

    id: str
    date: date
    minutes: int
    program: str  # long name: "chronic_care"
    activity: str  # "care_coordination"
    discipline: str  # of the person who gave the time: "RN"
    staff: str
    start: time | None = None  # on the agency's clock; without it overlap cannot be seen


class Enrollment(Struct, frozen=True):
    """One consent to a program under one billing practitioner, and what preceded it. `revoked` ends this consent."""

    program: str
    consent: date | None
    revoked: date | None = None
    initiating_visit: date | None = None
    last_seen: date | None = None  # the latest day the billing practice saw the patient
    practitioner: str = ""  # whose name it is billed under


class Visit(Struct, frozen=True, order=True):
    """A visit with a practitioner, of this practice or outside (`practitioner` empty)."""

    on: date
    code: str
    practitioner: str
    is_face_to_face: bool = True
    extra_planning: bool = False  # the practitioner assessed and planned beyond the visit itself, and documented it


class Claim(Struct, frozen=True, order=True):
    """A service claimed outside this product: by our own practitioner elsewhere, or by somebody else (`practitioner` empty)."""

    on: date
    code: str
    practitioner: str


class Stay(Struct, frozen=True):
    """A patient stays in a facility from the day of admission to that of discharge (None: still there)."""

    first: date
    last: date | None
    is_part_a: bool  # paid by Medicare Part A


class PatientMonth(Struct, frozen=True):
    """One patient over one service month, `first` through `last`, both included."""

    first: date
    last: date
    agency_type: str
    logs: tuple[Log, ...]
    enrollments: tuple[Enrollment, ...]  # every consent ever given, also several of one program
    chronic_conditions: tuple[int, ...]  # of each, the months it is expected to last
    risk_attested: bool  # that they place the patient at significant risk of death or decline
    care_plan_current: bool
    died: date | None = None  # None also where the day is not known
    visits: tuple[Visit, ...] = ()  # of this month, and earlier ones with extra planning
    claims: tuple[Claim, ...] = ()  # of this month, and of codes that are billed once for good
    stays: tuple[Stay, ...] = ()  # that touch the month
    complexity: Mapping[str, str] = field(default_factory=dict)  # program -> decision making as judged for the month
    tracks: Mapping[str, str] = field(default_factory=dict)  # program -> declared track; absent: the program's first
    requested: tuple[str, ...] = ()  # codes a person asked for, to be confirmed or refused

    def enrolled(self, program: str) -> tuple[Enrollment, ...]:
        """The patient's consents to a program."""
        return tuple([each for each in self.enrollments if each.program == program])


class Terms(Struct, frozen=True):
    """The contract version of the payer who pays first in the month."""

    contract: str  # label of the version, as people know it
    since: date  # its first day
    until: date | None = None  # its last day; None: until further notice
    spans: tuple[tuple[date, date], ...] | None = None  # days on which this payer pays first; None: the whole month
    covered: frozenset[str] | None = None  # None: every code
    not_covered: frozenset[str] = frozenset()
    rates: Mapping[str, Decimal] = field(default_factory=dict)  # dollars a unit
    max_units_month: Mapping[str, int] = field(default_factory=dict)  # instead of the rulebook's cap

    def covers(self, code: str) -> bool:
        """Whether this payer pays for a code at all."""
        return code not in self.not_covered and (self.covered is None or code in self.covered)

    def pays_on(self, day: date) -> bool:
        """Whether this payer pays first on a day."""
        return self.spans is None or any(first <= day <= last for first, last in self.spans)

    def ends(self, last: date) -> date:
        """The last day, up to `last`, for which this payer can be billed."""
        ends = (last, self.until, self.spans[-1][1] if self.spans else None)
        return min(day for day in ends if day)


class Unpaid(Struct, frozen=True):
    """Nobody can be billed for the month, and why: no coverage, no contract, or no telling which."""

    reason: FindingId
    detail: str = ""  # whom it is about: a payer's name, the labels of two contracts


Payer = Terms | Unpaid
