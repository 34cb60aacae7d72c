"""What happened around a discharge, for the picture of its days."""

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from coordination.models import (
    Step,
)
from coordination.views.entries import clock_words
from coordination.views.thirty_days import Happened, Strip, day_words, passed_of
from coordination.views.transition_case import Case, verdict_of, when_words
from tenancy.clock import local_day


def strip_of(case: Case) -> Strip:
    """What the picture of a discharge is of."""
    known, zone = case.known, case.zone
    visits = tuple(
        (day, strict, window.code)
        for window, day, strict in zip(case.clock.windows, case.days.visits, case.days.strict_visits, strict=True)
    )
    local = case.now.astimezone(zone)
    passed = passed_of(local.hour * 3600 + local.minute * 60 + local.second)
    return Strip(
        known.discharged_on, case.days, visits, case.named, sorted(_happened(case), key=_in_time), (case.today, passed)
    )


def _in_time(each: Happened) -> tuple[date, str]:
    return each.on, each.at.rjust(5, "0")


def _happened(case: Case) -> Iterator[Happened]:
    known, zone = case.known, case.zone
    at = known.discharged_at and clock_words(known.discharged_at, zone)
    yield Happened(
        known.discharged_on,
        "discharge",
        _("Discharged %(when)s, day 0.") % {"when": when_words(known.discharged_on, at)},
        at or "",
    )
    learned = local_day(known.learned_at, zone)
    heard = clock_words(known.learned_at, zone)
    yield Happened(learned, "learned", _("We learned of it %(when)s.") % {"when": when_words(learned, heard)}, heard)
    for contact, attempt in case.attempts:
        if attempt is None:
            continue
        tone_and_word = verdict_of(case, attempt)
        clock = contact.started_at and clock_words(contact.started_at, zone)
        said = {
            "when": when_words(attempt.on, clock),
            "what": contact.get_outcome_display(),
            "verdict": tone_and_word[1],
        }
        kind = "reached" if attempt.is_contact else "attempt"
        yield Happened(attempt.on, kind, _("%(when)s: %(what)s (%(verdict)s).") % said, clock or "")
    for visit in case.got.visits[:1]:
        said = {
            "day": day_words(visit.on),
            "n": (visit.on - known.discharged_on).days,
            "who": visit.practitioner.signature,
        }
        yield Happened(visit.on, "visit", _("Visit %(day)s, day %(n)s, with %(who)s.") % said)
    if known.visit_booked_at and not case.got.visits:
        booked, clock = local_day(known.visit_booked_at, zone), clock_words(known.visit_booked_at, zone)
        yield Happened(booked, "booked", _("Visit booked for %(when)s.") % {"when": when_words(booked, clock)}, clock)
    if done := case.steps.get(Step.RECONCILIATION):
        yield Happened(done.on, "reconciled", _("Medicines reconciled %(day)s.") % {"day": day_words(done.on)})
