"""Tokens of machines."""

from datetime import date, datetime
from itertools import count
from typing import Any

from tenancy.models import Membership, ServiceToken
from tenancy.services.service_tokens import service_token_make

_numbers = count(1)


def a_token(by: Membership | None, now: datetime, name: str = "", **more: Any) -> tuple[ServiceToken, str]:
    """A token that lets a hospital's messages in, and its text."""
    facts = {"scopes": ["adt.write"], "last_day": date(2027, 11, 16)} | more
    return service_token_make(actor=by, name=name or f"engine {next(_numbers)}", now=now, **facts)
