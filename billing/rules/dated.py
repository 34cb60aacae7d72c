"""The rulebook as people read it: every dated value by its name, the programs it belongs to, and what governs a code.

Decides nothing: the engine goes by the rulebook settled for a day (book.py), and both rest on the same files.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from .decision import canonical, digest
from .parts import RULES, Parts, requirements
from .schema import ProgramData
from .versions import Version, in_force

Kind = Literal["scope", "code", "rule", "requirement", "exclusion", "staff", "agency_types", "activity", "stay"]
SAID_ABOUT = ("from_", "cite", "confidence")
"""What a version states about its value. Its words belong to the value: they are what a person reads and signs."""


@dataclass(frozen=True, slots=True)
class DatedRule:
    """One dated value through time. `about` is what its versions share: a code's label, the codes of an exclusion."""

    name: str  # as decisions write it
    kind: Kind
    versions: tuple[Version, ...]
    programs: tuple[str, ...]  # that go by it, in the rulebook's order; none: all
    about: Mapping[str, Any]

    def on(self, day: date) -> Version | None:
        """What holds on a day, with all that is inherited; None before the first version."""
        return in_force(self.versions, day)

    def stated(self, since: date) -> Version | None:
        """The version that begins on a day, as its file states it."""
        return next((version for version in self.versions if version.from_ == since), None)

    def settled(self) -> Iterator[Version]:
        """Every version with all that it inherits, the oldest first."""
        yield from (settled for version in self.versions if (settled := self.on(version.from_)))

    def digest_of(self, since: date) -> str:
        """A digest of the value that begins on a day: the same as long as it says the same, whatever else changes."""
        settled = self.on(since)
        value = settled.model_dump(mode="json", exclude=set(SAID_ABOUT), exclude_defaults=True) if settled else None
        return digest(canonical([self.name, dict(self.about), value]))


@dataclass(frozen=True, slots=True)
class Billing:
    """How a program bills a code: by which tracks, and the names of the rules that govern it there.

    `rules` are the program's; `of_tracks` those that one track has beyond them."""

    program: ProgramData
    tracks: tuple[str, ...]
    rules: tuple[str, ...]
    of_tracks: Mapping[str, tuple[str, ...]]


def dated_rules(parts: Parts) -> dict[str, DatedRule]:
    """Every dated value of the rulebook by its name: the edition's, then each program's in order, then the shared lists."""
    of_name = {program.program: program for program in parts.programs.values()}
    programs = [of_name[name] for name in parts.edition.order]
    found: dict[str, DatedRule] = {}

    def add(name: str, kind: Kind, versions: Iterable[Version], *of: str, **about: Any) -> None:
        known = found.get(name)
        of_all = dict.fromkeys((*(known.programs if known else ()), *of))
        order = tuple(each for each in parts.edition.order if each in of_all)
        found[name] = DatedRule(name, kind, tuple(versions), order, about)

    add("scope", "scope", parts.edition.scope)
    for program in programs:
        name = program.program
        for rule in RULES:
            if versions := getattr(program, rule):
                add(f"{name}.{rule}", "rule", versions, name, rule=rule)
        for each in requirements(program):
            add(f"{name}.{each.rule}", "requirement", each.versions, name, fact=each.fact)
        for exclusion in program.excluded_by:
            add(f"{name}.excluded_by.{exclusion.name}", "exclusion", exclusion.versions, name, codes=exclusion.codes)
        for code in codes_of(program):
            if (data := parts.code(program, code)) is not None:
                add(code, "code", data.versions, name, label=data.label, shape=data.shape)
                for version in data.versions:
                    if listed := version.agency_types:
                        add(f"agency_types.{listed}", "agency_types", parts.agency_types.agency_types[listed], name)
        for staff in (program.staff, *(track.staff for track in program.tracks)):
            if staff:
                add(f"staff.{staff}", "staff", parts.staff.staff[staff], name)
        for word, activity in parts.activities.activities.get(program.activities or "", {}).items():
            add(f"activities.{program.activities}.{word}", "activity", activity, name, word=word)
        for word, stay in parts.stays.stays.get(program.institutions or "", {}).items():
            add(f"stays.{program.institutions}.{word}", "stay", stay, name, word=word)
    return found


def codes_of(program: ProgramData) -> tuple[str, ...]:
    """Every code that a program bills, in the order of its file: its own, and those that it shares."""
    return tuple(
        dict.fromkeys((*(code for track in program.tracks for code in track.codes), *program.beside, *program.codes))
    )


def billings(parts: Parts, rules: Mapping[str, DatedRule], code: str) -> list[Billing]:
    """The programs that bill a code, with what governs it in each."""
    named = {program.program: program for program in parts.programs.values()}
    return [_billing(parts, named[name], code) for name in (rules[code].programs if code in rules else ())]


def governing(parts: Parts, program: ProgramData) -> tuple[str, ...]:
    """The names of the rules of a whole program, in the order in which they are asked."""
    own = [f"{program.program}.{each.rule}" for each in program.requires]
    own += [f"{program.program}.{rule}" for rule in RULES if getattr(program, rule)]
    own += [f"staff.{program.staff}"] if program.staff else []
    if program.activities:
        own += [f"activities.{program.activities}.{word}" for word in parts.activities.activities[program.activities]]
    if program.institutions:
        own += [f"stays.{program.institutions}.{kind}" for kind in parts.stays.stays[program.institutions]]
    return tuple(own)


def _billing(parts: Parts, program: ProgramData, code: str) -> Billing:
    tracks = [track for track in program.tracks if code in track.codes]
    own = {
        track.name: tuple(
            dict.fromkeys(
                [f"{program.program}.{each.rule}" for each in (*track.when, *track.requires)]
                + ([f"staff.{track.staff}"] if track.staff else [])
            )
        )
        for track in tracks
    }
    return Billing(program, tuple(own), governing(parts, program), own)
