"""Rows -> the engine's facts. What is unknown is settled here, definitely; the engine has no defaults.

Assessments and reports of function are not in the database yet: those fields stay empty.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from billing.elements import MONTHLY
from billing.models import Rounds
from billing.rules import (
    FOR_LIFE,
    PRESETS,
    Claim,
    Contact,
    Coverage,
    Enrollment,
    Log,
    OtherProgram,
    PatientMonth,
    Payer,
    Rounding,
    Stay,
    Terms,
    Transition,
    UnitCode,
    Visit,
    load_rulebook,
    payer_of_month,
)
from billing.rules.book import Plan
from billing.rules.payers import PAY_NO_CARE_MANAGEMENT
from billing.rules.terms import Scope
from billing.selectors import contracts
from billing.selectors.contracts import TermRow, VersionRow, versions_between
from coordination.models import FOR_ONE_CONDITION, CarePeriodKind, Mode, PayerKind, Program, StayKind
from coordination.rules.attempts import attempt_of
from coordination.rules.calendars import business_days_after
from coordination.rules.consents import consent_of_month, consents_of_month
from coordination.rules.months import month_of
from coordination.selectors.months import ConsentRow, DischargeRow, Known, known_of_month, read
from tenancy.models import Agency
from tenancy.selectors.places import federal_holidays

ONE_DAY = timedelta(days=1)
CoveredBy = tuple[str, date, date | None, int, str, str, bool]
GIVEN, REVOKED = attrgetter("consent_on"), attrgetter("revoked_on")

STAYS: Mapping[str, str] = {
    StayKind.HOSPITAL: "hospital",
    StayKind.OBSERVATION: "hospital",
    StayKind.PSYCHIATRIC: "hospital",
    StayKind.REHABILITATION: "hospital",
    StayKind.MENTAL_INSTITUTION: "mental_disease_institution",
    StayKind.SNF: "skilled_nursing_facility",
    StayKind.NURSING_FACILITY: "nursing_facility",
    StayKind.JAIL: "jail",
    StayKind.JUVENILE_DETENTION: "juvenile_detention",
}
OTHER_PROGRAMS: Mapping[str, str] = {
    CarePeriodKind.WAIVER: "waiver_case_management",
    CarePeriodKind.COMMUNITY_WAIVER: "hcbs_waiver_case_management",
    CarePeriodKind.OTHER_MANAGEMENT: "other_targeted_case_management",
    CarePeriodKind.HEALTH_HOME: "health_home",
}
"""Kinds on record -> the rulebook's words."""
BUSINESS_DAYS = 5
"""After a discharge, as many as any rule asks for and more."""
FOR_MEDICAID = (Program.TARGETED_CASE_MANAGEMENT, Program.REHABILITATION)


def read_months(agency: Agency, patients: Collection[UUID], month: date) -> "tuple[Month, dict[UUID, str]]":
    """What is read of each patient for a month, as one text each (equal texts make equal facts), and what they share. Two queries, and
    one more where a record was merged, and one for each whose month was closed by then."""
    first, last = month_of(month)
    book = load_rulebook()
    known = known_of_month(
        patients,
        first,
        last,
        agency.zone,
        looked_back_for=book.looked_back_for,
        discharge_codes=book.discharge_codes,
        monthly=MONTHLY,
    )
    return _month(agency.agency_type, first, last, versions_between(first, last)), known


