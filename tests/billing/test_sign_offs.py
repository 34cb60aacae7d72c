"""Values that no source settles: who vouches for them, how that is taken back, and when a value asks again."""

import pytest
from django.core.exceptions import ValidationError
from django.db import Error, transaction
from django.urls import reverse

from billing.models import RuleSignOff
from billing.rules import load_rulebook
from billing.selectors.sign_offs import sign_offs
from billing.services.sign_offs import rules_sign_off, to_sign_off
from billing.views.rule_values import written
from tenancy.access import CapabilityRequired
from tenancy.context import agency_context
from tests import factories
from tests.billing.test_rule_pages import words_of
from tests.billing.test_rulebook import RULES, changed

BOOK = load_rulebook()
STAY = next(value for value in to_sign_off(BOOK) if value[0] == "chronic_care.covered_stay")


def address(world, name="rule_values", query=""):
    return reverse(f"billing:{name}", kwargs={"agency": world.slug}) + query


def sign(world, *values, actor=None, book=BOOK, **more):
    said = {"note": "as the carrier told us", "now": factories.NOW} | more
    return rules_sign_off(actor=actor or world.admin, rulebook=book, values=values, **said)


def test_every_value_from_memory_or_by_convention_is_on_the_list_once():
    listed = to_sign_off(BOOK)
    stated = [
        (rule.name, version.from_)
        for rule in BOOK.rules.values()
        for version in rule.versions
        if version.confidence in ("memory", "configurable")
    ]
    assert [value[:2] for value in listed] == stated
    assert (len(listed), len(set(listed))) == (97, 97)


def test_a_value_is_signed_off_once_taken_back_and_signed_again(riverbend):
    with agency_context(riverbend.agency):
        assert [sign(riverbend, STAY, STAY), sign(riverbend, STAY)] == [1, 0]
        assert [sign(riverbend, STAY, take_back=True), sign(riverbend, STAY, take_back=True)] == [1, 0]
        assert sign(riverbend, STAY) == 1
        rows = list(RuleSignOff.objects.order_by("number").values_list("number", "is_taken_back", "note"))
        assert rows == [(n, n == 2, "as the carrier told us") for n in (1, 2, 3)]
        assert sign_offs()[STAY].signed_by == riverbend.admin


def test_a_changed_value_or_changed_words_ask_again_and_nothing_else_does(tmp_path):
    def digest(*changes):
        book = load_rulebook(changed(tmp_path / str(len(list(tmp_path.iterdir()))), *changes))
        return next(value[2] for value in to_sign_off(book) if value[0] == STAY[0])

    assert digest((RULES, "admission_day: inside", "admission_day: outside")) != STAY[2]
    assert digest((RULES, "Minutes on days of a stay that Medicare", "Minutes in a stay that Medicare")) != STAY[2]
    assert digest((RULES, "max_units_month: 2", "max_units_month: 3")) == STAY[2]
    assert digest((RULES, "cite: CMS-FAQ-SNF", "cite: MLN-CCM")) == STAY[2]


def test_a_value_that_is_not_on_the_list_any_more_is_refused_and_nothing_is_stored(riverbend):
    with agency_context(riverbend.agency):
        with pytest.raises(ValidationError, match=r"chronic_care\.covered_stay of 2015-01-01 has changed"):
            sign(riverbend, to_sign_off(BOOK)[0], (*STAY[:2], "0" * 64))
        assert RuleSignOff.objects.count() == 0


def test_only_those_who_bill_vouch(riverbend):
    with agency_context(riverbend.agency), pytest.raises(CapabilityRequired):
        sign(riverbend, STAY, actor=riverbend.coordinator)


def test_a_statement_is_never_rewritten(riverbend):
    with agency_context(riverbend.agency):
        sign(riverbend, STAY)
        with pytest.raises(Error), transaction.atomic():
            RuleSignOff.objects.update(note="something else")
        assert RuleSignOff.objects.get().note == "as the carrier told us"


def test_the_list_counts_narrows_and_is_signed_on_the_page(riverbend, harbor, signed_in):
    client = signed_in(riverbend.admin)
    assert "97 of 97 values wait" in words_of(client.get(address(riverbend)))
    sent = {"value": [written(STAY), written(to_sign_off(BOOK)[0])], "note": "manual 2026, page 4"}
    answer = client.post(address(riverbend, "rule_sign_off", "?program=chronic_care&q=x"), sent)
    assert answer["Location"] == address(riverbend, query="?program=chronic_care")

    waiting = words_of(client.get(answer["Location"]))
    assert "2 values signed off." in waiting and "95 of 97 values wait" in waiting
    assert "manual 2026, page 4" not in waiting
    signed = client.get(address(riverbend, query="?state=signed"))
    assert b"Sign off what is ticked" not in signed.content  # there is nothing to tick
    assert words_of(signed).count("Ada QRIV, Nov 16, 2026, 15:00 MST: manual 2026, page 4") == 2
    assert "95 of 97 values that no source settles wait" in words_of(
        client.get(reverse("billing:rules", kwargs={"agency": riverbend.slug}))
    )
    back = client.post(address(riverbend, "rule_sign_off"), {"take_back": written(STAY), "note": ""}, follow=True)
    assert "Taken back: the value waits again." in words_of(back) and "96 of 97 values wait" in words_of(back)
    other = signed_in(harbor.admin).get(address(harbor))
    assert "97 of 97 values wait" in words_of(other)  # another agency vouches for itself


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"value": []}, "Tick the values that you vouch for."),
        ({"value": ["nonsense"]}, "A value was named that is none of this list"),
        ({"value": [f"{STAY[0]} 2015-01-01 {'0' * 64}"]}, "has changed, or needs no sign-off"),
        ({"value": [written(STAY)], "note": "x" * 301}, "at most 300 characters"),
    ],
)
def test_what_cannot_be_signed_is_told_and_nothing_is_stored(riverbend, signed_in, sent, said):
    page = signed_in(riverbend.admin).post(address(riverbend, "rule_sign_off"), {"note": "", **sent})
    assert (page.status_code, said in words_of(page)) == (422, True)
    with agency_context(riverbend.agency):
        assert RuleSignOff.objects.count() == 0


def test_ticks_are_kept_where_signing_is_refused(riverbend, signed_in):
    sent = {"value": [written(STAY)], "note": "x" * 301}
    page = signed_in(riverbend.admin).post(address(riverbend, "rule_sign_off"), sent).content.decode()
    assert page.count(" checked>") == 1


def test_others_read_the_list_and_are_told_who_signs(riverbend, signed_in):
    page = signed_in(riverbend.coordinator).get(address(riverbend))
    assert "Signing off is open to: Biller or Administrator" in words_of(page)
    assert b'type="checkbox"' not in page.content and b"Sign off what is ticked" not in page.content


def test_a_value_that_says_something_else_than_was_signed_says_so(riverbend, signed_in):
    with agency_context(riverbend.agency):
        RuleSignOff.objects.create(
            rule=STAY[0], since=STAY[1], digest="0" * 64, number=1, signed_by=riverbend.admin, signed_at=factories.NOW
        )
    page = words_of(signed_in(riverbend.admin).get(address(riverbend, query="?program=chronic_care")))
    assert page.count("changed since it was signed off") == 1
