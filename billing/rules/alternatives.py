"""The other lawful code sets of a patient-month: what the same facts would be billed as, had people declared it otherwise.

For a person to compare, never to be chosen from here: the declared set stands first, the others in the order of their codes, none by
what it pays. What people declare is each program's track and, where programs leave each other no room, which of them the month is; so
these are varied and nothing else. A minute stays with the program and the activity it was logged for, in clock time that two programs
share the order stays as it is, and a set of which another one has every unit is not told.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import product
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from .book import Book, Plan, Test, Track
from .criteria import failure
from .decision import Decision, Finding, FindingId, Line
from .evaluate import evaluate
from .facts import PatientMonth
from .rulebook import Rulebook
from .terms import Payer

DOCUMENTS: frozenset[FindingId] = frozenset(
    {
        "complexity.not_documented",
        "care_plan.missing",
        "conditions.risk_not_attested",
        "conditions.none_named",
        "conditions.not_high_risk",
        "need.not_documented",
        "registry.missing",
        "psychiatric_review.missing",
        "rating_scale.missing",
        "training.not_documented",
        "elements.not_available",
    }
)
"""What is found where something may be true that nobody wrote down. Neither a diagnosis, a consent nor a visit is among it: those are
events, and writing does not make them."""
COLLISIONS: tuple[FindingId, ...] = ("code.mutually_exclusive", "program.undeclared")


class OtherTrack(Struct, frozen=True):
    """A program's track, had people declared another one than they did."""

    program: str
    declared: str
    track: str


class Instead(Struct, frozen=True):
    """A program that would be the month's, and those that would then find no room."""

    program: str
    of: tuple[str, ...]
    finding: Finding  # by which rule they leave each other no room


class Alternative(Struct, frozen=True):
    """A set of lines, what the contract pays for it, and why it is not the one: what people declared, or what is not on record."""

    lines: tuple[Line, ...]
    amount: Decimal | None  # None where the contract states no rate for a code
    unpriced: tuple[str, ...]  # those codes
    tracks: tuple[OtherTrack, ...]
    programs: tuple[Instead, ...]
    missing: tuple[Finding, ...]  # of one thing that is not documented; without it the set is not supported

    @property
    def is_declared(self) -> bool:
        """Whether it is what people declared, and so what is billed."""
        return not (self.tracks or self.programs or self.missing)


class Run(Struct, frozen=True):
    """One way in which people could declare a month, and what was decided then."""

    month: PatientMonth
    tracks: tuple[OtherTrack, ...]
    programs: tuple[Instead, ...]
    decision: Decision

    @property
    def units(self) -> Counter[tuple[str, tuple[str, ...]]]:
        """What a set is compared by: units of each code and its modifiers, whichever program earned them."""
        units: Counter[tuple[str, tuple[str, ...]]] = Counter()
        for line in self.decision.lines:
            units[line.code, line.modifiers] += line.units
        return units


class Document(Struct, frozen=True):
    """One thing that could be on record: for a program, or for all of them where a fact is not kept by program."""

    finding: FindingId
    program: str
    test: Test

    def added(self, month: PatientMonth) -> PatientMonth:
        """The month with it."""
        fact, need = self.test.fact, self.test.need
        value: Any = getattr(month, fact)
        if not isinstance(value, Mapping):
            return replace(month, **{fact: need})
        known = value.get(self.program, frozenset()) | {need} if self.test.test == "has" else need[0]
        return replace(month, **{fact: {**value, self.program: known}})

    def removed(self, month: PatientMonth, before: PatientMonth) -> PatientMonth:
        """A month declared otherwise, with the record as it was before."""
        return replace(month, **{self.test.fact: getattr(before, self.test.fact)})

    def is_missed_by(self, finding: Finding) -> bool:
        """Whether a finding says that it is not there."""
        return finding.id == self.finding and self.program in ("", finding.program)


def alternatives(month: PatientMonth, payer: Payer, rulebook: Rulebook) -> tuple[Alternative, ...]:
    """The declared set, then every other one that the facts support, then those that one document more would support."""
    runs = list(_runs(month, payer, rulebook))
    declared, supported = runs[0], _largest(runs)
    others = [run for run in supported if run.units != declared.units]
    almost: list[tuple[Run, Document]] = []
    book = rulebook.on(month.last)
    for document in dict.fromkeys(each for run in runs for each in _documents(run, book)):
        known = [run.units for run in (declared, *supported)]
        more = _largest(_runs(document.added(month), payer, rulebook))
        almost += [(run, document) for run in more if not any(run.units <= units for units in known)]
    return (
        _alternative(declared),
        *sorted(map(_alternative, others), key=_by_lines),
        *sorted((_almost(run, document, month, payer, rulebook) for run, document in almost), key=_by_lines),
    )


def _runs(month: PatientMonth, payer: Payer, rulebook: Rulebook) -> Iterator[Run]:
    """The month as it is declared, then in every other way that can make a difference. Of the programs that leave each other no
    room, each that another one has shut out is tried before it, beside whatever else is billed."""
    book = rulebook.on(month.last)
    for tracks in _other_tracks(month, book):
        declared = replace(month, tracks={**month.tracks, **{each.program: each.track for each in tracks}})
        seen: set[tuple[str, ...]] = set()
        waiting: deque[tuple[tuple[str, ...], tuple[Instead, ...]]] = deque([(month.programs_for_month, ())])
        while waiting:
            programs, instead = waiting.popleft()
            if programs in seen:
                continue
            seen.add(programs)
            said = replace(declared, programs_for_month=programs)
            decision = evaluate(said, payer, rulebook)
            yield Run(said, tracks, instead, decision)
            billed = {line.program for line in decision.lines}
            for each in _shut_out(decision):
                first = billed.difference(each.of) | {each.program}
                in_order = tuple([plan.name for plan in book.plans if plan.name in first])
                waiting.append((in_order, (*instead, each)))


