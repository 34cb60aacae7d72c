"""What is asked for after a discharge: what is on record of it, by when it is due and why, and what can be done."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coordination.models import (
    Contact,
    Step,
    TransitionState,
    Visit,
)
from coordination.rules.attempts import Attempt, standing
from coordination.rules.calendars import SATURDAY
from coordination.views.entries import clock_words
from coordination.views.thirty_days import day_words
from coordination.views.transition_case import Case, Tag, Way, verdict_of, when_words
from tenancy.clock import local_day


@dataclass(slots=True)
class Row:
    """One thing that is asked for after a discharge: what is on record of it, by when it is due and why then."""

    key: str
    title: str
    tag: Tag | None = None
    said: list[str] = field(default_factory=list)
    by: list[str] = field(default_factory=list)
    why: list[str] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Tried:
    """One contact after the discharge, and what it was by the rule."""

    contact: Contact
    when: str
    verdict: Tag


def rows_of(case: Case) -> list[Row]:
    """What is asked for after a discharge, in the order in which it is done."""
    return [_contact(case), *_steps(case), _visit(case), _complexity(case)]


def tries_of(case: Case) -> list[Tried]:
    """Every contact after the discharge, also those that were none by the rule."""
    return [_tried(case, contact, attempt) for contact, attempt in case.attempts]


def _contact(case: Case) -> Row:
    days, facts = case.days, case.facts
    row = Row("contact", _("Contact within %(n)s business days") % {"n": len(days.business_days)})
    tries = standing(facts.attempts, facts.discharged, days.contact)
    reached = tries.reached
    if reached and reached <= days.contact:
        row.tag = "good", _("reached in time")
        row.said.append(_("on %(day)s") % {"day": day_words(reached)})
    elif reached:
        row.tag = "bad", _("reached late")
        late = _("on %(day)s, after the window ended with %(last)s") % {
            "day": day_words(reached),
            "last": day_words(days.contact),
        }
        row.said.append(late)
    elif tries.is_met(case.clock.failed_attempts):
        row.tag = "warn", _("not reached: keep trying")
    elif case.today > days.contact:
        row.tag = "bad", _("the window is over")
    else:
        row.tag = "", _("not reached yet")
    if not reached:
        n = len(tries.timely)
        row.said.append(ngettext("%(n)s attempt in time", "%(n)s attempts in time", n) % {"n": n})
    row.by.append(_("end of %(day)s") % {"day": day_words(days.contact)})
    first, *_rest = days.business_days
    row.why.append(
        _("the first business day after %(d)s is %(f)s") % {"d": day_words(facts.discharged), "f": day_words(first)}
    )
    skipped = [
        f"{day_words(day)} ({name})"
        for day, name in case.named.items()
        if facts.discharged < day < days.contact and day.weekday() < SATURDAY
    ]
    if skipped:
        row.why.append(_("skipped: %(days)s") % {"days": ", ".join(skipped)})
    return row


def _tried(case: Case, contact: Contact, attempt: Attempt | None) -> Tried:
    at = contact.started_at and clock_words(contact.started_at, case.zone)
    verdict = verdict_of(case, attempt) if attempt else ("left", _("not an attempt to reach the patient"))
    return Tried(contact, when_words(contact.service_date, at), verdict)


def _steps(case: Case) -> Iterator[Row]:
    """Each step, in the order in which they are done."""
    visited, last = case.facts.visited, case.days.visits_due[-1]
    for kind in Step:
        row, done = Row(kind, str(kind.label)), case.steps.get(kind)
        if done:
            late = kind == Step.RECONCILIATION and done.on > (visited or case.days.visits[-1])
            row.tag = ("bad", _("late")) if late else ("good", _("done"))
            row.said.append(_("%(day)s, %(who)s") % {"day": day_words(done.on), "who": done.done_by.signature})
            if done.note:
                row.said.append(done.note)
        else:
            row.tag = ("", _("not yet"))
        if kind == Step.RECONCILIATION:
            row.by.append(
                day_words(visited)
                if visited
                else _("the visit's day, at the latest %(day)s") % {"day": day_words(last)}
            )
            if visited:
                row.why.append(_("the day of the visit"))
        if case.may("transition.write") and case.known.state != TransitionState.CANCELLED:
            at = case.at("transition_step", transition=case.known.pk, done=str(kind))
            row.ways.append(Way(_("Change") if done else _("Record"), at))
            if done:
                withdraw = case.at("transition_step_withdraw", transition=case.known.pk, step=done.pk)
                row.ways.append(Way(_("Take back"), withdraw))
        yield row


def _visit(case: Case) -> Row:
    row, known, days = Row("visit", _("Visit")), case.known, case.days
    numbers = [window.days for window in case.clock.windows]
    if case.got.visits:
        first, *more = case.got.visits
        number = (first.on - known.discharged_on).days
        within = next((each for each in numbers if number <= each), None)
        row.tag = ("good", _("within day %(n)s") % {"n": within}) if within else ("bad", _("late"))
        said = {"day": day_words(first.on), "n": number, "who": first.practitioner.signature}
        row.said.append(_("%(day)s, day %(n)s, with %(who)s") % said)
        if within is None:
            row.said.append(_("day %(n)s was the last") % {"n": numbers[-1]})
        if more:
            row.said.append(ngettext("%(n)s visit after it", "%(n)s visits after it", len(more)) % {"n": len(more)})
    else:
        row.tag = ("bad", _("the windows are over")) if case.today > days.visits[-1] else ("", _("not yet"))
        if known.visit_booked_at:
            booked = local_day(known.visit_booked_at, case.zone)
            number, at = (booked - known.discharged_on).days, clock_words(known.visit_booked_at, case.zone)
            said = {"when": when_words(booked, at), "n": number}
            row.said.append(_("booked for %(when)s, day %(n)s") % said)
            if known.visit_booked_with:
                row.said.append(_("with %(who)s") % {"who": known.visit_booked_with.signature})
            if number > numbers[-1]:
                row.tag = ("bad", _("booked too late"))
            elif number > numbers[0]:
                row.tag = ("warn", _("booked after day %(n)s") % {"n": numbers[0]})
            else:
                row.tag = ("", _("booked"))
    for window, day in zip(case.clock.windows, days.visits, strict=True):
        said = {"n": window.days, "day": day_words(day), "code": window.code}
        row.by.append(_("day %(n)s, %(day)s (%(code)s)") % said)
    row.why.append(
        _("this agency counts the discharge as day 1: a day earlier")
        if case.customs.visit_day
        else _("a day earlier where the discharge is counted as day 1")
    )
    if case.may("clinical_fact.write"):
        row.ways.append(Way(_("Record the visit"), case.at("visit_add")))
    if case.may("transition.write") and known.state != TransitionState.CANCELLED and not case.got.visits:
        row.ways.append(Way(_("Book it"), case.act("arrange")))
    return row


def _complexity(case: Case) -> Row:
    row, known = Row("complexity", _("Medical decision making")), case.known
    judged = next((each for each in case.got.visits if each.complexity), None)
    if known.complexity and known.complexity_judged_by and known.complexity_judged_on:
        row.tag = ("good", known.get_complexity_display())
        said = {"who": known.complexity_judged_by.signature, "day": day_words(known.complexity_judged_on)}
        row.said.append(_("judged by %(who)s, %(day)s") % said)
    elif judged is not None:
        row.tag = ("good", judged.get_complexity_display())
        row.said.append(_judged_with(judged))
    elif known.complexity_asked_of and known.complexity_asked_at:
        row.tag = ("warn", _("waits"))
        said = {
            "who": known.complexity_asked_of.signature,
            "day": day_words(local_day(known.complexity_asked_at, case.zone)),
        }
        row.said.append(_("for %(who)s, asked %(day)s") % said)
    else:
        row.tag = ("", _("not judged"))
    row.why.append(_("over the whole period; a practitioner judges it"))
    if known.state == TransitionState.CANCELLED:
        return row
    if case.may("transition.judge"):
        row.ways.append(Way(_("Judge anew") if known.complexity else _("Judge"), case.act("judge")))
        if known.complexity:
            row.ways.append(Way(_("Take back"), case.act("unjudge")))
    if case.may("transition.write") and not known.complexity:
        row.ways.append(
            Way(_("Ask somebody else") if known.complexity_asked_of else _("Ask a clinician"), case.act("ask"))
        )
    return row


def _judged_with(visit: Visit) -> str:
    said = {
        "day": day_words(visit.on),
        "who": visit.complexity_judged_by.signature if visit.complexity_judged_by else "",
    }
    return _("judged by %(who)s with the visit of %(day)s") % said
