"""Patient-months a second and core, with findings and ledger, of a mixed population: all families, about five logs each."""

import gc
import random
import time
from calendar import monthrange
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from datetime import time as clock

from billing.rules import (
    FOR_LIFE,
    PRESETS,
    Assessment,
    Contact,
    Enrollment,
    Log,
    PatientMonth,
    Stay,
    Terms,
    Transition,
    UnitCode,
    Visit,
    evaluate,
    load_rulebook,
)

YEAR = 2026
MANY = 50_000
SHARES = {
    "chronic_care": 40,
    "principal_care": 8,
    "behavioral_health": 9,
    "collaborative_care": 8,
    "community_health": 6,
    "illness_navigation": 4,
    "advanced_primary_care": 8,
    "targeted_case_management": 12,
    "rehabilitation": 3,
    "health_home": 2,
}
WHO = {
    "collaborative_care": ["BHCM"],
    "community_health": ["CHW"],
    "illness_navigation": ["NAVIGATOR", "PEER"],
    "targeted_case_management": ["BACHELORS_CM"],
    "rehabilitation": ["BACHELORS_CM"],
}
ELEMENTS = {
    "advanced_primary_care": frozenset({"elements_available"}),
    "behavioral_health": frozenset({"service_furnished"}),
    "collaborative_care": frozenset({"registry", "psychiatric_review", "rating_scale"}),
    "community_health": frozenset({"need_limits_treatment", "staff_trained"}),
    "principal_care": frozenset({"condition", "high_risk"}),
    "illness_navigation": frozenset({"condition", "high_risk", "staff_trained"}),
    "targeted_case_management": frozenset({"medicaid", "target_group"}),
    "rehabilitation": frozenset({"medicaid"}),
}
CONTRACT_CODES = {"targeted_case_management": "T1017", "rehabilitation": "H2017", "health_home": "S0281"}
MEDICARE = Terms("Medicare", date(2025, 1, 1), kind="medicare_ffs")
MEDICAID = Terms(
    "Medicaid",
    date(2025, 1, 1),
    kind="medicaid",
    units=(
        UnitCode("T1017", "targeted_case_management", PRESETS["midpoint_8"], max_units_day=8),
        UnitCode("H2017", "rehabilitation", PRESETS["full_unit_only"]),
        UnitCode("S0281", "health_home", PRESETS["monthly_case_rate"], by_month=True),
    ),
)


@dataclass(frozen=True, slots=True)
class Speed:
    """One round: patient-months a second of processor time, and what a month came to on average."""

    a_second: float
    logs: float
    lines: float
    findings: float
    entries: float


def population(many: int, seed: int = 1) -> list[tuple[PatientMonth, Terms]]:
    """Random patient-months with their payer's terms; the same for the same seed."""
    return list(_months(many, random.Random(seed)))  # noqa: S311 - invented months, no secret


def _months(many: int, rng: random.Random) -> Iterator[tuple[PatientMonth, Terms]]:
    names, weights = list(SHARES), list(SHARES.values())
    for _ in range(many):
        program = rng.choices(names, weights)[0]
        first = date(YEAR, rng.randint(1, 11), 1)
        last = first.replace(day=monthrange(first.year, first.month)[1])
        who = WHO.get(program, ["RN", "RN", "LPN", "MD", "FRONT_DESK"])
        logs = tuple(
            Log(
                f"{number}",
                first.replace(day=rng.randint(1, 28)),
                rng.randint(2, 25),
                program if rng.random() < 0.93 else "behavioral_health",
                rng.choice(["care_coordination"] * 9 + ["travel"]),
                rng.choice(who),
                f"s{rng.randint(1, 4)}",
                clock(rng.randint(8, 16), rng.choice([0, 15, 30])) if rng.random() < 0.5 else None,
            )
            for number in range(rng.randint(2, 8))
        )
        begun = date(2025, 12, 1)
        consents = [Enrollment(program, begun if rng.random() < 0.95 else None, None, begun, None, "p1")]
        if rng.random() < 0.15 and program != "behavioral_health":
            consents.append(Enrollment("behavioral_health", begun, None, begun, None, "p1"))
        transitions: tuple[Transition, ...] = ()
        visits: tuple[Visit, ...] = ()
        if rng.random() < 0.05:
            discharged = first + timedelta(days=2)
            days = tuple(discharged + timedelta(days=each) for each in range(1, 6))
            contact = Contact(discharged + timedelta(days=rng.randint(0, 4)), True, True, True)
            transitions = (Transition(discharged, "inpatient_acute", "home", days, (contact,), discharged),)
            judged = rng.choice(["moderate", "high"])
            visits = (Visit(first.replace(day=rng.randint(5, 20)), "99214", "p1", complexity=judged),)
        elif rng.random() < 0.05:
            visits = (Visit(first.replace(day=7), "90837", "p1", factors=("sentinel_event",)),)
        assessments = ()
        if rng.random() < 0.05:
            assessments = (Assessment(first.replace(day=9), rng.choice(["sdoh", "nutrition"]), 8, True, True),)
        stays = (Stay(first, first.replace(day=5), False, "hospital"),) if rng.random() < 0.05 else ()
        yield (
            PatientMonth(
                first,
                last,
                rng.choice(["physician_practice"] * 3 + ["fqhc"]),
                logs,
                tuple(consents),
                (FOR_LIFE,) * rng.randint(1, 4),
                True,
                True,
                visits=visits,
                stays=stays,
                complexity={"chronic_care": rng.choice(["", "moderate"])},
                tracks={"chronic_care": rng.choices(["clinical_staff", "complex", "practitioner"], [8, 1, 1])[0]},
                born=date(1980, 1, 1),
                diagnoses=("F33.1", "I10"),
                elements=ELEMENTS,
                condition_months={"principal_care": 6, "illness_navigation": 6},
                episode_month={"collaborative_care": rng.randint(1, 4)},
                health_home_conditions=2,
                transitions=transitions,
                assessments=assessments,
            ),
            MEDICAID if program in CONTRACT_CODES else MEDICARE,
        )


def measure(many: int, rounds: int) -> list[Speed]:
    """The same population decided again and again, by one process, with the rulebook settled before."""
    months = population(many)
    rulebook = load_rulebook()
    for month, terms in months[:2_000]:
        evaluate(month, terms, rulebook)
    return [_round(months) for _ in range(rounds)]


def _round(months: list[tuple[PatientMonth, Terms]]) -> Speed:
    rulebook = load_rulebook()
    found: Counter[str] = Counter()
    gc.collect()
    begun = time.process_time()
    for month, terms in months:
        decision = evaluate(month, terms, rulebook)
        found["lines"] += len(decision.lines)
        found["findings"] += len(decision.findings)
        found["entries"] += len(decision.ledger)
    taken = time.process_time() - begun
    logs = sum(len(month.logs) for month, _ in months)
    many = len(months)
    return Speed(many / taken, logs / many, *(found[each] / many for each in ("lines", "findings", "entries")))
