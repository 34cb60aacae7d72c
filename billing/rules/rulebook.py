"""Loading the rulebook, checking that its files fit together, and settling it for a day.

The rulebook is a folder of YAML files: one for each program, and those named in SHARED. It is loaded once a process; whoever finds
a fault in it is told the file and the line.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from .asked import Asked, RequirementVersion, is_by_program
from .asked import Requirement as RequirementData
from .book import (
    AgencyTypes,
    Book,
    CoveredStay,
    InitiatingVisit,
    OtherPrograms,
    Plan,
    Requirement,
    Rule,
    Staff,
    StayRule,
    Test,
    Track,
    TransitionRule,
)
from .dated import Billing, billings, dated_rules, governing
from .decision import CONTRACT_RULE, COVERAGE_RULE, Authority, canonical, digest
from .documents import Document, DocumentError, Problem, read
from .parts import Parts, misfits
from .references import unknown_references
from .schema import (
    ActivitiesData,
    AgencyTypesData,
    CodeData,
    ForeignCodesData,
    ProgramData,
    RulebookData,
    SharedCodesData,
    SourcesData,
    StaffData,
    StaysData,
    TrackData,
)
from .units import earned_at
from .versions import Version, in_force

FOLDER = Path(__file__).parent.parent / "rulebook"
SHARED: dict[str, type[BaseModel]] = {
    "rulebook.yaml": RulebookData,
    "sources.yaml": SourcesData,
    "staff.yaml": StaffData,
    "activities.yaml": ActivitiesData,
    "agency_types.yaml": AgencyTypesData,
    "stays.yaml": StaysData,
    "shared_codes.yaml": SharedCodesData,
    "foreign_codes.yaml": ForeignCodesData,
}
"""Files that are of no single program, with their form."""

M = TypeVar("M", bound=BaseModel)
Against = dict[str, dict[str, Authority]]  # code -> code -> why one leaves no room for the other


class Rulebook:
    """Every program with its dated rules. Immutable; `on` gives what holds on a day."""

    def __init__(self, parts: Parts) -> None:
        self.version = parts.edition.version
        self.sources = parts.sources.sources
        of_name = {program.program: program for program in parts.programs.values()}
        self.programs = tuple(of_name[name] for name in parts.edition.order)
        self.codes: dict[str, CodeData] = dict(parts.shared.codes)
        for program in self.programs:
            self.codes |= program.codes
        self.checked_through = min(program.checked_through for program in self.programs)
        self.fingerprint = digest(canonical(parts.dump()))
        self.begins = parts.edition.scope[0].from_  # the first day it answers for
        self.looked_back_for = frozenset(
            code
            for code, data in self.codes.items()
            if any(version.once_for_good or version.months_apart or version.window for version in data.versions)
        )  # codes whose earlier claims matter
        self.discharge_codes = frozenset(
            code for code, data in self.codes.items() if any(version.window for version in data.versions)
        )  # one claim of them for the period after a discharge
        self.rules = dated_rules(parts)
        self._parts = parts
        dated = (version.from_ for rule in self.rules.values() for version in rule.versions)
        tracks = (track.from_ for program in self.programs for track in program.tracks if track.from_)
        self._changes = sorted({*dated, *tracks})  # the days on which anything is new
        self._settled: dict[date, Book] = {}

    def words(self, rule: str, since: date) -> str:
        """A rule as one would say it; "" for one that this edition does not have."""
        if rule == CONTRACT_RULE:
            return self._parts.edition.contract.words
        if rule == COVERAGE_RULE:
            return self._parts.edition.coverage.words
        version = self.rules[rule].stated(since) if rule in self.rules else None
        return version.words if version else ""

    def billed_by(self, code: str) -> list[Billing]:
        """The programs that bill a code, and by which rules; none for a code that this edition does not have."""
        return billings(self._parts, self.rules, code)

    def governing(self, program: ProgramData) -> tuple[str, ...]:
        """The names of the rules of a whole program, whatever code is billed."""
        return governing(self._parts, program)

    def on(self, day: date) -> Book:
        """What holds on a day; LookupError before the rulebook begins. Settled once for all days up to the next change."""
        if day < self.begins:
            raise LookupError(f"this rulebook says nothing about {day}: it begins on {self.begins}")
        since = self._changes[bisect_right(self._changes, day) - 1]
        if since not in self._settled:
            self._settled[since] = self._settle(day)
        return self._settled[since]

    def _settle(self, day: date) -> Book:
        plans = tuple(_Settling(self._parts, day, self.programs).plan(program) for program in self.programs)
        scope = _stated(self._parts.edition.scope[0], "scope")
        codes = [code for plan in plans for code in (*plan.codes, *(rule.code for rule in plan.beside))]
        return Book(plans, scope, {plan.name: plan for plan in plans}, frozenset(codes))


class _Settling:
    """The work of settling programs for a day."""

    def __init__(self, parts: Parts, day: date, programs: Iterable[ProgramData]) -> None:
        self._parts = parts
        self._day = day
        self._programs = tuple(programs)

    def plan(self, data: ProgramData) -> Plan:
        day = self._day
        requirements = self._requirements(data, data.requires)
        against = self._against(data)
        begun = [track for track in data.tracks if track.from_ is None or track.from_ <= day]
        tracks = tuple(self._track(data, track, against) for track in begun)
        contract_codes = [code for code, each in data.codes.items() if each.shape == "contract"]

        def rule(name: str) -> Authority | None:
            return _authority(in_force(getattr(data, name) or (), day), f"{data.program}.{name}")

        return Plan(
            name=data.program,
            label=data.label,
            decided_by=data.decided_by,
            tracks=tracks,
            beside=tuple(self._rule(data, code, "", (), against) for code in data.beside),
            contract_codes={code: self._rule(data, code, "", (), against) for code in contract_codes},
            requirements=requirements,
            declared=data.declared,
            by_facts=data.by_facts,
            in_order={
                names: tuple(sorted(tracks, key=lambda track: _place(names, track.name)))
                for names in set(data.declared.values())
            },
            codes=frozenset([*contract_codes, *(code for track in tracks for code in track.codes)]),
            staff=self._staff(data.staff),
            uncounted=self._uncounted(data.activities),
            period=rule("period"),
            death=rule("death"),
            shared_time=rule("shared_time"),
            consent=rule("consent"),
            revocation=rule("revocation"),
            initiating_visit=self._initiating_visit(data),
            covered_stay=self._covered_stay(data),
            institutions=self._institutions(data.institutions),
            other_programs=self._other_programs(data),
            claimed_time=rule("claimed_time"),
            transition=self._transition(data),
            one_family=rule("one_family"),
            one_practitioner=rule("one_practitioner"),
        )

    def _uncounted(self, name: str | None) -> dict[str, Authority]:
        activities = self._parts.activities.activities[name] if name else {}
        return {
            activity: _stated(version, f"activities.{name}.{activity}")
            for activity, versions in activities.items()
            if (version := in_force(versions, self._day)) and not version.counts
        }

    def _initiating_visit(self, data: ProgramData) -> InitiatingVisit | None:
        if (visit := in_force(data.initiating_visit or (), self._day)) is None:
            return None
        within = visit.unless_seen_within_months, visit.opened_within_months
        return InitiatingVisit(*within, frozenset(visit.visits), _stated(visit, f"{data.program}.initiating_visit"))

    def _covered_stay(self, data: ProgramData) -> CoveredStay | None:
        if (stay := in_force(data.covered_stay or (), self._day)) is None:
            return None
        edges = stay.admission_day == "inside", stay.discharge_day == "inside"
        return CoveredStay(*edges, _stated(stay, f"{data.program}.covered_stay"))

    def _institutions(self, name: str | None) -> dict[str, StayRule]:
        return {
            kind: StayRule(
                version.finding,
                version.ages,
                version.release_days,
                version.release_below_age,
                version.release_below_age_foster,
                version.contract_pays_leaving,
                _stated(version, f"stays.{name}.{kind}"),
            )
            for kind, versions in (self._parts.stays.stays[name] if name else {}).items()
            if (version := in_force(versions, self._day))
        }

    def _other_programs(self, data: ProgramData) -> OtherPrograms | None:
        if (others := in_force(data.other_programs or (), self._day)) is None:
            return None
        return OtherPrograms(frozenset(others.kinds), _stated(others, f"{data.program}.other_programs"))

    def _transition(self, data: ProgramData) -> TransitionRule | None:
        if (clock := in_force(data.transition or (), self._day)) is None:
            return None
        return TransitionRule(
            clock.contact_business_days,
            clock.failed_attempts,
            clock.period_days,
            frozenset(clock.settings),
            frozenset(clock.destinations),
            _stated(clock, f"{data.program}.transition"),
        )

    def _against(self, data: ProgramData) -> Against:
        """What leaves no room for each code of a program: as the program says, or another of the program's codes."""
        against: Against = {
            code: {} for code in (*data.codes, *(code for track in data.tracks for code in track.codes))
        }
        own = set(against)
        for other in self._programs:
            for code, others, authority in self._exclusions(other):
                if other is data:
                    against[code].update((each, authority) for each in others if each != code)
                if code not in self._parts.shared.codes:
                    for each in own.intersection(others) - {code}:
                        against[each].setdefault(code, authority)
        return against

    def _exclusions(self, data: ProgramData) -> Iterator[tuple[str, Iterable[str], Authority]]:
        codes = dict.fromkeys((*(code for track in data.tracks for code in track.codes),))
        for exclusion in data.excluded_by:
            version = in_force(exclusion.versions, self._day)
            if version and version.excludes:
                authority = _stated(version, f"{data.program}.excluded_by.{exclusion.name}")
                yield from ((code, exclusion.codes, authority) for code in codes)
        for code, each in data.codes.items():
            stated = in_force(each.versions, self._day)
            if stated and stated.excludes:
                yield code, stated.excludes, _stated(stated, code)

    def _track(self, data: ProgramData, track: TrackData, against: Against) -> Track:
        own = self._requirements(data, track.requires)
        base, *add_ons = (self._rule(data, code, track.name, own, against) for code in track.codes)
        when = self._requirements(data, track.when)
        return Track(track.name, base, tuple(add_ons), self._staff(track.staff), when, own)

    def _staff(self, name: str | None) -> Staff | None:
        if name is None or (staff := in_force(self._parts.staff.staff[name], self._day)) is None:
            return None
        return Staff(frozenset(staff.disciplines), _stated(staff, f"staff.{name}"))

    def _requirements(self, program: ProgramData, requires: Iterable[RequirementData]) -> tuple[Requirement, ...]:
        return tuple(
            Requirement(
                _alternatives(each, version),
                each.otherwise,
                each.insufficient,
                _stated(version, f"{program.program}.{each.rule}"),
            )
            for each in requires
            if (version := in_force(each.versions, self._day))
        )

    def _rule(
        self, program: ProgramData, code: str, track: str, requirements: tuple[Requirement, ...], against: Against
    ) -> Rule:
        data = self._parts.code(program, code)
        assert data is not None, code  # the loader has seen it
        version = in_force(data.versions, self._day)
        known = version or data.versions[0]  # before its first day a code has a name, a source and that day; no more
        minutes = known.minutes_in.get(
            f"{program.program}.{track}", known.minutes_in.get(program.program, known.minutes)
        )
        return Rule(
            code=code,
            label=data.label,
            shape=data.shape,
            status="code.not_effective" if version is None else "code.retired" if version.retired else None,
            minutes=minutes,
            attained=known.attained,
            earned_at=earned_at(minutes, known.attained),
            max_units_month=known.max_units_month,
            agency_types=self._agency_types(known.agency_types),
            add_on_to=known.add_on_to,
            excluded_by=dict(sorted(against[code].items())),
            visits=frozenset(known.visits),
            visit_has=known.visit_has,
            factors_not_enough=frozenset(known.factors_not_enough),
            assessments=frozenset(known.assessments),
            assessments_before=frozenset(
                kind for each in data.versions if each.from_ < known.from_ for kind in each.assessments
            ),
            months_apart=known.months_apart or 0,
            once_for_good=known.once_for_good,
            window=(known.window.days, known.window.complexity) if known.window else None,
            requirements=requirements,
            authority=_stated(known, code),
        )

    def _agency_types(self, name: str | None) -> AgencyTypes | None:
        if name is None or (types := in_force(self._parts.agency_types.agency_types[name], self._day)) is None:
            return None
        authority = _stated(types, f"agency_types.{name}")
        return AgencyTypes(frozenset(types.types), types.unless_elected, types.only_elected, authority)


