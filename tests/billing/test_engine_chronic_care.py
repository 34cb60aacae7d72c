"""The engine's answers in full: lines, findings with their numbers, and the bucket of every minute."""

import json
import subprocess
import sys
from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from billing.rules import FOR_LIFE, Unpaid, digest, evaluate, from_json, outcome, progress, to_json
from tests.billing.months import (
    FIRST,
    LAST,
    RULEBOOK,
    a_log,
    a_month,
    decide,
    enrolled,
    found,
    march,
    pieces,
    terms,
    units,
)


def test_nineteen_minutes_are_one_short_and_all_of_them_say_so():
    decision = decide(a_log(12), a_log(7, march(20)))

    assert decision.lines == ()
    assert found(decision) == [("minutes.below_threshold", "99490", 19, 20)]
    assert pieces(decision.ledger) == [
        (12, "below_threshold", "99490", 0, "minutes.below_threshold"),
        (7, "below_threshold", "99490", 0, "minutes.below_threshold"),
    ]


def test_a_log_is_cut_where_one_unit_ends_and_the_next_begins():
    decision = decide(a_log(30), a_log(15, march(20)))

    base, add_on = decision.lines
    assert (base.code, base.units, base.earliest, base.latest) == ("99490", 1, march(4), LAST)
    assert (add_on.code, add_on.units, add_on.earliest, add_on.latest) == ("99439", 1, march(20), LAST)
    assert pieces(decision.ledger) == [
        (20, "counted", "99490", 1, None),
        (10, "counted", "99439", 1, None),
        (10, "counted", "99439", 1, None),
        (5, "above_last_unit", "99439", 0, "units.below_increment"),
    ]


def test_a_line_names_its_last_units_day_and_each_of_its_logs_once():
    month = a_month(a_log(30), a_log(20, march(12)), a_log(10, march(20)))
    base, add_on = evaluate(month, terms(), RULEBOOK).lines
    first, second, third = (log.id for log in month.logs)

    assert (base.earliest, base.logs) == (march(4), (first,))
    assert (add_on.units, add_on.earliest, add_on.logs) == (2, march(20), (first, second, third))


def test_what_the_cap_cuts_off_is_over_the_cap_and_the_rest_of_a_unit_is_not():
    capped, rest = decide(a_log(95)), decide(a_log(79))

    assert units(capped) == units(rest) == {"99490": 1, "99439": 2}
    assert found(capped) == [("units.over_monthly_cap", "99439", 3, 2)]
    assert pieces(capped.ledger)[-1] == (35, "over_cap", "99439", 0, "units.over_monthly_cap")
    assert found(rest) == [("units.rest_past_cap", "99439", 19, 2)]
    assert pieces(rest.ledger)[-1] == (19, "above_last_unit", "99439", 0, "units.rest_past_cap")


def test_every_entry_names_its_rule_and_the_first_day_of_it():
    decision = decide(
        a_log(60),
        a_log(5, march(5), discipline="FRONT_DESK"),
        a_log(6, march(6), activity="voicemail_left"),
        a_log(7, march(7), program="knitting"),
        a_log(8, date(2025, 4, 1)),
        a_log(9, march(9), start="10:00"),
        a_log(9, march(9), start="10:00", staff="s2"),
    )

    assert {(each.cite, each.since) for each in decision.ledger if each.bucket == "counted"} == {
        ("MLN-CCM", date(2015, 1, 1)),
        ("CPT-CCM", date(2021, 1, 1)),
    }
    assert [(each.reason, each.detail, each.cite, each.since) for each in decision.ledger if each.reason] == [
        ("minutes.wrong_discipline", "FRONT_DESK", "MLN-CCM", date(2015, 1, 1)),
        ("minutes.wrong_activity", "voicemail_left", "NORIDIAN-17", date(2013, 1, 1)),
        ("program.unknown", "knitting", "SCOPE", date(2013, 1, 1)),
        ("units.rest_past_cap", 2, "CPT-CCM", date(2021, 1, 1)),
        ("minutes.two_staff_same_time", None, "CPT-TIME", date(2015, 1, 1)),
        ("minutes.outside_period", date(2025, 4, 1), "MLN-CCM", date(2015, 1, 1)),
    ]


def test_minutes_that_do_not_count_are_findings_only_where_they_are_missed():
    desk = a_log(10, march(5), discipline="FRONT_DESK")

    assert found(decide(a_log(12), desk)) == [
        ("minutes.wrong_discipline", "99490", 10, "FRONT_DESK"),
        ("minutes.below_threshold", "99490", 12, 20),
    ]
    assert found(decide(a_log(40), desk)) == []


def test_minutes_that_count_are_below_the_threshold_whatever_was_refused_beside_them():
    decision = decide(a_log(12), a_log(10, march(5), discipline="FRONT_DESK"))

    assert pieces(decision.ledger)[0] == (12, "below_threshold", "99490", 0, "minutes.below_threshold")


