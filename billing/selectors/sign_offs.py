"""Which values of the rulebook somebody vouches for."""

from datetime import date

from billing.models import RuleSignOff

Key = tuple[str, date, str]
"""Rule, first day and digest: one value as it reads now."""


def sign_offs() -> dict[Key, RuleSignOff]:
    """The latest statement about each value, with whose it is; one that was taken back is among them."""
    rows = RuleSignOff.objects.select_related("signed_by").order_by("rule", "since", "digest", "number")
    return {(row.rule, row.since, row.digest): row for row in rows}