class Month:
    """What all patients of a month share: its days, the agency's type, the terms in force. Equal ones are one object."""

    def __init__(self, agency_type: str, first: date, last: date, versions: tuple[str, ...]) -> None:
        self._agency_type, self._first, self._last = agency_type, first, last
        self._before, self._after = first - ONE_DAY, last + ONE_DAY
        self._terms: dict[str, list[Terms]] = {}
        for version in map(contracts.read, versions):
            self._terms.setdefault(version.payer_id, []).append(_terms(version))
        self._plans = load_rulebook().on(last).by_name
        self._payers: dict[tuple[CoveredBy, ...], tuple[Payer, bool]] = {}

    def facts(self, text: str) -> tuple[PatientMonth, Payer]:
        """Of one patient, and who pays."""
        known = read(text)
        payer, is_qmb = self._payer(known.covered_by)
        return self._patient_month(known, payer, is_qmb=is_qmb), payer

    def _payer(self, covered_by: list[CoveredBy]) -> tuple[Payer, bool]:
        """Who pays, and whether the coverage that does is a qualified Medicare beneficiary's. Coverages that say the same of the month
        have one answer, found once."""
        coverages = tuple(map(self._within, covered_by))
        if coverages not in self._payers:
            names = {payer: name for *_, payer, name, _qmb in coverages}
            found = [
                Coverage(payer, kind, begins, ends, order)
                for kind, begins, ends, order, payer, _name, _qmb in coverages
            ]
            payer = payer_of_month(found, self._first, self._last, names, self._terms)
            self._payers[coverages] = payer, self._is_qmb(coverages)
        return self._payers[coverages]

    def _within(self, row: CoveredBy) -> CoveredBy:
        """Of days outside the month it matters only on which side they lie."""
        kind, begins, ends, *said = row
        return (
            kind,
            min(max(begins, self._before), self._after),
            None if ends is None or ends >= self._after else max(ends, self._before),
            *said,
        )

    def _patient_month(self, known: Known, payer: Payer, *, is_qmb: bool) -> PatientMonth:
        first, last = self._first, self._last
        by_program: dict[str, list[ConsentRow]] = {}
        for each in known.consents:
            by_program.setdefault(each.program, []).append(each)
        in_question = [
            each for own in by_program.values() for each in consents_of_month(own, first, last, GIVEN, REVOKED)
        ]
        declared = {
            program: each for program, own in by_program.items() if (each := consent_of_month(own, last, GIVEN))
        }
        lasting: dict[str, int] = {}  # per code, the longest: one condition recorded twice is one condition
        for code, is_chronic, expected in known.conditions:
            if is_chronic:
                lasting[code] = max(FOR_LIFE if expected is None else expected, lasting.get(code, 0))
        return PatientMonth(
            first=first,
            last=last,
            agency_type=self._agency_type,
            logs=tuple([Log(*said, mode_of(mode)) for *said, mode in known.logs]),
            enrollments=tuple([_enrollment(each, self._plans) for each in known.consents]),
            chronic_conditions=tuple(lasting.values()),
            risk_attested=any(each.risk_attested_on and each.risk_attested_on <= last for each in in_question),
            care_plan_current=any(each.care_plan_on and each.care_plan_on <= last for each in in_question),
            died=known.died,
            visits=tuple(
                [
                    Visit(day, code, by or "", *said, None if factors is None else tuple(factors))
                    for day, code, by, *said, factors in known.visited
                ]
            ),
            claims=tuple([Claim(day, code, by or "") for day, code, by in known.claimed]),
            stays=tuple(
                [Stay(begins, ends, paid, STAYS[kind], after) for kind, begins, ends, paid, after in known.stayed]
            ),
            complexity=dict(known.judged),
            tracks={program: each.track for program, each in declared.items() if self._has_track(program, each.track)},
            programs_for_month=tuple([program for (program,) in known.declared]),
            election=known.election or "",
            born=known.born,
            is_former_foster_youth=known.is_former_foster_youth,
            is_qmb=is_qmb,
            has_home_health_plan=any(kind == CarePeriodKind.HOME_HEALTH_PLAN for kind, *_ in known.cared_for),
            diagnoses=tuple(dict.fromkeys([code for code, _, _ in known.conditions if code])),
            elements=_elements(known, declared, payer),
            condition_months={
                program: FOR_LIFE if each.condition_months is None else each.condition_months
                for program, each in declared.items()
                if each.condition_code
            },
            episode_month={program: _months_into(each, first) for program, each in declared.items()},
            billed_by={program: each.billed_by for program, each in declared.items()},
            health_home_conditions=len(lasting),
            other_programs=tuple(
                [
                    OtherProgram(OTHER_PROGRAMS[kind], begins, ends)
                    for kind, begins, ends, _ in known.cared_for
                    if kind in OTHER_PROGRAMS
                ]
            ),
            transitions=tuple([_transition(each, known) for each in known.discharges]),
        )

    def _is_qmb(self, coverages: Collection[CoveredBy]) -> bool:
        paying = [
            (order, is_qmb)
            for kind, begins, ends, order, *_, is_qmb in coverages
            if kind not in PAY_NO_CARE_MANAGEMENT and begins <= self._last and (ends is None or ends >= self._first)
        ]
        first = min([order for order, _ in paying], default=0)
        return any(is_qmb for order, is_qmb in paying if order == first)

    def _has_track(self, program: str, track: str) -> bool:
        """Where nothing is declared, or what the program does not have (rows from elsewhere), it is in its first track."""
        plan = self._plans.get(program)
        return plan is not None and track in plan.declared


_month = lru_cache(maxsize=64)(Month)


def _transition(each: DischargeRow, known: Known) -> Transition:
    """A discharge as the engine takes it. The surgeon's own global period stands against their visit."""
    attempts = (
        attempt_of(on, mode=mode, spoken_to=to, outcome=outcome, is_beyond_scheduling=beyond, discipline=discipline)
        for on, mode, to, outcome, beyond, discipline in each.contacts
    )
    return Transition(
        each.discharged_on,
        each.setting,
        each.destination,
        business_days_after(each.discharged_on, BUSINESS_DAYS, _days_off(known, each.discharged_on.year)),
        tuple(
            [
                Contact(one.on, one.is_reached, one.is_interactive, one.is_by_practice)
                for one in sorted(filter(None, attempts))
            ]
        ),
        each.reconciled[0][0] if each.reconciled else None,
        in_global_period=_in_global_period(each, known),
        is_continued=each.is_continued,
        complexity=each.complexity,
    )


