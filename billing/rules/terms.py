"""What a payer's contract says of a month: coverage, rates, caps, and how minutes become units. Values only."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

from msgspec import Struct, field

from .decision import FindingId

Scope = Literal["encounter", "day", "month"]


class Rounding(Struct, frozen=True):
    """How minutes become units. A scope's minutes are added up before they are rounded.

    `first` minutes earn the first unit, `next` minutes beyond a full unit the following one (None: there is no following one). A
    table says it instead as rows (from, to, units); above its last row each `unit` minutes begun are one more.
    """

    unit: int  # minutes of one unit
    first: int
    next: int | None
    scope: Scope
    table: tuple[tuple[int, int, int], ...] = ()


PRESETS: dict[str, Rounding] = {
    "midpoint_8": Rounding(15, 8, 8, "day"),
    "table_mt": Rounding(15, 8, None, "day", ((8, 23, 1), (24, 38, 2), (39, 53, 3), (54, 68, 4))),
    "first_unit_1_then_half": Rounding(15, 1, 8, "encounter"),  # half a unit is 7.5 minutes: in whole minutes 8
    "full_unit_only": Rounding(15, 15, 15, "day"),
    "day_min_60": Rounding(60, 60, None, "day"),
    "per_encounter_1_unit": Rounding(1, 1, None, "encounter"),
    "monthly_case_rate": Rounding(1, 1, None, "month"),
}
"""Roundings by the names that contracts give them."""


class UnitCode(Struct, frozen=True):
    """A code that the contract pays by the unit or the month, and which of a program's time it is for."""

    code: str
    program: str
    rounding: Rounding
    by_month: bool = False  # one unit a month for the service itself, whatever minutes it took
    activities: frozenset[str] | None = None  # None: all that no other code of the program names
    disciplines: frozenset[str] | None = None  # None: everybody
    max_units_day: int | None = None
    min_contacts: int = 1  # of a code by the month
    modifier_by_mode: Mapping[str, str] = field(default_factory=dict)
    modifier_by_discipline: Mapping[str, str] = field(default_factory=dict)
    facility_modifiers: frozenset[str] = frozenset()  # with these the facility is the rendering provider
    exclusive_with: tuple[str, ...] = ()
    line_per_encounter: bool = False


class Terms(Struct, frozen=True):
    """The contract version of the payer who pays first in the month."""

    contract: str  # label of the version, as people know it
    since: date  # its first day
    until: date | None = None  # its last day; None: until further notice
    spans: tuple[tuple[date, date], ...] | None = None  # days on which this payer pays first; None: the whole month
    covered: frozenset[str] | None = None  # None: every code
    not_covered: frozenset[str] = frozenset()
    bundled: frozenset[str] = frozenset()  # codes paid as part of an encounter or prospective rate
    rates: Mapping[str, Decimal] = field(default_factory=dict)  # dollars a unit
    max_units_month: Mapping[str, int] = field(default_factory=dict)  # instead of the rulebook's cap
    kind: str = ""  # of payer: "medicare_ffs", "medicaid", "commercial"
    units: tuple[UnitCode, ...] = ()
    full_time: frozenset[str] = (
        frozenset()
    )  # programs in which this payer wants full units where the rulebook takes half
    excluded_activities: frozenset[str] = frozenset()
    excluded_programs: frozenset[str] = frozenset()  # of others, beside which this payer pays no case management
    days_before_discharge: int = 0  # of a stay, on which this payer pays for the transition out of it
    rendering: str = ""  # whose NPI renders: "individual", "facility"; "" where the contract does not ask

    def covers(self, code: str) -> bool:
        """Whether this payer pays for a code at all."""
        return code not in self.not_covered and (self.covered is None or code in self.covered)

    def pays_on(self, day: date) -> bool:
        """Whether this payer pays first on a day."""
        return self.spans is None or any(first <= day <= last for first, last in self.spans)

    def ends(self, last: date) -> date:
        """The last day, up to `last`, for which this payer can be billed."""
        ends = (last, self.until, self.spans[-1][1] if self.spans else None)
        return min(day for day in ends if day)


class Unpaid(Struct, frozen=True):
    """Nobody can be billed for the month, and why: no coverage, no contract, or no telling which."""

    reason: FindingId
    detail: str = ""  # whom it is about: a payer's name, the labels of two contracts


Payer = Terms | Unpaid
