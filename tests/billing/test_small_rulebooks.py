"""What holds between the files of a rulebook, at each edge: the very refusal, its place, and what is not refused beside it."""

from datetime import date

import pytest
from pydantic import ValidationError

from billing.rules.dated import DatedRule
from billing.rules.schema import CodeData, CodeVersion, StayVersion
from tests.billing.small_rulebooks import (
    FIRST,
    LATER,
    NEWER,
    OLDER,
    OTHER,
    code,
    faults,
    loaded,
    requirement,
    rulebook,
    since,
)

CARE = ("care.yaml",)
TRACK = (*CARE, "tracks", 0)
CODES = (*CARE, "codes")
SHARED = ("shared_codes.yaml", "codes", "A0009", code("base", since(FIRST, minutes=20), since(NEWER)))
IN_ORDER = ("rulebook.yaml", "order", ["other", "care"])


def gap(what, starts="2020-01-02", governs=FIRST):
    return f"gap: {what} starts on {starts}, after what it governs on {governs}"


def nurses(day):
    return [since(day, disciplines=["RN"]), since(NEWER, disciplines=["RN"])]


def test_the_small_rulebook_has_no_fault():
    assert faults() == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        # Whatever governs a whole program begins with its first code, even where a later one is added.
        ([(*CARE, "period", 0, "from", "2020-01-02")], [("care.yaml", ("period",), gap("period"))]),
        (
            [(*CARE, "requires", 0, "versions", 0, "from", "2020-01-02")],
            [("care.yaml", ("requires",), gap("requires.risk_attested"))],
        ),
        (
            [("activities.yaml", "activities", "errands", "travel", 0, "from", "2020-01-02")],
            [("care.yaml", ("activities",), gap("activities.travel"))],
        ),
        (
            [("stays.yaml", "stays", "away", "jail", 0, "from", "2020-01-02")],
            [("care.yaml", ("institutions",), gap("away.jail of stays.yaml"))],
        ),
        ([("rulebook.yaml", "scope", 0, "from", "2020-01-02")], [("care.yaml", ("codes",), gap("the rulebook"))]),
        ([("rulebook.yaml", "scope", 0, "from", OLDER), (*CARE, "period", 0, "from", OLDER)], []),
        # A code beside the tracks may be the first.
        (
            [
                ("foreign_codes.yaml", "foreign", [{"label": "visits", "codes": ["99213"]}]),
                (*CODES, "V0001", code("visit", since(OLDER, visits=["99213"]), since(NEWER))),
                (*CARE, "beside", ["V0001"]),
            ],
            [
                *(
                    ("care.yaml", (rule.partition(".")[0],), gap(rule, FIRST, OLDER))
                    for rule in ("period", "staff", "requires.risk_attested", "activities.travel")
                ),
                ("care.yaml", ("codes",), gap("the rulebook", FIRST, OLDER)),
                ("care.yaml", ("institutions",), gap("away.jail of stays.yaml", FIRST, OLDER)),
            ],
        ),
        # What governs a track begins with the first of its codes.
        (
            [("staff.yaml", "staff", "nurses", 0, "from", "2020-01-02")],
            [("care.yaml", ("staff",), gap("staff")), ("care.yaml", ("tracks", 0), gap("staff"))],
        ),
        (
            [("staff.yaml", "staff", "few", nurses("2020-01-02")), (*TRACK, "staff", "few")],
            [("care.yaml", ("tracks", 0), gap("staff"))],
        ),
        (
            [("staff.yaml", "staff", "few", nurses(FIRST)), (*TRACK, "staff", "few")],
            [],
        ),
        (
            [(*TRACK, "requires", 0, "versions", 0, "from", "2020-01-02")],
            [("care.yaml", ("tracks", 0), gap("requires.care_plan_current"))],
        ),
        (
            [(*TRACK, "when", [requirement("complexity", since("2020-01-02", one_of=["high"]))])],
            [("care.yaml", ("tracks", 0), gap("requires.complexity"))],
        ),
        # A track that states its own first day may begin with an older code, and what governs it as late as that.
        ([(*TRACK, "from", "2020-01-02"), (*TRACK, "requires", 0, "versions", 0, "from", "2020-01-02")], []),
        (
            [(*TRACK, "from", "2020-01-02"), (*TRACK, "requires", 0, "versions", 0, "from", "2020-01-03")],
            [("care.yaml", ("tracks", 0), gap("requires.care_plan_current", "2020-01-03", "2020-01-02"))],
        ),
        ([(*TRACK, "from", FIRST)], []),
        (
            [(*TRACK, "from", OLDER)],
            [
                ("care.yaml", ("period",), gap("period", FIRST, OLDER)),
                ("care.yaml", ("staff",), gap("staff", FIRST, OLDER)),
                ("care.yaml", ("requires",), gap("requires.risk_attested", FIRST, OLDER)),
                ("care.yaml", ("activities",), gap("activities.travel", FIRST, OLDER)),
                ("care.yaml", ("tracks", 0), gap("staff", FIRST, OLDER)),
                ("care.yaml", ("tracks", 0), gap("requires.care_plan_current", FIRST, OLDER)),
                ("care.yaml", ("codes",), gap("the rulebook", FIRST, OLDER)),
                ("care.yaml", ("tracks", 0, "from"), gap("the code of track plain", FIRST, OLDER)),
            ],
        ),
    ],
)
def test_a_rule_that_begins_after_what_it_governs(changes, told):
    assert faults(*changes) == told


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        # A track is one base and what is added to it.
        (
            [(*CODES, "A0002", "versions", 0, "add_on_to", ["A0002"])],
            [("care.yaml", ("tracks", 0, "codes"), "A0002 is not an add-on to A0001")],
        ),
        ([(*CODES, "A0002", "versions", 0, "add_on_to", ["A0002", "A0001"])], []),
        (
            [(*TRACK, "codes", ["A0002", "A0001"])],
            [
                ("care.yaml", ("tracks", 0, "codes"), "a track begins with a base code; A0002 is none"),
                ("care.yaml", ("tracks", 0, "codes"), "A0001 is not an add-on to A0002"),
            ],
        ),
        (
            [(*TRACK, "codes", ["A0003", "A0001", "A0002"])],
            [
                ("care.yaml", ("tracks", 0, "codes"), "the code A0003 has no entry"),
                ("care.yaml", ("tracks", 0, "codes"), "A0001 is not an add-on to A0003"),
                ("care.yaml", ("tracks", 0, "codes"), "A0002 is not an add-on to A0003"),
            ],
        ),
        (
            [(*TRACK, "codes", ["A0001", "A0002", "A0003"])],
            [("care.yaml", ("tracks", 0, "codes"), "the code A0003 has no entry")],
        ),
        # A code of a discharge needs the clock of one.
        (
            [
                (*CODES, "A0001", code("transition", since(FIRST, window={"days": 7, "complexity": ["high"]}))),
                (*TRACK, "codes", ["A0001"]),
                (*CODES, "A0002", "versions", 0, "add_on_to", ["A0001"]),
            ],
            [
                ("care.yaml", ("codes", "A0002"), "the code A0002 is in no track and beside none"),
                ("care.yaml", ("codes", "A0001"), "A0001 is of a discharge, and the program has no transition"),
            ],
        ),
    ],
)
def test_tracks_that_do_not_hold_together(changes, told):
    assert faults(*changes) == told


