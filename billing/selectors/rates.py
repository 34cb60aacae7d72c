"""National rates for reference: CMS's file where one was brought in, else what is shipped."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from billing.models import NationalRate
from billing.rates.shipped import shipped_rates
from billing.rule_words import CONFIDENCE, CONFIDENCE_IN_WORDS

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class ReferenceRate:
    """Dollars of a code outside a facility from a day on; `to` only where the source says no more than that."""

    starts: date
    to: date | None
    amount: Decimal
    is_about: bool
    units: Decimal | None  # relative value units, where they are known
    factor: Decimal | None
    source: str
    publisher: str
    confidence: str

    @property
    def confidence_word(self) -> str:
        return str(CONFIDENCE[self.confidence])

    @property
    def confidence_words(self) -> str:
        return str(CONFIDENCE_IN_WORDS[self.confidence])


def rates_of(code: str) -> list[ReferenceRate]:
    """What is known of a code, the newest first. A day on which CMS's file stands hides what is shipped of the same year."""
    found = [_imported(row) for row in NationalRate.objects.filter(code=code)]
    years = {each.starts.year for each in found}
    data = shipped_rates()
    for rate in data.rates.get(code, ()):
        if rate.from_.year not in years:
            source = data.sources[rate.source]
            found.append(
                ReferenceRate(
                    rate.from_,
                    rate.to,
                    Decimal(rate.amount),
                    rate.is_about,
                    None,
                    None,
                    source.title,
                    source.publisher,
                    rate.confidence,
                )
            )
    return sorted(found, key=lambda each: each.starts, reverse=True)


def _imported(row: NationalRate) -> ReferenceRate:
    units = row.work + row.practice_expense + row.malpractice
    amount = (units * row.conversion_factor).quantize(CENT, ROUND_HALF_UP)
    cms = "Centers for Medicare & Medicaid Services"
    return ReferenceRate(row.starts, None, amount, False, units, row.conversion_factor, row.source, cms, "seen")
