"""What holds for every patient-month, whatever was logged: the promise that every minute is accounted for."""

from collections import Counter
from datetime import date, time

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from billing.rules import (
    FOR_LIFE,
    Claim,
    Enrollment,
    Log,
    PatientMonth,
    Stay,
    Terms,
    Unpaid,
    Visit,
    evaluate,
    load_rulebook,
    to_json,
)
from billing.rules.agreed import agreed
from billing.rules.countable import Counting, of_a_kind, plain_days, why_not
from billing.rules.days import month_end
from tests.billing.examples import examples
from tests.billing.months import a_month, enrolled, march
from tests.billing.months import terms as the_terms

RULEBOOK = load_rulebook()
BOOK = RULEBOOK.on(date(2025, 5, 31)).plan("chronic_care")
MINUTES = {rule.code: rule.minutes for track in BOOK.tracks for rule in (track.base, *track.add_ons)}
CODES = (*MINUTES, "G0506")
STARTS = st.none() | st.builds(time, st.integers(8, 17), st.sampled_from([0, 10, 30]))
NEAR = st.none() | st.dates(date(2024, 1, 1), date(2025, 6, 10))
IN_MAY = st.dates(date(2025, 5, 1), date(2025, 5, 31))
WHO = st.sampled_from(["ours", "ours", "another", ""])

logs = st.lists(
    st.builds(
        Log,
        id=st.just(""),
        date=st.dates(date(2025, 4, 28), date(2025, 6, 3)),
        minutes=st.integers(1, 50),
        program=st.sampled_from(["chronic_care"] * 5 + ["elsewhere"]),
        activity=st.sampled_from(["care_coordination"] * 5 + ["scheduling", "voicemail_left"]),
        discipline=st.sampled_from(["RN", "MD", "LCSW", "FRONT_DESK"]),
        staff=st.sampled_from(["s1", "s2"]),
        start=STARTS,
    ),
    max_size=9,
).map(lambda drawn: tuple(replace(log, id=f"{index:02}") for index, log in enumerate(drawn)))

enrollments = st.builds(
    Enrollment,
    st.just("chronic_care"),
    consent=NEAR,
    revoked=NEAR,
    initiating_visit=NEAR | IN_MAY,
    last_seen=NEAR,
    practitioner=st.sampled_from(["ours", "another"]),
)
visits = st.builds(
    Visit, NEAR.filter(bool) | IN_MAY, st.sampled_from(["99213", "99211"]), WHO, st.booleans(), st.booleans()
)
claims = st.builds(
    Claim, NEAR.filter(bool) | IN_MAY, st.sampled_from(["99490", "99487", "G0506", "G0181", "99213"]), WHO
)
stays = st.builds(
    Stay, st.dates(date(2025, 4, 1), date(2025, 5, 31)), st.just(date(2025, 5, 31)) | st.none(), st.booleans()
)
tracks = st.fixed_dictionaries({"chronic_care": st.sampled_from(["clinical_staff", "complex", "practitioner"])})
complexity = st.fixed_dictionaries({"chronic_care": st.sampled_from(["", "low", "moderate", "high"])})


def several(of, most):
    return st.lists(of, max_size=most).map(tuple)


months = st.builds(
    PatientMonth,
    first=st.just(date(2025, 5, 1)),
    last=st.just(date(2025, 5, 31)),
    agency_type=st.sampled_from(["physician_practice"] * 4 + ["hospital"]),
    logs=logs,
    enrollments=several(enrollments, 3),
    died=st.none() | st.dates(date(2025, 4, 20), date(2025, 6, 5)),
    chronic_conditions=several(st.sampled_from([FOR_LIFE, FOR_LIFE, 12, 11]), 3),
    risk_attested=st.sampled_from([True, True, True, False]),
    care_plan_current=st.sampled_from([True, True, True, False]),
    visits=several(visits, 3),
    claims=several(claims, 3),
    stays=several(stays, 2),
    complexity=complexity,
    tracks=tracks,
    requested=several(st.sampled_from([*CODES, "99999"]), 2),
)