def clock(day, days):
    return since(
        day, contact_business_days=2, failed_attempts=2, period_days=days, settings=["hospital"], destinations=["home"]
    )


@pytest.mark.parametrize(
    ("begins", "days", "beyond"), [(FIRST, 29, None), (FIRST, 30, 30), (NEWER, 9, None), (NEWER, 10, 10)]
)
def test_a_window_lies_inside_the_days_of_the_clock_that_holds_when_it_begins(begins, days, beyond):
    window = since(begins, window={"days": days, "complexity": ["high"]})
    versions = [window] if begins == FIRST else [since(FIRST, window={"days": 7, "complexity": ["high"]}), window]
    told = faults(
        (*CARE, "transition", [clock(FIRST, 30), clock(NEWER, 10)]),
        (*CODES, {"A0001": code("transition", *versions)}),
        (*TRACK, "codes", ["A0001"]),
    )
    place = ("codes", "A0001", "versions", len(versions) - 1, "window", "days")
    assert told == ([("care.yaml", place, f"{days} days reach beyond the {beyond} of the discharge")] if beyond else [])


def test_a_rulebook_is_checked_as_far_as_the_program_that_was_checked_least():
    two = loaded(("other.yaml", OTHER), SHARED, IN_ORDER)
    assert [program.program for program in two.programs] == ["other", "care"]
    assert two.checked_through == date(2025, 6, 30)


