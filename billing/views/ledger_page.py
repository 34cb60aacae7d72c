"""A decision, made ready to be read: the words, pieces and groups that the ledger's template shows. Decides nothing itself."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _

from billing.late import month_is
from billing.levels import against_levels
from billing.mending import mending_of
from billing.models import StoredDecision
from billing.rules import Bucket, Decision, Entry, Finding, Line, Rulebook, from_json, outcome
from billing.sentences import bucket_label, entry_sentence, finding_sentence
from billing.services.decisions import Decided
from billing.views.ledger_elements import Element, Rests, elements_of, rests_of
from billing.views.ledger_history import Edit
from billing.views.rules_page import address_of
from coordination.models import LOGGED_FOR, Enrollment, TimeLog
from coordination.ports import Mending
from coordination.rules.months import month_of, next_month, previous_month

KINDS: dict[Bucket, str] = {
    "counted": "counted",
    "no_program": "other",
    "above_last_unit": "left",
    "below_threshold": "left",
    "not_countable": "refused",
    "over_cap": "refused",
    "not_billed": "refused",
    "included": "counted",
}
"""How a bucket is drawn: counted, other (program), refused, or left over."""


ABOUT_MINUTES = ("minutes.", "units.", "base.", "service.")

Apart = tuple[Finding, tuple[str, ...]]
"""A finding, and the codes it is said of where it names none."""


@dataclass(frozen=True, slots=True)
class Cite:
    short: str
    title: str
    where: str
    since: date
    words: str
    address: str  # of the page that shows the rule as it was in this month; "" for what a contract says


@dataclass(frozen=True, slots=True)
class Piece:
    """Minutes of one log in one bucket."""

    minutes: int
    kind: str
    label: str
    legend: str
    code: str
    sentence: str
    cite: Cite


@dataclass(frozen=True, slots=True)
class Row:
    """One time log with all its pieces; they sum to its minutes."""

    log: TimeLog
    is_late: bool
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class LegendItem:
    kind: str
    label: str
    minutes: int


@dataclass(frozen=True, slots=True)
class ProgramBar:
    """All minutes logged for one program. `rest`: how much longer the longest bar is, so that a minute is as wide in all."""

    program: str
    label: str
    minutes: int
    rest: int
    pieces: tuple[Piece, ...]
    legend: tuple[LegendItem, ...]


@dataclass(frozen=True, slots=True)
class BilledLine:
    code: str
    label: str
    modifiers: tuple[str, ...]
    units: int
    dates: str
    amount: Decimal | None
    cite: Cite


@dataclass(frozen=True, slots=True)
class Refusal:
    """`enrollment` is the program's of the month, if there is one."""

    id: str
    code: str
    label: str
    sentence: str
    cite: Cite
    mending: Mending | None
    enrollment: UUID | None


@dataclass(frozen=True, slots=True)
class Run:
    at: datetime
    by: str
    is_same: bool


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """`is_checked`: the rules are known to hold through this month. `alternatives`: of tracks that are neither
    declared nor the one that follows from the facts.

    `accounted` is the sum of all pieces; it equals `logged`, or the page says so in red (it never should)."""

    month: date
    month_slug: str
    previous_slug: str | None
    next_slug: str | None
    logged: int
    accounted: int
    bars: tuple[ProgramBar, ...]
    rows: tuple[Row, ...]
    lines: tuple[BilledLine, ...]
    refusals: tuple[Refusal, ...]
    alternatives: tuple[Refusal, ...]
    rests: tuple[Rests, ...]
    elements: tuple[Element, ...]
    edits: tuple[Edit, ...]
    contract: str
    rulebook_version: str
    checked_through: date
    is_checked: bool
    run: Run | None

    @property
    def says_without_minutes(self) -> bool:
        """Whether there is something to say of a month without minutes: a line, or a reason that is not about minutes."""
        return bool(self.lines) or any(not each.id.startswith(ABOUT_MINUTES) for each in self.refusals)

    @property
    def pieces(self) -> list[Piece]:
        """Every piece in the order of the rows."""
        return [piece for row in self.rows for piece in row.pieces]


def cite_of(rulebook: Rulebook, day: date, of: Entry | Finding | Line) -> Cite:
    """The rule that something rests on, with the page that shows it as of a day."""
    source = rulebook.sources[of.cite]
    words = rulebook.words(of.rule, of.since)
    address = address_of(rulebook, of.rule, day, of.code, of.program)
    return Cite(source.short, source.title, source.where, of.since, words, address)


