"""Loading the rulebook, checking that its files fit together, and settling it for a day.

The rulebook is a folder of YAML files: rulebook.yaml, sources.yaml, staff.yaml, activities.yaml, agency_types.yaml,
and one file for each program. It is loaded once a process; whoever finds a fault in it is told the file and the line.
"""

from collections.abc import Iterable
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from .book import AgencyTypes, Book, CoveredStay, InitiatingVisit, Plan, Requirement, Rule, Staff, Track
from .decision import CONTRACT_RULE, COVERAGE_RULE, Authority, canonical, digest
from .documents import Document, DocumentError, Problem, read
from .parts import Parts, misfits
from .schema import (
    ActivitiesData,
    AgencyTypesData,
    ProgramData,
    RulebookData,
    SourcesData,
    StaffData,
    TrackData,
    Version,
    in_force,
)
from .schema import Requirement as RequirementData

FOLDER = Path(__file__).parent.parent / "rulebook"
SHARED = ("rulebook.yaml", "sources.yaml", "staff.yaml", "activities.yaml", "agency_types.yaml")

M = TypeVar("M", bound=BaseModel)


class Rulebook:
    """Every program with its dated rules. Immutable; `on` gives what holds on a day."""

    def __init__(self, parts: Parts) -> None:
        self.version = parts.edition.version
        self.sources = parts.sources.sources
        self.programs = tuple(parts.programs.values())
        self.checked_through = min(program.checked_through for program in self.programs)
        self.fingerprint = digest(canonical(parts.dump()))
        self.begins = parts.edition.scope[0].from_  # the first day it answers for
        self.billed_once = frozenset(code for program in self.programs for code in program.beside)
        self._words = {(rule, version.from_): version.words for rule, version in parts.words()}
        self._parts = parts
        self.on = lru_cache(maxsize=256)(self._settle)

    def words(self, rule: str, since: date) -> str:
        """A rule as one would say it; "" for one that this edition does not have."""
        if rule == CONTRACT_RULE:
            return self._parts.edition.contract.words
        if rule == COVERAGE_RULE:
            return self._parts.edition.coverage.words
        return self._words.get((rule, since), "")

    def _settle(self, day: date) -> Book:
        scope = _authority(in_force(self._parts.edition.scope, day), "scope")
        if scope is None:
            raise LookupError(f"this rulebook says nothing about {day}: it begins on {self.begins}")
        return Book(day, tuple(self._plan(program, day) for program in self.programs), scope)

    def _plan(self, data: ProgramData, day: date) -> Plan:
        visit = in_force(data.initiating_visit, day)
        stay = in_force(data.covered_stay, day)
        requirements = self._requirements(data, data.requires, day)
        tracks = tuple(self._track(data, track, requirements, day) for track in data.tracks)

        def rule(name: str) -> Authority | None:
            return _authority(in_force(getattr(data, name), day), f"{data.program}.{name}")

        return Plan(
            name=data.program,
            label=data.label,
            tracks=tracks,
            beside=tuple(self._rule(data, code, requirements, day) for code in data.beside),
            declared=data.declared,
            in_order={
                names: tuple(sorted(tracks, key=lambda track: _place(names, track.name)))
                for names in set(data.declared.values())
            },
            staff=self._staff(data.staff, day),
            uncounted={
                activity: _stated(version, f"activities.{data.activities}.{activity}")
                for activity, versions in self._parts.activities.activities[data.activities].items()
                if (version := in_force(versions, day)) and not version.counts
            },
            period=rule("period"),
            death=rule("death"),
            shared_time=rule("shared_time"),
            consent=rule("consent"),
            revocation=rule("revocation"),
            initiating_visit=InitiatingVisit(
                visit.unless_seen_within_months, _stated(visit, f"{data.program}.initiating_visit")
            )
            if visit
            else None,
            covered_stay=CoveredStay(
                stay.admission_day == "inside",
                stay.discharge_day == "inside",
                _stated(stay, f"{data.program}.covered_stay"),
            )
            if stay
            else None,
            one_family=rule("one_family"),
            one_practitioner=rule("one_practitioner"),
            excluded_by={
                code: _stated(exclusion, f"{data.program}.excluded_by.{each.name}")
                for each in data.excluded_by
                if (exclusion := in_force(each.versions, day)) and exclusion.excludes
                for code in each.codes
            },
        )

    def _track(self, data: ProgramData, track: TrackData, requirements: tuple[Requirement, ...], day: date) -> Track:
        own = self._requirements(data, track.requires, day)
        base, *add_ons = (self._rule(data, code, (*requirements, *own), day) for code in track.codes)
        return Track(track.name, base, tuple(add_ons), self._staff(track.staff, day) if track.staff else None, own)

    def _staff(self, name: str, day: date) -> Staff | None:
        staff = in_force(self._parts.staff.staff[name], day)
        return Staff(frozenset(staff.disciplines), _stated(staff, f"staff.{name}")) if staff else None

    def _requirements(
        self, program: ProgramData, requires: Iterable[RequirementData], day: date
    ) -> tuple[Requirement, ...]:
        return tuple(
            Requirement(
                each.fact,
                test.at_least,
                test.lasting_months,
                test.is_,
                test.one_of or (),
                each.otherwise,
                each.insufficient,
                _stated(test, f"{program.program}.{each.fact}"),
            )
            for each in requires
            if (test := in_force(each.versions, day))
        )

    def _rule(self, program: ProgramData, code: str, requirements: tuple[Requirement, ...], day: date) -> Rule:
        data = program.codes[code]
        version = in_force(data.versions, day)
        known = version or data.versions[0]  # before its first day a code has a name, a source and that day; no more
        types = in_force(self._parts.agency_types.agency_types[known.agency_types], day) if known.agency_types else None
        return Rule(
            code=code,
            label=data.label,
            shape=data.shape,
            status="code.not_effective" if version is None else "code.retired" if version.retired else None,
            minutes=known.minutes,
            max_units_month=known.max_units_month,
            agency_types=AgencyTypes(frozenset(types.types), _stated(types, f"agency_types.{known.agency_types}"))
            if types
            else None,
            add_on_to=known.add_on_to,
            visits=frozenset(known.visits),
            requirements=requirements,
            authority=_stated(known, code),
        )


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
        {path.name: typed(path.name, ProgramData) for path in sorted(folder.glob("*.yaml")) if path.name not in SHARED},
    )
    if not problems:
        problems = [documents[name].problem(at, message) for name, at, message in misfits(parts, documents)]
    if problems:
        raise DocumentError(sorted(problems))
    return Rulebook(parts)


def _place(names: tuple[str, ...], name: str) -> int:
    return names.index(name) if name in names else len(names)


def _authority(version: Version | None, rule: str) -> Authority | None:
    return _stated(version, rule) if version else None


def _stated(version: Version, rule: str) -> Authority:
    return Authority(version.cite, version.from_, rule)
