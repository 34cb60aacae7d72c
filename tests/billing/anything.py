"""Any patient-month of any programs, for properties: most of it in order, so that something is billed, and each part sometimes not."""

from datetime import date, time, timedelta

from hypothesis import strategies as st
from msgspec.structs import replace

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
    Unpaid,
    Visit,
    load_rulebook,
)
from billing.rules.days import month_end

RULEBOOK = load_rulebook()
CODES = sorted(RULEBOOK.codes)
ELEMENTS = {
    "advanced_primary_care": ["elements_available"],
    "behavioral_health": ["service_furnished"],
    "collaborative_care": ["registry", "psychiatric_review", "rating_scale"],
    "community_health": ["need_limits_treatment", "staff_trained"],
    "principal_care": ["condition", "high_risk"],
    "illness_navigation": ["condition", "high_risk", "staff_trained"],
    "targeted_case_management": ["medicaid", "target_group"],
    "rehabilitation": ["medicaid"],
    "health_home": ["serious_mental_illness"],
}
WHO = {
    "chronic_care": ["RN", "MD"],
    "principal_care": ["RN", "MD"],
    "collaborative_care": ["BHCM"],
    "behavioral_health": ["LCSW", "RN"],
    "community_health": ["CHW"],
    "illness_navigation": ["NAVIGATOR", "PEER"],
    "transitional_care": ["RN"],
    "advanced_primary_care": ["RN"],
    "targeted_case_management": ["BACHELORS_CM", "RN"],
    "rehabilitation": ["BACHELORS_CM", "RN"],
    "health_home": ["BACHELORS_CM", "RN"],
}
TRACKS = {
    "chronic_care": ["clinical_staff", "complex", "practitioner"],
    "principal_care": ["clinical_staff", "practitioner"],
    "behavioral_health": ["general", "own_time", "beside_primary_care"],
    "illness_navigation": ["navigator", "peer"],
    "collaborative_care": ["by_month", "beside_primary_care"],
}
CONTRACTED = {
    "T1017": "targeted_case_management",
    "T2023": "targeted_case_management",
    "H2023": "targeted_case_management",
    "H2017": "rehabilitation",
    "S0280": "health_home",
}
FIRSTS = [
    date(2019, 12, 1),
    date(2021, 1, 1),
    date(2023, 12, 1),
    date(2024, 1, 1),
    date(2025, 3, 1),
    date(2025, 9, 1),
    date(2026, 1, 1),
]
MINUTES = st.sampled_from([1, 4, 7, 8, 15, 16, 20, 23, 29, 30, 31, 36, 45, 60, 61, 90])


def mostly(right, *wrong):
    """One value, and now and then another."""
    return st.sampled_from([right] * 7 + list(wrong))


def several(of, most):
    return st.lists(of, max_size=most).map(tuple)


