"""Which minutes count, and why the others do not. Each log gets the first reason that holds against it."""

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from .agreed import Agreed
from .book import CoveredStay, Plan, Staff
from .decision import CONTRACT, CONTRACT_RULE, COVERAGE, COVERAGE_RULE, Authority, Entry, FindingId, Value
from .facts import Log, PatientMonth, Payer, Stay, Terms
from .ledger import Pool

MINUTES_A_DAY = 24 * 60


class Refusal(Struct, frozen=True):
    """Why minutes do not count, and under which rule."""

    reason: FindingId
    authority: Authority
    detail: Value = None


class Refused(Struct, frozen=True):
    """Minutes of one log that do not count."""

    log: str
    minutes: int
    refusal: Refusal


class Counted(Struct, frozen=True):
    """A program's logs as one track sees them: pieces that count, in order of time, and what was refused. Nothing is spent yet."""

    pieces: tuple[tuple[Log, int], ...]
    refused: tuple[Refused, ...]
    minutes: int

    def open(self, plan: Plan, ledger: list[Entry]) -> Pool:
        """Account for what was refused, and give out the rest to be spent."""
        ledger.extend(_entry(each, plan) for each in self.refused if each.minutes)
        return Pool(plan.name, self.pieces, ledger)


def count(
    month: PatientMonth, payer: Payer, plan: Plan, with_: Agreed, logs: Iterable[Log], staff: Staff | None
) -> Counted:
    """Split a program's logs, given in order of time, into what counts and what does not; `staff`: only theirs counts."""
    pieces: list[tuple[Log, int]] = []
    refused: list[Refused] = []
    counted = 0
    begins, ends = plain_days(month, payer, plan, with_)
    seen_until = 0  # the clock minute up to which countable time of anybody has been seen
    own_until: dict[str, int] = {}  # and of each person
    for log in logs:
        minutes = log.minutes
        is_plain = begins <= log.date <= ends
        refusal = of_a_kind(log, plan, staff) if is_plain else why_not(log, month, payer, plan, with_, staff)
        if refusal:
            refused.append(Refused(log.id, minutes, refusal))
            continue
        if plan.shared_time and log.start is not None:
            # Logs come in order of their start, so what was seen before reaches without a hole from here to its end.
            begin = log.date.toordinal() * MINUTES_A_DAY + log.start.hour * 60 + log.start.minute
            end = begin + minutes
            if (overlap := min(seen_until, end) - begin) > 0:
                own = own_until.get(log.staff, 0) > begin
                reason: FindingId = "minutes.duplicate_time" if own else "minutes.two_staff_same_time"
                refused.append(Refused(log.id, overlap, Refusal(reason, plan.shared_time)))
                minutes -= overlap
            seen_until = max(seen_until, end)
            own_until[log.staff] = max(own_until.get(log.staff, 0), end)
        if minutes:
            pieces.append((log, minutes))
            counted += minutes
    return Counted(tuple(pieces), tuple(refused), counted)


def why_not(
    log: Log, month: PatientMonth, payer: Payer, plan: Plan, with_: Agreed, staff: Staff | None
) -> Refusal | None:
    """The first reason why a log's minutes do not count."""
    if plan.period and not month.first <= log.date <= month.last:
        return Refusal("minutes.outside_period", plan.period, log.date)
    if plan.death and month.died and log.date > month.died:
        return Refusal("minutes.after_death", plan.death, month.died)
    if refusal := of_a_kind(log, plan, staff):
        return refusal
    if refusal := _not_agreed(log.date, plan, with_):
        return refusal
    if month.stays and plan.covered_stay and (since := _inside(log.date, month, plan.covered_stay)):
        return Refusal("minutes.inside_stay", plan.covered_stay.authority, since)
    return _not_paid(log.date, month, payer)


def plain_days(month: PatientMonth, payer: Payer, plan: Plan, with_: Agreed) -> tuple[date, date]:
    """The first and the last of days against which nothing can be said: their logs can only be of a kind that never counts. None
    at all (a first after the last) where that takes a closer look; most months have one consent, no stay and one payer."""
    until = None
    if isinstance(payer, Terms):
        if payer.spans is not None:
            return date.max, date.min
        until = payer.until
    if month.stays or len(with_.own) != 1:
        return date.max, date.min
    [consent] = with_.own
    begins = max(month.first, consent.given, consent.opens or consent.given)
    return begins, min([day for day in (month.last, month.died, consent.ends, until) if day])


def of_a_kind(log: Log, plan: Plan, staff: Staff | None) -> Refusal | None:
    """Why minutes of this kind, by this person, never count."""
    if plan.staff and log.discipline not in plan.staff.disciplines:
        return Refusal("minutes.wrong_discipline", plan.staff.authority, log.discipline)
    if activity := plan.uncounted.get(log.activity):
        return Refusal("minutes.wrong_activity", activity, log.activity)
    if staff and log.discipline not in staff.disciplines:
        return Refusal("minutes.not_personal", staff.authority, log.discipline)
    return None


def _not_paid(day: date, month: PatientMonth, payer: Payer) -> Refusal | None:
    """Why this payer pays nothing for a day. Where nobody pays at all that is the code's failing, not the day's."""
    if not isinstance(payer, Terms):
        return None
    if not payer.pays_on(day):
        return Refusal("minutes.not_covered", Authority(COVERAGE, month.first, COVERAGE_RULE), day)
    if payer.until and day > payer.until:
        return Refusal("minutes.after_contract", Authority(CONTRACT, payer.since, CONTRACT_RULE), payer.until)
    return None


def _inside(day: date, month: PatientMonth, rule: CoveredStay) -> date | None:
    """The day of admission to the covered stay that a day lies in."""
    return min((stay.first for stay in month.stays if stay.is_part_a and _lies_in(day, stay, rule)), default=None)


def _lies_in(day: date, stay: Stay, rule: CoveredStay) -> bool:
    if day == stay.first:
        return rule.admission_day_inside
    if day == stay.last:
        return rule.discharge_day_inside
    return stay.first < day and (stay.last is None or day < stay.last)


def _not_agreed(day: date, plan: Plan, with_: Agreed) -> Refusal | None:
    """Why no consent covers a day. One of several is enough: who stops and comes back in a month has agreed to all of it."""
    holding = [each for each in with_.own if each.holds(day)]
    if not holding:
        if plan.one_practitioner and any(each.holds(day) for each in with_.others):
            return Refusal("minutes.other_practitioner", plan.one_practitioner)
        later = min((each.given for each in with_.own if each.given > day), default=None)
        ended = max((each.ends for each in with_.own if each.given <= day and each.ends), default=None)
        if plan.consent and (later or not ended):
            return Refusal("minutes.before_consent" if later else "consent.missing", plan.consent, later)
        if plan.revocation and ended:
            return Refusal("minutes.after_revocation", plan.revocation, ended)
    if rule := plan.initiating_visit:
        opens = min((each.opens for each in holding if each.opens), default=None)
        if opens and day < opens:
            return Refusal("minutes.before_visit", rule.authority, opens)
    return None


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
