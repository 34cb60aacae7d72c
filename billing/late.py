"""What can still be done about a month, and what is said of one on whose last day it is too late to give more."""

from datetime import date
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

from billing.rules.decision import FindingId

MonthIs = Literal["open", "over", "closed"]
"""What can still be done about a month: anything, only late entries, or only those that say why and are looked at."""

# What minutes fell short by once no day is left to give them on.
FELL_SHORT: dict[FindingId, Any] = {
    "minutes.below_threshold": _("%(have)s of %(need)s minutes: %(more)s short of %(code)s."),
    "units.below_increment": _("%(have)s of %(need)s minutes toward the next %(code)s: %(more)s short of it."),
    "service.none_in_month": _(
        "%(have)s of %(need)s services that the contract asks for were given: too few for %(code)s."
    ),
}
LATE: dict[MonthIs, Any] = {
    "over": _(
        "%(by)s is over: only what was given by then and is not entered yet can change this. Enter it under its day."
    ),
    "closed": _(
        "The month is closed: only what was given by %(by)s and is entered late, with a reason, changes this;"
        " a supervisor looks at it."
    ),
}


def month_is(last: date, today: date, *, is_closed: bool) -> MonthIs:
    """Whether anything can still be given by `last`, and if not, how late entries come in."""
    return "closed" if is_closed else "over" if today > last else "open"
