"""Billing's answers to coordination's questions (coordination/ports.py)."""

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
        decided = decide_with(decide([draft.patient], first)[draft.patient], Log(
            id=DRAFT, date=draft.service_date, minutes=draft.minutes, program=draft.program, activity=draft.activity,
            discipline=draft.discipline, staff=str(draft.staff)))
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
        finding_sentence(finding, decided.facts.last) for finding in decided.decision.findings
        if finding.program == program and finding.role == "declared" and not finding.id.startswith(MINUTE_FINDINGS))
    return Meter(
        program=program, have=state.minutes, need=state.goal, to_go=max(0, state.goal - state.minutes),
        reached=tuple(step.code for step in state.reached),
        steps=tuple(step.minutes for step in (*state.reached, state.next) if step), sentence=_sentence(state),
        problems=tuple(problems))


def _sentence(state: Progress) -> str:
    """The meter in words; without any countable minute, what the first threshold is."""
    words = {"have": state.minutes, "goal": state.goal, "more": state.to_go}
    if state.reached:
        words["reached"] = state.reached[-1].code
        if state.next is None:
            return _("%(have)d minutes: every unit that this month allows is reached.") % words
        words["next"] = state.next.code
        return _("%(reached)s is reached. %(more)d more minutes would complete %(next)s.") % words
    if state.next is None:
        return _("No code of this program can be reached this month.")
    words["next"] = state.next.code
    return _("%(more)d more minutes would complete %(next)s.") % words


def fill() -> None:
    ports.fill(EngineBilling())
