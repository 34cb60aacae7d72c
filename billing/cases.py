"""Cases through the engine, and its answer against the lines, refusals and ledger expected.

A case that uses facts which `case_facts` does not hand to the engine fails and says which, so that none passes by accident.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from billing.case_facts import federal_days, month_of, not_modelled, terms_of
from billing.case_files import (
    Discharge,
    ExpectedRefusal,
    Scenario,
)
from billing.case_reasons import SLUGS
from billing.rules import (
    Decision,
    Finding,
    Rulebook,
    clock_of,
    evaluate,
)
from coordination.rules.calendars import business_days_after
from coordination.rules.deadlines import transition_days


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case; it passed if nothing is wrong."""

    id: str
    file: str
    wrong: tuple[str, ...]


def select(
    cases: Iterable[Scenario | Discharge], themes: Sequence[str] = (), ids: Sequence[str] = ()
) -> list[Scenario | Discharge]:
    """The cases whose theme begins with one of the prefixes and whose id is named; no wish means all."""
    return [
        each for each in cases if (not themes or _theme(each).startswith(tuple(themes))) and (not ids or each.id in ids)
    ]


def _theme(case: Scenario | Discharge) -> str:
    return case.theme if isinstance(case, Scenario) else "tcm_calendar"


def run(case: Scenario | Discharge, file: str, rulebook: Rulebook) -> Outcome:
    """Evaluate one case and compare."""
    if isinstance(case, Discharge):
        return Outcome(case.id, file, tuple(_days_differ(case, rulebook)))
    if unknown := not_modelled(case.facts):
        return Outcome(case.id, file, (f"uses facts not modelled: {', '.join(unknown)}",))
    decision = evaluate(month_of(case), terms_of(case), rulebook)
    return Outcome(case.id, file, tuple(compare(case, decision)))


def _days_differ(case: Discharge, rulebook: Rulebook) -> Iterator[str]:
    """What differs of the days that follow from a discharge, as deadlines have them."""
    clock = clock_of(rulebook.on(case.discharge).plan("transitional_care"))
    business_days = business_days_after(case.discharge, clock.contact_business_days, federal_days(case.discharge))
    days, strict = (transition_days(case.discharge, clock, business_days, visit_day) for visit_day in (0, 1))
    visits = {window.code: place for place, window in enumerate(clock.windows)}
    got = {
        "contact_due_2bd": days.contact,
        "bd1": days.business_days[0],
        "visit_due_99496": days.visits_due[visits["99496"]],
        "visit_due_99495": days.visits_due[visits["99495"]],
        "strict_alt_99496_discharge_is_day1": strict.visits_due[visits["99496"]],
        "strict_alt_99495_discharge_is_day1": strict.visits_due[visits["99495"]],
        "period_first_day": case.discharge,
        "period_last_day": days.period_ends,
    }
    for name, day in got.items():
        if getattr(case, name) != day:
            yield f"{name}: expected {getattr(case, name)}; got {day}"


def compare(scenario: Scenario, decision: Decision) -> list[str]:
    """What differs from the expectation, in words; empty when the case passes."""
    return [
        *_lines_differ(scenario, decision),
        *_refusals_missing(scenario, decision),
        *_ledger_differs(scenario, decision),
    ]


def _lines_differ(scenario: Scenario, decision: Decision) -> Iterator[str]:
    by_modifier = {line.code for line in scenario.expected_lines if line.modifiers is not None}
    want: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for line in scenario.expected_lines:
        want[line.code, line.modifiers or ()] += line.units
    got: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for proposed in decision.lines:
        got[proposed.code, proposed.modifiers if proposed.code in by_modifier else ()] += proposed.units
    if want != got:
        yield f"lines: expected {_units(want)}; got {_units(got)}"
    for line in scenario.expected_lines:
        days = [(each.earliest, each.latest) for each in decision.lines if each.code == line.code]
        day = line.date_of_service
        if isinstance(day, date) and not any(earliest <= day <= latest for earliest, latest in days):
            yield f"date of {line.code}: expected {day}; got {', '.join(f'{a} to {b}' for a, b in days) or 'no line'}"


def _refusals_missing(scenario: Scenario, decision: Decision) -> Iterator[str]:
    for each in scenario.expected_not_billable:
        of_code = [finding for finding in decision.findings if finding.code == each.code]
        if not any(_is_said(each, finding) for finding in of_code):
            finer = each.model_fields_set - {"code", "reason_slug"}
            got = sorted({_told(finding, finer) for finding in of_code})
            wanted = " ".join(
                [each.code, each.reason_slug, *(str(getattr(each, name)) for name in FINER if name in finer)]
            )
            yield f"not billable: expected {wanted}; got {', '.join(got) or 'nothing'} for {each.code}"


def _ledger_differs(scenario: Scenario, decision: Decision) -> Iterator[str]:
    if scenario.expected_ledger is None:
        return
    want: Counter[tuple[str, str | None, str]] = Counter()
    for each in scenario.expected_ledger:
        want[each.bucket, each.reason, each.code] += each.minutes
    got: Counter[tuple[str, str | None, str]] = Counter()
    for entry in decision.ledger:
        got[entry.bucket, entry.reason, entry.code] += entry.minutes
    if want != got:
        yield f"ledger: expected {_minutes(want)}; got {_minutes(got)}"


def _minutes(ledger: Counter[tuple[str, str | None, str]]) -> str:
    told = sorted(f"{minutes} min {' '.join(filter(None, heading))}" for heading, minutes in ledger.items())
    return ", ".join(told) or "nothing"


FINER = ("finding", "have", "need", "since", "rule")


def _is_said(expected: ExpectedRefusal, finding: Finding) -> bool:
    """Whether a finding is the one expected, in all that the case says of it."""
    stated = {name: getattr(expected, name) for name in FINER if name in expected.model_fields_set}
    return SLUGS[finding.id] == expected.reason_slug and stated.items() <= _finer(finding).items()


def _finer(finding: Finding) -> dict[str, object]:
    have, need = (str(each) if isinstance(each, date) else each for each in (finding.have, finding.need))
    return {"finding": finding.id, "have": have, "need": need, "since": finding.since, "rule": finding.rule}


def _told(finding: Finding, finer: Iterable[str]) -> str:
    return " ".join([SLUGS[finding.id], *(str(_finer(finding)[name]) for name in FINER if name in finer)])


def _units(lines: Counter[tuple[str, tuple[str, ...]]]) -> str:
    return ", ".join(f"{units} x {'-'.join((code, *mods))}" for (code, mods), units in sorted(lines.items())) or "none"
