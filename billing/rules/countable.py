"""Which minutes count, and why the others do not. Each log gets the first reason that holds against it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from .book import CoveredStay, InitiatingVisit, Plan, Staff
from .days import month_end, months_after
from .decision import CONTRACT, CONTRACT_RULE, COVERAGE, COVERAGE_RULE, Authority, Entry, FindingId, Value
from .facts import Enrollment, Log, PatientMonth, Payer, Stay, Terms
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


@dataclass(frozen=True, slots=True)
class Counted:
    """A program's logs as one track sees them: pieces that count, in order of time, and what was refused. Nothing is spent yet."""

    pieces: tuple[tuple[Log, int], ...]
    refused: tuple[Refused, ...]
    minutes: int

    def open(self, plan: Plan, ledger: list[Entry]) -> Pool:
        """Account for what was refused, and give out the rest to be spent."""
        ledger.extend(_entry(each, plan) for each in self.refused if each.minutes)
        return Pool(plan.name, self.pieces, ledger)


@dataclass(frozen=True, slots=True)
class Consents:
    """The consents of a program's month: those to the practitioner who bills it, those to others, and when the patient was seen."""

    own: tuple[Enrollment, ...]
    others: tuple[Enrollment, ...]
    seen: tuple[date, ...]


def consents(month: PatientMonth, plan: Plan) -> Consents:
    """A visit is the practice's, whoever bills; a consent is given to one practitioner."""
    enrolled = month.enrolled(plan.name)
    practitioner = month.practitioner(plan.name)
    own = tuple(each for each in enrolled if not plan.one_practitioner or each.practitioner == practitioner)
    days = (day for each in enrolled for day in (each.initiating_visit, each.last_seen))
    seen = tuple(day for day in days if day and day <= month.last)
    return Consents(own, tuple(each for each in enrolled if each not in own), seen)


def count(month: PatientMonth, payer: Payer, plan: Plan, logs: Iterable[Log], staff: Staff | None = None) -> Counted:
    """Split a program's logs, given in order of time, into what counts and what does not; `staff`: only theirs counts."""
    pieces: list[tuple[Log, int]] = []
    refused: list[Refused] = []
    agreed = consents(month, plan)
    covered_until: dict[str, int] = {}  # per person, the clock minute up to which countable time has been seen
    for log in logs:
        minutes = log.minutes
        if refusal := why_not(log, month, payer, plan, agreed, staff):
            refused.append(Refused(log.id, minutes, refusal))
            continue
        if plan.shared_time and log.start is not None:
            # Logs come in order of their start, so what was seen before reaches without a hole from here to its end.
            begin = log.date.toordinal() * MINUTES_A_DAY + log.start.hour * 60 + log.start.minute
            overlap = max(0, min(max(covered_until.values(), default=0), begin + minutes) - begin)
            if overlap:
                own = covered_until.get(log.staff, 0) > begin
                reason: FindingId = "minutes.duplicate_time" if own else "minutes.two_staff_same_time"
                refused.append(Refused(log.id, overlap, Refusal(reason, plan.shared_time)))
            covered_until[log.staff] = max(covered_until.get(log.staff, 0), begin + minutes)
            minutes -= overlap
        if minutes:
            pieces.append((log, minutes))
    return Counted(tuple(pieces), tuple(refused), sum(minutes for _, minutes in pieces))


def why_not(
    log: Log, month: PatientMonth, payer: Payer, plan: Plan, agreed: Consents, staff: Staff | None
) -> Refusal | None:
    """The first reason why a log's minutes do not count."""
    if plan.period and not month.first <= log.date <= month.last:
        return Refusal("minutes.outside_period", plan.period, log.date)
    if plan.death and month.died and log.date > month.died:
        return Refusal("minutes.after_death", plan.death, month.died)
    if plan.staff and log.discipline not in plan.staff.disciplines:
        return Refusal("minutes.wrong_discipline", plan.staff.authority, log.discipline)
    if activity := plan.uncounted.get(log.activity):
        return Refusal("minutes.wrong_activity", activity, log.activity)
    if staff and log.discipline not in staff.disciplines:
        return Refusal("minutes.not_personal", staff.authority, log.discipline)
    if refusal := _not_agreed(log.date, plan, agreed):
        return refusal
    if plan.covered_stay and (stay := _inside(log.date, month, plan.covered_stay)):
        return Refusal("minutes.inside_stay", plan.covered_stay.authority, stay.first)
    return _not_paid(log.date, month, payer)


def _not_paid(day: date, month: PatientMonth, payer: Payer) -> Refusal | None:
    """Why this payer pays nothing for a day. Where nobody pays at all that is the code's failing, not the day's."""
    if not isinstance(payer, Terms):
        return None
    if not payer.pays_on(day):
        return Refusal("minutes.not_covered", Authority(COVERAGE, month.first, COVERAGE_RULE), day)
    if payer.until and day > payer.until:
        return Refusal("minutes.after_contract", Authority(CONTRACT, payer.since, CONTRACT_RULE), payer.until)
    return None


def _inside(day: date, month: PatientMonth, rule: CoveredStay) -> Stay | None:
    """The covered stay that a day lies in."""
    for stay in sorted(month.stays):
        first = stay.first if rule.admission_day_inside else stay.first + timedelta(days=1)
        last = stay.last and (stay.last if rule.discharge_day_inside else stay.last - timedelta(days=1))
        if stay.is_part_a and first <= day and (last is None or day <= last):
            return stay
    return None


def _not_agreed(day: date, plan: Plan, agreed: Consents) -> Refusal | None:
    """Why no consent covers a day. One of several is enough: who stops and comes back in a month has agreed to all of it."""
    given = [each for each in agreed.own if each.consent and each.consent <= day]
    holding = [each for each in given if _holds(each, day, plan)]
    if not holding:
        if plan.one_practitioner and any(
            each.consent and each.consent <= day and _holds(each, day, plan) for each in agreed.others
        ):
            return Refusal("minutes.other_practitioner", plan.one_practitioner)
        later = min((each.consent for each in agreed.own if each.consent and each.consent > day), default=None)
        if plan.consent and (later or not given):
            return Refusal("minutes.before_consent" if later else "consent.missing", plan.consent, later)
        if plan.revocation and given:
            return Refusal("minutes.after_revocation", plan.revocation, max(filter(None, map(ends, given))))
    if rule := plan.initiating_visit:
        opens = min((on for each in holding if (on := opened(each, agreed.seen, rule))), default=None)
        if opens and day < opens:
            return Refusal("minutes.before_visit", rule.authority, opens)
    return None


def _holds(enrollment: Enrollment, day: date, plan: Plan) -> bool:
    return not plan.revocation or (last := ends(enrollment)) is None or day <= last


def ends(enrollment: Enrollment) -> date | None:
    """The last day on which minutes count after a patient stopped: the end of that calendar month."""
    return enrollment.revoked and month_end(enrollment.revoked)


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
