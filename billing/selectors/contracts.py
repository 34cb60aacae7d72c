"""Which terms are in force."""

from datetime import date
from typing import NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast, JSONObject

from billing.models import ContractTerm, ContractVersion
from tenancy.queries import Given, kept


class VersionRow(NamedTuple):
    """A contract version: `lines` are its terms, JSON objects as text (money as text in them)."""

    number: int
    effective_from: date
    effective_to: date | None
    payer_id: str
    payer: str
    lines: tuple[str, ...]


def versions_between(first: date, last: date) -> list[VersionRow]:
    """The contract versions in force on any of these days, by first day."""
    return [VersionRow(*row, tuple(lines)) for *row, lines in _versions_between(first=first, last=last)]


@kept
def _versions_between() -> QuerySet:
    terms = (
        ContractTerm.objects.filter(version=OuterRef("pk"))
        .order_by("code")
        .values(term=JSONObject(code="code", rate=Cast("rate", TextField()), max_units_month="max_units_month"))
    )
    return (
        ContractVersion.objects.filter(effective_from__lte=Given("last"))
        .filter(Q(effective_to=None) | Q(effective_to__gte=Given("first")))
        .order_by("effective_from", "contract__payer__name", "number", "pk")
        .values_list(
            "number",
            "effective_from",
            "effective_to",
            Cast("contract__payer", TextField()),
            "contract__payer__name",
            ArraySubquery(terms),
        )
    )
