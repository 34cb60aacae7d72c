"""The quick writer of documents and the plain one agree, byte for byte."""

import json
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from billing.rules import evaluate, to_json
from billing.rules.decision import canonical
from tests.billing.months import RULEBOOK, a_log, decide, march
from tests.billing.months import terms as the_terms
from tests.billing.test_ledger_properties import any_month, terms


@settings(max_examples=400, deadline=None)
@given(any_month, terms)
def test_any_decision_is_written_as_plainly(month, payer):
    decision = evaluate(month, payer, RULEBOOK)
    assert to_json(decision) == canonical(decision)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_any_words_are_written_as_plainly(log, payer):
    decision = decide(replace(a_log(25), program=log), a_log(30), payer=the_terms(contract=payer))
    odd = replace(decision, ledger=tuple(replace(each, log=each.log + log, rule=payer) for each in decision.ledger))
    assert to_json(odd) == canonical(odd)
    assert json.loads(to_json(odd))["terms"] == payer


def test_what_is_equal_and_not_alike_keeps_its_own_text():
    """A frame is found by equal values; an amount of 60.490 must not be written as an earlier 60.49 was, nor True as 1."""
    decision = decide(a_log(25, march(4)))
    line = decision.lines[0]
    for amount in (line.amount, line.amount.quantize(line.amount / 1000), True, 1):
        odd = replace(decision, lines=(replace(line, amount=amount),))
        assert to_json(odd) == canonical(odd)
