"""What rules name: codes, programs and tracks. A name of nothing is a slip, and each is found at its place in the file."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import chain

from .documents import Location
from .parts import Misfit, Parts, gap, requirements
from .schema import CodeData, ProgramData

FOREIGN = "foreign_codes.yaml"
COMPLEXITIES = ("low", "moderate", "high")
"""Medical decision making, as it is judged."""


def unknown_references(parts: Parts) -> Iterator[Misfit]:
    """Codes that nobody knows, in every list of codes; minutes of programs that do not bill the code; windows that cannot be."""
    foreign = [code for group in parts.foreign.foreign for code in group.codes]
    decided = {code: name for name, program in parts.programs.items() for code in program.codes}
    decided |= dict.fromkeys(parts.shared.codes, "shared_codes.yaml")
    known = {*decided, *foreign}
    named: set[str] = set()
    for file, at, code in _codes_named(parts):
        named.add(code)
        if code not in known:
            yield file, at, f"the code {code} is in no file: add it where it is decided, or to {FOREIGN}"
    seen: set[str] = set()
    for at, code in _foreign(parts):
        if code in decided:
            yield FOREIGN, at, f"the code {code} is decided in {decided[code]}"
        elif code not in named:
            yield FOREIGN, at, f"no rule names the code {code}"
        elif code in seen:
            yield FOREIGN, at, f"the code {code} stands twice"
        seen.add(code)
    for file, code, data in _codes(parts):
        yield from ((file, at, message) for at, message in _minutes_in(parts, code, data))
    for name, program in parts.programs.items():
        for at, message in chain(_windows(parts, program), _complexities(program), _stays(parts, program)):
            yield name, at, message
        for index, track in enumerate(program.tracks):
            firsts = [each.versions[0].from_ for code in track.codes if (each := parts.code(program, code))]
            if track.from_ and firsts and track.from_ < min(firsts):
                yield name, ("tracks", index, "from"), gap(f"the code of track {track.name}", min(firsts), track.from_)


def _codes(parts: Parts) -> Iterator[tuple[str, str, CodeData]]:
    yield from ((name, code, data) for name, program in parts.programs.items() for code, data in program.codes.items())
    yield from (("shared_codes.yaml", code, data) for code, data in parts.shared.codes.items())


def _codes_named(parts: Parts) -> Iterator[tuple[str, Location, str]]:
    """Every code in a list of a rule: file, place, code."""

    def listed(file: str, at: Location, codes: Iterable[str]) -> Iterator[tuple[str, Location, str]]:
        yield from ((file, (*at, index), code) for index, code in enumerate(codes))

    for file, code, data in _codes(parts):
        for number, version in enumerate(data.versions):
            for field in ("add_on_to", "excludes", "visits"):
                yield from listed(file, ("codes", code, "versions", number, field), getattr(version, field))
    for file, program in parts.programs.items():
        for index, exclusion in enumerate(program.excluded_by):
            yield from listed(file, ("excluded_by", index, "codes"), exclusion.codes)
        for number, visit in enumerate(program.initiating_visit or ()):
            yield from listed(file, ("initiating_visit", number, "visits"), visit.visits)


def _foreign(parts: Parts) -> Iterator[tuple[Location, str]]:
    for index, group in enumerate(parts.foreign.foreign):
        yield from ((("foreign", index, "codes", place), code) for place, code in enumerate(group.codes))


def _minutes_in(parts: Parts, code: str, data: CodeData) -> Iterator[tuple[Location, str]]:
    """The programs, or their tracks, in which a code takes other minutes are such as bill it."""
    billing: dict[str, set[str]] = {
        program.program: {track.name for track in program.tracks if code in track.codes}
        for program in parts.programs.values()
    }
    for number, version in enumerate(data.versions):
        for where in version.minutes_in:
            at: Location = ("codes", code, "versions", number, "minutes_in", where)
            program, _, track = where.partition(".")
            if program not in billing:
                yield at, f"there is no program {program}"
            elif not billing[program]:
                yield at, f"{program} does not bill {code}"
            elif track and track not in billing[program]:
                yield at, f"{program} has no track {track} that bills {code}"


def _windows(parts: Parts, program: ProgramData) -> Iterator[tuple[Location, str]]:
    """By when a visit must be lies inside the period that the discharge begins, and is judged in words that there are."""
    periods = {clock.from_: clock.period_days for clock in program.transition or ()}
    for code, data in program.codes.items():
        for number, version in enumerate(data.versions):
            if version.window is None:
                continue
            at: Location = ("codes", code, "versions", number, "window")
            days = _latest(periods, version.from_)
            if days is not None and version.window.days >= days:
                yield (*at, "days"), f"{version.window.days} days reach beyond the {days} of the discharge"
            for index, word in enumerate(version.window.complexity):
                if word not in COMPLEXITIES:
                    yield (*at, "complexity", index), _no_complexity(word)
    for code, each in program.codes.items():
        if each.shape == "transition" and not program.transition:
            yield ("codes", code), f"{code} is of a discharge, and the program has no transition"


def _latest(dated: Mapping[date, int], day: date) -> int | None:
    begun = [since for since in dated if since <= day]
    return dated[max(begun)] if begun else None


def _complexities(program: ProgramData) -> Iterator[tuple[Location, str]]:
    for rule in requirements(program):
        for version in rule.versions if rule.fact == "complexity" else ():
            for word in version.one_of or ():
                if word not in COMPLEXITIES:
                    yield ("requires",), _no_complexity(word)


def _no_complexity(word: str) -> str:
    return f"{word} is no complexity: {', '.join(COMPLEXITIES)}"


def _stays(parts: Parts, program: ProgramData) -> Iterator[tuple[Location, str]]:
    """A kind of stay that is dated later than the codes leaves days on which its minutes count."""
    begins = min((data.versions[0].from_ for data in program.codes.values()), default=None)
    for kind, versions in parts.stays.stays.get(program.institutions or "", {}).items():
        if begins and versions[0].from_ > begins:
            yield ("institutions",), gap(f"{program.institutions}.{kind} of stays.yaml", versions[0].from_, begins)
