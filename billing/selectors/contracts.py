"""Which terms are in force."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, TextField
from django.db.models.functions import Cast
from msgspec import Struct
from msgspec.json import Decoder

from billing.models import ContractTerm, ContractVersion
from coordination.selectors.months import JsonRow, rows
from tenancy.queries import Given, kept


class TermRow(Struct, array_like=True, frozen=True):
    """What a version says of a code, money as text. The fields are columns of ContractTerm."""

    code: str
    rate: str | None
    max_units_month: int | None
    is_bundled: bool
    program: str
    rounding: str
    unit_minutes: int | None
    first_minutes: int | None
    next_minutes: int | None
    within: str
    table: list[tuple[int, int, int]]
    activities: list[str] | None
    disciplines: list[str] | None
    max_units_day: int | None
    min_contacts: int
    modifier_by_mode: dict[str, str]
    modifier_by_discipline: dict[str, str]
    facility_modifiers: list[str]
    exclusive_with: list[str]
    line_per_encounter: bool


class VersionRow(Struct, array_like=True, frozen=True):
    """A contract version with its terms."""

    number: int
    effective_from: date
    effective_to: date | None
    payer_id: str
    payer: str
    payer_kind: str
    excluded_activities: list[str]
    excluded_programs: list[str]
    full_time: list[str]
    days_before_discharge: int
    rendering: str
    terms: list[TermRow]


def versions_between(first: date, last: date) -> tuple[str, ...]:
    """The contract versions in force on any of these days, by first day, each as the JSON text that `read` takes."""
    return tuple([text for (text,) in _versions_between(first=first, last=last)])


read = Decoder(VersionRow).decode


def ending_versions() -> QuerySet[ContractVersion]:
    """Those with a last day; `is_followed` where the contract has a version after it."""
    later = ContractVersion.objects.filter(contract=OuterRef("contract"), effective_from__gt=OuterRef("effective_to"))
    found = ContractVersion.objects.filter(effective_to__isnull=False).select_related("contract__payer")
    return found.annotate(is_followed=Exists(later))


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
    terms = ContractTerm.objects.filter(version=OuterRef("pk")).order_by("code")
    row = JsonRow(
        "number",
        "effective_from",
        "effective_to",
        "contract__payer",
        "contract__payer__name",
        "contract__payer__kind",
        "excluded_activities",
        "excluded_programs",
        "full_time",
        "days_before_discharge",
        "rendering",
        rows(terms, "code", Cast("rate", TextField()), *TermRow.__struct_fields__[2:]),
    )
    return (
        ContractVersion.objects.filter(effective_from__lte=Given("last"))
        .filter(Q(effective_to=None) | Q(effective_to__gte=Given("first")))
        .order_by("effective_from", "contract__payer__name", "number", "pk")
        .values_list(Cast(row, TextField()))
    )
