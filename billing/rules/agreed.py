"""What a patient agreed to in a program's month: with whom, from when to when, and since when the service was open."""

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from .book import InitiatingVisit, Plan
from .days import month_end, months_after
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


def agreed(month: PatientMonth, plan: Plan) -> Agreed:
    """The consents of a program, told apart by whose month it is."""
    enrolled = month.enrolled(plan.name)
    practitioner = _whose(enrolled, month.last)
    days = [day for each in enrolled for day in (each.initiating_visit, each.last_seen) if day and day <= month.last]
    own: list[Consent] = []
    others: list[Consent] = []
    for each in enrolled:
        if each.consent:
            is_own = not plan.one_practitioner or each.practitioner == practitioner
            (own if is_own else others).append(_consent(each.consent, each, plan, days))
    return Agreed(practitioner, tuple(own), tuple(others), max(days, default=None))


def _whose(consents: Iterable[Enrollment], last: date) -> str:
    """The practitioner of the latest consent given by the month's end; "" where nobody is known."""
    given = [(each.consent, each.practitioner) for each in consents if each.consent and each.consent <= last]
    return max(given)[1] if given else max([each.practitioner for each in consents], default="")


def ends(enrollment: Enrollment) -> date | None:
    """The last day on which minutes count after a patient stopped: the end of that calendar month."""
    return enrollment.revoked and month_end(enrollment.revoked)


def _consent(given: date, enrollment: Enrollment, plan: Plan, seen: Iterable[date]) -> Consent:
    last = ends(enrollment) if plan.revocation else None
    opens = _opens(given, seen, plan.initiating_visit) if plan.initiating_visit else given
    return Consent(given, last, opens, enrollment.initiating_visit)


def _opens(consent: date, seen: Iterable[date], rule: InitiatingVisit) -> date | None:
    """The day from which the service is open under a consent: that of the consent where the practice had seen the patient in the
    months before it, else that of the first visit after it; None without either."""
    within = rule.unless_seen_within_months
    days = [max(day, consent) for day in seen if day >= consent or months_after(day, within) >= consent]
    return min(days, default=None)
