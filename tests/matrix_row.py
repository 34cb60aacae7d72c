"""One line of the access matrix: who may do what to which address. An app's lines stand in `tests/<app>/matrix.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """`done` is the status for those who may; `ids` the parts of the address that name objects; `of` and `person` whose it is."""

    method: str
    roles: frozenset[str]
    done: int
    ids: tuple[str, ...] = ()
    data: Callable[[Any], dict[str, Any]] = lambda world: {}
    of: str = "patient"
    person: str = "person"