def _alternatives(data: RequirementData, version: RequirementVersion) -> tuple[tuple[Test, ...], ...]:
    if data.fact is not None:
        return ((_test(data.fact, version, version.lasting_months or 0),),)
    return tuple(tuple(_test(each.fact, each, 0) for each in tests) for tests in version.any_of)


def _test(fact: str, asked: Asked, lasting_months: int) -> Test:
    name = asked.test
    need = getattr(asked, "is_" if name == "is" else name)
    return Test(fact, name, need, lasting_months, is_by_program(fact))


@cache
def load_rulebook(folder: Path = FOLDER) -> Rulebook:
    """The rulebook of a folder, parsed once a process; DocumentError with every problem found if it cannot be used."""
    problems: list[Problem] = []
    documents: dict[str, Document] = {}

    def typed(name: str, model: type[M]) -> M:
        try:
            documents[name] = read(folder / name)
            return documents[name].typed(model)
        except DocumentError as error:
            problems.extend(error.problems)
            return model.model_construct()  # never used: problems are raised below

    parts = Parts(
        typed("rulebook.yaml", RulebookData),
        typed("sources.yaml", SourcesData),
        typed("staff.yaml", StaffData),
        typed("activities.yaml", ActivitiesData),
        typed("agency_types.yaml", AgencyTypesData),
        typed("stays.yaml", StaysData),
        typed("shared_codes.yaml", SharedCodesData),
        typed("foreign_codes.yaml", ForeignCodesData),
        {path.name: typed(path.name, ProgramData) for path in sorted(folder.glob("*.yaml")) if path.name not in SHARED},
    )
    if not problems:
        problems = [
            documents[name].problem(at, message)
            for name, at, message in (*misfits(parts, documents), *unknown_references(parts))
        ]
    if problems:
        raise DocumentError(sorted(problems))
    return Rulebook(parts)


def _place(names: tuple[str, ...], name: str) -> int:
    return names.index(name) if name in names else len(names)


def _authority(version: Version | None, rule: str) -> Authority | None:
    return _stated(version, rule) if version else None


def _stated(version: Version, rule: str) -> Authority:
    return Authority(version.cite, version.from_, rule)
