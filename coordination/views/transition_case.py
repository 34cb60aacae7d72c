"""One discharge with all that was read around it, and the words that its page uses in several places."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coordination.models import (
    Patient,
    Step,
    Transition,
    TransitionStep,
)
from coordination.rules.attempts import Attempt
from coordination.rules.calendars import business_days_after
from coordination.rules.deadlines import (
    Clock,
    Customs,
    TransitionDays,
    TransitionFacts,
    transition_days,
    transition_dues,
)
from coordination.selectors.transitions import (
    Gathered,
    attempt_from,
    clock_on,
    facts_from,
    gathered,
    named_customs,
)
from coordination.views.entries import clock_words
from coordination.views.thirty_days import day_words
from tenancy.clock import local_day
from tenancy.links import here
from tenancy.models import signed

Tag = tuple[str, str]
"""Its tone, and its word."""


@dataclass(frozen=True, slots=True)
class Way:
    """Something that can be done, and where."""

    label: str
    address: str


class Case:
    """One discharge with everything that was read around it, for a reader who `can`."""

    def __init__(self, known: Transition, patient: Patient, now: datetime, zone: ZoneInfo, can: frozenset[str]) -> None:
        self.known, self.patient, self.now, self.zone, self.can = known, patient, now, zone, can
        self.today = local_day(now, zone)
        self.clock: Clock = clock_on(known.discharged_on)
        named: dict[date, str]
        self.customs: Customs
        self.customs, named = named_customs(known.discharged_on, known.discharged_on)
        self.named = named
        self.days = days_of(known.discharged_on, self.clock, self.customs)
        self.got: Gathered = gathered(known, self.days.period_ends)
        self.attempts = [(each, attempt_from(each)) for each in self.got.contacts]
        self.steps: dict[str, TransitionStep] = {each.kind: each for each in self.got.steps}
        reconciled = self.steps.get(Step.RECONCILIATION)
        tried = sorted(attempt for _contact, attempt in self.attempts if attempt)
        known.patient = patient
        self.facts: TransitionFacts = facts_from(known, tried, self.got.visits, reconciled and reconciled.on)
        self.dues = transition_dues(self.facts, self.clock, self.customs)

    def may(self, capability: str) -> bool:
        return capability in self.can

    def at(self, route: str, **ids: UUID | str) -> str:
        return here(f"coordination:{route}", patient=self.patient.pk, **ids)

    def act(self, key: str) -> str:
        return self.at(f"transition_{key}", transition=self.known.pk)


def days_of(discharged: date, numbers: Clock, customs: Customs) -> TransitionDays:
    """The days of a discharge as an agency counts them."""
    business_days = business_days_after(discharged, numbers.contact_business_days, customs.holidays)
    return transition_days(discharged, numbers, business_days, customs.visit_day)


def verdict_of(case: Case, attempt: Attempt) -> Tag:
    """What an attempt is by the rule."""
    if attempt.on < case.known.discharged_on:
        return "warn", _("before the discharge: does not count")
    if not attempt.is_by_practice:
        return "warn", _("not clinical staff: does not count")
    timely = attempt.on <= case.days.contact
    if attempt.is_contact:
        return ("good", _("reached in time")) if timely else ("bad", _("reached late"))
    if attempt.is_reached:
        return "warn", _("only an appointment: not the contact")
    return ("", _("attempt in time")) if timely else ("left", _("attempt after the window"))


def when_words(day: date, at: str | None) -> str:
    """A day, and the time of it where it is known."""
    return f"{day_words(day)}, {at}" if at else day_words(day)


def lead_of(known: Transition) -> str:
    """The patient's lead coordinator, with licence; "" where nobody is."""
    return signed(known.lead_name, known.lead_discipline) if known.lead_name else ""  # type: ignore[attr-defined]


def learned_words(known: Transition, zone: ZoneInfo) -> str:
    """When we learned of it, from where, and how long after the discharge."""
    day = local_day(known.learned_at, zone)
    said = {
        "when": f"{date_format(day, 'D M j, Y')}, {clock_words(known.learned_at, zone)}",
        "from": known.get_source_display(),
    }
    words = _("%(when)s, from %(from)s") % said
    n = (day - known.discharged_on).days
    if n > 0:
        words += ngettext(", %(n)s day after the discharge", ", %(n)s days after the discharge", n) % {"n": n}
    return words
