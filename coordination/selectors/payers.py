"""Who pays: the agency's payers, each with how many patients it covers."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from coordination.models import Payer, PayerEvent
from coordination.selectors.patients import covering, living
from tenancy.paging import Page, page_behind
from tenancy.selectors.words import with_words

PAGE_SIZE = 25
ORDERS = {"name": ("name", "pk"), "kind": ("kind", "name", "pk")}


def payers_page(
    *,
    today: date,
    query: str = "",
    kind: str = "",
    closed: bool = False,
    order: str = "name",
    after: UUID | None = None,
) -> Page[Payer]:
    """Payers whose name or payer ID has the words of the query, of one kind or any; those that are offered, or the `closed` ones."""
    found = with_words(payers(today), query, "name", "identifier").filter(is_open=not closed)
    if kind:
        found = found.filter(kind=kind)
    return page_behind(found, ORDERS[order], after, PAGE_SIZE)


def payers(today: date) -> QuerySet[Payer]:
    """Each with `patients`: how many the list of patients shows as covered by it today."""
    covered = (
        covering(today)
        .filter(living("patient__"), payer=OuterRef("pk"))
        .order_by()
        .values("payer")
        .values(n=Count("patient", distinct=True))
    )
    return Payer.objects.annotate(patients=Coalesce(Subquery(covered, output_field=IntegerField()), 0))


def payer_by_id(pk: UUID, today: date) -> Payer | None:
    return payers(today).filter(pk=pk).first()


def payers_named(names: Collection[str]) -> dict[str, Payer]:
    """The payers of these names, or that had them: an administrator may have renamed one that files still call as before."""
    known = {payer.name: payer for payer in Payer.objects.filter(name__in=names)}
    if renamed := set(names) - known.keys():
        once = list(PayerEvent.objects.filter(name__in=renamed).order_by("pgh_id").values_list("name", "pgh_obj_id"))
        by_id = Payer.objects.in_bulk({pk for _name, pk in once})
        known |= {name: by_id[pk] for name, pk in once if pk in by_id}
    return known
