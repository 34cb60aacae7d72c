"""How a file is refused: every fault with its place, its value and its remedy."""

import dataclasses
from collections.abc import Iterable
from typing import Any

_SHOWN = 20  # characters of a faulty value: enough to find it in the file, too few to retell the record


@dataclasses.dataclass(frozen=True)
class Refusal:
    """One fault. `value` is the faulty field's alone, shortened; an identifier's is never shown.

    `place` leads a machine there: in JSON a pointer (RFC 6901) to the fault or the nearest thing around it that the file holds.
    """

    where: str
    field: str
    value: str
    remedy: str
    place: str = dataclasses.field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.where}: {self.field} is {self.value}; {self.remedy}"


class Refused(Exception):
    """Nothing was read. `refusals` holds every fault found, each field once; the text is fit for the operator."""

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        first: dict[tuple[str, str], Refusal] = {}
        for refusal in refusals:
            first.setdefault((refusal.where, refusal.field), refusal)
        self.refusals = tuple(first.values())
        super().__init__("\n".join(map(str, self.refusals)))


def shown(field: str, value: Any) -> str:
    """A faulty value as a refusal tells it."""
    if value is None:
        return "missing"
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    if "identifier" in field:
        return "not shown"
    return f'"{printable(value, _SHOWN)}"' if isinstance(value, str) else printable(str(value), _SHOWN)


def printable(text: str, limit: int) -> str:
    """The text cut to `limit`, signs that cannot be shown replaced."""
    plain = "".join(sign if sign.isprintable() else "?" for sign in text[:limit])
    return plain + "…" if len(text) > limit else plain
