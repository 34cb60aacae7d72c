"""The parsed files of a rulebook together, and what must hold between them that no single file can show."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from .documents import Document, Location
from .schema import (
    ActivitiesData,
    AgencyTypesData,
    ProgramData,
    Requirement,
    RulebookData,
    SourcesData,
    StaffData,
    Version,
)

RULES = (
    "period",
    "death",
    "shared_time",
    "consent",
    "revocation",
    "initiating_visit",
    "covered_stay",
    "one_family",
    "one_practitioner",
)  # of a program, each dated by itself

Misfit = tuple[str, Location, str]  # file name, place in it, what is wrong


@dataclass(frozen=True, slots=True)
class Parts:
    """One model a file; `programs` by file name."""

    edition: RulebookData
    sources: SourcesData
    staff: StaffData
    activities: ActivitiesData
    agency_types: AgencyTypesData
    programs: Mapping[str, ProgramData]

    def dump(self) -> list[Any]:
        """The loaded data as plain values: what the fingerprint is taken of."""
        models = (self.edition, self.sources, self.staff, self.activities, self.agency_types, *self.programs.values())
        return [model.model_dump(mode="json", by_alias=True, exclude_unset=True) for model in models]

    def words(self) -> Iterator[tuple[str, Version]]:
        """Every dated rule with its name, as decisions write it."""
        yield from (("scope", version) for version in self.edition.scope)
        lists: dict[str, Mapping[str, Iterable[Version]]] = {
            "staff": self.staff.staff,
            "agency_types": self.agency_types.agency_types,
        }
        lists |= {f"activities.{name}": each for name, each in self.activities.activities.items()}
        for program in self.programs.values():
            rules = {rule: getattr(program, rule) for rule in RULES}
            lists[program.program] = rules | {each.fact: each.versions for each in requirements(program)}
            lists[f"{program.program}.excluded_by"] = {each.name: each.versions for each in program.excluded_by}
            yield from ((code, version) for code, data in program.codes.items() for version in data.versions)
        for of, named in lists.items():
            yield from ((f"{of}.{name}", version) for name, versions in named.items() for version in versions)


def requirements(program: ProgramData) -> Iterator[Requirement]:
    """Those of a program and of all its tracks."""
    yield from program.requires
    for track in program.tracks:
        yield from track.requires


def misfits(parts: Parts, documents: Mapping[str, Document]) -> Iterator[Misfit]:
    """References to nothing, tracks that do not hold together, and rules that start after the codes they govern."""
    for name, document in documents.items():
        for at, cite in _cites(document.data, ()):
            if cite not in parts.sources.sources:
                yield name, at, f"the source {cite} is not in sources.yaml"
    seen: set[str] = set()
    for name, program in parts.programs.items():
        if program.program in seen:
            yield name, ("program",), f"the program {program.program} is already in another file"
        seen.add(program.program)
        for at, message in (*_unknown_names(parts, program), *_tracks(program)):
            yield name, at, message
        for at, message in _gaps(parts, program):
            yield name, at, message


def _cites(data: Any, at: Location) -> Iterator[tuple[Location, str]]:
    if isinstance(data, dict):
        for key, value in data.items():
            if key == "cite":
                yield (*at, key), value
            else:
                yield from _cites(value, (*at, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _cites(value, (*at, index))


def _unknown_names(parts: Parts, program: ProgramData) -> Iterator[tuple[Location, str]]:
    if program.staff not in parts.staff.staff:
        yield ("staff",), f"staff.yaml has no list {program.staff}"
    for index, track in enumerate(program.tracks):
        if track.staff and track.staff not in parts.staff.staff:
            yield ("tracks", index, "staff"), f"staff.yaml has no list {track.staff}"
    if program.activities not in parts.activities.activities:
        yield ("activities",), f"activities.yaml has no list {program.activities}"
    for code, data in program.codes.items():
        for index, version in enumerate(data.versions):
            at: Location = ("codes", code, "versions", index)
            if version.agency_types and version.agency_types not in parts.agency_types.agency_types:
                yield (*at, "agency_types"), f"agency_types.yaml has no list {version.agency_types}"
            for base in version.add_on_to:
                if base not in program.codes:
                    yield (*at, "add_on_to"), f"the base code {base} has no entry"


def _tracks(program: ProgramData) -> Iterator[tuple[Location, str]]:
    names = {track.name for track in program.tracks}
    for declared, tracks in program.declared.items():
        for track in tracks:
            if track not in names:
                yield ("declared", declared), f"there is no track {track}"
    used = {code for track in program.tracks for code in track.codes} | set(program.beside)
    for code, data in program.codes.items():
        if code not in used:
            yield ("codes", code), f"the code {code} is in no track and beside none"
        if (data.shape == "visit") != (code in program.beside):
            yield ("codes", code), f"{code}: codes of a visit, and no others, are billed beside the tracks"
    for code in program.beside:
        if code not in program.codes:
            yield ("beside",), f"the code {code} has no entry"
    for index, each in enumerate(program.tracks):
        at: Location = ("tracks", index, "codes")
        base, *add_ons = each.codes
        for code in each.codes:
            if code not in program.codes:
                yield at, f"the code {code} has no entry"
        if base in program.codes and program.codes[base].shape != "base":
            yield at, f"a track begins with a base code; {base} is none"
        for code in add_ons:
            if code in program.codes and base not in program.codes[code].versions[0].add_on_to:
                yield at, f"{code} is not an add-on to {base}"


def _gaps(parts: Parts, program: ProgramData) -> Iterator[tuple[Location, str]]:
    """A rule that starts after its codes would leave days on which the codes are billed without it."""
    begins = min(data.versions[0].from_ for data in program.codes.values())
    governing: dict[str, tuple[Version, ...]] = {rule: getattr(program, rule) for rule in RULES}
    governing["staff"] = parts.staff.staff.get(program.staff, ())
    for rule, versions in governing.items():
        if versions and versions[0].from_ > begins:
            yield (rule,), _gap(rule, versions[0].from_, begins)
    for index, track in enumerate(program.tracks):
        first = min(
            (program.codes[code].versions[0].from_ for code in track.codes if code in program.codes), default=begins
        )
        own: dict[str, tuple[Version, ...]] = {"staff": parts.staff.staff.get(track.staff or "", ())}
        own |= {f"requires.{each.fact}": each.versions for each in track.requires}
        for rule, versions in own.items():
            if versions and versions[0].from_ > first:
                yield ("tracks", index), _gap(rule, versions[0].from_, first)
    if parts.edition.scope[0].from_ > begins:
        yield ("codes",), _gap("the rulebook", parts.edition.scope[0].from_, begins)
    for code, data in program.codes.items():
        for index, version in enumerate(data.versions):
            types = parts.agency_types.agency_types.get(version.agency_types or "", ())
            if types and types[0].from_ > version.from_:
                at: Location = ("codes", code, "versions", index, "agency_types")
                yield at, _gap(f"the list {version.agency_types}", types[0].from_, version.from_)


def _gap(what: str, starts: date, codes: date) -> str:
    return f"gap: {what} starts on {starts}, after what it governs on {codes}"