@st.composite
def months(draw) -> PatientMonth:
    first = draw(st.sampled_from(FIRSTS))
    last = month_end(first)
    day = st.dates(first, last)
    near = st.dates(first - timedelta(days=40), last + timedelta(days=3))
    early = date(2018, 6, 1)
    programs = draw(st.lists(st.sampled_from(sorted(WHO)), min_size=1, max_size=3, unique=True))
    ours = mostly("ours", "another")
    log = st.sampled_from(programs).flatmap(
        lambda program: st.builds(
            Log,
            id=st.just(""),
            date=st.one_of(day, day, day, near),
            minutes=MINUTES,
            program=mostly(program, "elsewhere"),
            activity=mostly("care_coordination", "skills_training", "voicemail_left", "travel"),
            discipline=st.sampled_from(WHO[program] * 4 + ["FRONT_DESK"]),
            staff=st.sampled_from(["s1", "s2"]),
            start=st.none() | st.builds(time, st.integers(8, 12), st.sampled_from([0, 10, 30])),
            mode=st.sampled_from(["", "phone", "video"]),
        )
    )
    enrollment = st.builds(
        Enrollment,
        st.sampled_from(programs),
        consent=st.one_of(st.just(early), near),
        revoked=mostly(None, first - timedelta(days=3), first),
        initiating_visit=st.one_of(st.just(early), near, st.none()),
        last_seen=st.none() | near,
        practitioner=ours,
        initiating_code=mostly("99213", "", "99211"),
    )
    stay = st.builds(
        lambda begins, days, kind, decided: Stay(
            begins,
            None if days is None else begins + timedelta(days=days),
            kind == "skilled_nursing_facility",
            kind,
            decided,
        ),
        near,
        st.none() | st.integers(0, 40),
        st.sampled_from(["mental_disease_institution", "jail", "skilled_nursing_facility", "hospital"]),
        st.booleans(),
    )
    visit = st.builds(
        Visit,
        near,
        st.sampled_from(["99213", "99211", "90791", "90834", "99495"]),
        mostly("ours", ""),
        mostly(True, False),
        st.booleans(),
        st.sampled_from(["", "low", "moderate", "high"]),
        st.sampled_from([None, None, (), ("interpreter",), ("caregiver", "interpreter")]),
    )
    contact = st.builds(Contact, near, st.booleans(), mostly(True, False), mostly(True, False))

    def transition(
        discharged: date, contacts: tuple[Contact, ...], setting: str, whither: str, reconciled: bool
    ) -> Transition:
        days = tuple(discharged + timedelta(days=n) for n in range(1, 8))
        business = tuple(each for each in days if each.weekday() < 5)[:5]
        return Transition(discharged, setting, whither, business, contacts, discharged if reconciled else None)

    transitions = st.builds(
        transition,
        near,
        several(contact, 3),
        mostly("inpatient_acute", "emergency"),
        mostly("home", "nursing_facility"),
        mostly(True, False),
    )
    elements = {
        program: frozenset(each for each in names if draw(mostly(True, False))) for program, names in ELEMENTS.items()
    }
    declared = {program: draw(st.sampled_from(names)) for program, names in TRACKS.items()}
    good = tuple(
        Enrollment(program, early, initiating_visit=early, practitioner="ours", initiating_code="99213")
        for program in programs
        if draw(mostly(True, False))
    )
    logs = draw(st.lists(log, max_size=8))
    return PatientMonth(
        first=first,
        last=last,
        agency_type=draw(mostly("physician_practice", "fqhc", "rhc", "hospital")),
        logs=tuple(replace(each, id=f"{index:02}") for index, each in enumerate(logs)),
        enrollments=good + draw(several(enrollment, 2)),
        chronic_conditions=draw(mostly((FOR_LIFE, 12), (FOR_LIFE,), (12, 11))),
        risk_attested=draw(mostly(True, False)),
        care_plan_current=draw(mostly(True, False)),
        died=draw(mostly(None, first + timedelta(days=9))),
        visits=draw(several(visit, 3)),
        claims=draw(
            several(st.builds(Claim, near, st.sampled_from([*CODES, "G0181", "90960"]), mostly("ours", "")), 2)
        ),
        stays=draw(several(stay, 2)),
        complexity={
            name: draw(st.sampled_from(["", "low", "moderate", "high"]))
            for name in ("chronic_care", "transitional_care")
        },
        tracks=declared,
        requested=draw(several(st.sampled_from([*CODES, "H2023", "99999"]), 2)),
        programs_for_month=draw(several(st.sampled_from(programs), 1)),
        election=draw(mostly("", "g0511_transition")),
        born=draw(st.sampled_from([None, date(1950, 5, 5), date(1985, 5, 5), date(2005, 5, 5)])),
        is_former_foster_youth=draw(st.booleans()),
        is_qmb=draw(st.booleans()),
        has_home_health_plan=draw(mostly(False, True)),
        diagnoses=draw(mostly(("E11.9", "F32.1"), ("I10",))),
        elements=elements,
        condition_months={name: draw(mostly(12, 2)) for name in ("principal_care", "illness_navigation")},
        episode_month={"collaborative_care": draw(st.integers(1, 2))},
        billed_by={"behavioral_health": draw(st.sampled_from(["LCSW", "MFT", "MD"]))},
        health_home_conditions=draw(st.integers(0, 2)),
        other_programs=draw(
            several(
                st.builds(OtherProgram, st.sampled_from(["waiver_case_management", "other"]), near, st.none() | near), 1
            )
        ),
        transitions=draw(several(transitions, 2)),
        assessments=draw(
            several(
                st.builds(
                    Assessment,
                    near,
                    st.sampled_from(["sdoh", "nutrition"]),
                    st.integers(4, 6),
                    mostly(True, False),
                    mostly(True, False),
                ),
                2,
            )
        ),
        reports=draw(several(st.builds(Report, near, st.just("G8978"), mostly(True, False), mostly(True, False)), 1)),
    )


def unit_codes(code: str):
    rounding = st.sampled_from(sorted(set(PRESETS) - {"monthly_case_rate"})).flatmap(
        lambda name: st.sampled_from(["encounter", "day", "month"]).map(
            lambda scope: replace(PRESETS[name], scope=scope)
        )
    )
    by_unit = st.builds(
        UnitCode,
        st.just(code),
        st.just(CONTRACTED[code]),
        rounding,
        activities=mostly(None, frozenset(["skills_training"])),
        disciplines=mostly(None, frozenset(["RN"])),
        max_units_day=mostly(None, 2),
        modifier_by_mode=mostly({}, {"video": "95"}),
        exclusive_with=mostly((), ("T2023",)),
        line_per_encounter=st.booleans(),
    )
    by_month = st.builds(
        UnitCode,
        st.just(code),
        st.just(CONTRACTED[code]),
        st.just(PRESETS["monthly_case_rate"]),
        by_month=st.just(True),
        min_contacts=st.sampled_from([1, 1, 2]),
    )
    return by_unit | by_month


def contracts(month: PatientMonth):
    """Terms that hold in a month, or the reason why nobody pays."""
    units = st.lists(st.sampled_from(sorted(CONTRACTED)), unique=True, max_size=5).flatmap(
        lambda codes: st.tuples(*(unit_codes(code) for code in codes))
    )
    terms = st.builds(
        Terms,
        contract=st.just("any"),
        since=st.sampled_from([date(2013, 1, 1), month.first + timedelta(days=8)]),
        until=mostly(None, month.first + timedelta(days=20)),
        spans=mostly(None, ((month.first, month.first + timedelta(days=14)),)),
        not_covered=mostly(frozenset(), frozenset(["99490", "T1017"])),
        bundled=mostly(frozenset(), frozenset(["99484"])),
        max_units_month=st.dictionaries(
            st.sampled_from(["99439", "99494", "T1017", "H2017"]), st.integers(0, 4), max_size=2
        ),
        units=units,
        full_time=mostly(frozenset(), frozenset(["collaborative_care"])),
        excluded_activities=mostly(frozenset(), frozenset(["voicemail_left"])),
        excluded_programs=mostly(frozenset(), frozenset(["other"])),
        days_before_discharge=st.sampled_from([0, 30]),
    )
    return st.one_of(
        terms, terms, terms, terms, st.builds(Unpaid, st.sampled_from(["coverage.missing", "terms.no_contract"]))
    )


months_and_payers = months().flatmap(lambda month: st.tuples(st.just(month), contracts(month)))
