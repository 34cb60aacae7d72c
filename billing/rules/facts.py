"""What is known about one patient in one service month. Values only: no rule, no hidden default. The payer's terms: terms.py.

Every field is definite. "Unknown" is the caller's problem: billing/facts.py (database rows) and billing/cases.py
(case files) settle it before the engine is asked. No order of any collection means anything.
"""

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from msgspec import Struct, field

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
    mode: str = ""  # "phone", "video": matters where a contract gives modifiers by it


class Enrollment(Struct, frozen=True):
    """One consent to a program under one billing practitioner, and what preceded it. `revoked` ends this consent."""

    program: str
    consent: date | None
    revoked: date | None = None
    initiating_visit: date | None = None
    last_seen: date | None = None  # the latest day the billing practice saw the patient
    practitioner: str = ""  # whose name it is billed under
    initiating_code: str = ""  # what the initiating visit was billed as; "" where nobody recorded it


class Visit(Struct, frozen=True):
    """A visit with a practitioner, of this practice or outside (`practitioner` empty)."""

    on: date
    code: str
    practitioner: str
    is_face_to_face: bool = True
    extra_planning: bool = False  # the practitioner assessed and planned beyond the visit itself, and documented it
    complexity: str = ""  # medical decision making of the visit, as judged; "" where nobody judged it
    factors: tuple[str, ...] | None = None  # of interactive complexity; None where nobody looked for any

    @property
    def in_time(self) -> tuple[Any, ...]:
        """What visits are ordered by: their days first, and then all there is, so that it does not matter how they were given."""
        factors = self.factors is not None, self.factors or ()
        said = self.is_face_to_face, self.extra_planning, self.complexity, *factors
        return self.on, self.code, self.practitioner, *said


class Claim(Struct, frozen=True, order=True):
    """A service claimed outside this product: by our own practitioner elsewhere, or by somebody else (`practitioner` empty)."""

    on: date
    code: str
    practitioner: str


class Stay(Struct, frozen=True):
    """A patient stays somewhere from the day of admission to that of discharge (None: still there)."""

    first: date
    last: date | None
    is_part_a: bool  # paid by Medicare Part A
    kind: str = "facility"  # a word of stays.yaml: "mental_disease_institution", "jail"
    post_adjudication: bool = False  # of detention: a court has decided

    @property
    def in_time(self) -> tuple[Any, ...]:
        """What stays are ordered by, however they were given."""
        return self.first, self.last or date.max, self.kind, self.post_adjudication


class OtherProgram(Struct, frozen=True):
    """A program of somebody else that pays for case management, from a first to a last day (None: until further notice)."""

    kind: str
    first: date
    last: date | None


class Contact(Struct, frozen=True, order=True):
    """An attempt to speak to a patient after a discharge."""

    on: date
    is_reached: bool
    is_interactive: bool  # two-way: by voice, face to face, or in writing that was answered
    is_by_practice: bool  # by the practice, after the discharge; not by hospital staff


class Transition(Struct, frozen=True):
    """A discharge and what followed it."""

    discharged: date
    setting: str
    destination: str
    business_days: tuple[date, ...]  # the first ones after the discharge, by the agency's calendar
    contacts: tuple[Contact, ...]
    reconciled: date | None  # medication
    in_global_period: bool = False  # of surgery by the same practitioner
    is_continued: bool = True  # the services went on as needed for the whole period
    complexity: str = (
        ""  # medical decision making over the period, as judged; "" where it was judged of a visit or month alone
    )

    @property
    def in_time(self) -> tuple[Any, ...]:
        """What discharges are ordered by, however they were given."""
        places = self.discharged, self.setting, self.destination
        known = self.reconciled or date.max, self.in_global_period, self.is_continued, self.complexity
        return *places, *known, sorted(self.contacts)


class Assessment(Struct, frozen=True, order=True):
    """A risk assessment that was made on a day."""

    on: date
    kind: str  # "sdoh", "physical_activity", "nutrition"
    minutes: int
    is_standardized: bool
    need_suspected: bool  # a need was known or suspected beforehand, and follow-up planned


class Report(Struct, frozen=True, order=True):
    """A patient's function as reported on a day by a code of its own."""

    on: date
    code: str
    has_necessity: bool  # why it was needed is documented
    has_rationale: bool  # why this code, for this day


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
    visits: tuple[
        Visit, ...
    ] = ()  # of this month, and earlier ones with extra planning; those after a discharge in question
    claims: tuple[Claim, ...] = ()  # of this month, and earlier ones of codes that are not billed every month
    stays: tuple[Stay, ...] = ()  # that touch the month
    complexity: Mapping[str, str] = field(default_factory=dict)  # program -> decision making as judged for the month
    tracks: Mapping[str, str] = field(default_factory=dict)  # program -> declared track; absent: the program's first
    requested: tuple[str, ...] = ()  # codes a person asked for, to be confirmed or refused
    programs_for_month: tuple[
        str, ...
    ] = ()  # of programs that exclude each other, those that this month is; empty where nobody said
    election: str = ""  # what the agency chose where a rule leaves it a choice
    born: date | None = None
    is_former_foster_youth: bool = False
    is_qmb: bool = False  # qualified Medicare beneficiary
    has_home_health_plan: bool = False
    diagnoses: tuple[str, ...] = ()  # ICD-10-CM, confirmed
    elements: Mapping[str, frozenset[str]] = field(
        default_factory=dict
    )  # program -> what it asks for and is documented
    condition_months: Mapping[str, int] = field(
        default_factory=dict
    )  # program -> how long the one condition it treats will last
    episode_month: Mapping[str, int] = field(
        default_factory=dict
    )  # program -> which month of the episode this is, from 1
    billed_by: Mapping[str, str] = field(default_factory=dict)  # program -> discipline of the billing practitioner
    health_home_conditions: int = 0
    other_programs: tuple[OtherProgram, ...] = ()  # that touch the month
    transitions: tuple[Transition, ...] = ()  # whose period touches the month
    assessments: tuple[Assessment, ...] = ()  # of this month, and earlier ones of the year before
    reports: tuple[Report, ...] = ()  # of this month

    def enrolled(self, program: str) -> tuple[Enrollment, ...]:
        """The patient's consents to a program."""
        return tuple([each for each in self.enrollments if each.program == program])
