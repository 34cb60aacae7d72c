"""Cases through the engine: a biller's facts as ours, and its answer against the lines and refusals expected.

"Absent means met", and every other default of the format, lives here and nowhere below. A case that uses facts this
adapter does not hand to the engine fails and says which, so that none passes by accident.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from msgspec.structs import replace

from billing.case_files import (
    AssessmentFacts,
    ClaimFacts,
    ContractFacts,
    Discharge,
    EnrollmentFacts,
    ExpectedRefusal,
    Facts,
    Scenario,
    StayFacts,
)
from billing.rules import (
    FOR_LIFE,
    PRESETS,
    Assessment,
    Claim,
    Contact,
    Decision,
    Enrollment,
    Finding,
    FindingId,
    Log,
    OtherProgram,
    PatientMonth,
    Report,
    Rulebook,
    Stay,
    Terms,
    Transition,
    UnitCode,
    Visit,
    deadlines,
    evaluate,
)
from billing.rules.days import month_end
from coordination.rules.calendars import business_days_after
from tenancy.services.places import federal_holidays

# Billers' words -> ours. A program that is missing here is one the engine does not understand yet.
PROGRAMS = {
    "CCM": "chronic_care",
    "PCM": "principal_care",
    "BHI": "behavioral_health",
    "COCM": "collaborative_care",
    "TCM": "transitional_care",
    "APCM": "advanced_primary_care",
    "CHI": "community_health",
    "PIN": "illness_navigation",
    "PIN_PS": "illness_navigation",
    "TARGETED_CM": "targeted_case_management",
    "REHAB": "rehabilitation",
    "HEALTH_HOME": "health_home",
}
TRACKS = {"clinical_staff", "complex", "practitioner"}
STAYS = {
    "IMD": "mental_disease_institution",
    "JAIL": "jail",
    "PRISON": "prison",
    "JUVENILE_DETENTION": "juvenile_detention",
    "SNF_PART_A": "skilled_nursing_facility",
    "HOSPITAL": "hospital",
    "NURSING_FACILITY": "nursing_facility",
}
SCOPES = {"daily": "day", "per_encounter": "encounter", "monthly": "month"}
INTERACTIVE = {
    "phone",
    "video",
    "face_to_face",
    "in_person",
    "electronic",
    "portal_two_way",
    "email_two_way",
    "text_two_way",
    "secure_message_two_way",
}
COMPLEXITIES = {"straightforward", "low", "moderate", "high"}
OWN_TIME = {"PSYCHOLOGIST", "LCSW", "MFT", "MHC"}
OFFICE_VISIT = "99213"  # what a case calls an office visit
OURS = "the billing practitioner"
AGE = 40  # of a patient of whom a case gives none: no rule of ages is in question

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
    "consent.ended": "consent_missing",
    "patient.died": "program_ineligible",
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
    "minutes.used_elsewhere": "below_threshold",
    "minutes.discipline_not_allowed": "discipline_not_allowed",
    "minutes.activity_excluded": "activity_not_billable",
    "minutes.no_code_for_activity": "activity_not_billable",
    "minutes.in_institution": "imd_exclusion",
    "minutes.in_detention": "incarceration_exclusion",
    "minutes.in_facility": "covered_stay",
    "minutes.paid_elsewhere": "duplicate_payment",
    "minutes.already_claimed": "duplicate_claim",
    "minutes.below_threshold": "below_threshold",
    "units.below_increment": "add_on_below_increment",
    "units.rest_past_cap": "add_on_below_increment",
    "units.over_monthly_cap": "monthly_unit_cap",
    "units.none_allowed": "monthly_unit_cap",
    "units.over_daily_cap": "daily_unit_cap",
    "units.below_first": "below_threshold",
    "base.missing": "add_on_without_base",
    "terms.bundled": "not_covered",
    "terms.no_unit": "not_covered",
    "program.undeclared": "mutually_exclusive",
    "conditions.none_behavioral": "diagnosis_not_eligible",
    "conditions.none_named": "diagnosis_not_eligible",
    "conditions.not_lasting": "diagnosis_not_eligible",
    "conditions.not_high_risk": "diagnosis_not_eligible",
    "need.not_documented": "diagnosis_not_eligible",
    "registry.missing": "missing_required_element",
    "psychiatric_review.missing": "missing_required_element",
    "rating_scale.missing": "missing_required_element",
    "training.not_documented": "missing_required_element",
    "elements.not_available": "missing_required_element",
    "home_health.under_plan": "home_health_plan",
    "episode.initial_used": "initial_code_already_used",
    "episode.still_initial": "program_ineligible",
    "patient.not_qmb": "program_ineligible",
    "practitioner.discipline_not_allowed": "discipline_not_allowed",
    "eligibility.not_medicaid": "not_eligible_on_dos",
    "eligibility.not_in_target_group": "program_ineligible",
    "eligibility.health_home": "program_ineligible",
    "initiating_visit.wrong_kind": "initiating_visit_missing",
    "session.none": "primary_code_not_allowed",
    "session.not_allowed": "primary_code_not_allowed",
    "session.no_factor": "missing_required_element",
    "session.factor_not_enough": "missing_required_element",
    "assessment.definition_changed": "code_definition_changed",
    "assessment.wrong_kind": "code_definition_changed",
    "assessment.not_standardized": "tool_not_standardized",
    "assessment.too_short": "below_threshold",
    "assessment.no_need": "missing_required_element",
    "assessment.visit_missing": "qualifying_visit_missing",
    "assessment.too_soon": "frequency_limit",
    "report.necessity_missing": "missing_required_element",
    "report.rationale_missing": "missing_required_element",
    "transition.setting": "setting_not_eligible",
    "transition.destination": "destination_not_eligible",
    "transition.visit_missing": "face_to_face_late",
    "transition.visit_awaited": "face_to_face_late",
    "transition.visit_wrong_kind": "face_to_face_late",
    "transition.visit_late": "face_to_face_late",
    "transition.visit_past_first_window": "face_to_face_level",
    "transition.complexity_below": "face_to_face_level",
    "transition.complexity_not_judged": "mdm_too_low",
    "transition.complexity_too_low": "mdm_too_low",
    "transition.reconciliation_missing": "med_rec_late",
    "transition.reconciliation_late": "med_rec_late",
    "transition.died": "death_within_30_days",
    "transition.global_period": "global_period",
    "transition.discontinued": "missing_required_element",
    "transition.period_overlap": "period_overlap",
    "transition.none": "face_to_face_late",
    "contact.never_made": "contact_late",
    "contact.late": "contact_late",
    "contact.one_attempt": "contact_late",
    "contact.wrong_party": "contact_late",
    "contact.not_interactive": "contact_late",
    "service.none_in_month": "no_service_in_month",
    "rendering.wrong_npi": "rendering_npi_mismatch",
}


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


def not_modelled(facts: Facts) -> list[str]:
    """What a case turns on that the engine is not told."""
    programs = {each.program for each in facts.enrollment} | {each.program for each in facts.time_entries}
    programs |= {facts.program_for_month} - {None}
    words = {f"program {program}" for program in programs - PROGRAMS.keys()}
    words |= {f"track {track}" for track in {facts.ccm_track, facts.pcm_track} - TRACKS}
    if facts.mdm is not None and facts.mdm not in COMPLEXITIES:
        words.add(f"mdm {facts.mdm}")
    words |= {f"stay {each.type}" for each in _stays(facts) if each.type not in STAYS}
    if facts.contract.rounding not in PRESETS:
        words.add(f"rounding {facts.contract.rounding}")
    if facts.contract.accumulate not in (None, *SCOPES):
        words.add(f"accumulate {facts.contract.accumulate}")
    return sorted({*facts.unknown(), *words})


def run(case: Scenario | Discharge, file: str, rulebook: Rulebook) -> Outcome:
    """Evaluate one case and compare."""
    if isinstance(case, Discharge):
        return Outcome(case.id, file, tuple(_days_differ(case, rulebook)))
    if unknown := not_modelled(case.facts):
        return Outcome(case.id, file, (f"uses facts not modelled: {', '.join(unknown)}",))
    decision = evaluate(month_of(case), terms_of(case), rulebook)
    return Outcome(case.id, file, tuple(compare(case, decision)))


def month_of(scenario: Scenario) -> PatientMonth:
    """The facts as the engine takes them."""
    facts = scenario.facts
    first, last = _span(scenario.as_of)
    chronic = sum(not ("Z55" <= code[:3] <= "Z65" or code.startswith("R")) for code in facts.diagnoses)
    age = AGE if facts.patient.age is None else facts.patient.age
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
                mode=entry.mode or "",
            )
            for index, entry in enumerate(facts.time_entries)
        ),
        enrollments=tuple(_enrollment(each, facts, first) for each in facts.enrollment),
        chronic_conditions=facts.chronic_condition_months
        or (FOR_LIFE,) * (chronic if facts.chronic_conditions is None else facts.chronic_conditions),
        risk_attested=facts.risk_attested,
        care_plan_current=facts.care_plan_current,
        died=facts.death_date,
        visits=_visits(facts),
        claims=tuple(
            Claim(_claimed_on(each, first), each.code, OURS if each.practitioner == "same" else "")
            for each in facts.other_claims
        ),
        stays=tuple(
            Stay(each.from_, each.to, each.type == "SNF_PART_A", STAYS[each.type], each.post_adjudication)
            for each in _stays(facts)
        ),
        complexity=dict.fromkeys(("chronic_care", "transitional_care"), facts.mdm or ""),
        tracks=_tracks(facts),
        requested=_requested(facts),
        programs_for_month=(PROGRAMS[facts.program_for_month],) if facts.program_for_month else (),
        election=facts.org_election or "",
        born=date(first.year - age, first.month, 1),
        is_former_foster_youth=facts.patient.former_foster_youth,
        is_qmb=facts.qmb,
        has_home_health_plan=bool(facts.home_health_plan),
        diagnoses=facts.diagnoses,
        elements=_elements(facts),
        condition_months=_condition_months(facts),
        episode_month={"collaborative_care": _episode_month(facts, first)},
        billed_by={"behavioral_health": facts.billing_practitioner or ""},
        health_home_conditions=_health_home_conditions(facts),
        other_programs=tuple(OtherProgram(each.type, each.from_, each.to) for each in facts.other_programs),
        transitions=_transitions(facts),
        assessments=(_assessment(facts.sdoh_assessment),) if facts.sdoh_assessment else (),
        reports=tuple(
            Report(each.date, each.code, each.necessity, each.rationale) for each in facts.functional_reports
        ),
    )


def _stays(facts: Facts) -> list[StayFacts]:
    return [*facts.stays, *([facts.patient.stay] if facts.patient.stay else [])]


def _visits(facts: Facts) -> tuple[Visit, ...]:
    return tuple(
        Visit(
            each.date,
            OFFICE_VISIT if each.code == "office_visit" else each.code,
            OURS if each.practitioner == "same" else "",
            each.face_to_face,
            each.extensive_ccm_assessment_by_practitioner,
            each.mdm or "",
            facts.interactive_complexity_factors,
        )
        for each in facts.visits
    )


def _tracks(facts: Facts) -> dict[str, str]:
    peers = "PIN_PS" in {each.program for each in (*facts.enrollment, *facts.time_entries)}
    return {
        "chronic_care": facts.ccm_track,
        "principal_care": facts.pcm_track,
        "illness_navigation": "peer" if peers else "navigator",
        "behavioral_health": "own_time" if facts.billing_practitioner in OWN_TIME else "general",
    }


def _requested(facts: Facts) -> tuple[str, ...]:
    """Codes in question: those a person asked for, the contract's own, and the one that factors without a session would be for."""
    codes = [line.code for line in facts.manual_lines]
    if facts.contract.code:
        codes.append(facts.contract.code)
    if facts.interactive_complexity_factors is not None and not facts.visits:
        codes.append("90785")
    return tuple(codes)


