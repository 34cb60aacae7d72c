"""Frozen dataclasses that are made as quickly as open ones.

An __init__ of a frozen dataclass sets each field through `object.__setattr__`, which takes many times as long as setting it on an open
one: in a month's run, where each patient is dozens of small values, a tenth of a worker's time. Here a value is made open and closed
when it is whole.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from inspect import signature
from typing import TYPE_CHECKING, Any

__all__ = ["value"]

if TYPE_CHECKING:
    from dataclasses import dataclass as value
else:

    def value(*, frozen: bool, slots: bool) -> Callable[[type], type]:
        """`dataclass`, for the one form in which it is slow."""
        assert frozen
        assert slots
        return _quick


def _quick(kind: type) -> type:
    opened: Any = dataclass(slots=True)(type(kind.__name__, (), dict(kind.__dict__)))
    closed: Any = dataclass(frozen=True, slots=True)(kind)

    def made(cls: type, *args: Any, **named: Any) -> Any:
        self = opened(*args, **named)
        self.__class__ = cls  # Python takes this of classes with the same slots alone
        return self

    names = [field.name for field in fields(closed)]
    del closed.__init__
    closed.__new__, closed.__signature__ = made, signature(opened)
    closed.__reduce__ = lambda self: (closed, tuple(getattr(self, name) for name in names))  # copies are made by it
    return closed  # type: ignore[no-any-return]