spans = st.none() | st.tuples(IN_MAY, IN_MAY).map(lambda days: (tuple(sorted(days)),))
terms = st.builds(Unpaid, st.sampled_from(["coverage.missing", "terms.no_contract"])) | st.builds(
    Terms,
    contract=st.just("any"),
    since=st.sampled_from([date(2025, 1, 1), date(2025, 5, 1), date(2025, 5, 9)]),
    until=st.none() | st.dates(date(2025, 5, 9), date(2025, 6, 5)),
    spans=spans,
    covered=st.sampled_from([None, None, frozenset(["99490"]), frozenset()]),
    max_units_month=st.dictionaries(st.sampled_from(CODES), st.integers(0, 4)),
)

# A month that bills unless its minutes forbid it, for what can only be seen where something is billed.
billing_months = months.map(
    lambda month: replace(
        month,
        agency_type="physician_practice",
        chronic_conditions=(FOR_LIFE, 12),
        risk_attested=True,
        care_plan_current=True,
        enrollments=(
            Enrollment("chronic_care", date(2025, 5, 4), initiating_visit=date(2025, 1, 1), practitioner="ours"),
        ),
        claims=(),
        stays=(),
    )
)

any_month = months | billing_months


@examples(600)
@given(any_month, terms)
def test_the_pieces_of_each_log_sum_to_the_log(month, payer):
    placed: Counter[str] = Counter()
    for entry in evaluate(month, payer, RULEBOOK).ledger:
        assert entry.minutes > 0
        placed[entry.log] += entry.minutes
    assert placed == Counter({log.id: log.minutes for log in month.logs})


@examples(400)
@given(any_month, terms)
def test_every_entry_rests_on_a_rule_that_was_in_force(month, payer):
    decision = evaluate(month, payer, RULEBOOK)
    for each in (*decision.ledger, *decision.findings, *decision.lines):
        assert each.cite in RULEBOOK.sources
        assert each.since <= month.last
    for entry in decision.ledger:
        assert (entry.reason is None) == (entry.bucket == "counted")


@examples(400)
@given(billing_months, terms)
def test_a_counted_minute_belongs_to_a_unit_that_is_billed_and_full(month, payer):
    decision = evaluate(month, payer, RULEBOOK)
    filled: Counter[tuple[str, int]] = Counter()
    for entry in decision.ledger:
        if entry.bucket == "counted":
            filled[entry.code, entry.unit] += entry.minutes
    billed = {(line.code, unit) for line in decision.lines for unit in range(1, line.units + 1)}
    assert filled == Counter({(code, unit): MINUTES[code] for code, unit in billed if code in MINUTES})


@examples(500)
@given(any_month, terms, st.randoms(use_true_random=False))
def test_the_order_of_no_fact_changes_a_byte(month, payer, random):
    shuffled = {}
    for name in ("logs", "enrollments", "chronic_conditions", "visits", "claims", "stays", "requested"):
        facts = list(getattr(month, name))
        random.shuffle(facts)
        shuffled[name] = tuple(facts)
    assert to_json(evaluate(replace(month, **shuffled), payer, RULEBOOK)) == to_json(evaluate(month, payer, RULEBOOK))


@examples(500)
@given(any_month, terms)
def test_one_family_a_month_and_no_code_twice(month, payer):
    codes = [line.code for line in evaluate(month, payer, RULEBOOK).lines]
    families = [{rule.code for rule in (track.base, *track.add_ons)} for track in BOOK.tracks]

    assert len(codes) == len(set(codes))
    assert sum(bool(family & set(codes)) for family in families) <= 1
    assert not {"99439", "99489", "99437"} & set(codes) or {"99490", "99487", "99491"} & set(codes)


@examples(400)
@given(any_month, terms)
def test_a_line_has_days_of_its_month_and_nothing_said_against_it(month, payer):
    decision = evaluate(month, payer, RULEBOOK)
    against = {each.code for each in decision.findings if not each.id.startswith("units.")}
    for line in decision.lines:
        assert month.first <= line.earliest <= line.latest <= month.last
        assert line.code not in against
    assert all(each.role == "alternative" for each in decision.findings if each.id.startswith(("code.mut", "track.")))


