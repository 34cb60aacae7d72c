"""Which code sets a patient-month supports, found by trying all of them: written from the published facts, without the engine.

Of chronic, principal, behavioral, collaborative and advanced primary care in a physician practice in 2024-2026.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations, product

from msgspec import Struct
from msgspec.structs import replace

from billing.rules import PatientMonth

Units = frozenset[tuple[str, int]]

STAFF, PERSONAL, BEHAVIORAL = {"RN", "MD", "LCSW"}, {"MD"}, {"LCSW"}


class Code(Struct, frozen=True):
    program: str
    minutes: int  # of a unit; 0: none are asked for
    cap: int | None
    who: frozenset[str] = frozenset(STAFF)
    bases: tuple[str, ...] = ()
    year: int = 2024  # from which on, as far as these years go


PRIMARY = ("G0556", "G0557", "G0558")
CODES = {
    "99490": Code("chronic_care", 20, 1),
    "99439": Code("chronic_care", 20, 2, bases=("99490",)),
    "99487": Code("chronic_care", 60, 1),
    "99489": Code("chronic_care", 30, None, bases=("99487",)),
    "99491": Code("chronic_care", 30, 1, frozenset(PERSONAL)),
    "99437": Code("chronic_care", 30, None, frozenset(PERSONAL), ("99491",)),
    "99426": Code("principal_care", 30, 1),
    "99427": Code("principal_care", 30, 2, bases=("99426",)),
    "99424": Code("principal_care", 30, 1, frozenset(PERSONAL)),
    "99425": Code("principal_care", 30, None, frozenset(PERSONAL), ("99424",)),
    "99484": Code("behavioral_health", 20, 1),
    "G0323": Code("behavioral_health", 20, 1, frozenset(BEHAVIORAL)),
    "G0570": Code("behavioral_health", 0, 1, bases=PRIMARY, year=2026),
    "99492": Code("collaborative_care", 0, 1),
    "99493": Code("collaborative_care", 0, 1),
    "99494": Code("collaborative_care", 0, 2, bases=("99492", "99493")),
    "G2214": Code("collaborative_care", 0, 1),
    "G0568": Code("collaborative_care", 0, 1, bases=PRIMARY, year=2026),
    "G0569": Code("collaborative_care", 0, 1, bases=PRIMARY, year=2026),
    "G0556": Code("advanced_primary_care", 0, 1, year=2025),
    "G0557": Code("advanced_primary_care", 0, 1, year=2025),
    "G0558": Code("advanced_primary_care", 0, 1, year=2025),
}
HALF = {"99492": (36, 86, 116), "99493": (31, 76, 106)}
"""Collaborative care: the minutes from which the code, one 99494 beside it, and two are earned."""
FAMILIES = (
    *({"99490", "99439"}, {"99487", "99489"}, {"99491", "99437"}),
    *({"99426", "99427"}, {"99424", "99425"}),
    *({"99484"}, {"G0323"}, {"G0570"}),
    *({"99492", "99494"}, {"99493", "99494"}, {"G2214"}, {"G0568"}, {"G0569"}),
    *({"G0556"}, {"G0557"}, {"G0558"}),
)
"""A program's month is billed by one of its families."""

BY_TIME = {"99492", "99493", "99494", "G2214"}
OF_CHRONIC = {code for code, each in CODES.items() if each.program == "chronic_care"}
OF_PRINCIPAL = {code for code, each in CODES.items() if each.program == "principal_care"}
EXCLUDE = (
    (OF_CHRONIC, OF_PRINCIPAL),
    (set(PRIMARY), OF_CHRONIC | OF_PRINCIPAL),
    ({"99484", "G0323"}, BY_TIME | {"G0568", "G0569"}),
    ({"G0570"}, BY_TIME | {"G0568", "G0569"}),
)
"""Of one practitioner in one month never both; of two practitioners both."""


def lawful_sets(month: PatientMonth) -> set[Units]:
    """Every set, the empty one among them."""
    programs = [each.program for each in month.enrollments if each.consent and each.consent <= month.last]
    return {
        units
        for parts in product(*(list(_of_program(month, program)) for program in programs))
        if _may_stand_together(units := frozenset().union(*parts), month)
    }


def largest(sets: Iterable[Units]) -> set[Units]:
    """Those of which no other has every unit."""
    sets = set(sets)
    return {each for each in sets if not any(each != other and within(each, other) for other in sets)}


def within(less: Units, more: Units) -> bool:
    has = dict(more)
    return all(has.get(code, 0) >= units for code, units in less)


def _of_program(month: PatientMonth, program: str) -> Iterator[Units]:
    codes = [code for code, each in CODES.items() if each.program == program]
    ranges = [range(_most(month, code) + 1) for code in codes]
    for drawn in product(*ranges):
        units = {code: n for code, n in zip(codes, drawn, strict=True) if n}
        if _is_one_family(units) and _has_minutes(units, month, program):
            yield frozenset(units.items())