def _other_tracks(month: PatientMonth, book: Book) -> list[tuple[OtherTrack, ...]]:
    """Combinations of tracks, those nearest to the declared one first: it changes none."""
    raised = {each.program for each in month.enrollments} | {each.program for each in month.logs}
    plans = [
        plan for plan in book.plans if plan.tracks and (plan.name in raised or plan.codes.intersection(month.requested))
    ]
    codes = frozenset(code for plan in plans for code in plan.codes)
    options = [_options(month, plan, codes) for plan in plans]
    chosen = (tuple([each for each in option if each is not None]) for option in product(*options))
    return sorted(chosen, key=len)


def _options(month: PatientMonth, plan: Plan, codes: frozenset[str]) -> list[OtherTrack | None]:
    """The declared track (None), and those that would try other tracks, of which at least one may be billed."""
    declared = month.tracks.get(plan.name) or next(iter(plan.declared))
    tried: set[tuple[str, ...]] = {()}
    options: list[OtherTrack | None] = []
    for name in (declared, *plan.declared):
        names = plan.declared_tracks(name)
        tracks = [each for each in plan.in_order[names] if each.name in names]
        open_ = tuple([each.name for each in tracks if _may_be_billed(month, plan, each, codes)])
        if not options:
            options.append(None)
        elif open_ not in tried:
            options.append(OtherTrack(plan.name, declared, name))
        tried.add(open_)
    return options


def _may_be_billed(month: PatientMonth, plan: Plan, track: Track, codes: frozenset[str]) -> bool:
    """Whether nothing stands against a track that neither a declaration nor a document would mend. Only spares evaluate() the work:
    what is left out here would be refused there."""
    base = track.base
    if base.status or (base.agency_types and not base.agency_types.include(month.agency_type, month.election)):
        return False
    if base.add_on_to and codes.isdisjoint(base.add_on_to):
        return False
    asked = (*plan.requirements, *base.requirements)
    wanting = [failure(each, month, plan.name) for each in asked]
    if any(each and each[0] not in DOCUMENTS for each in wanting):
        return False
    disciplines = track.staff.disciplines if track.staff else None
    own = [each for each in month.logs if each.program == plan.name]
    logged = sum(each.minutes for each in own if disciplines is None or each.discipline in disciplines)
    return not base.minutes or logged >= base.earned_at


def _shut_out(decision: Decision) -> Iterable[Instead]:
    """Programs against a code of which nothing stands but the room that another program takes."""
    owners: dict[str, list[str]] = {}
    for line in decision.lines:
        owners.setdefault(line.code, []).append(line.program)
    against: dict[tuple[str, str], list[Finding]] = {}
    for finding in decision.findings:
        if not finding.id.startswith("units."):
            against.setdefault((finding.program, finding.code), []).append(finding)
    found: dict[tuple[str, tuple[str, ...]], Instead] = {}
    for (program, _), findings in against.items():
        if all(each.id in COLLISIONS for each in findings):
            others = tuple(sorted({owner for each in findings for owner in owners.get(str(each.have), ())} - {program}))
            if others:
                found.setdefault((program, others), Instead(program, others, findings[0]))
    return found.values()


def _documents(run: Run, book: Book) -> Iterator[Document]:
    """What is not on record, as the decision says."""
    for finding in run.decision.findings:
        if finding.id not in DOCUMENTS:
            continue
        plan = book.plan(finding.program)
        asked = (*plan.requirements, *(each for track in plan.tracks for each in track.requirements))
        [test] = next(each for each in asked if each.otherwise == finding.id).any_of[0]
        of_program = isinstance(getattr(run.month, test.fact), Mapping)
        yield Document(finding.id, finding.program if of_program else "", test)


def _largest(runs: Iterable[Run]) -> list[Run]:
    """One run of each set, that which takes the fewest changes, without those sets of which another one has every unit."""
    sets: list[Run] = []
    for run in sorted(runs, key=lambda run: len(run.tracks) + len(run.programs)):
        if not any(run.units <= each.units for each in sets):
            sets = [each for each in sets if not each.units <= run.units]
            sets.append(run)
    return sets


def _alternative(run: Run, missing: tuple[Finding, ...] = ()) -> Alternative:
    lines = run.decision.lines
    unpriced = tuple(dict.fromkeys(line.code for line in lines if line.amount is None))
    amounts = [line.amount for line in lines if line.amount is not None]
    amount = None if unpriced else sum(amounts, Decimal("0.00"))
    return Alternative(lines, amount, unpriced, run.tracks, run.programs, missing)


def _almost(run: Run, document: Document, month: PatientMonth, payer: Payer, rulebook: Rulebook) -> Alternative:
    """The set with what stands against its codes as long as the document is not there."""
    codes = {line.code for line in run.decision.lines}
    now = evaluate(document.removed(run.month, month), payer, rulebook)
    missing = [each for each in now.findings if each.code in codes and document.is_missed_by(each)]
    return _alternative(run, tuple(missing))


def _by_lines(alternative: Alternative) -> list[tuple[str, tuple[str, ...], int]]:
    return [(line.code, line.modifiers, line.units) for line in alternative.lines]