def test_consent_counts_from_its_own_day():
    decision = decide(a_log(15, march(9)), a_log(20, march(10)), enrollments=(enrolled(march(10)),))

    assert units(decision) == {"99490": 1}
    assert pieces(decision.ledger) == [
        (15, "not_countable", "", 0, "minutes.before_consent"),
        (20, "counted", "99490", 1, None),
    ]


def test_consent_of_a_later_month_is_none_in_this_one():
    april = date(2025, 4, 1)
    decision = decide(a_log(25), enrollments=(enrolled(april),))

    assert found(decision) == [
        ("consent.missing", "99490", april, LAST),
        ("minutes.before_consent", "99490", 25, april),
        ("minutes.below_threshold", "99490", 0, 20),
    ]


def test_all_that_is_missing_is_said_at_once():
    decision = decide(
        a_log(25),
        enrollments=(),
        chronic_conditions=(FOR_LIFE,),
        risk_attested=False,
        care_plan_current=False,
        payer=terms(not_covered=frozenset(["99490"])),
        agency_type="hospital",
    )

    assert [each[0] for each in found(decision)] == [
        "terms.not_covered",
        "agency_type.not_eligible",
        "conditions.too_few",
        "conditions.risk_not_attested",
        "care_plan.missing",
        "consent.missing",
        "initiating_visit.missing",
        "minutes.below_threshold",
    ]
    assert pieces(decision.ledger) == [(25, "not_countable", "", 0, "consent.missing")]


def test_without_a_contract_minutes_are_kept_and_nothing_is_billed():
    decision = evaluate(a_month(a_log(45)), Unpaid("terms.no_contract", "Acme"), RULEBOOK)

    assert decision.lines == ()
    assert found(decision) == [("terms.no_contract", "99490", None, "Acme")]
    assert [(e.minutes, e.bucket, e.reason, e.cite, e.since) for e in decision.ledger] == [
        (45, "not_billed", "terms.no_contract", "CONTRACT", FIRST)
    ]


def test_an_add_on_that_is_refused_keeps_its_minutes_and_says_why():
    decision = decide(a_log(60), payer=terms(covered=frozenset(["99490"])))

    assert found(decision) == [("terms.not_covered", "99439", "Medicare 2025", None)]
    assert pieces(decision.ledger)[-1] == (40, "not_billed", "99439", 0, "terms.not_covered")


def test_the_contract_gives_the_rate_and_its_cap_goes_before_the_rulebooks():
    decision = decide(a_log(95), payer=terms(max_units_month={"99439": 3}))

    assert [(line.code, line.units, line.rate, line.amount) for line in decision.lines] == [
        ("99490", 1, Decimal("60.49"), Decimal("60.49")),
        ("99439", 3, Decimal("45.93"), Decimal("137.79")),
    ]
    assert decide(a_log(20), payer=terms(rates={})).lines[0].amount is None


def test_a_cap_of_the_contract_is_cited_as_such():
    finding = decide(a_log(60), payer=terms(max_units_month={"99439": 1})).findings[0]

    assert (finding.id, finding.have, finding.need, finding.cite, finding.since) == (
        "units.over_monthly_cap",
        2,
        1,
        "CONTRACT",
        date(2025, 1, 1),
    )


def test_a_contract_can_allow_no_unit_at_all():
    no_base, no_add_on = terms(max_units_month={"99490": 0}), terms(max_units_month={"99439": 0})

    assert found(decide(a_log(20), payer=no_base)) == [("units.none_allowed", "99490", None, 0)]
    assert found(decide(a_log(60), payer=no_add_on)) == [("units.none_allowed", "99439", None, 0)]


def test_time_seen_three_times_is_refused_once_for_each_repetition():
    decision = decide(
        a_log(30, start="10:00"), a_log(30, start="10:00", staff="s2"), a_log(30, start="10:15", staff="s3")
    )

    assert sum(each.minutes for each in decision.ledger if each.reason == "minutes.two_staff_same_time") == 45


def test_an_entry_made_twice_counts_once_and_leaves_no_empty_piece():
    decision = decide(a_log(12, start="09:00"), a_log(12, start="09:00"), a_log(8, march(12)))

    assert pieces(decision.ledger) == [
        (12, "counted", "99490", 1, None),
        (12, "not_countable", "", 0, "minutes.duplicate_time"),
        (8, "counted", "99490", 1, None),
    ]


def test_a_short_log_inside_a_long_one_does_not_end_it():
    decision = decide(
        a_log(60, start="10:00"), a_log(5, start="10:10", staff="s2"), a_log(20, start="10:30", staff="s3")
    )

    assert [each.minutes for each in decision.ledger if each.reason == "minutes.two_staff_same_time"] == [5, 20]


