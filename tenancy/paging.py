"""Reading rows a page at a time by keyset: a page begins behind the last row of the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

M = TypeVar("M", bound=Model)


def key_of(text: str) -> UUID | None:
    """The key that was asked with; None for anything that is no key, which asks for nothing."""
    try:
        return UUID(text)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Rows, and the key to ask for the next page with, or None on the last."""

    rows: list[M]
    next_after: Any


def page_behind(found: QuerySet[M], fields: Sequence[str], after: Any, size: int) -> Page[M]:
    """Up to `size` rows in the order of `fields`, from behind the row with the key `after`; no such key is the first page."""
    if after and (last := found.model._default_manager.filter(pk=after).values_list(*fields).first()):
        found = found.filter(behind(last, fields))
    return page_of(found.order_by(*fields), size)


def page_of(found: QuerySet[M], size: int) -> Page[M]:
    """The first `size` rows of what is ordered and narrowed already."""
    rows = list(found[: size + 1])
    return Page(rows[:size], rows[size - 1].pk if len(rows) > size else None)


def behind(last: Sequence[Any], fields: Sequence[str]) -> Q:
    """Rows that come after the one with the values `last`, in the order of `fields`: ascending, or descending as `-field`."""
    names = [field.removeprefix("-") for field in fields]
    follows = ["lt" if field.startswith("-") else "gt" for field in fields]
    condition = Q()
    for depth, name in enumerate(names):
        equal = dict(zip(names[:depth], last, strict=False))
        condition |= Q(**equal, **{f"{name}__{follows[depth]}": last[depth]})
    return Q(**{f"{names[0]}__{follows[0]}e": last[0]}) & condition  # said apart: an OR starts no index scan
