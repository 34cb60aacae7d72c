"""What a machine may be let do: each app declares the doors it has for machines, and a token names some of them."""

from typing import Any

SCOPES: dict[str, Any] = {}
"""Label by scope. A scope is written like a capability, `<noun>.<verb>`."""


def declare(scope: str, label: Any) -> None:
    """Called by an app that is ready, for each door of its own."""
    SCOPES[scope] = label
