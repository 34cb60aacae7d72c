"""Billing's answers to coordination's questions (coordination/ports.py)."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from django.utils.dateformat import format as format_date
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from billing.elements import documented
from billing.facts import Month, mode_of, on_the_clock, read_months
from billing.levels import against_levels
from billing.mending import mending_of
from billing.rules import Finding, Log, Progress, Reason, clock_of, progress
from billing.rules.book import InitiatingVisit
from billing.rules.parts import requirements
from billing.selectors.contracts import ending_versions
from billing.sentences import entry_sentence, finding_sentence
from billing.services.decisions import Decided, decide, decide_with, decision_of, rulebook
from billing.services.outlook import outlook_of
from coordination import ports
from coordination.models import Program
from coordination.ports import Asked, DraftLog, Mending, Meter, Outlook, Preview, Problem, Supposed
from coordination.rules.deadlines import Clock
from coordination.rules.months import month_of
from coordination.rules.renewals import NOTHING_ASKED, Ending, Opening, ProgramAsks
from tenancy.context import current_agency

DRAFT = "draft"
COUNTS = ("counted", "included", "below_threshold", "above_last_unit")
"""Buckets of minutes that the month adds up, whether or not they complete a unit."""
MINUTE_FINDINGS = ("minutes.", "units.", "base.", "service.")
MOST_KEPT = 10_000
kept_meters: dict[tuple[Any, ...], tuple[Meter, ...]] = {}
"""Lists are looked at far more often than what they show changes: meters by patient, the version that the facts were in before they
were read, and all else that a meter is made of. Begun anew when there are many."""


class EngineBilling:
    """Month effects and previews, from the same decisions that the ledger shows."""

    def tracks(self) -> Mapping[str, Sequence[str]]:
        return {each.program: tuple(each.declared) for each in rulebook().programs if each.declared}

    def opened(self, on: date) -> Mapping[str, int]:
        plans = [plan for plan in rulebook().on(on).plans if plan.initiating_visit]
        return {plan.name: plan.initiating_visit.unless_seen_within_months for plan in plans}

    def asks(self) -> Mapping[str, Collection[str]]:
        return _asks()

    def elements(self) -> Sequence[Asked]:
        return documented(rulebook())

    def program_asks(self, program: str, on: date) -> ProgramAsks:
        return _program_asks(program, max(on, rulebook().begins))

    def contract_endings(self) -> Mapping[UUID, Ending]:
        return {
            version.pk: Ending(version.effective_to, version.is_followed, {"payer": version.contract.payer.name})
            for version in ending_versions()
            if version.effective_to
        }

    def transition_clock(self, on: date) -> Clock:
        return _clock(max(on, rulebook().begins))

    def transition_outlook(
        self, transition: UUID, today: date, supposing: Sequence[Supposed] = ()
    ) -> tuple[Outlook, ...]:
        return outlook_of(transition, supposing, today)

    def month_effects(
        self, patients: Collection[UUID], month: date, versions: Mapping[UUID, str] | None = None
    ) -> Mapping[UUID, tuple[Meter, ...]]:
        agency, language = current_agency(), get_language()
        of_all = agency.pk, agency.agency_type, agency.time_zone, month, language
        keys = {patient: (of_all, patient, version) for patient, version in (versions or {}).items()}
        found = {patient: kept for patient, key in keys.items() if (kept := kept_meters.get(key)) is not None}
        if unknown := [patient for patient in patients if patient not in found]:
            shared, texts = read_months(agency, unknown, month)
            read = {patient: _meters_of(shared, text, language) for patient, text in texts.items()}
            if len(kept_meters) > MOST_KEPT:
                kept_meters.clear()
            kept_meters.update((keys[patient], meters) for patient, meters in read.items() if patient in keys)
            found |= read
        return found

    def previews(self, drafts: Sequence[DraftLog], *, instead_of: Collection[UUID] = ()) -> tuple[Preview, ...]:
        by_month: dict[date, list[Log]] = {}
        for number, draft in enumerate(drafts):
            by_month.setdefault(month_of(draft.service_date)[0], []).append(_log(draft, number))
        return tuple(
            preview
            for month, logs in by_month.items()
            for preview in _previews(drafts[0].patient, month, logs, instead_of)
        )


def _log(draft: DraftLog, number: int) -> Log:
    """The draft as the engine takes it. A new one comes after whatever is stored, as its id will."""
    return Log(
        id=str(draft.keeps) if draft.keeps else f"{DRAFT} {number}",
        date=draft.service_date,
        minutes=draft.minutes,
        program=draft.program,
        activity=draft.activity,
        discipline=draft.discipline,
        staff=str(draft.staff),
        start=draft.started_at and on_the_clock(draft.started_at, current_agency().zone),
        mode=mode_of(draft.mode),
    )


def _previews(patient: UUID, month: date, logs: Sequence[Log], instead_of: Collection[UUID]) -> Iterator[Preview]:
    minutes: Counter[str] = Counter()
    for log in logs:
        minutes[log.program] += log.minutes
    if month < (begins := rulebook().begins):
        says = _("The rulebook begins on %(day)s and says nothing about a day before it.")
        nothing = says % {"day": format_date(begins, "M j, Y")}
        yield from (Preview(program, 0, total, nothing, None) for program, total in minutes.items())
        return
    decided = decide_with(decide([patient], month)[patient], logs, without=set(map(str, instead_of)))
    for program, total in minutes.items():
        yield _preview(program, total, {log.id for log in logs if log.program == program}, decided)


def _preview(program: str, minutes: int, logs: Collection[str], decided: Decided) -> Preview:
    pieces = [entry for entry in decided.decision.ledger if entry.log in logs]
    counted = sum(entry.minutes for entry in pieces if entry.bucket in COUNTS)
    refused = [entry_sentence(entry, decided.facts.last) for entry in pieces if entry.bucket not in COUNTS]
    meter = next((each for each in meters(decided) if each.program == program), None)
    sentence = " ".join(dict.fromkeys(refused)) or (meter.sentence if meter else "")
    if counted and refused:
        part = ngettext(
            "%(counted)s of %(n)s minute counts: %(why)s",
            "%(counted)s of %(n)s minutes count: %(why)s",
            minutes,
        )
        sentence = part % {"counted": counted, "n": minutes, "why": sentence}
    reasons = {entry.reason for entry in pieces if entry.bucket not in COUNTS}
    return Preview(program, counted, minutes, sentence, meter, _mendings(program, reasons, refused, decided))


def _mendings(
    program: str, reasons: Collection[Reason | None], refused: Collection[str], decided: Decided
) -> tuple[Mending, ...]:
    """How reasons of minutes can be mended: each as the finding that is the same reason, or says the same."""
    ways = (
        mending_of(each, decided.facts.first)
        for each in decided.decision.findings
        if each.program == program and (each.id in reasons or finding_sentence(each, decided.through) in refused)
    )
    return tuple(dict.fromkeys(way for way in ways if way))


@cache
def _clock(on: date) -> Clock:
    return clock_of(rulebook().on(on).plan(Program.TRANSITIONAL_CARE))


@lru_cache(maxsize=4096)
def _program_asks(program: str, on: date) -> ProgramAsks:
    plan = rulebook().on(on).by_name.get(program)
    if plan is None:
        return NOTHING_ASKED
    renewal = rulebook().rules.get(f"{program}.consent_renewal")
    renewed: Any = renewal.on(on) if renewal else None
    tests = [test for each in plan.requirements for tests in each.any_of for test in tests]
    return ProgramAsks(
        plan.initiating_visit and _opening(plan.initiating_visit),
        renewed.within_months if renewed else None,
        any(test.fact == "care_plan_current" for test in tests),
        any(test.need == "rating_scale" for test in tests),
    )


def _opening(visit: InitiatingVisit) -> Opening:
    return Opening(visit.opened_within_months, visit.unless_seen_within_months, visit.visits)


@cache
def _asks() -> dict[str, frozenset[str]]:
    visit = frozenset({"initiating_visit"})
    return {
        each.program: frozenset({asked.fact for asked in requirements(each) if asked.fact})
        | (visit if each.initiating_visit else frozenset())
        for each in rulebook().programs
    }


@lru_cache(maxsize=4096)
def _meters_of(shared: Month, text: str, language: str | None) -> tuple[Meter, ...]:
    """What was read is the key, so that nothing can be out of date."""
    return meters(decision_of(shared, text))


def meters(decided: Decided) -> tuple[Meter, ...]:
    """A meter for each program that the month is about and that has rules."""
    facts = decided.facts
    followed = [Program.TRANSITIONAL_CARE.value] if facts.transitions else []
    programs = dict.fromkeys(
        [*(each.program for each in facts.enrollments), *(log.program for log in facts.logs), *followed]
    )
    known = {each.program for each in rulebook().programs}
    return tuple(_meter(program, decided) for program in programs if program in known)


def _meter(program: str, decided: Decided) -> Meter:
    state = progress(decided.decision, decided.facts, decided.payer, rulebook(), program)
    plan = rulebook().on(decided.facts.last).plan(program)
    problems = dict.fromkeys(
        Problem(finding_sentence(finding, decided.through), mending_of(finding, decided.facts.first))
        for finding in _problems(program, decided.decision.findings, by_facts=plan.by_facts)
    )
    reached = Counter(step.code for step in state.reached if step.code in state.billed) if state.steps else state.billed
    return Meter(
        program=program,
        have=state.minutes,
        need=state.goal if state.minutes <= state.most else None,
        reached=tuple(_units(*each) for each in reached.items()),
        steps=tuple(step.minutes for step in state.steps),
        sentence=_without_thresholds(state, decided) or _sentence(state),
        problems=tuple(problems),
        asks_consent=plan.consent is not None,
    )


def _problems(program: str, findings: Sequence[Finding], *, by_facts: bool) -> list[Finding]:
    """What stands in the way of a program's declared codes, apart from minutes."""
    against = [
        each
        for each in findings
        if each.program == program and each.role == "declared" and not each.id.startswith(MINUTE_FINDINGS)
    ]
    if not by_facts:
        return against
    levels = against_levels(against)
    return [*levels.of_all, *levels.of_some]


