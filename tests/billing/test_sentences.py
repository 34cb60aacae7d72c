"""Whatever the engine can say has words, with its numbers in them."""

from datetime import date
from typing import get_args

import pytest
from django.conf import settings

from billing.late import month_is
from billing.rules import Bucket, Entry, Finding, FindingId, Reason, Role
from billing.sentences import bucket_label, entry_sentence, finding_sentence
from tests.billing.months import LAST, a_log, decide, enrolled, march

if not settings.configured:  # these tests also run by themselves, without the site's settings
    settings.configure(USE_I18N=False)

APRIL = date(2025, 4, 1)
REASONS = tuple({*get_args(FindingId), *(word for part in get_args(Reason) for word in get_args(part) or (part,))})


def a_finding(finding_id, have=12, need=20):
    return Finding(finding_id, "99490", "chronic_care", "declared", have, need, "MLN-CCM", date(2015, 1, 1))


def an_entry(reason, detail=None, bucket="not_countable", unit=0):
    return Entry("1", 8, bucket, "chronic_care", "99490", unit, reason, detail, "MLN-CCM", date(2015, 1, 1))


@pytest.mark.parametrize("finding_id", get_args(FindingId))
def test_every_finding_has_a_sentence(finding_id):
    sentence = finding_sentence(a_finding(finding_id), LAST)
    assert sentence.endswith(".")
    assert "%" not in sentence


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_every_reason_of_an_entry_has_a_sentence(reason):
    sentence = entry_sentence(an_entry(reason, detail=march(10)), LAST)
    assert sentence.endswith(".")
    assert "%" not in sentence


@pytest.mark.parametrize("bucket", get_args(Bucket))
def test_every_bucket_has_a_label(bucket):
    assert bucket_label(bucket)


def test_the_words_of_the_engine_are_these():
    assert len(get_args(FindingId)) == 120
    assert len(REASONS) == 123
    assert get_args(Role) == ("declared", "alternative")


def test_sentences_of_a_real_month():
    decision = decide(
        a_log(15, march(4)),
        a_log(12, march(11)),
        a_log(10, march(12), discipline="FRONT_DESK"),
        enrollments=(enrolled(march(10)),),
    )

    assert [finding_sentence(each, LAST) for each in decision.findings] == [
        "15 min were logged before consent of Mar 10: minutes count from that day.",
        "10 min were given by people whose time is not care management time.",
        "12 of 20 minutes: 8 more by Mar 31 would complete 99490.",
    ]
    assert [entry_sentence(each, LAST) for each in decision.ledger] == [
        "Logged before consent of Mar 10: minutes count from the day of consent.",
        "The month's countable minutes do not reach the 20 that 99490 needs.",
        "Front desk time is not care management time.",
    ]


def test_what_a_month_fell_short_by_promises_no_day_that_is_over():
    def said(finding_id, then):
        return finding_sentence(a_finding(finding_id), LAST, then)

    assert said("minutes.below_threshold", "over") == (
        "12 of 20 minutes: 8 short of 99490. Mar 31 is over: only what was given by then and is not entered yet can"
        " change this. Enter it under its day."
    )
    assert said("units.below_increment", "closed") == (
        "12 of 20 minutes toward the next 99490: 8 short of it. The month is closed: only what was given by Mar 31"
        " and is entered late, with a reason, changes this; a supervisor looks at it."
    )
    assert said("consent.missing", "closed") == said("consent.missing", "open")
    days = [month_is(LAST, today, is_closed=closed) for today, closed in ((LAST, False), (APRIL, False), (APRIL, True))]
    assert days == ["open", "over", "closed"]


def test_a_counted_piece_says_for_which_minutes_of_what():
    entry = an_entry(None, 20, bucket="counted", unit=1)
    assert entry_sentence(entry, LAST) == "Counted toward 99490, unit 1: minutes 1 to 8 of 20."
    assert entry_sentence(entry, LAST, before=12) == "Counted toward 99490, unit 1: minutes 13 to 20 of 20."


def test_a_day_of_another_year_is_written_with_its_year():
    assert "consent of Jan 5, 2026" in finding_sentence(a_finding("minutes.before_consent", 5, date(2026, 1, 5)), LAST)


def test_a_sentence_claims_no_more_than_is_recorded():
    def said(finding_id, have, need=None):
        return finding_sentence(a_finding(finding_id, have, need), LAST)

    assert said("consent.missing", None, LAST) == "No consent is on record: minutes count from the day of consent."
    assert said("consent.missing", date(2025, 4, 3), LAST) == (
        "Consent was given on Apr 3, after this month: minutes count from that day."
    )
    assert said("initiating_visit.missing", None, 12) == (
        "A visit must open this service: none is recorded from 12 months before consent to the end of this month."
    )
    assert said("initiating_visit.missing", date(2015, 6, 1), 12) == (
        "A visit must open this service: the last one recorded, of Jun 1, 2015, was more than 12 months before consent."
    )
    assert said("terms.no_contract", None, "Acme") == "No contract with Acme is in force in this month."
    assert said("minutes.after_contract", 20, march(20)) == "20 min were given after the contract ended on Mar 20."


def test_time_of_somebody_without_a_discipline_is_said_in_words():
    assert entry_sentence(an_entry("minutes.wrong_discipline", "NONE"), LAST) == (
        "Non-clinical staff time is not care management time."
    )


def test_a_word_without_a_label_is_shown_as_logged():
    assert entry_sentence(an_entry("minutes.wrong_discipline", "SCRIBE"), LAST) == (
        "SCRIBE time is not care management time."
    )
