"""A decision's document is what the standard library writes of it, byte for byte: another serializer must not change a stored hash."""

import json
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from billing.rules import evaluate, to_json
from tests.billing.months import RULEBOOK, a_log, decide
from tests.billing.months import terms as the_terms
from tests.billing.test_ledger_properties import any_month, terms


def plainly(decision):
    def plain(value):
        return asdict(value) if hasattr(value, "__struct_fields__") else str(value)

    return json.dumps(decision, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=plain)


@settings(max_examples=400, deadline=None)
@given(any_month, terms)
def test_any_decision_is_written_as_plainly(month, payer):
    decision = evaluate(month, payer, RULEBOOK)
    assert to_json(decision) == plainly(decision)


@settings(max_examples=300, deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.decimals(allow_nan=False, allow_infinity=False),
)
def test_any_words_and_money_are_written_as_plainly(log, payer, amount):
    decision = decide(replace(a_log(25), program=log), a_log(30), payer=the_terms(contract=payer))
    odd = replace(
        decision,
        ledger=tuple(replace(each, log=each.log + log, rule=payer) for each in decision.ledger),
        lines=tuple(replace(each, amount=amount, rate=Decimal(0)) for each in decision.lines),
    )
    assert to_json(odd) == plainly(odd)
    assert json.loads(to_json(odd))["terms"] == payer
