"""What holds for every month of any programs: no minute twice, nothing lost by working more, nothing gained by splitting."""

from collections import Counter
from datetime import time
from functools import partial

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from billing.rules import Decision, Log, PatientMonth, Payer, Terms, evaluate, from_json, to_json
from tests.billing.anything import MINUTES, RULEBOOK, WHO, months_and_payers
from tests.billing.examples import examples

EVENTS = ("transition", "visit", "assessment", "report")
USED = ("counted", "included")
decide = partial(evaluate, rulebook=RULEBOOK)


def units(decision: Decision) -> Counter[str]:
    billed: Counter[str] = Counter()
    for line in decision.lines:
        billed[line.code] += line.units
    return billed


@examples(300)
@given(months_and_payers)
def test_the_pieces_of_each_log_sum_to_the_log(drawn):
    month, payer = drawn
    placed: Counter[str] = Counter()
    for entry in decide(month, payer).ledger:
        assert entry.minutes > 0
        placed[entry.log] += entry.minutes
    assert placed == Counter({log.id: log.minutes for log in month.logs})


@examples(300)
@given(months_and_payers)
def test_no_minute_of_the_clock_is_in_two_codes(drawn):
    """Whoever gave it, and for whichever programs it was logged."""
    month, payer = drawn
    logs = {log.id: log for log in month.logs if log.start}
    used = [entry for entry in decide(month, payer).ledger if entry.bucket in USED and entry.log in logs]
    on_the_clock = {minute for entry in used for minute in minutes_of(logs[entry.log])}
    assert sum(entry.minutes for entry in used) <= len(on_the_clock)


def minutes_of(log: Log) -> list[int]:
    begin = log.date.toordinal() * 1440 + log.start.hour * 60 + log.start.minute
    return list(range(begin, begin + log.minutes))


@examples(300)
@given(months_and_payers)
def test_everything_said_rests_on_a_rule_in_force(drawn):
    month, payer = drawn
    decision = decide(month, payer)
    not_begun = {code for code, data in RULEBOOK.codes.items() if data.versions[0].from_ > month.last}
    for each in (*decision.ledger, *decision.findings, *decision.lines):
        assert each.cite in RULEBOOK.sources
        assert each.rule
        assert each.since <= month.last or (each.code or each.rule) in not_begun  # a rule of a code bears its name
    for entry in decision.ledger:
        assert (entry.reason is None) == (entry.bucket == "counted")


@examples(300)
@given(months_and_payers)
def test_nothing_is_billed_outside_its_days(drawn):
    month, payer = drawn
    for line in decide(month, payer).lines:
        assert month.first <= line.earliest <= line.latest <= month.last
        if line.code in RULEBOOK.codes:
            begun = [each for each in RULEBOOK.codes[line.code].versions if each.from_ <= line.latest]
            assert begun and not begun[-1].retired


@examples(300)
@given(months_and_payers)
def test_no_two_billed_codes_exclude_each_other(drawn):
    month, payer = drawn
    lines = decide(month, payer).lines
    book = RULEBOOK.on(month.last)
    billed = {line.code for line in lines}
    for plan in book.plans:
        rules = [rule for track in plan.tracks for rule in (track.base, *track.add_ons)]
        for rule in rules:
            mine = {line.code for line in lines if line.program == plan.name}
            if rule.code in mine:
                assert not billed & rule.excluded_by.keys() or practitioners(month) > 1, (rule.code, billed)


def practitioners(month: PatientMonth) -> int:
    return len({each.practitioner for each in month.enrollments})


@examples(300)
@given(months_and_payers)
def test_a_billed_code_has_nothing_said_against_it(drawn):
    month, payer = drawn
    decision = decide(month, payer)
    against = {
        (each.program, each.code)
        for each in decision.findings
        if each.role == "declared" and not each.id.startswith("units.")
    }
    for line in decision.lines:
        shape = RULEBOOK.codes[line.code].shape if line.code in RULEBOOK.codes else "contract"
        if shape not in EVENTS:
            assert (line.program, line.code) not in against


@examples(300)
@given(months_and_payers)
def test_a_code_that_was_asked_for_is_confirmed_or_refused(drawn):
    month, payer = drawn
    decision = decide(month, payer)
    said = {each.code for each in (*decision.lines, *decision.findings)}
    assert set(month.requested) <= said


@examples(300)
@given(months_and_payers, st.randoms(use_true_random=False))
def test_the_order_of_no_fact_changes_a_byte(drawn, random):
    month, payer = drawn
    shuffled = {}
    for name in PatientMonth.__struct_fields__:
        facts = getattr(month, name)
        if isinstance(facts, tuple):
            shuffled[name] = tuple(random.sample(facts, len(facts)))
        elif isinstance(facts, dict):
            shuffled[name] = dict(random.sample(list(facts.items()), len(facts)))
    assert to_json(decide(replace(month, **shuffled), payer)) == to_json(decide(month, payer))


@examples(200)
@given(months_and_payers)
def test_two_runs_give_the_same_bytes_and_they_can_be_read_back(drawn):
    month, payer = drawn
    once = to_json(decide(month, payer))
    assert to_json(decide(month, payer)) == once
    assert to_json(from_json(once)) == once


NAMED = {"code.mutually_exclusive", "program.undeclared", "claims.excluded", "base.missing", "rendering.wrong_npi"}
"""Exclusions by which more minutes may take a line away: another code takes its place, and that is said."""


@examples(300)
@given(months_and_payers, st.data())
def test_more_minutes_take_no_line_away_but_by_a_named_exclusion(drawn, data):
    """Of a month that was declared complex, 99490 gives way to 99487; G2214 to the longer code of the month."""
    month, payer = drawn
    program = data.draw(st.sampled_from(sorted(WHO)))
    day = data.draw(st.dates(month.first, month.last))
    more = Log("more", day, data.draw(MINUTES), program, "care_coordination", WHO[program][0], "s9")
    before, after = decide(month, payer), decide(replace(month, logs=(*month.logs, more)), payer)
    excluded = {finding.code for finding in after.findings if finding.id in NAMED}
    gained = units(after)
    for code, billed in units(before).items():
        gave_way = (code == "G2214" and gained.keys() & {"99492", "99493"}) or (
            code in ("99490", "99439") and "99487" in gained
        )
        assert gained[code] >= billed or code in excluded or gave_way, (code, billed, gained)


@examples(300)
@given(months_and_payers, st.data())
def test_a_split_entry_earns_what_it_earned_whole(drawn, data):
    """But where a contract counts encounters, or contacts in a month: there one in two logs is two, and who logs so is asked."""
    month, payer = drawn
    splittable = [log for log in month.logs if log.minutes > 1]
    if not splittable:
        return
    log = data.draw(st.sampled_from(splittable))
    first = data.draw(st.integers(1, log.minutes - 1))
    later = log.start and (log.start.hour * 60 + log.start.minute + first)
    pieces = (
        replace(log, minutes=first),
        replace(
            log, id="split", minutes=log.minutes - first, start=None if later is None else time(later // 60, later % 60)
        ),
    )
    others = tuple(each for each in month.logs if each is not log)
    before, after = units(decide(month, payer)), units(decide(replace(month, logs=(*others, *pieces)), payer))
    for code in counting_encounters(payer):
        before.pop(code, None)
        after.pop(code, None)
    assert before == after


def counting_encounters(payer: Payer) -> set[str]:
    contract = payer.units if isinstance(payer, Terms) else ()
    return {each.code for each in contract if each.rounding.scope == "encounter" or each.min_contacts > 1}
