"""The rates that are shipped: a handful, each with its days, its source and how sure it is."""

from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from billing.rules.documents import DocumentError, read
from billing.rules.versions import Code, Confidence, Model, Text

FILE = Path(__file__).parent / "national.yaml"
Amount = Annotated[str, Field(pattern=r"^\d+(\.\d{2})?$")]  # dollars, quoted in the file


class RateSource(Model):
    """Where an amount was read."""

    title: Text
    publisher: Text


class Rate(Model):
    """Dollars of a code outside a facility, on these days, before any locality's index."""

    from_: date = Field(alias="from")
    to: date
    amount: Amount
    is_about: bool = False  # the source rounds, or was remembered so
    source: Text
    confidence: Confidence

    @model_validator(mode="after")
    def _in_order(self) -> "Rate":
        if self.to < self.from_:
            raise ValueError(f"ends on {self.to}, before it begins on {self.from_}")
        return self


class Factor(Model):
    """Dollars of one relative value unit from a day on. `practice`: who takes part in an advanced payment model has another."""

    from_: date = Field(alias="from")
    factor: Annotated[str, Field(pattern=r"^\d{2}\.\d{2,4}$")]
    practice: Literal["any", "qualifying"] = "any"
    source: Text
    confidence: Confidence


class RatesData(Model):
    """national.yaml."""

    sources: dict[str, RateSource]
    conversion_factors: tuple[Factor, ...]
    rates: dict[Code, tuple[Rate, ...]]


@cache
def shipped_rates(file: Path = FILE) -> RatesData:
    """The shipped file; DocumentError with every fault, its file and line."""
    document = read(file)
    data = document.typed(RatesData)
    dated = [(("conversion_factors", at), each.source) for at, each in enumerate(data.conversion_factors)]
    dated += [
        (("rates", code, at), each.source) for code, all_of in data.rates.items() for at, each in enumerate(all_of)
    ]
    faults = [
        document.problem((*at, "source"), f"the source {source} is not in this file")
        for at, source in dated
        if source not in data.sources
    ]
    for code, all_of in data.rates.items():
        for at, (before, after) in enumerate(pairwise(all_of), start=1):
            if after.from_ <= before.to:
                faults.append(
                    document.problem(("rates", code, at), f"overlaps the one before it, which ends on {before.to}")
                )
    if faults:
        raise DocumentError(sorted(faults))
    return data
