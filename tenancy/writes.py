"""Writing a row that somebody else may be writing too."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

M = TypeVar("M", bound=models.Model)


class VersionConflict(Exception):
    """The row was changed after it was shown; `current` is what it says now."""

    def __init__(self, current: models.Model) -> None:
        super().__init__(f"{current._meta.label} was changed meanwhile")
        self.current = current


def for_change(row: M, version: int) -> M:
    """The row as it is now, locked until the transaction ends; VersionConflict if it is no longer the one that was shown."""
    current = type(row)._default_manager.select_for_update().get(pk=row.pk)
    if current.version != version:
        raise VersionConflict(current)
    current.version += 1
    return current


@contextmanager
def refusing(message: str | dict[str, str]) -> Iterator[None]:
    """Save inside: what a constraint of the database refuses (two people at once) becomes a ValidationError."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise ValidationError(message) from None