def _elements(facts: Facts) -> Mapping[str, frozenset[str]]:
    """What programs ask for and is documented, by program."""

    def documented(**elements: bool) -> frozenset[str]:
        return frozenset(name for name, is_met in elements.items() if is_met)

    def about(condition: str) -> dict[str, bool]:
        stated = getattr(facts, condition)
        return {"condition": not facts.looked_for(condition), "high_risk": stated is None or stated.high_risk}

    need = facts.sdoh_need
    needed = not facts.looked_for("sdoh_need") and (need is None or need.limits_diagnosis_or_treatment)
    cocm = facts.cocm
    return {
        "advanced_primary_care": documented(elements_available=facts.apcm_elements_available),
        "behavioral_health": documented(service_furnished=facts.bhi_service_furnished),
        "collaborative_care": documented(
            registry=cocm.registry,
            psychiatric_review=cocm.psychiatric_consultant_review,
            rating_scale=cocm.validated_scale,
        ),
        "community_health": documented(need_limits_treatment=needed, staff_trained=facts.staff_trained),
        "principal_care": documented(**about("pcm_condition")),
        "illness_navigation": documented(**about("pin_condition"), staff_trained=facts.staff_trained),
        "targeted_case_management": documented(medicaid=facts.medicaid_eligible, target_group=facts.target_group_met),
        "rehabilitation": documented(medicaid=facts.medicaid_eligible),
        "health_home": documented(risk_of_second=bool(facts.at_risk_of_second), serious_mental_illness=bool(facts.smi)),
    }