def ledger_page(
    *,
    decided: Decided,
    logs: Iterable[TimeLog],
    stored: StoredDecision | None,
    enrollments: Sequence[Enrollment],
    rulebook: Rulebook,
    labels: Mapping[str, str],
    today: date,
    is_closed: bool,
    edits: tuple[Edit, ...],
    zone: ZoneInfo,
    with_money: bool,
) -> LedgerPage:
    """The page of one patient and month."""
    decision = decided.decision

    cite = partial(cite_of, rulebook, decision.last)
    in_unit: Counter[tuple[str, str, int]] = Counter()

    def piece(entry: Entry) -> Piece:
        unit = entry.program, entry.code, entry.unit
        before = in_unit[unit]
        in_unit[unit] += entry.minutes
        return Piece(
            entry.minutes,
            KINDS[entry.bucket],
            bucket_label(entry.bucket),
            _in_legend(entry),
            entry.code,
            entry_sentence(entry, decision.last, before),
            cite(entry),
        )

    enrolled = {each.program: each.pk for each in enrollments}
    then = month_is(decided.through, today, is_closed=is_closed)

    by_facts = {plan.name for plan in rulebook.on(decision.last).plans if plan.by_facts}
    declared, others = _apart(decision.findings, by_facts)

    def refused(apart: Iterable[Apart]) -> tuple[Refusal, ...]:
        return tuple(
            Refusal(
                finding.id,
                finding.code or str(dict(LOGGED_FOR)[finding.program]),
                labels.get(finding.code, "") or ", ".join(codes),
                finding_sentence(finding, decided.through, then),
                cite(finding),
                mending_of(finding, decision.first),
                enrolled.get(finding.program),
            )
            for finding, codes in apart
        )

    by_id = {str(log.pk): log for log in logs}
    pieces: dict[str, list[Piece]] = {}  # in the order in which the engine counted
    of_program: dict[str, list[Piece]] = {}
    for entry in decision.ledger:
        each = piece(entry)
        pieces.setdefault(entry.log, []).append(each)
        of_program.setdefault(entry.program, []).append(each)
    rows = tuple(
        Row(
            log := by_id[log_id],
            log.contact.is_late(zone),
            tuple(own),
        )
        for log_id, own in pieces.items()
    )
    before, following = previous_month(decision.first), next_month(decision.first)
    return LedgerPage(
        month=decision.first,
        month_slug=f"{decision.first:%Y-%m}",
        previous_slug=f"{before:%Y-%m}" if before >= month_of(rulebook.begins)[0] else None,
        next_slug=f"{following:%Y-%m}" if following <= today else None,
        logged=decided.logged,
        accounted=sum(entry.minutes for entry in decision.ledger),
        bars=_bars(of_program),
        rows=rows,
        lines=tuple(
            BilledLine(
                line.code,
                labels.get(line.code, ""),
                line.modifiers,
                line.units,
                _dates(line),
                line.amount if with_money else None,
                cite(line),
            )
            for line in decision.lines
        ),
        refusals=refused(declared),
        alternatives=refused(others),
        rests=rests_of(decided, enrollments),
        elements=elements_of(decided),
        edits=edits,
        contract=decision.terms,
        rulebook_version=decision.rulebook_version,
        checked_through=rulebook.checked_through,
        is_checked=decision.last <= rulebook.checked_through,
        run=_run(stored, decision),
    )


def _apart(findings: Sequence[Finding], by_facts: Collection[str]) -> tuple[list[Apart], list[Apart]]:
    """Against what is declared, and about others. What all codes lack of which facts choose one is said once, of the program."""
    declared: list[Apart] = []
    others: list[Apart] = [(each, ()) for each in findings if each.role == "alternative"]
    by_program: dict[str, list[Finding]] = {}
    for each in findings:
        if each.role == "declared":
            by_program.setdefault(each.program, []).append(each)
    for program, own in by_program.items():
        if program in by_facts:
            levels = against_levels(own)
            declared += [(each, levels.codes) for each in levels.of_all]
            own = levels.of_some
            others += [(each, ()) for each in levels.of_others]
        declared += [(each, ()) for each in own]
    return _by_code(declared), _by_code(others)


def _by_code(apart: Iterable[Apart]) -> list[Apart]:
    """All findings of a code together, the codes in the order in which they come up."""
    grouped: dict[tuple[str, str], list[Apart]] = {}
    for finding, codes in apart:
        of = ("", finding.code) if finding.code else (finding.program, "")
        grouped.setdefault(of, []).append((finding, codes))
    return [each for of_code in grouped.values() for each in of_code]


def _bars(of_program: Mapping[str, Sequence[Piece]]) -> tuple[ProgramBar, ...]:
    """One for each program that has minutes, in the order in which programs are named everywhere."""
    minutes = {program: sum(piece.minutes for piece in pieces) for program, pieces in of_program.items()}
    return tuple(
        ProgramBar(
            program,
            str(label),
            minutes[program],
            max(minutes.values()) - minutes[program],
            tuple(of_program[program]),
            _legend(of_program[program]),
        )
        for program, label in LOGGED_FOR
        if program in minutes
    )


def _legend(pieces: Iterable[Piece]) -> tuple[LegendItem, ...]:
    """Minutes per bucket (per code where one used them), in the order of the ledger."""
    totals: Counter[tuple[str, str]] = Counter()
    for piece in pieces:
        totals[piece.kind, piece.legend] += piece.minutes
    return tuple(LegendItem(kind, label, minutes) for (kind, label), minutes in totals.items())


def _in_legend(entry: Entry) -> str:
    if entry.bucket == "counted":
        return _("counted to %(code)s") % {"code": entry.code}
    if entry.bucket == "included":
        return _("part of %(code)s") % {"code": entry.code}
    return bucket_label(entry.bucket).lower()


def _dates(line: Line) -> str:
    first, last = (format_date(day, "M j") for day in (line.earliest, line.latest))
    return first if first == last else _("any date from %(first)s to %(last)s") % {"first": first, "last": last}


def _run(stored: StoredDecision | None, decision: Decision) -> Run | None:
    if stored is None:
        return None
    by = stored.run.run_by.name if stored.run.run_by else ""
    return Run(stored.run.run_at, by, outcome(from_json(stored.document)) == outcome(decision))
