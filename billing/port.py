"""Billing's answers to coordination's questions (coordination/ports.py)."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from billing.rules import Log, Progress, progress
from billing.sentences import entry_sentence, finding_sentence
from billing.services.decisions import Decided, decide, decide_with, rulebook
from coordination import ports
from coordination.ports import DraftLog, Meter, Preview
from coordination.rules.months import month_of

DRAFT = "draft"
MINUTE_FINDINGS = ("minutes.", "units.", "base.")


class EngineBilling:
    """Month effects and previews, from the same decisions that the ledger shows."""

    def month_effects(self, patients: Collection[UUID], month: date) -> Mapping[UUID, tuple[Meter, ...]]:
        return {patient: meters(decided) for patient, decided in decide(patients, month).items()} if patients else {}

    def preview(self, draft: DraftLog) -> Preview:
        first, _last = month_of(draft.service_date)
        decided = decide_with(
            decide([draft.patient], first)[draft.patient],
            Log(
                id=DRAFT,
                date=draft.service_date,
                minutes=draft.minutes,
                program=draft.program,
                activity=draft.activity,
                discipline=draft.discipline,
                staff=str(draft.staff),
            ),
        )
        pieces = [entry for entry in decided.decision.ledger if entry.log == DRAFT]
        refused = [entry for entry in pieces if entry.bucket in ("not_countable", "no_program", "not_billed")]
        meter = next((each for each in meters(decided) if each.program == draft.program), None)
        if refused:
            return Preview(False, entry_sentence(refused[0], decided.facts.last), meter)
        return Preview(True, meter.sentence if meter else "", meter)


def meters(decided: Decided) -> tuple[Meter, ...]:
    """A meter for each program that the month is about."""
    facts = decided.facts
    programs = dict.fromkeys([*(each.program for each in facts.enrollments), *(log.program for log in facts.logs)])
    return tuple(_meter(program, decided) for program in programs)


def _meter(program: str, decided: Decided) -> Meter:
    state = progress(decided.decision, decided.facts, decided.terms, rulebook(), program)
    problems = dict.fromkeys(
        finding_sentence(finding, decided.facts.last)
        for finding in decided.decision.findings
        if finding.program == program and finding.role == "declared" and not finding.id.startswith(MINUTE_FINDINGS)
    )
    reached = Counter(step.code for step in state.reached)
    return Meter(
        program=program,
        have=state.minutes,
        need=state.goal,
        reached=tuple(code if units == 1 else f"{code} × {units}" for code, units in reached.items()),
        steps=tuple(step.minutes for step in state.steps),
        sentence=_sentence(state),
        problems=tuple(problems),
    )


def _sentence(state: Progress) -> str:
    """What the minutes have come to. A statement, not a prompt: whoever logs time is never asked for more of it."""
    reached = state.reached[-1].code if state.reached else ""
    if state.next is None:
        return (
            _("%(reached)s is reached; this month allows no further unit.") % {"reached": reached}
            if reached
            else (_("No code of this program can be reached this month."))
        )
    if reached:
        return _("%(reached)s is reached; next is %(next)s.") % {"reached": reached, "next": state.next.code}
    return _("Toward %(next)s.") % {"next": state.next.code}


def fill() -> None:
    ports.fill(EngineBilling())