def _without_thresholds(state: Progress, decided: Decided) -> str:
    """What there is to say of a program whose codes no number of minutes of the month reaches; "" of any other."""
    plan = rulebook().on(decided.facts.last).plan(state.program)
    if state.billed or (plan.decided_by == "minutes" and any(track.base.minutes for track in plan.tracks)):
        return ""
    if plan.decided_by == "contract":
        return _("The payer's contract says what a unit is; none is proposed for the month so far.")
    return _("Billed whatever minutes it takes; nothing is proposed for the month so far.")


def _sentence(state: Progress) -> str:
    """What the minutes have come to. A statement, not a prompt: whoever logs time is never asked for more of it."""
    if not state.steps and state.billed:
        return _("Proposed: %(billed)s.") % {"billed": ", ".join(_units(*each) for each in state.billed.items())}
    if not state.steps:
        return _("No code of this program can be reached this month.")
    if not state.reached:
        words = {"next": state.steps[0].code, "billed": ", ".join(state.instead)}
        return (_("Toward %(next)s; until then %(billed)s.") if state.instead else _("Toward %(next)s.")) % words
    last = state.reached[-1]
    words = {"reached": _units(last.code, last.unit), "code": last.code, "minutes": last.minutes, "have": state.minutes}
    if last.code not in state.billed:
        return _("%(minutes)s minutes are reached; as things stand %(code)s cannot be billed.") % words
    if state.minutes > state.most:
        return _("%(have)s minutes; this month allows %(minutes)s.") % words
    if state.next is None:
        return _("%(reached)s is reached; this month allows no further unit.") % words
    following = state.next.code if state.next.unit == 1 else _("another %(code)s") % {"code": state.next.code}
    return _("%(reached)s is reached; next is %(next)s.") % (words | {"next": following})


def _units(code: str, units: int) -> str:
    return code if units == 1 else f"{code} × {units}"


def fill() -> None:
    ports.fill(EngineBilling())