def _condition_months(facts: Facts) -> dict[str, int]:
    stated = {"principal_care": facts.pcm_condition, "illness_navigation": facts.pin_condition}
    return {
        program: FOR_LIFE if each is None or each.expected_months is None else each.expected_months
        for program, each in stated.items()
    }


def _episode_month(facts: Facts, first: date) -> int:
    """Which month of an episode it is, from 1; 1 where nothing is said."""
    if facts.cocm.month_index is not None:
        return facts.cocm.month_index
    begun = next((each.episode_first_month for each in facts.enrollment if each.episode_first_month), None)
    if begun is None:
        return 1
    year, month = map(int, begun.split("-")[:2])
    return (first.year - year) * 12 + first.month - month + 1


def _health_home_conditions(facts: Facts) -> int:
    """Conditions that count toward a health home; enough of them where a case says nothing of what makes a patient eligible."""
    if facts.health_home_conditions is None:
        return 2 if facts.at_risk_of_second is None and facts.smi is None else 0
    return facts.health_home_conditions


def _transitions(facts: Facts) -> tuple[Transition, ...]:
    if facts.discharge is None:
        return ()
    discharged = facts.discharge.date
    is_stated = "medication_reconciliation_date" in facts.model_fields_set
    contacts = tuple(
        Contact(
            each.date,
            each.outcome == "reached",
            each.method in INTERACTIVE,
            each.by != "hospital_staff" and not each.before_discharge,
        )
        for each in facts.contacts
    )
    return (
        Transition(
            discharged,
            facts.discharge.setting,
            facts.discharge.destination,
            business_days_after(discharged, 5, federal_days(discharged)),
            contacts,
            facts.medication_reconciliation_date if is_stated else discharged,
            bool(facts.global_period),
            facts.tcm_services_continued,
        ),
    )


