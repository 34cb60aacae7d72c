"""Which minutes count, and why the others do not. Each log gets the first reason that holds against it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from .book import InitiatingVisit, Plan
from .days import month_end, months_after
from .decision import CONTRACT, CONTRACT_RULE, Authority, Entry, FindingId, Value
from .facts import Enrollment, Log, PatientMonth, Terms
from .ledger import Pool

MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why minutes do not count, and under which rule."""

    reason: FindingId
    authority: Authority
    detail: Value = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Minutes of one log that do not count."""

    log: str
    minutes: int
    refusal: Refusal


def count(
    month: PatientMonth, terms: Terms | None, plan: Plan, logs: Iterable[Log], ledger: list[Entry]
) -> tuple[Pool, tuple[Refused, ...]]:
    """Split a program's logs, given in order of time, into a pool of countable minutes and what was refused."""
    countable: list[tuple[Log, int]] = []
    refused: list[Refused] = []
    covered_until = 0  # the clock minute up to which countable time has been seen
    for log in logs:
        minutes = log.minutes
        if refusal := why_not(log, month, terms, plan):
            refused.append(Refused(log.id, minutes, refusal))
            continue
        if plan.shared_time and log.start is not None:
            # Logs come in order of their start, so what was seen before reaches without a hole from here to its end.
            begin = log.date.toordinal() * MINUTES_A_DAY + log.start.hour * 60 + log.start.minute
            overlap = max(0, min(covered_until, begin + minutes) - begin)
            covered_until = max(covered_until, begin + minutes)
            if overlap:
                refused.append(Refused(log.id, overlap, Refusal("minutes.duplicate_time", plan.shared_time)))
                minutes -= overlap
        if minutes:
            countable.append((log, minutes))
    for each in refused:
        if each.minutes:
            ledger.append(_entry(each, plan))
    return Pool(plan.name, countable, ledger), tuple(refused)


def why_not(log: Log, month: PatientMonth, terms: Terms | None, plan: Plan) -> Refusal | None:
    """The first reason why a log's minutes do not count."""
    if plan.period and not month.first <= log.date <= month.last:
        return Refusal("minutes.outside_period", plan.period, log.date)
    if plan.death and month.died and log.date > month.died:
        return Refusal("minutes.after_death", plan.death, month.died)
    if plan.staff and log.discipline not in plan.staff.disciplines:
        return Refusal("minutes.wrong_discipline", plan.staff.authority, log.discipline)
    if activity := plan.uncounted.get(log.activity):
        return Refusal("minutes.wrong_activity", activity, log.activity)
    if refusal := _not_agreed(log.date, month, plan):
        return refusal
    if terms and terms.until and log.date > terms.until:
        return Refusal("terms.no_contract", Authority(CONTRACT, terms.since, CONTRACT_RULE), terms.until)
    return None


def _not_agreed(day: date, month: PatientMonth, plan: Plan) -> Refusal | None:
    """Why no consent covers a day. One of several is enough: who stops and comes back in a month has agreed to all of it."""
    consents = month.enrolled(plan.name)
    given = [each for each in consents if each.consent and each.consent <= day]
    holding = [each for each in given if not plan.revocation or (last := ends(each)) is None or day <= last]
    if not holding:
        later = min((each.consent for each in consents if each.consent and each.consent > day), default=None)
        if plan.consent and (later or not given):
            return Refusal("minutes.before_consent" if later else "consent.missing", plan.consent, later)
        if plan.revocation and given:
            return Refusal("minutes.after_revocation", plan.revocation, max(filter(None, map(ends, given))))
    if rule := plan.initiating_visit:
        visits = seen(month, plan.name)
        opens = min((on for each in holding if (on := opened(each, visits, rule))), default=None)
        if opens and day < opens:
            return Refusal("minutes.before_visit", rule.authority, opens)
    return None


def ends(enrollment: Enrollment) -> date | None:
    """The last day on which minutes count after a patient stopped: the end of that calendar month."""
    return enrollment.revoked and month_end(enrollment.revoked)


def seen(month: PatientMonth, program: str) -> tuple[date, ...]:
    """The days up to the month's end on which the practice saw the patient, as far as recorded; a visit that opens is one."""
    days = [day for each in month.enrolled(program) for day in (each.initiating_visit, each.last_seen)]
    return tuple(day for day in days if day and day <= month.last)


def opened(enrollment: Enrollment, visits: Iterable[date], rule: InitiatingVisit) -> date | None:
    """The day from which the service is open under a consent: that of the consent where the practice had seen the patient in the
    months before it, else that of the first visit after it; None without either."""
    consent = enrollment.consent
    if consent is None:
        return None
    days = [max(day, consent) for day in visits if months_after(day, rule.unless_seen_within_months) >= consent]
    return min(days, default=None)


def _entry(each: Refused, plan: Plan) -> Entry:
    refusal = each.refusal
    return Entry(
        each.log,
        each.minutes,
        "not_countable",
        plan.name,
        "",
        0,
        refusal.reason,
        refusal.detail,
        refusal.authority.cite,
        refusal.authority.since,
        refusal.authority.rule,
    )
