"""Which minutes count, and why the others do not. Each log gets the first reason that holds against it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from .book import Plan
from .days import month_end
from .decision import Authority, Entry, FindingId, Value
from .facts import Enrollment, Log, PatientMonth
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
    month: PatientMonth, plan: Plan, logs: Iterable[Log], ledger: list[Entry]
) -> tuple[Pool, tuple[Refused, ...]]:
    """Split a program's logs, given in order of time, into a pool of countable minutes and what was refused."""
    enrollment = month.enrollment(plan.name)
    countable: list[tuple[Log, int]] = []
    refused: list[Refused] = []
    covered_until = 0  # the clock minute up to which countable time has been seen
    for log in logs:
        minutes = log.minutes
        if refusal := why_not(log, month, plan, enrollment):
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


def why_not(log: Log, month: PatientMonth, plan: Plan, enrollment: Enrollment | None) -> Refusal | None:
    """The first reason why a log's minutes do not count."""
    if plan.period and not month.first <= log.date <= month.last:
        return Refusal("minutes.outside_period", plan.period, log.date)
    if plan.staff and log.discipline not in plan.staff.disciplines:
        return Refusal("minutes.wrong_discipline", plan.staff.authority, log.discipline)
    if activity := plan.uncounted.get(log.activity):
        return Refusal("minutes.wrong_activity", activity, log.activity)
    if plan.consent:
        if enrollment is None or enrollment.consent is None:
            return Refusal("consent.missing", plan.consent)
        if log.date < enrollment.consent:
            return Refusal("minutes.before_consent", plan.consent, enrollment.consent)
    if plan.revocation and enrollment and (ended := ends(enrollment)) and log.date > ended:
        return Refusal("minutes.after_revocation", plan.revocation, ended)
    return None


def ends(enrollment: Enrollment) -> date | None:
    """The last day on which minutes count after a patient stopped: the end of that calendar month."""
    return enrollment.revoked and month_end(enrollment.revoked)


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
    )
