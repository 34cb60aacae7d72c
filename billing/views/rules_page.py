"""The rulebook made ready to be read: what the templates of its pages show. Decides nothing."""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.rule_words import CONFIDENCE, CONFIDENCE_IN_WORDS, Value, changed_values, spaced, title_of, values_of
from billing.rules import Rulebook
from billing.rules.dated import DatedRule, codes_of
from billing.rules.schema import EVENTS, ProgramData
from billing.rules.versions import Version
from tenancy.links import here

NOT_YET, IN_FORCE, ENDED = "not_yet", "in_force", "ended"
STATUSES: dict[str, Any] = {
    IN_FORCE: gettext_lazy("in force"),
    NOT_YET: gettext_lazy("not yet"),
    ENDED: gettext_lazy("ended"),
}
TAGS = {IN_FORCE: "good", NOT_YET: "", ENDED: "left"}

AGREED = ("consent", "consent_renewal", "revocation", "initiating_visit")
ALONE = ("one_family", "one_practitioner")
OF_MINUTES = ("staff", "activity", "stay")


@dataclass(frozen=True, slots=True)
class Shown:
    """A rule as one version of it reads; `status` and `next_on` of the day that was asked for."""

    name: str
    anchor: str  # where it stands on the page; "" where it stands there already
    title: str
    status: str
    since: date
    next_on: date | None
    words: str
    values: tuple[Value, ...]
    cite: str
    short: str
    source: str
    where: str
    confidence: str
    confidence_word: str
    confidence_words: str
    changed: tuple[tuple[str, str, str], ...] = ()

    @property
    def status_word(self) -> str:
        return str(STATUSES[self.status])

    @property
    def tag(self) -> str:
        return TAGS[self.status]


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A code in the list: of its program, on a day."""

    code: str
    label: str
    rule: Shown
    address: str


@dataclass(frozen=True, slots=True)
class ProgramRows:
    name: str
    label: str
    address: str
    rows: tuple[CodeRow, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions of one kind under a heading."""

    title: str
    rules: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Excluded:
    """Codes that leave no room for one, by one rule."""

    codes: tuple[tuple[str, str], ...]  # with the address of those that have a page
    rule: Shown
    of: str


@dataclass(frozen=True, slots=True)
class InProgram:
    """What a program asks for a code."""

    name: str
    label: str
    address: str
    tracks: tuple[str, ...]
    minutes: int
    groups: tuple[Group, ...]


def anchor_of(rule: str) -> str:
    """Where a rule stands on a page."""
    return f"rule-{rule.replace('.', '-')}"


def code_address(code: str, day: date) -> str:
    return f"{here('billing:rule_code', code=code)}?on={day.isoformat()}"


def program_address(program: str, day: date) -> str:
    return f"{here('billing:rule_program', program=program)}?on={day.isoformat()}"


def address_of(rulebook: Rulebook, rule: str, day: date, code: str = "", program: str = "") -> str:
    """The page that shows a rule as of a day: that of the code in question, else of its program; "" for what no page shows."""
    known = rulebook.rules.get(rule)
    if known is None or day < rulebook.begins:
        return ""
    code = rule if known.kind == "code" else code if code in rulebook.codes else ""
    if code:
        return f"{code_address(code, day)}#{anchor_of(rule)}"
    within = program if program in known.programs else known.programs[0] if known.programs else ""
    return f"{program_address(within, day)}#{anchor_of(rule)}" if within else ""


def show(rulebook: Rulebook, rule: DatedRule, day: date, version: Version | None = None) -> Shown:
    """A rule as of a day, or one version of it; before the first, what that will say."""
    stands = rule.on(day)
    settled = version or stands or next(rule.settled())
    retired = bool(stands and getattr(stands, "retired", False))
    source = rulebook.sources[settled.cite]
    return Shown(
        name=rule.name,
        anchor=anchor_of(rule.name),
        title=title_of(rule),
        status=NOT_YET if stands is None else ENDED if retired else IN_FORCE,
        since=settled.from_,
        next_on=next((each.from_ for each in rule.versions if each.from_ > day), None),
        words=settled.words,
        values=values_of(rule, settled),
        cite=settled.cite,
        short=source.short,
        source=source.title,
        where=source.where,
        confidence=settled.confidence,
        confidence_word=str(CONFIDENCE[settled.confidence]),
        confidence_words=str(CONFIDENCE_IN_WORDS[settled.confidence]),
    )


def history_of(rulebook: Rulebook, rule: DatedRule) -> list[Shown]:
    """Every version, the newest first, each with the values in which it differs from the one before."""
    told, before = [], None
    for version in rule.settled():
        shown = show(rulebook, rule, version.from_, version)
        changed = changed_values(rule, before, version) if before else ()
        told.append(replace(shown, changed=changed))
        before = version
    return told[::-1]


