"""Cases through the engine: a biller's facts as ours, and its answer against the lines and refusals expected.

"Absent means met", and every other default of the format, lives here and nowhere below. A case that uses facts this
adapter does not hand to the engine fails and says which, so that none passes by accident.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time

from billing.case_files import ClaimFacts, EnrollmentFacts, Facts, Scenario
from billing.rules import (
    FOR_LIFE,
    Claim,
    Decision,
    Enrollment,
    FindingId,
    Log,
    PatientMonth,
    Rulebook,
    Stay,
    Terms,
    Visit,
    evaluate,
)
from billing.rules.days import month_end

# Billers' words -> ours. A word that is missing here is a fact the engine does not understand yet.
PROGRAMS = {"CCM": "chronic_care"}
TRACKS = {"clinical_staff", "complex", "practitioner"}
STAYS = {"SNF_PART_A"}
COMPLEXITIES = {"straightforward", "low", "moderate", "high"}
OURS = "the billing practitioner"

# Finding ids are finer than the reasons of the case files.
SLUGS: dict[FindingId, str] = {
    "coverage.missing": "not_covered",
    "coverage.not_in_force": "not_covered",
    "terms.no_contract": "not_covered",
    "terms.ambiguous": "not_covered",
    "terms.not_covered": "not_covered",
    "code.not_effective": "code_not_effective",
    "code.retired": "code_retired",
    "code.unknown": "code_not_effective",
    "code.mutually_exclusive": "mutually_exclusive",
    "code.once_used": "frequency_limit",
    "track.not_declared": "mutually_exclusive",
    "agency_type.not_eligible": "org_type_not_eligible",
    "conditions.too_few": "diagnosis_not_eligible",
    "conditions.too_short": "diagnosis_not_eligible",
    "conditions.risk_not_attested": "diagnosis_not_eligible",
    "care_plan.missing": "missing_required_element",
    "complexity.not_documented": "complexity_not_documented",
    "complexity.too_low": "complexity_not_documented",
    "consent.missing": "consent_missing",
    "initiating_visit.missing": "initiating_visit_missing",
    "visit.missing": "add_on_without_base",
    "visit.not_initiating": "add_on_without_base",
    "visit.not_payable": "not_covered",
    "planning.not_documented": "missing_required_element",
    "claims.another_practitioner": "another_practitioner_billed",
    "claims.duplicate": "duplicate_claim",
    "claims.excluded": "mutually_exclusive",
    "minutes.outside_period": "below_threshold",
    "minutes.wrong_discipline": "staff_not_countable",
    "minutes.not_personal": "staff_not_countable",
    "minutes.wrong_activity": "activity_not_billable",
    "minutes.after_death": "program_ineligible",
    "minutes.before_consent": "consent_missing",
    "minutes.other_practitioner": "consent_missing",
    "minutes.before_visit": "initiating_visit_missing",
    "minutes.after_revocation": "consent_missing",
    "minutes.inside_stay": "covered_stay",
    "minutes.not_covered": "not_covered",
    "minutes.after_contract": "not_covered",
    "minutes.duplicate_time": "below_threshold",
    "minutes.two_staff_same_time": "below_threshold",
    "minutes.below_threshold": "below_threshold",
    "units.below_increment": "add_on_below_increment",
    "units.rest_past_cap": "add_on_below_increment",
    "units.over_monthly_cap": "monthly_unit_cap",
    "units.none_allowed": "monthly_unit_cap",
    "base.missing": "add_on_without_base",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case; it passed if nothing is wrong."""

    id: str
    file: str
    wrong: tuple[str, ...]


def select(scenarios: Iterable[Scenario], themes: Sequence[str] = (), ids: Sequence[str] = ()) -> list[Scenario]:
    """The scenarios whose theme begins with one of the prefixes and whose id is named; no wish means all."""
    return [
        each
        for each in scenarios
        if (not themes or each.theme.startswith(tuple(themes))) and (not ids or each.id in ids)
    ]


def not_modelled(facts: Facts) -> list[str]:
    """What a case turns on that the engine is not told."""
    programs = {each.program for each in facts.enrollment} | {each.program for each in facts.time_entries}
    words = {f"program {program}" for program in programs - PROGRAMS.keys()}
    if facts.ccm_track not in TRACKS:
        words.add(f"ccm_track {facts.ccm_track}")
    if facts.mdm is not None and facts.mdm not in COMPLEXITIES:
        words.add(f"mdm {facts.mdm}")
    words |= {f"stays {each.type}" for each in facts.stays if each.type not in STAYS}
    return sorted({*facts.unknown(), *words})