def test_before_its_first_day_a_code_says_only_that():
    month = a_month(
        a_log(5, date(2014, 12, 4)), first=date(2014, 12, 1), last=date(2014, 12, 31), chronic_conditions=()
    )
    decision = evaluate(month, terms(), RULEBOOK)

    assert found(decision) == [("code.not_effective", "99490", date(2014, 12, 31), date(2015, 1, 1))]
    assert pieces(decision.ledger) == [(5, "not_billed", "99490", 0, "code.not_effective")]


def test_codes_asked_for_are_confirmed_or_refused():
    assert ("base.missing", "99439", None, "99490") in found(decide(requested=("99439",)))
    assert found(decide(a_log(40), requested=("99439",))) == []
    assert ("code.unknown", "12345", None, None) in found(decide(requested=("12345",)))


def test_a_track_that_the_rulebook_does_not_know_is_an_error_not_another_track():
    with pytest.raises(ValueError, match="chronic_care has no track 'dearest'"):
        decide(a_log(60), tracks={"chronic_care": "dearest"})


@pytest.mark.parametrize(
    ("minutes", "goal", "to_go", "reached"),
    [(0, 20, 20, 0), (12, 20, 8, 0), (20, 20, 20, 1), (25, 40, 15, 1), (40, 40, 20, 2), (60, 60, 0, 3), (95, 60, 0, 3)],
)
def test_the_meter_is_read_from_the_ledger(minutes, goal, to_go, reached):
    month = a_month(a_log(minutes), a_log(9, discipline="FRONT_DESK"))
    meter = progress(evaluate(month, terms(), RULEBOOK), month, terms(), RULEBOOK)

    missing = meter.next.minutes - meter.minutes if meter.next else 0
    assert (meter.minutes, meter.goal, missing, len(meter.reached)) == (minutes, goal, to_go, reached)


def test_the_meter_ends_where_the_payer_or_the_date_ends_it():
    month = a_month(a_log(45))
    only_base = terms(covered=frozenset(["99490"]))
    december = a_month(
        a_log(45, date(2020, 12, 4)),
        first=date(2020, 12, 1),
        last=date(2020, 12, 31),
        enrollments=(enrolled(date(2020, 1, 1), initiating_visit=date(2020, 1, 1)),),
    )

    for facts, payer in ((month, only_base), (december, terms())):
        meter = progress(evaluate(facts, payer, RULEBOOK), facts, payer, RULEBOOK)
        assert (meter.minutes, meter.goal, meter.next, meter.billed) == (45, 20, None, {"99490": 1})


def test_the_canonical_document_is_sorted_and_dense():
    document = to_json(decide(a_log(20)))

    assert document == json.dumps(json.loads(document), sort_keys=True, separators=(",", ":"))
    assert '"amount":"60.49"' in document
    assert '"earliest":"2025-03-04"' in document


def test_an_entry_of_no_minutes_is_not_accounted_for_in_a_program_that_nobody_knows():
    logs = [a_log(each, march(4 + n), program="knitting") for n, each in enumerate((0, 5, 0))]
    assert pieces(decide(*logs).ledger) == [(5, "no_program", "", 0, "program.unknown")]


def test_a_stored_decision_reads_back_as_it_was():
    decision = decide(
        a_log(95), a_log(5, march(5), discipline="FRONT_DESK"), a_log(9, march(1)), enrollments=(enrolled(march(2)),)
    )

    assert from_json(to_json(decision)) == decision
    assert to_json(from_json(to_json(decision))) == to_json(decision)
    unpriced = decide(a_log(20), payer=terms(rates={}))
    assert from_json(to_json(unpriced)) == unpriced


def test_decisions_are_compared_by_the_answer_and_not_by_the_edition():
    decision = decide(a_log(20))
    assert outcome(replace(decision, rulebook_version="another", terms="renamed")) == outcome(decision)
    for other in (decide(a_log(40)), decide(a_log(21)), decide(a_log(20), care_plan_current=False)):
        assert outcome(other) != outcome(decision)


def test_a_digest_is_that_of_the_text():
    assert digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_the_same_input_gives_the_same_bytes_in_every_process():
    script = (
        "from tests.billing.months import *; from billing.rules import digest, to_json;"
        "print(digest(to_json(decide(a_log(95), a_log(5, discipline='FRONT_DESK'), agency_type='x'))))"
    )
    hashes = {
        subprocess.run(
            [sys.executable, "-c", script], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert hashes == {digest(to_json(decide(a_log(95), a_log(5, discipline="FRONT_DESK"), agency_type="x")))}


def test_the_engine_reaches_no_framework():
    script = "import sys, billing.rules; print([m for m in sys.modules if m.split('.')[0] in ('django', 'celery')])"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"