def test_what_is_stated_to_be_nothing_is_part_of_the_fingerprint():
    silent = loaded().fingerprint
    assert loaded((*CODES, "A0001", "versions", 1, "max_units_month", None)).fingerprint != silent
    assert loaded((*CODES, "A0001", "versions", 1, "words", "so it is")).fingerprint == silent


def test_earlier_claims_matter_of_the_codes_of_which_any_version_looks_back():
    """Once for good, not again within months, or in a window after a discharge: any of them, in any version."""
    codes = {
        "V0001": code("visit", since(FIRST, visits=["99213"]), since(NEWER, once_for_good=True)),
        "V0002": code("visit", since(FIRST, visits=["99213"], months_apart=6), since(NEWER, months_apart=None)),
        "V0003": code("visit", since(FIRST, visits=["99213"])),
        "T0001": code(
            "transition", since(FIRST, window={"days": 7, "complexity": ["high"]}), since(NEWER, retired=True)
        ),
    }
    book = loaded(
        *((*CODES, name, data) for name, data in codes.items()),
        ("foreign_codes.yaml", "foreign", [{"label": "visits", "codes": ["99213"]}]),
        (*CARE, "beside", ["V0001", "V0002", "V0003"]),
        (*CARE, "transition", [clock(FIRST, 30)]),
        (*CARE, "tracks", [*rulebook()["care.yaml"]["tracks"], {"name": "discharge", "codes": ["T0001"]}]),
    )
    assert book.looked_back_for == {"V0001", "V0002", "T0001"}
    assert book.discharge_codes == {"T0001"}
    beside = {rule.code: rule for rule in book.on(LATER).plan("care").beside}
    assert {name: rule.months_apart for name, rule in beside.items()} == {"V0001": 0, "V0002": 0, "V0003": 0}
    assert [rule.months_apart for rule in book.on(date(2021, 1, 1)).plan("care").beside] == [0, 6, 0]


def test_an_activity_that_counts_again_is_no_longer_left_out():
    book = loaded()
    assert set(book.on(date(2021, 12, 31)).plan("care").uncounted) == {"travel"}
    assert set(book.on(date(2022, 1, 1)).plan("care").uncounted) == set()


def test_kinds_of_assessment_that_met_an_earlier_version():
    """Those of the version in force are not among them, and what was taken up later is not either."""
    book = loaded(
        (
            *CODES,
            "V0001",
            code(
                "assessment",
                since(FIRST, minutes=5, visits=["99213"], assessments=["old"]),
                since("2021-01-01", assessments=["new"]),
                since(NEWER, assessments=["newest"]),
            ),
        ),
        ("foreign_codes.yaml", "foreign", [{"label": "visits", "codes": ["99213"]}]),
        (*CARE, "beside", ["V0001"]),
    )
    before = [
        book.on(day).plan("care").beside[0].assessments_before
        for day in (date(2020, 6, 1), date(2021, 6, 1), date(2022, 6, 1))
    ]
    assert before == [set(), {"old"}, {"old", "new"}]


def test_codes_of_a_contract_are_those_of_that_shape():
    contract = {"decided_by": "contract", "beside": ["V0001"]}
    book = loaded(
        *((*CARE, key, value) for key, value in contract.items()),
        (*CODES, "C0001", code("contract", since(FIRST), since(NEWER))),
        (*CODES, "V0001", code("visit", since(FIRST, visits=["99213"]))),
        ("foreign_codes.yaml", "foreign", [{"label": "visits", "codes": ["99213"]}]),
    )
    plan = book.on(LATER).plan("care")
    assert (list(plan.contract_codes), plan.codes) == (["C0001"], {"C0001", "A0001", "A0002"})


