"""What a patient agreed to in a program's month: with whom, from when to when, and since when the service was open."""

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from coordination.rules.consents import opens_on

from .book import Plan
from .days import month_end
from .facts import Enrollment, PatientMonth


class Consent(Struct, frozen=True):
    """One consent that was given, `opens` being None where it asks for a visit that never was."""

    given: date
    ends: date | None  # the last day it covers; None: not revoked
    opens: date | None
    initiating_visit: date | None

    def holds(self, day: date) -> bool:
        """Whether it covers a day."""
        return self.given <= day and (self.ends is None or day <= self.ends)


class Agreed(Struct, frozen=True):
    """A visit is the practice's, whoever bills; a consent is given to one practitioner, whose month it is."""

    practitioner: str
    own: tuple[Consent, ...]
    others: tuple[Consent, ...]  # to another practitioner
    seen: date | None  # the latest day, up to the month's end, on which the practice saw the patient
    wrong_kind: str  # a visit that was meant to open the service and is of no kind that does


NOTHING = Agreed("", (), (), None, "")


def agreed(month: PatientMonth, plan: Plan) -> Agreed:
    """The consents of a program, told apart by whose month it is."""
    enrolled = month.enrolled(plan.name)
    practitioner = _whose(enrolled, month.last)
    rule = plan.initiating_visit
    opening: list[date] = []
    seen: list[date] = []
    wrong_kind = ""
    for each in enrolled:
        if each.last_seen and each.last_seen <= month.last:
            seen.append(each.last_seen)
        if each.initiating_visit and each.initiating_visit <= month.last:
            if rule and rule.visits and each.initiating_code and each.initiating_code not in rule.visits:
                wrong_kind = max(wrong_kind, each.initiating_code)
            else:
                opening.append(each.initiating_visit)
    own: list[Consent] = []
    others: list[Consent] = []
    for each in enrolled:
        if each.consent:
            is_own = not plan.one_practitioner or each.practitioner == practitioner
            opens: date | None = each.consent
            if rule:
                within = rule.opened_within_months, rule.unless_seen_within_months
                opens = opens_on(each.consent, opening, seen, *within)
            last = ends(each) if plan.revocation else None
            (own if is_own else others).append(Consent(each.consent, last, opens, each.initiating_visit))
    return Agreed(practitioner, tuple(own), tuple(others), max([*opening, *seen], default=None), wrong_kind)


def _whose(consents: Iterable[Enrollment], last: date) -> str:
    """The practitioner of the latest consent given by the month's end; "" where nobody is known."""
    given = [(each.consent, each.practitioner) for each in consents if each.consent and each.consent <= last]
    return max(given)[1] if given else max([each.practitioner for each in consents], default="")


def ends(enrollment: Enrollment) -> date | None:
    """The last day on which minutes count after a patient stopped: the end of that calendar month."""
    return enrollment.revoked and month_end(enrollment.revoked)