def code_rows(rulebook: Rulebook, day: date, query: str, program: str) -> list[ProgramRows]:
    """Programs with their codes as of a day; of those that hold every word of `query`, or of the one code that it names."""
    found = []
    named = query.upper()
    for each in rulebook.programs:
        if program in ("", each.program):
            rows = tuple(
                row
                for row in _rows(rulebook, each, day)
                if (row.code == named if named in rulebook.codes else holds(query, _searched(rulebook, row)))
            )
            if rows:
                found.append(ProgramRows(each.program, each.label, program_address(each.program, day), rows))
    return found


def _rows(rulebook: Rulebook, program: ProgramData, day: date) -> Iterator[CodeRow]:
    for code in codes_of(program):
        rule = rulebook.rules[code]
        yield CodeRow(code, rulebook.codes[code].label, show(rulebook, rule, day), code_address(code, day))


def _searched(rulebook: Rulebook, row: CodeRow) -> str:
    versions = rulebook.rules[row.code].versions
    cited = [rulebook.sources[version.cite] for version in versions]
    texts = [row.code, row.label, *(version.words for version in versions)]
    return " ".join([*texts, *(f"{source.short} {source.title}" for source in cited)])


def holds(query: str, text: str) -> bool:
    """Whether every word of a question is in a text, whatever its case."""
    folded = text.casefold()
    return all(word in folded for word in query.casefold().split())


def in_programs(rulebook: Rulebook, code: str, day: date) -> list[InProgram]:
    """What each program asks for a code on a day; its tracks' own rules beside the program's."""
    found: list[InProgram] = []
    seen: set[str] = set()
    for billing in rulebook.billed_by(code):
        program = billing.program
        own = [name for names in billing.of_tracks.values() for name in names]
        staffed = any(name.startswith("staff.") for name in own)
        names = [name for name in billing.rules if not (staffed and name.startswith("staff."))]
        asked = dict.fromkeys((*own, *names))
        found.append(
            InProgram(
                program.program,
                program.label,
                program_address(program.program, day),
                tuple(spaced(track) for track in billing.tracks),
                _minutes_in(rulebook, code, program, billing.tracks, day),
                tuple(grouped(rulebook, asked, day, rulebook.codes[code].shape, seen)),
            )
        )
        seen.update(asked)
    return found


def _minutes_in(rulebook: Rulebook, code: str, program: ProgramData, tracks: Iterable[str], day: date) -> int:
    """Minutes of a unit where this program takes others than the code; 0 where it takes the same."""
    stated = getattr(rulebook.rules[code].on(day), "minutes_in", None) or {}
    own = (stated.get(f"{program.program}.{track}") for track in tracks)
    return next((minutes for minutes in own if minutes), stated.get(program.program, 0))


def grouped(
    rulebook: Rulebook, names: Iterable[str], day: date, shape: str = "base", seen: Container[str] = ()
) -> Iterator[Group]:
    """Rules by what they are about, without those that a code of an event does not ask. What was `seen` has its place already."""
    groups: dict[str, list[Shown]] = {
        _("The patient and the month"): [],
        _("Consent and first visit"): [],
        _("Which minutes count"): [],
        _("Once, and by one"): [],
    }
    patient, agreed, minutes, alone = groups.values()
    for name in names:
        rule = rulebook.rules[name]
        shown = show(rulebook, rule, day)
        shown = replace(shown, anchor="") if name in seen else shown
        about = rule.about.get("rule", "")
        if rule.kind == "requirement" or about == "transition":
            patient.append(shown)
        elif about in AGREED:
            agreed.append(shown)
        elif shape not in EVENTS:
            (alone if about in ALONE else minutes).append(shown)
    yield from (Group(title, tuple(rules)) for title, rules in groups.items() if rules)


def excluded_by(rulebook: Rulebook, code: str, day: date) -> list[Excluded]:
    """Codes that leave no room for one on a day, by the rule that says so, with the program where it says so."""
    found: dict[str, Excluded] = {}
    for plan in rulebook.on(day).plans:
        rules = [rule for track in plan.tracks for rule in (track.base, *track.add_ons)]
        for rule in (*rules, *plan.beside, *plan.contract_codes.values()):
            if rule.code != code:
                continue
            by: dict[str, list[str]] = {}
            for other, authority in rule.excluded_by.items():
                by.setdefault(authority.rule, []).append(other)
            for name, codes in by.items():
                linked = tuple((each, code_address(each, day) if each in rulebook.codes else "") for each in codes)
                shown = show(rulebook, rulebook.rules[name], day)
                found[name] = Excluded(
                    linked, shown, rulebook.codes[name].label if name in rulebook.codes else plan.label
                )
    return list(found.values())