def test_no_code_leaves_itself_no_room_and_a_programs_exclusion_is_of_its_own_lines():
    """A code that two programs share is excluded in the one that says so and not in the other."""
    excluding = [
        {
            "name": "some",
            "codes": ["A0009", "A0001", "99213"],
            "versions": [since(FIRST, excludes=True), since(NEWER, excludes=True)],
        }
    ]
    book = loaded(
        ("other.yaml", {**OTHER, "excluded_by": excluding}),
        SHARED,
        IN_ORDER,
        ("foreign_codes.yaml", "foreign", [{"label": "visits", "codes": ["99213"]}]),
        (*CARE, "tracks", [*rulebook()["care.yaml"]["tracks"], {"name": "shared", "codes": ["A0009"]}]),
    )
    day = book.on(LATER)
    by_code = {
        rule.code: list(rule.excluded_by) for track in day.plan("care").tracks for rule in (track.base, *track.add_ons)
    }
    assert list(day.plan("other").tracks[0].base.excluded_by) == ["99213", "A0001"]
    assert by_code == {"A0001": [], "A0002": [], "A0009": []}


@pytest.mark.parametrize(
    ("low", "high", "is_right"), [(0, 1, True), (-1, 5, False), (5, 5, False), (5, 6, True), (6, 5, False)]
)
def test_ages_that_can_be(low, high, is_right):
    def stay():
        return StayVersion(**since(date(2020, 1, 1), finding="minutes.in_facility", ages=(low, high)))

    if is_right:
        assert stay().ages == (low, high)
    else:
        with pytest.raises(ValidationError, match=f"ages from {low} up to {high} are nobody's"):
            stay()


@pytest.mark.parametrize(
    ("stated", "is_right"),
    [
        ({}, True),
        ({"release_days": 30, "release_below_age": 21}, True),
        ({"release_days": 30, "release_below_age_foster": 26}, True),
        ({"release_days": 30}, False),
        ({"release_below_age": 21}, False),
        ({"release_below_age_foster": 26}, False),
    ],
)
def test_days_before_release_go_with_an_age(stated, is_right):
    def stay():
        return StayVersion(**since(date(2020, 1, 1), finding="minutes.in_facility", **stated))

    if is_right:
        assert stay().model_fields_set >= set(stated)
    else:
        with pytest.raises(ValidationError, match="days before release go with the age below which they count"):
            stay()


@pytest.mark.parametrize(
    ("shape", "stated", "refused"),
    [
        ("base", {"minutes": 20}, None),
        ("base", {"minutes": 20, "add_on_to": ("A0001",)}, "the first version of a base states no add_on_to"),
        ("add_on", {"minutes": 20, "add_on_to": ("A0001",)}, None),
        ("add_on", {"minutes": 20}, "the first version of a add_on states its add_on_to"),
        ("contract", {}, None),
        ("contract", {"add_on_to": ("A0001",)}, "the first version of a contract states no add_on_to"),
        ("once", {}, None),
        ("once", {"add_on_to": ("A0001",)}, None),  # billed without minutes, beside a base or by itself
    ],
)
def test_an_add_on_and_no_other_base_or_code_of_a_contract_says_what_it_is_added_to(shape, stated, refused):
    def stating():
        return CodeData(label="ours", shape=shape, versions=(CodeVersion(**since(date(2020, 1, 1), **stated)),))

    if refused is None:
        assert stating().shape == shape
    else:
        with pytest.raises(ValidationError, match=refused):
            stating()


def test_a_digest_stays_when_versions_can_say_something_more_that_none_says():
    class Wider(CodeVersion):
        something_more: int = 0

    def digest(form, **more):
        version = form(**since(date(2020, 1, 1), minutes=20, **more))
        return DatedRule("A0001", "code", (version,), ("care",), {}).digest_of(date(2020, 1, 1))

    assert digest(Wider) == digest(CodeVersion)
    assert digest(Wider, something_more=1) != digest(CodeVersion)