def federal_days(day: date) -> set[date]:
    """The federal holidays that a discharge can run into."""
    return {each for year in (day.year, day.year + 1) for each in federal_holidays(year)}


def _assessment(facts: AssessmentFacts) -> Assessment:
    return Assessment(facts.date, facts.kind, facts.minutes, facts.standardized, facts.known_or_suspected_need)


def terms_of(scenario: Scenario) -> Terms:
    """The payer's terms: without a contract in the case, everything is covered and no rate is known."""
    facts = scenario.facts
    contract, policy = facts.contract, facts.policy
    caps = dict(policy.max_units_month)
    if contract.code and contract.max_units_month is not None:
        caps[contract.code] = contract.max_units_month
    return Terms(
        contract=scenario.payer_type,
        since=contract.effective_from or _span(scenario.as_of)[0],
        until=contract.effective_to,
        covered=None if contract.covered_codes is None else frozenset(contract.covered_codes),
        not_covered=frozenset(policy.not_covered),
        max_units_month=caps,
        kind=scenario.payer_type,
        units=(_unit(contract, contract.code, facts),) if contract.code else (),
        full_time=frozenset() if policy.cocm_time_rule == "cpt_midpoint" else frozenset({"collaborative_care"}),
        excluded_activities=frozenset(contract.excluded_activities),
        excluded_programs=frozenset(contract.excludes_programs),
        days_before_discharge=facts.state_plan_transition_tcm_days,
        rendering=facts.rendering_npi_type or "",
    )