@examples(400)
@given(billing_months, terms, st.data())
def test_more_minutes_never_lose_a_unit(month, payer, data):
    """Of the same track. Where a month was declared complex, 99490 gives way to 99487 once the minutes suffice."""
    more = [replace(log, minutes=log.minutes + data.draw(st.integers(0, 30))) for log in month.logs]
    more.append(Log("more", date(2025, 5, 20), data.draw(st.integers(1, 40)), "chronic_care", "call", "RN", "s2"))
    before = {line.code: line.units for line in evaluate(month, payer, RULEBOOK).lines}
    after = {line.code: line.units for line in evaluate(replace(month, logs=tuple(more)), payer, RULEBOOK).lines}
    gave_way = month.tracks["chronic_care"] == "complex" and "99490" in before and "99487" in after
    kept = {"G0506"} if gave_way else set(before)
    assert all(after.get(code, 0) >= units for code, units in before.items() if code in kept)


FIRST_DAYS = {
    "clinical_staff": {"99490": date(2015, 1, 1), "99439": date(2021, 1, 1)},
    "complex": {"99487": date(2017, 1, 1), "99489": date(2017, 1, 1)},
    "practitioner": {"99491": date(2019, 1, 1), "99437": date(2022, 1, 1)},
}


@examples(300)
@given(st.dates(date(2013, 1, 1), date(2026, 12, 31)), st.integers(1, 200), st.sampled_from(list(FIRST_DAYS)))
def test_no_code_is_billed_before_its_first_day(day, minutes, track):
    first, last = day.replace(day=1), month_end(day)
    month = PatientMonth(
        first,
        last,
        "physician_practice",
        (Log("1", day, minutes, "chronic_care", "call", "MD", "s1"),),
        (Enrollment("chronic_care", first, initiating_visit=first),),
        (FOR_LIFE, FOR_LIFE),
        True,
        True,
        visits=(Visit(first, "99213", "", True, True),),
        complexity={"chronic_care": "high"},
        tracks={"chronic_care": track},
    )
    billed = {line.code for line in evaluate(month, Terms("any", first), RULEBOOK).lines}
    base, add_on = FIRST_DAYS[track]
    expected = {"G0506"} if last >= date(2017, 1, 1) else set()
    if last >= FIRST_DAYS[track][base] and minutes >= MINUTES[base]:
        expected.add(base)
        if last >= FIRST_DAYS[track][add_on] and minutes >= MINUTES[base] + MINUTES[add_on]:
            expected.add(add_on)
    elif track == "complex" and last >= date(2015, 1, 1) and minutes >= 20:  # what is not complex is care by staff
        expected |= {"99490"} | ({"99439"} if minutes >= 40 and last >= date(2021, 1, 1) else set())
    assert billed == expected


@examples(600)
@given(any_month, terms, logs)
def test_a_closer_look_at_a_plain_day_finds_nothing_more(month, payer, more):
    for staff in {track.staff for track in BOOK.tracks}:
        counting = Counting(month, payer if isinstance(payer, Terms) else None, BOOK, agreed(month, BOOK), staff)
        begins, ends = plain_days(counting)
        for log in (*month.logs, *more):
            if begins <= log.date <= ends:
                assert why_not(log, counting) == of_a_kind(log, counting)


def test_most_months_have_plain_days():
    """One consent, no stay and one payer: every day from the consent on."""
    month = a_month(enrollments=(enrolled(march(5)),))
    plan = RULEBOOK.on(month.last).plan("chronic_care")
    assert plain_days(Counting(month, the_terms(), plan, agreed(month, plan))) == (march(5), march(31))
    in_two = a_month(enrollments=(enrolled(march(5)), enrolled(march(9))))
    begins, ends = plain_days(Counting(in_two, the_terms(), plan, agreed(in_two, plan)))
    assert begins > ends
