"""Querysets that take longer to build than to answer, built once."""

from collections.abc import Callable, Hashable
from functools import wraps
from threading import local
from typing import Any

from django.db.models import QuerySet

MOST = 64


def built_once(build: Callable[..., QuerySet]) -> Callable[..., QuerySet]:
    """Keep what `build` makes of its (hashable, positional) arguments, for each thread by itself, and hand out a copy without rows.

    What is kept is nobody's: the agency's condition is settled when SQL is compiled, which happens anew each time. By thread,
    because compiling counts the uses of tables in the parts that copies share.
    """
    kept = local()

    @wraps(build)
    def of(*arguments: Hashable) -> QuerySet[Any]:
        known: dict[tuple[Hashable, ...], QuerySet] = kept.__dict__.setdefault("known", {})
        if arguments not in known:
            if len(known) == MOST:
                known.clear()
            known[arguments] = build(*arguments)
        return known[arguments].all()

    return of