def _unit(contract: ContractFacts, code: str, facts: Facts) -> UnitCode:
    """The contract's code, for the program that its time was logged for."""
    rounding = PRESETS[contract.rounding]
    if contract.table:
        rounding = replace(rounding, table=contract.table, first=contract.table[0][0])
    by_month = contract.rounding == "monthly_case_rate"
    if contract.accumulate and not by_month and contract.rounding != "day_min_60":
        rounding = replace(rounding, scope=SCOPES[contract.accumulate])
    disciplines = {entry.discipline for entry in facts.time_entries}
    return UnitCode(
        code=code,
        program=_contract_program(code, facts),
        rounding=rounding,
        by_month=by_month,
        disciplines=None if contract.allowed_disciplines is None else frozenset(contract.allowed_disciplines),
        max_units_day=contract.max_units_day,
        min_contacts=contract.min_contacts,
        modifier_by_mode={mode: modifier for mode, modifier in contract.modifier_by_mode.items() if modifier},
        modifier_by_discipline=dict.fromkeys(disciplines, facts.staff_modifier) if facts.staff_modifier else {},
        facility_modifiers=frozenset(contract.facility_npi_modifiers),
        exclusive_with=contract.exclusive_with,
        line_per_encounter=facts.line_per_encounter,
    )


HOMES = {"H2014": "rehabilitation", "H2015": "rehabilitation", "H2017": "rehabilitation"}
HOMES |= {"S0280": "health_home", "S0281": "health_home", "G9001": "health_home"}


def _contract_program(code: str, facts: Facts) -> str:
    programs = {PROGRAMS[each.program] for each in (*facts.time_entries, *facts.enrollment)}
    by_contract = programs & {"targeted_case_management", "rehabilitation", "health_home"}
    if len(by_contract) == 1:
        return by_contract.pop()
    return HOMES.get(code, "targeted_case_management")


def _days_differ(case: Discharge, rulebook: Rulebook) -> Iterator[str]:
    """What differs of the days that follow from a discharge."""
    days = business_days_after(case.discharge, 5, federal_days(case.discharge))
    found = deadlines(rulebook.on(case.discharge).plan("transitional_care"), case.discharge, days)
    got = {
        "contact_due_2bd": found.contact,
        "bd1": days[0],
        "visit_due_99496": found.visits["99496"],
        "visit_due_99495": found.visits["99495"],
        "strict_alt_99496_discharge_is_day1": found.visits["99496"] - timedelta(days=1),
        "strict_alt_99495_discharge_is_day1": found.visits["99495"] - timedelta(days=1),
        "period_first_day": case.discharge,
        "period_last_day": found.period_ends,
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


FINER = ("finding", "have", "need", "since")


def _is_said(expected: ExpectedRefusal, finding: Finding) -> bool:
    """Whether a finding is the one expected, in all that the case says of it."""
    stated = {name: getattr(expected, name) for name in FINER if name in expected.model_fields_set}
    return SLUGS[finding.id] == expected.reason_slug and stated.items() <= _finer(finding).items()


def _finer(finding: Finding) -> dict[str, object]:
    have, need = (str(each) if isinstance(each, date) else each for each in (finding.have, finding.need))
    return {"finding": finding.id, "have": have, "need": need, "since": finding.since}


def _told(finding: Finding, finer: Iterable[str]) -> str:
    return " ".join([SLUGS[finding.id], *(str(_finer(finding)[name]) for name in FINER if name in finer)])


def _units(lines: Counter[tuple[str, tuple[str, ...]]]) -> str:
    return ", ".join(f"{units} x {'-'.join((code, *mods))}" for (code, mods), units in sorted(lines.items())) or "none"


def _span(as_of: str) -> tuple[date, date]:
    """First and last day: of the month, or of the month up to a day."""
    if len(as_of) == len("2024-03"):
        first = date.fromisoformat(f"{as_of}-01")
        return first, month_end(first)
    last = date.fromisoformat(as_of)
    return last.replace(day=1), last


def _enrollment(stated: EnrollmentFacts, facts: Facts, first: date) -> Enrollment:
    """What a case does not mention of an enrollment is met, from the month's first day on."""
    visit_in_question = stated.stated("initiating_visit_date") or stated.stated("last_seen_by_practice")
    return Enrollment(
        program=PROGRAMS[stated.program],
        consent=stated.consent_date if stated.stated("consent_date") else first,
        revoked=stated.revoked_date,
        initiating_visit=stated.initiating_visit_date if visit_in_question else first,
        last_seen=stated.last_seen_by_practice,
        practitioner=OURS,
        initiating_code=facts.initiating_visit_code or "",
    )


def _claimed_on(claim: ClaimFacts, first: date) -> date:
    """The day of a claim; of one for a whole month its first day. Without either it is of the month in question."""
    return claim.date or (_span(claim.month)[0] if claim.month else first)
