"""Asking the engine about real patients. Pages, the port and the month's run all ask here, so they cannot disagree."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from uuid import UUID

from billing.facts import patient_months, terms_on
from billing.rules import Decision, Log, PatientMonth, Rulebook, Terms, evaluate, load_rulebook
from coordination.rules.months import month_of
from tenancy.context import current_agency


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision beside what it was made from."""

    facts: PatientMonth
    terms: Terms | None
    decision: Decision


@cache
def rulebook() -> Rulebook:
    """The shipped rulebook, read and checked once per process."""
    return load_rulebook()


@cache
def labels() -> dict[str, str]:
    """Our short label of each code."""
    return {code: data.label for program in rulebook().programs for code, data in program.codes.items()}


def decide(patients: Collection[UUID] | None, month: date) -> dict[UUID, Decided]:
    """Decide the month for these patients (None: everybody it is about), as things stand now. Three queries."""
    terms = terms_on(month_of(month)[1])
    facts = patient_months(current_agency(), patients, month)
    return {patient: Decided(each, terms, evaluate(each, terms, rulebook())) for patient, each in facts.items()}


def decide_with(decided: Decided, extra: Log) -> Decided:
    """The same month with one more log that is not stored."""
    facts = replace(decided.facts, logs=(*decided.facts.logs, extra))
    return replace(decided, facts=facts, decision=evaluate(facts, decided.terms, rulebook()))