def run(scenario: Scenario, file: str, rulebook: Rulebook) -> Outcome:
    """Evaluate one case and compare."""
    if unknown := not_modelled(scenario.facts):
        return Outcome(scenario.id, file, (f"uses facts not modelled: {', '.join(unknown)}",))
    decision = evaluate(month_of(scenario), terms_of(scenario), rulebook)
    return Outcome(scenario.id, file, tuple(compare(scenario, decision)))


def month_of(scenario: Scenario) -> PatientMonth:
    """The facts as the engine takes them."""
    facts = scenario.facts
    first, last = _span(scenario.as_of)
    chronic = sum(not ("Z55" <= code[:3] <= "Z65" or code.startswith("R")) for code in facts.diagnoses)
    return PatientMonth(
        first=first,
        last=last,
        agency_type=scenario.org_type,
        logs=tuple(
            Log(
                id=f"{index:03}",
                date=entry.date,
                minutes=entry.minutes,
                program=PROGRAMS[entry.program],
                activity=entry.activity,
                discipline=entry.discipline,
                staff=entry.staff,
                start=time.fromisoformat(entry.start) if entry.start else None,
            )
            for index, entry in enumerate(facts.time_entries)
        ),
        enrollments=tuple(_enrollment(each, first) for each in facts.enrollment),
        chronic_conditions=(FOR_LIFE,) * (chronic if facts.chronic_conditions is None else facts.chronic_conditions),
        risk_attested=True,  # the format has no word for it, and what is absent counts as met
        care_plan_current=facts.care_plan_current,
        died=facts.death_date,
        visits=tuple(
            Visit(
                each.date,
                each.code,
                OURS if each.practitioner == "same" else "",
                each.face_to_face,
                each.extensive_ccm_assessment_by_practitioner,
            )
            for each in facts.visits
        ),
        claims=tuple(
            Claim(_claimed_on(each, first), each.code, OURS if each.practitioner == "same" else "")
            for each in facts.other_claims
        ),
        stays=tuple(Stay(each.from_, each.to, is_part_a=True) for each in facts.stays),
        complexity={"chronic_care": facts.mdm or ""},
        tracks={"chronic_care": facts.ccm_track},
        requested=tuple(line.code for line in facts.manual_lines),
    )


def terms_of(scenario: Scenario) -> Terms:
    """The payer's terms: without a contract in the case, everything is covered and no rate is known."""
    contract, policy = scenario.facts.contract, scenario.facts.policy
    return Terms(
        contract=scenario.payer_type,
        since=contract.effective_from or _span(scenario.as_of)[0],
        until=contract.effective_to,
        covered=None if contract.covered_codes is None else frozenset(contract.covered_codes),
        not_covered=frozenset(policy.not_covered),
        max_units_month=policy.max_units_month,
    )


def compare(scenario: Scenario, decision: Decision) -> list[str]:
    """What differs from the expectation, in words; empty when the case passes."""
    return [*_lines_differ(scenario, decision), *_refusals_missing(scenario, decision)]


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
    said = {(finding.code, SLUGS[finding.id]) for finding in decision.findings}
    for each in scenario.expected_not_billable:
        if (each.code, each.reason_slug) not in said:
            got = ", ".join(sorted(slug for code, slug in said if code == each.code))
            yield f"not billable: expected {each.code} {each.reason_slug}; got {got or 'nothing'} for {each.code}"


def _units(lines: Counter[tuple[str, tuple[str, ...]]]) -> str:
    return ", ".join(f"{units} x {'-'.join((code, *mods))}" for (code, mods), units in sorted(lines.items())) or "none"


def _span(as_of: str) -> tuple[date, date]:
    """First and last day: of the month, or of the month up to a day."""
    if len(as_of) == len("2024-03"):
        first = date.fromisoformat(f"{as_of}-01")
        return first, month_end(first)
    last = date.fromisoformat(as_of)
    return last.replace(day=1), last


def _enrollment(facts: EnrollmentFacts, first: date) -> Enrollment:
    """What a case does not mention of an enrollment is met, from the month's first day on."""
    visit_in_question = facts.stated("initiating_visit_date") or facts.stated("last_seen_by_practice")
    return Enrollment(
        program=PROGRAMS[facts.program],
        consent=facts.consent_date if facts.stated("consent_date") else first,
        revoked=facts.revoked_date,
        initiating_visit=facts.initiating_visit_date if visit_in_question else first,
        last_seen=facts.last_seen_by_practice,
        practitioner=OURS,
    )


def _claimed_on(claim: ClaimFacts, first: date) -> date:
    """The day of a claim; of one for a whole month its first day. Without either it is of the month in question."""
    return claim.date or (_span(claim.month)[0] if claim.month else first)