def _days_off(known: Known, year: int) -> frozenset[date]:
    """As `tenancy.selectors.places.days_off` has them, of a year and the next."""
    own = {day for (day,) in known.days_off}
    missing = {year, year + 1} - {day.year for day in own}
    return frozenset(own.union(*(federal_holidays(each) for each in missing)))


def _in_global_period(each: DischargeRow, known: Known) -> bool:
    seen = [
        (on, by) for on, _, by, face_to_face, *_ in known.visited if by and face_to_face and on > each.discharged_on
    ]
    if not seen:
        return False
    on, by = min(seen)
    return any(
        kind == CarePeriodKind.GLOBAL_PERIOD and whose == by and begins <= on <= (ends or on)
        for kind, begins, ends, whose in known.cared_for
    )


def _terms(version: VersionRow) -> Terms:
    return Terms(
        contract=f"{version.payer}, version {version.number}",
        since=version.effective_from,
        until=version.effective_to,
        covered=frozenset([term.code for term in version.terms]),
        rates={term.code: Decimal(term.rate) for term in version.terms if term.rate is not None},
        max_units_month={term.code: term.max_units_month for term in version.terms if term.max_units_month is not None},
        bundled=frozenset([term.code for term in version.terms if term.is_bundled]),
        kind=version.payer_kind,
        units=tuple([_unit(term) for term in version.terms if term.program]),
        full_time=frozenset(version.full_time),
        excluded_activities=frozenset(version.excluded_activities),
        excluded_programs=frozenset(
            [OTHER_PROGRAMS[each] for each in version.excluded_programs if each in OTHER_PROGRAMS]
        ),
        days_before_discharge=version.days_before_discharge,
        rendering=version.rendering,
    )


def _unit(term: TermRow) -> UnitCode:
    return UnitCode(
        code=term.code,
        program=term.program,
        rounding=rounding_of(term),
        by_month=term.rounding == Rounds.MONTHLY_CASE_RATE,
        activities=None if term.activities is None else frozenset(term.activities),
        disciplines=None if term.disciplines is None else frozenset(term.disciplines),
        max_units_day=term.max_units_day,
        min_contacts=term.min_contacts,
        modifier_by_mode=term.modifier_by_mode,
        modifier_by_discipline=term.modifier_by_discipline,
        facility_modifiers=frozenset(term.facility_modifiers),
        exclusive_with=tuple(term.exclusive_with),
        line_per_encounter=term.line_per_encounter,
    )


def rounding_of(term: TermRow) -> Rounding:
    """A rounding by its name, over what the term says instead; or the term's own numbers."""
    if term.rounding != Rounds.CUSTOM:
        known = PRESETS[term.rounding]
        return replace(known, scope=cast("Scope", term.within)) if term.within else known
    assert term.unit_minutes is not None and term.first_minutes is not None  # noqa: PT018 - the database holds it
    table = tuple([(first, last, units) for first, last, units in term.table])
    return Rounding(term.unit_minutes, term.first_minutes, term.next_minutes, cast("Scope", term.within), table)


def on_the_clock(moment: datetime, zone: ZoneInfo) -> time:
    """A moment as the agency's clock showed it: how logs are compared with each other."""
    return moment.astimezone(zone).time()


def mode_of(mode: str) -> str:
    """How somebody was spoken to; "" where nobody was."""
    return "" if mode == Mode.NONE else mode


def _enrollment(each: ConsentRow, plans: Mapping[str, Plan]) -> Enrollment:
    return Enrollment(
        each.program,
        each.consent_on,
        each.revoked_on,
        each.initiating_visit_on,
        each.last_seen_on,
        each.billing_practitioner,
        _opening_code(each, plans),
    )


def _opening_code(each: ConsentRow, plans: Mapping[str, Plan]) -> str:
    """What the practitioner's visit of that day was billed as: of several codes one that opens the program, if there is one."""
    if not each.initiating_codes:
        return ""
    plan = plans.get(each.program)
    opening = plan.initiating_visit.visits if plan and plan.initiating_visit else frozenset()
    return min(each.initiating_codes, key=lambda code: (code not in opening, code))


def _months_into(each: ConsentRow, first: date) -> int:
    """Which month of the episode it is, from 1."""
    begun = each.episode_began or each.consent_on
    return max(1, (first.year - begun.year) * 12 + first.month - begun.month + 1)


def _elements(known: Known, declared: Mapping[str, ConsentRow], payer: Payer) -> dict[str, frozenset[str]]:
    """What programs ask for: as it was documented, and as other facts say it."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for program, element in known.documented:
        found[program].add(element)
    for program in FOR_ONE_CONDITION:
        if (each := declared.get(program)) and each.condition_code:
            found[program].add("condition")
            if each.condition_high_risk:
                found[program].add("high_risk")
    if isinstance(payer, Terms) and payer.kind == PayerKind.MEDICAID:
        for program in FOR_MEDICAID:
            found[program].add("medicaid")
    if any(log[3] == Program.BEHAVIORAL_HEALTH for log in known.logs):
        found[Program.BEHAVIORAL_HEALTH].add("service_furnished")
    return {program: frozenset(elements) for program, elements in found.items()}
