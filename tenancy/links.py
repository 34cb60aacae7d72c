"""Addresses: every page of an agency lives below /a/<slug>/."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.urls import get_script_prefix, reverse

from tenancy.context import current_agency

STAND_INS = [uuid4() for _ in range(4)]
"""More than any address has ids."""


def here(name: str, **kwargs: Any) -> str:
    """The address of a page in the agency in context: `here("coordination:patient", patient=pk)`."""
    ids = [(key, value) for key, value in kwargs.items() if isinstance(value, UUID)]
    others = {key: value for key, value in kwargs.items() if not isinstance(value, UUID)}
    slug = current_agency().slug
    address = _pattern(get_script_prefix(), name, tuple(key for key, _ in ids), agency=slug, **others)
    for stand_in, (_, value) in zip(STAND_INS, ids, strict=False):
        address = address.replace(str(stand_in), str(value))
    return address


def from_outside(path: str) -> str:
    """A path as people reach it who read it elsewhere: in a mail, in a calendar."""
    return settings.SITE_URL.rstrip("/") + path


def here_for_each(name: str, key: str) -> Callable[[UUID], str]:
    """Addresses that differ in one id, for a list that has one in each row."""
    before, after = here(name, **{key: STAND_INS[0]}).split(str(STAND_INS[0]))
    return lambda value: f"{before}{value}{after}"


@lru_cache(maxsize=1024)
def _pattern(prefix: str, name: str, ids: tuple[str, ...], **others: Any) -> str:
    """The address with stand-ins for its ids: looking it up is slow."""
    return reverse(name, kwargs={**others, **dict(zip(ids, STAND_INS, strict=False))})
