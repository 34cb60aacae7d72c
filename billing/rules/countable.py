"""Which minutes count, and why the others do not. Each log gets the first reason that holds against it."""

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from .agreed import Agreed
from .book import CoveredStay, Plan, Staff
from .decision import CONTRACT, CONTRACT_RULE, COVERAGE, COVERAGE_RULE, Authority, Entry, FindingId, Value
from .facts import Log, PatientMonth, Stay
from .institutions import excluding_stay
from .ledger import Pool
from .terms import Terms, UnitCode

MINUTES_A_DAY = 24 * 60
NEVER = date.max, date.min


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

    def spans(self) -> list[tuple[int, int]]:
        """The clock minutes, as far as they are known, that these pieces cover."""
        return [span for log, _ in self.pieces if (span := _span(log))]


class Counting(Struct, frozen=True):
    """Whose minutes of which month are counted, for which program, and by which rules."""

    month: PatientMonth
    terms: Terms | None  # of whoever pays
    plan: Plan
    agreed: Agreed
    staff: Staff | None = None  # of the track: only theirs count
    unit: UnitCode | None = None  # of the contract: only what it names
    taken: tuple[tuple[int, int], ...] = ()  # clock minutes that another program bills


def count(c: Counting, logs: Iterable[Log]) -> Counted:
    """Split a program's logs, given in order of time, into what counts and what does not."""
    pieces: list[tuple[Log, int]] = []
    refused: list[Refused] = []
    counted = 0
    begins, ends = plain_days(c)
    seen_until = 0  # the clock minute up to which countable time of anybody has been seen
    own_until: dict[str, int] = {}  # and of each person
    for log in logs:
        minutes = log.minutes
        refusal = of_a_kind(log, c) if begins <= log.date <= ends else why_not(log, c)
        if refusal:
            refused.append(Refused(log.id, minutes, refusal))
            continue
        if c.plan.shared_time and log.start is not None:
            # Logs come in order of their start, so what was seen before reaches without a hole from here to its end.
            begin = log.date.toordinal() * MINUTES_A_DAY + log.start.hour * 60 + log.start.minute
            end = begin + minutes
            if (overlap := min(seen_until, end) - begin) > 0:
                own = own_until.get(log.staff, 0) > begin
                reason: FindingId = "minutes.duplicate_time" if own else "minutes.two_staff_same_time"
                refused.append(Refused(log.id, overlap, Refusal(reason, c.plan.shared_time)))
                minutes -= overlap
            if c.taken and (used := _covered(max(begin, seen_until), end, c.taken)):
                refused.append(Refused(log.id, used, Refusal("minutes.used_elsewhere", c.plan.shared_time)))
                minutes -= used
            seen_until = max(seen_until, end)
            own_until[log.staff] = max(own_until.get(log.staff, 0), end)
        if minutes:
            pieces.append((log, minutes))
            counted += minutes
    return Counted(tuple(pieces), tuple(refused), counted)


def _span(log: Log) -> tuple[int, int] | None:
    if log.start is None:
        return None
    begin = log.date.toordinal() * MINUTES_A_DAY + log.start.hour * 60 + log.start.minute
    return begin, begin + log.minutes


def _covered(begin: int, end: int, spans: Iterable[tuple[int, int]]) -> int:
    """Minutes from `begin` to `end` that spans cover, each once though they may overlap."""
    covered = 0
    for first, last in sorted(spans):
        first = max(first, begin)
        if (inside := min(last, end) - first) > 0:
            covered += inside
            begin = max(begin, min(last, end))
    return covered


