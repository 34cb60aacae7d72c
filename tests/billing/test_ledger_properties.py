"""What holds for every patient-month, whatever was logged: the promise that every minute is accounted for."""

from collections import Counter
from dataclasses import replace
from datetime import date, time

from hypothesis import given, settings
from hypothesis import strategies as st

from billing.rules import Enrollment, Log, PatientMonth, Terms, evaluate, load_rulebook, to_json
from billing.rules.days import month_end

RULEBOOK = load_rulebook()
STARTS = st.none() | st.builds(time, st.integers(8, 17), st.sampled_from([0, 10, 30]))
NEAR = st.none() | st.dates(date(2024, 1, 1), date(2025, 6, 10))

logs = st.lists(
    st.builds(
        Log,
        id=st.just(""),
        date=st.dates(date(2025, 4, 28), date(2025, 6, 3)),
        minutes=st.integers(1, 50),
        program=st.sampled_from(["chronic_care"] * 5 + ["elsewhere"]),
        activity=st.sampled_from(["care_coordination"] * 5 + ["scheduling", "voicemail_left"]),
        discipline=st.sampled_from(["RN", "MD", "LCSW", "FRONT_DESK"]),
        staff=st.just("s1"),
        start=STARTS,
    ),
    max_size=9,
).map(lambda drawn: tuple(replace(log, id=f"{index:02}") for index, log in enumerate(drawn)))

enrollments = st.builds(
    Enrollment, st.just("chronic_care"), consent=NEAR, revoked=NEAR, initiating_visit=NEAR, last_seen=NEAR
)

months = st.builds(
    PatientMonth,
    first=st.just(date(2025, 5, 1)),
    last=st.just(date(2025, 5, 31)),
    agency_type=st.sampled_from(["physician_practice"] * 4 + ["hospital"]),
    logs=logs,
    enrollments=st.lists(enrollments, max_size=3).map(tuple),
    died=st.none() | st.dates(date(2025, 4, 20), date(2025, 6, 5)),
    chronic_conditions=st.sampled_from([1, 2, 2, 3]),
    risk_attested=st.sampled_from([True, True, True, False]),
    care_plan_current=st.sampled_from([True, True, True, False]),
    requested=st.lists(st.sampled_from(["99439", "99490", "99999"]), max_size=1).map(tuple),
)

terms = st.none() | st.builds(
    Terms,
    contract=st.just("any"),
    since=st.sampled_from([date(2025, 1, 1), date(2025, 5, 1), date(2025, 5, 9)]),
    until=st.none() | st.dates(date(2025, 5, 9), date(2025, 6, 5)),
    ambiguous=st.sampled_from([False, False, False, True]),
    covered=st.sampled_from([None, None, frozenset(["99490"]), frozenset()]),
    max_units_month=st.dictionaries(st.sampled_from(["99490", "99439"]), st.integers(0, 4)),
)

# A month that bills unless its minutes forbid it, for what can only be seen where something is billed.
billing_months = months.map(
    lambda month: replace(
        month,
        agency_type="physician_practice",
        chronic_conditions=2,
        risk_attested=True,
        care_plan_current=True,
        enrollments=(Enrollment("chronic_care", date(2025, 5, 4), initiating_visit=date(2025, 1, 1)),),
    )
)

any_month = months | billing_months


@settings(max_examples=600, deadline=None)
@given(any_month, terms)
def test_the_pieces_of_each_log_sum_to_the_log(month, payer):
    placed: Counter[str] = Counter()
    for entry in evaluate(month, payer, RULEBOOK).ledger:
        assert entry.minutes > 0
        placed[entry.log] += entry.minutes
    assert placed == Counter({log.id: log.minutes for log in month.logs})


@settings(max_examples=400, deadline=None)
@given(any_month, terms)
def test_every_entry_rests_on_a_rule_that_was_in_force(month, payer):
    decision = evaluate(month, payer, RULEBOOK)
    for each in (*decision.ledger, *decision.findings, *decision.lines):
        assert each.cite in RULEBOOK.sources
        assert each.since <= month.last
    for entry in decision.ledger:
        assert (entry.reason is None) == (entry.bucket == "counted")


@settings(max_examples=400, deadline=None)
@given(billing_months, terms)
def test_a_counted_minute_belongs_to_a_unit_that_is_billed_and_full(month, payer):
    decision = evaluate(month, payer, RULEBOOK)
    filled: Counter[tuple[str, int]] = Counter()
    for entry in decision.ledger:
        if entry.bucket == "counted":
            filled[entry.code, entry.unit] += entry.minutes
    billed = {(line.code, unit) for line in decision.lines for unit in range(1, line.units + 1)}
    assert filled == Counter(dict.fromkeys(billed, 20))
    assert all(line.earliest <= line.latest for line in decision.lines)


@settings(max_examples=300, deadline=None)
@given(any_month, terms, st.randoms(use_true_random=False))
def test_the_order_of_logs_changes_no_byte(month, payer, random):
    shuffled = list(month.logs)
    random.shuffle(shuffled)
    assert to_json(evaluate(replace(month, logs=tuple(shuffled)), payer, RULEBOOK)) == to_json(
        evaluate(month, payer, RULEBOOK)
    )


@settings(max_examples=400, deadline=None)
@given(billing_months, terms, st.data())
def test_more_minutes_never_lose_a_unit(month, payer, data):
    more = [replace(log, minutes=log.minutes + data.draw(st.integers(0, 30))) for log in month.logs]
    more.append(Log("more", date(2025, 5, 20), data.draw(st.integers(1, 40)), "chronic_care", "call", "RN", "s2"))
    before = {line.code: line.units for line in evaluate(month, payer, RULEBOOK).lines}
    after = {line.code: line.units for line in evaluate(replace(month, logs=tuple(more)), payer, RULEBOOK).lines}
    assert all(after.get(code, 0) >= units for code, units in before.items())


@settings(max_examples=200, deadline=None)
@given(st.dates(date(2013, 1, 1), date(2026, 12, 31)), st.integers(20, 200))
def test_no_code_is_billed_before_its_first_day(day, minutes):
    first, last = day.replace(day=1), month_end(day)
    month = PatientMonth(
        first,
        last,
        "physician_practice",
        (Log("1", day, minutes, "chronic_care", "call", "RN", "s1"),),
        (Enrollment("chronic_care", first, initiating_visit=first),),
        2,
        True,
        True,
    )
    starts = {"99490": date(2015, 1, 1), "99439": date(2021, 1, 1)}
    billed = {line.code for line in evaluate(month, Terms("any", first), RULEBOOK).lines}
    assert billed == {
        code
        for code, since in starts.items()
        if since <= last and minutes >= (20 if code == "99490" else 40) and starts["99490"] <= last
    }
