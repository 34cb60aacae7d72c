"""Which terms are in force."""

from datetime import date

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, TextField
from django.db.models.functions import Cast, JSONObject

from billing.models import ContractTerm, ContractVersion


def version_on(day: date) -> dict | None:
    """The contract version in force on a day, with its payer's name and its terms as JSON objects (money as text); None without one.

    Patients name no payer yet, so an agency has one contract; a second one in force is an error, not a choice.
    """
    terms = (
        ContractTerm.objects.filter(version=OuterRef("pk"))
        .order_by("code")
        .values(term=JSONObject(code="code", rate=Cast("rate", TextField()), max_units_month="max_units_month"))
    )
    found = list(
        ContractVersion.objects.filter(effective_from__lte=day)
        .filter(Q(effective_to=None) | Q(effective_to__gte=day))
        .values("number", "effective_from", payer=F("contract__payer__name"), lines=ArraySubquery(terms))[:2]
    )
    if len(found) > 1:
        raise ContractVersion.MultipleObjectsReturned(
            f"{len(found)} contracts are in force on {day}: which one applies?"
        )
    return found[0] if found else None
