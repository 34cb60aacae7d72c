"""What every dated thing of the rulebook's files is: strict, closed, and with its first day, its source and its confidence.

A dated thing is a list of versions in order of their first day. A version states only what changed on that day; the
rest is inherited from the one before, and null takes a value away. Source, confidence and words are stated anew each time.
"""

from collections.abc import Sequence, Sized
from datetime import date
from itertools import pairwise
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

Text = Annotated[str, Field(min_length=1)]
Code = Annotated[str, Field(pattern=r"^[0-9A-Z]{5}$")]  # CPT or HCPCS, quoted in the file
Confidence = Literal["seen", "memory", "configurable"]


class Model(BaseModel):
    """Nothing is coerced, unknown keys are refused, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Version(Model):
    """What holds from a day on, `words` being ours and never the source's."""

    from_: date = Field(alias="from")
    cite: Text
    confidence: Confidence
    words: Text


T = TypeVar("T", bound=Sized)
V = TypeVar("V", bound=Version)


def not_empty(items: T) -> T:
    """Refuse an empty list. Unlike a minimum length, this is not also said of a list whose items are at fault."""
    if not items:
        raise ValueError("there must be at least one")
    return items


def ascending(versions: tuple[V, ...]) -> tuple[V, ...]:
    """Refuse versions that share a first day or go back in time."""
    for at, (before, after) in enumerate(pairwise(versions), start=1):
        if after.from_ <= before.from_:
            raise PydanticCustomError(
                "overlap",
                "overlaps the version before it: {day} does not follow {before}",
                {"at": at, "day": str(after.from_), "before": str(before.from_)},
            )
    return versions


Versions = Annotated[
    tuple[V, ...], AfterValidator(not_empty), AfterValidator(ascending), Field(json_schema_extra={"minItems": 1})
]


def in_force(versions: Sequence[V], day: date) -> V | None:
    """The version in force on a day with all it inherits; None before the first. Never the nearest one."""
    settled: V | None = None
    for version in versions:
        if version.from_ > day:
            break
        stated = {name: getattr(version, name) for name in version.model_fields_set}
        settled = version if settled is None else settled.model_copy(update=stated)
    return settled