def why_not(log: Log, c: Counting) -> Refusal | None:
    """The first reason why a log's minutes do not count."""
    month, plan = c.month, c.plan
    if plan.period and not month.first <= log.date <= month.last:
        return Refusal("minutes.outside_period", plan.period, log.date)
    if plan.death and month.died and log.date > month.died:
        return Refusal("minutes.after_death", plan.death, month.died)
    if refusal := of_a_kind(log, c):
        return refusal
    if refusal := _not_agreed(log.date, plan, c.agreed):
        return refusal
    if month.stays:
        if plan.covered_stay and (since := _inside(log.date, month, plan.covered_stay)):
            return Refusal("minutes.inside_stay", plan.covered_stay.authority, since)
        if plan.institutions and (found := excluding_stay(log.date, month, c.terms, plan.institutions)):
            stay, rule = found
            return Refusal(rule.finding, rule.authority, stay.first)
    if month.other_programs and (refusal := _paid_elsewhere(log.date, c)):
        return refusal
    if plan.claimed_time and c.unit and _is_claimed(log.date, c.unit.code, month):
        return Refusal("minutes.already_claimed", plan.claimed_time, log.date)
    return _not_paid(log.date, month, c.terms)


def plain_days(c: Counting) -> tuple[date, date]:
    """The first and the last of days against which nothing can be said: their logs can only be of a kind that never counts. None
    at all (a first after the last) where that takes a closer look; most months have one consent, no stay and one payer."""
    month, terms = c.month, c.terms
    until = None
    if terms is not None:
        if terms.spans is not None:
            return NEVER
        until = terms.until
    if month.stays or month.other_programs or (c.unit and month.claims):
        return NEVER
    if c.plan.consent is None and c.plan.initiating_visit is None:
        begins = month.first
        consent_ends = None
    elif len(c.agreed.own) == 1:
        [consent] = c.agreed.own
        begins = max(month.first, consent.given, consent.opens or consent.given)
        consent_ends = consent.ends
    else:
        return NEVER
    return begins, min([day for day in (month.last, month.died, consent_ends, until) if day])


def of_a_kind(log: Log, c: Counting) -> Refusal | None:
    """Why minutes of this kind, by this person, never count."""
    plan = c.plan
    if plan.staff and log.discipline not in plan.staff.disciplines:
        return Refusal("minutes.wrong_discipline", plan.staff.authority, log.discipline)
    if activity := plan.uncounted.get(log.activity):
        return Refusal("minutes.wrong_activity", activity, log.activity)
    if c.staff and log.discipline not in c.staff.disciplines:
        return Refusal("minutes.not_personal", c.staff.authority, log.discipline)
    if (terms := c.terms) is None:
        return None
    if log.activity in terms.excluded_activities:
        return Refusal("minutes.activity_excluded", _contract(terms), log.activity)
    if c.unit and c.unit.disciplines is not None and log.discipline not in c.unit.disciplines:
        return Refusal("minutes.discipline_not_allowed", _contract(terms), log.discipline)
    return None


def _is_claimed(day: date, code: str, month: PatientMonth) -> bool:
    return any(each.on == day and each.code == code and each.practitioner for each in month.claims)


def _contract(terms: Terms) -> Authority:
    return Authority(CONTRACT, terms.since, CONTRACT_RULE)


def _paid_elsewhere(day: date, c: Counting) -> Refusal | None:
    """Whether another program pays for the patient's case management on a day, by law or by what the contract says."""
    for each in sorted(c.month.other_programs, key=lambda other: (other.first, other.kind)):
        if each.first <= day and (each.last is None or day <= each.last):
            if c.plan.other_programs and each.kind in c.plan.other_programs.kinds:
                return Refusal("minutes.paid_elsewhere", c.plan.other_programs.authority, each.kind)
            if c.unit and c.terms and each.kind in c.terms.excluded_programs:
                return Refusal("minutes.paid_elsewhere", _contract(c.terms), each.kind)
    return None


def _not_paid(day: date, month: PatientMonth, payer: Terms | None) -> Refusal | None:
    """Why this payer pays nothing for a day. Where nobody pays at all that is the code's failing, not the day's."""
    if payer is None:
        return None
    if not payer.pays_on(day):
        return Refusal("minutes.not_covered", Authority(COVERAGE, month.first, COVERAGE_RULE), day)
    if payer.until and day > payer.until:
        return Refusal("minutes.after_contract", _contract(payer), payer.until)
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
