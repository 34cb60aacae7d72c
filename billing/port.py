"""Billing's answers to coordination's questions (coordination/ports.py)."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
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
    return Meter(
        program=program,
        have=state.minutes,
        need=state.goal,
        to_go=max(0, state.goal - state.minutes),
        reached=tuple(step.code for step in state.reached),
        steps=tuple(step.minutes for step in (*state.reached, state.next) if step),
        sentence=_sentence(state),
        problems=tuple(problems),
    )


def _sentence(state: Progress) -> str:
    """Where the month stands, in words. A statement, not a prompt: whoever logs time is never asked for more of it."""
    words: dict[str, Any] = {"have": state.minutes}
    if state.next:
        words |= {"need": state.next.minutes, "next": state.next.code}
    if not state.reached:
        return (
            _("%(have)d of %(need)d minutes toward %(next)s.") % words
            if state.next
            else (_("No code of this program can be reached this month."))
        )
    words["reached"] = state.reached[-1].code
    if state.next is None:
        return _("%(reached)s is reached; this month allows no further unit.") % words
    return _("%(reached)s is reached. %(have)d of %(need)d minutes toward %(next)s.") % words


def fill() -> None:
    ports.fill(EngineBilling())
