"""Which terms are in force."""

from datetime import date

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast, JSONObject

from billing.models import ContractTerm, ContractVersion
from tenancy.queries import built_once


def versions_between(first: date, last: date) -> list[dict]:
    """The contract versions in force on any of these days, by first day, each with its payer (`payer_id`, and the name as `payer`)
    and its terms as JSON objects (money as text)."""
    return list(_versions_between(first, last))


@built_once
def _versions_between(first: date, last: date) -> QuerySet[ContractVersion, dict]:
    terms = (
        ContractTerm.objects.filter(version=OuterRef("pk"))
        .order_by("code")
        .values(term=JSONObject(code="code", rate=Cast("rate", TextField()), max_units_month="max_units_month"))
    )
    return (
        ContractVersion.objects.filter(effective_from__lte=last)
        .filter(Q(effective_to=None) | Q(effective_to__gte=first))
        .order_by("effective_from", "contract__payer__name", "number", "pk")
        .values(
            "number",
            "effective_from",
            "effective_to",
            payer_id=F("contract__payer"),
            payer=F("contract__payer__name"),
            lines=ArraySubquery(terms),
        )
    )
