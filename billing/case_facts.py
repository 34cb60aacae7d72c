"""A biller's facts as the engine takes them: "absent means met", and every other default of the format, and nowhere below."""

from collections.abc import Mapping
from datetime import date, time

from msgspec.structs import replace

from billing.case_files import (
    AssessmentFacts,
    ClaimFacts,
    ContractFacts,
    EnrollmentFacts,
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
    Enrollment,
    Log,
    OtherProgram,
    PatientMonth,
    Report,
    Stay,
    Terms,
    Transition,
    UnitCode,
    Visit,
)
from billing.rules.days import month_end
from coordination.rules.calendars import business_days_after
from tenancy.selectors.places import federal_holidays

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