def _most(month: PatientMonth, code: str) -> int:
    each = CODES[code]
    if month.first.year < each.year or not all(asked(month) for asked in ASKED[code]):
        return 0
    if each.cap is not None:
        return each.cap
    return minutes(month, each.program, each.who) // each.minutes


def _is_one_family(units: dict[str, int]) -> bool:
    return not units or any(units.keys() <= family for family in FAMILIES)


def _has_minutes(units: dict[str, int], month: PatientMonth, program: str) -> bool:
    needed = sum(CODES[code].minutes * n for code, n in units.items())
    who = next((CODES[code].who for code in units), frozenset(STAFF))
    given = minutes(month, program, who)
    for base, thresholds in HALF.items():
        if base in units and given < thresholds[units.get("99494", 0)]:
            return False
    if "99494" in units and not units.keys() & HALF.keys():
        return False
    if "G2214" in units:
        return 16 <= given < HALF["99492" if _episode(month) == 1 else "99493"][0]
    return needed <= given


def _may_stand_together(units: Units, month: PatientMonth) -> bool:
    codes = {code for code, _ in units}
    if any(CODES[code].bases and not codes.intersection(CODES[code].bases) for code in codes):
        return False
    practitioner = {each.program: each.practitioner for each in month.enrollments}
    for one, other in combinations(codes, 2):
        same = practitioner[CODES[one].program] == practitioner[CODES[other].program]
        if same and any(_is_across(one, other, *pair) for pair in EXCLUDE):
            return False
    return True


def _is_across(one: str, other: str, left: set[str], right: set[str]) -> bool:
    return (one in left and other in right) or (one in right and other in left)


def minutes(month: PatientMonth, program: str, who: frozenset[str]) -> int:
    """What these people gave from the day of consent on."""
    [consent] = [each.consent for each in month.enrollments if each.program == program]
    return sum(
        log.minutes
        for log in month.logs
        if log.program == program and log.discipline in who and consent and log.date >= consent
    )


def _episode(month: PatientMonth) -> int:
    return month.episode_month["collaborative_care"]


def has(program: str, element: str) -> Callable[[PatientMonth], bool]:
    return lambda month: element in month.elements.get(program, ())


def lasting(month: PatientMonth) -> int:
    return len([each for each in month.chronic_conditions if each >= 12])


def _asked_of(code: str) -> list[Callable[[PatientMonth], bool]]:
    program = CODES[code].program
    asked: list[Callable[[PatientMonth], bool]] = []
    if program == "chronic_care":
        asked += [lambda m: lasting(m) >= 2, lambda m: m.risk_attested, lambda m: m.care_plan_current]
    if code in ("99487", "99489"):
        asked.append(lambda m: m.complexity.get("chronic_care") in ("moderate", "high"))
    if program == "principal_care":
        asked += [has(program, "condition"), has(program, "high_risk"), lambda m: m.care_plan_current]
        asked.append(lambda m: m.condition_months.get(program, 0) >= 3)
    if program in ("behavioral_health", "collaborative_care"):
        asked.append(lambda m: any(each.startswith("F") for each in m.diagnoses))
    if program == "collaborative_care":
        asked += [has(program, each) for each in ("registry", "psychiatric_review", "rating_scale")]
    if program == "advanced_primary_care":
        asked.append(has(program, "elements_available"))
    own: dict[str, Callable[[PatientMonth], bool]] = {
        "G0323": lambda m: m.billed_by.get(program) == "LCSW",
        "G0570": has(program, "service_furnished"),
        "99492": lambda m: _episode(m) == 1,
        "99493": lambda m: _episode(m) > 1,
        "G0568": lambda m: _episode(m) == 1,
        "G0569": lambda m: _episode(m) > 1,
        "G0556": lambda m: lasting(m) < 2,
        "G0557": lambda m: lasting(m) >= 2 and not m.is_qmb,
        "G0558": lambda m: lasting(m) >= 2 and m.is_qmb,
    }
    return [*asked, *([own[code]] if code in own else [])]


ASKED = {code: _asked_of(code) for code in CODES}


def _with_element(program: str, element: str) -> Callable[[PatientMonth], PatientMonth]:
    return lambda month: replace(
        month, elements={**month.elements, program: month.elements.get(program, frozenset()) | {element}}
    )


DOCUMENTED: dict[str, Callable[[PatientMonth], PatientMonth]] = {
    "care_plan.missing": lambda month: replace(month, care_plan_current=True),
    "conditions.risk_not_attested": lambda month: replace(month, risk_attested=True),
    "complexity.not_documented": lambda month: (
        month
        if month.complexity.get("chronic_care")
        else replace(month, complexity={**month.complexity, "chronic_care": "moderate"})
    ),
    "conditions.none_named": _with_element("principal_care", "condition"),
    "conditions.not_high_risk": _with_element("principal_care", "high_risk"),
    "registry.missing": _with_element("collaborative_care", "registry"),
    "psychiatric_review.missing": _with_element("collaborative_care", "psychiatric_review"),
    "rating_scale.missing": _with_element("collaborative_care", "rating_scale"),
    "elements.not_available": _with_element("advanced_primary_care", "elements_available"),
}
"""What could be written down, and the month if it had been."""
