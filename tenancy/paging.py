"""Reading rows a page at a time by keyset: a page begins behind the last row of the one before."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q


def behind(last: Sequence[Any], fields: Sequence[str]) -> Q:
    """Rows that come after the one with the values `last`, in the order of `fields`."""
    condition = Q()
    for depth, field in enumerate(fields):
        equal = dict(zip(fields[:depth], last, strict=False))
        condition |= Q(**equal, **{f"{field}__gt": last[depth]})
    return Q(**{f"{fields[0]}__gte": last[0]}) & condition  # said apart: an OR starts no index scan
