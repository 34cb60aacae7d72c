"""The parsed files of a rulebook together, and what must hold between them that no single file can show."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from .asked import Requirement
from .documents import Document, Location
from .schema import (
    EVENTS,
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
from .versions import Version

RULES = (
    "period",
    "death",
    "shared_time",
    "consent",
    "consent_renewal",
    "revocation",
    "initiating_visit",
    "covered_stay",
    "other_programs",
    "claimed_time",
    "transition",
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
    stays: StaysData
    shared: SharedCodesData
    foreign: ForeignCodesData
    programs: Mapping[str, ProgramData]

    def dump(self) -> list[Any]:
        """The loaded data as plain values: what the fingerprint is taken of."""
        models = (
            self.edition,
            self.sources,
            self.staff,
            self.activities,
            self.agency_types,
            self.stays,
            self.shared,
            self.foreign,
            *self.programs.values(),
        )
        return [model.model_dump(mode="json", by_alias=True, exclude_unset=True) for model in models]

    def code(self, program: ProgramData, code: str) -> CodeData | None:
        """A code of a program: its own entry, or one that programs share."""
        return program.codes.get(code) or self.shared.codes.get(code)


def requirements(program: ProgramData) -> Iterator[Requirement]:
    """Those of a program and of all its tracks."""
    yield from program.requires
    for track in program.tracks:
        yield from track.when
        yield from track.requires


def misfits(parts: Parts, documents: Mapping[str, Document]) -> Iterator[Misfit]:
    """References to nothing, tracks that do not hold together, and rules that start after the codes they govern."""
    for name, document in documents.items():
        for at, cite in _cites(document.data, ()):
            if cite not in parts.sources.sources:
                yield name, at, f"the source {cite} is not in sources.yaml"
    names = {program.program for program in parts.programs.values()}
    for missing in names - set(parts.edition.order):
        yield "rulebook.yaml", ("order",), f"the program {missing} has no place in the order"
    for index, placed in enumerate(parts.edition.order):
        if placed not in names:
            yield "rulebook.yaml", ("order", index), f"there is no program {placed}"
        if placed in parts.edition.order[:index]:
            yield "rulebook.yaml", ("order", index), f"the program {placed} has two places in the order"
    seen: set[str] = set()
    owners: dict[str, str] = dict.fromkeys(parts.shared.codes, "shared_codes.yaml")
    for name, program in parts.programs.items():
        if program.program in seen:
            yield name, ("program",), f"the program {program.program} is already in another file"
        seen.add(program.program)
        for code in program.codes:
            if code in owners:
                yield name, ("codes", code), f"the code {code} is already in {owners[code]}"
            owners[code] = name
        for at, message in (*_unknown_names(parts, program), *_tracks(parts, program), *_rule_names(program)):
            yield name, at, message
        for at, message in _gaps(parts, program):
            yield name, at, message
    for code, data in parts.shared.codes.items():
        if not any(code in track.codes for program in parts.programs.values() for track in program.tracks):
            yield "shared_codes.yaml", ("codes", code), f"the code {code} is in no track"
        yield from (("shared_codes.yaml", at, message) for at, message in _lists_of_agencies(parts, code, data))


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
    staffs: list[tuple[Location, str | None]] = [(("staff",), program.staff)]
    staffs += [(("tracks", index, "staff"), track.staff) for index, track in enumerate(program.tracks)]
    for at, staff in staffs:
        if staff and staff not in parts.staff.staff:
            yield at, f"staff.yaml has no list {staff}"
    if program.activities and program.activities not in parts.activities.activities:
        yield ("activities",), f"activities.yaml has no list {program.activities}"
    if program.institutions and program.institutions not in parts.stays.stays:
        yield ("institutions",), f"stays.yaml has no list {program.institutions}"
    for code, data in program.codes.items():
        yield from _lists_of_agencies(parts, code, data)


def _lists_of_agencies(parts: Parts, code: str, data: CodeData) -> Iterator[tuple[Location, str]]:
    for index, version in enumerate(data.versions):
        at: Location = ("codes", code, "versions", index, "agency_types")
        if not version.agency_types:
            continue
        if version.agency_types not in parts.agency_types.agency_types:
            yield at, f"agency_types.yaml has no list {version.agency_types}"
        elif (begins := parts.agency_types.agency_types[version.agency_types][0].from_) > version.from_:
            yield at, gap(f"the list {version.agency_types}", begins, version.from_)


def _rule_names(program: ProgramData) -> Iterator[tuple[Location, str]]:
    """Rules of one name say one thing."""
    named: dict[str, Requirement] = {}
    for each in requirements(program):
        if named.setdefault(each.rule, each).versions != each.versions:
            yield ("requires",), f"two requirements are called {each.rule}: give one of them another name"


def _tracks(parts: Parts, program: ProgramData) -> Iterator[tuple[Location, str]]:
    names = {track.name for track in program.tracks}
    for declared, tracks in program.declared.items():
        for track in tracks:
            if track not in names:
                yield ("declared", declared), f"there is no track {track}"
    if bool(program.tracks) != bool(program.declared):
        yield ("declared",), "a program with tracks, and only such a program, says which are tried"
    used = {code for track in program.tracks for code in track.codes} | set(program.beside)
    for code, data in program.codes.items():
        if data.shape == "contract":
            if program.decided_by != "contract":
                yield ("codes", code), f"{code}: only a program that is decided by contract has codes of one"
        elif code not in used:
            yield ("codes", code), f"the code {code} is in no track and beside none"
        if (data.shape in EVENTS) != (code in program.beside):
            yield (
                ("codes", code),
                f"{code}: codes of a visit or another event, and no others, are billed beside the tracks",
            )
    for code in program.beside:
        if code not in program.codes:
            yield ("beside",), f"the code {code} has no entry"
    for index, each in enumerate(program.tracks):
        at: Location = ("tracks", index, "codes")
        for code in each.codes:
            if parts.code(program, code) is None:
                yield at, f"the code {code} has no entry"
        base, *add_ons = ((code, parts.code(program, code)) for code in each.codes)
        if base[1] and base[1].shape not in ("base", "once", "transition"):
            yield at, f"a track begins with a base code; {base[0]} is none"
        for code, data_of in add_ons:
            if data_of and base[0] not in data_of.versions[0].add_on_to:
                yield at, f"{code} is not an add-on to {base[0]}"


def _gaps(parts: Parts, program: ProgramData) -> Iterator[tuple[Location, str]]:
    """A rule that starts after its codes would leave days on which the codes are billed without it."""
    own_codes = [data.versions[0].from_ for data in program.codes.values()]
    shared = [first for track in program.tracks if (first := _first_day(parts, program, track))]
    begins = min([*own_codes, *shared])
    governing: dict[str, tuple[Version, ...]] = {rule: getattr(program, rule) or () for rule in RULES}
    governing["staff"] = parts.staff.staff.get(program.staff or "", ())
    governing |= {f"requires.{each.rule}": each.versions for each in program.requires}
    of_activities = parts.activities.activities.get(program.activities or "", {})
    governing |= {f"activities.{activity}": versions for activity, versions in of_activities.items()}
    for rule, versions in governing.items():
        if versions and versions[0].from_ > begins:
            yield (rule.partition(".")[0],), gap(rule, versions[0].from_, begins)
    for index, track in enumerate(program.tracks):
        first = _first_day(parts, program, track) or begins
        own: dict[str, tuple[Version, ...]] = {"staff": parts.staff.staff.get(track.staff or "", ())}
        own |= {f"requires.{each.rule}": each.versions for each in (*track.when, *track.requires)}
        for rule, versions in own.items():
            if versions and versions[0].from_ > first:
                yield ("tracks", index), gap(rule, versions[0].from_, first)
    if parts.edition.scope[0].from_ > begins:
        yield ("codes",), gap("the rulebook", parts.edition.scope[0].from_, begins)


def _first_day(parts: Parts, program: ProgramData, track: TrackData) -> date | None:
    """The first day of a track's codes; its own, where it states one."""
    entries = [data for code in track.codes if (data := parts.code(program, code))]
    return track.from_ or min((data.versions[0].from_ for data in entries), default=None)


def gap(what: str, starts: date, codes: date) -> str:
    """How a gap is told."""
    return f"gap: {what} starts on {starts}, after what it governs on {codes}"
