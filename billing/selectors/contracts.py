"""Which terms are in force."""

from collections.abc import Collection
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Prefetch, Q, QuerySet, TextField
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


def in_force(payers: Collection[UUID], on: date) -> dict[UUID, list[ContractVersion]]:
    """The contract versions in force on a day, by payer, with their terms by code."""
    versions = (
        ContractVersion.objects.filter(contract__payer__in=payers, effective_from__lte=on)
        .filter(Q(effective_to=None) | Q(effective_to__gte=on))
        .select_related("contract")
        .prefetch_related(Prefetch("terms", ContractTerm.objects.order_by("code")))
        .order_by("effective_from", "number", "pk")
    )
    found: dict[UUID, list[ContractVersion]] = {}
    for version in versions:
        found.setdefault(version.contract.payer_id, []).append(version)
    return found


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
