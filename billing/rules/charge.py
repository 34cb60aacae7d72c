"""Proposing the codes of a chosen track, and accounting for every minute of its pool."""

from msgspec.structs import replace

from .bench import Bench
from .book import Rule, Track
from .checks import Question, monthly_cap, refusals
from .countable import Counted
from .decision import Authority
from .ledger import Pool, Taken
from .units import Attained, further_units, within_cap


def attained(q: Question, rule: Rule) -> Attained:
    """Whether a unit takes all its minutes: the rulebook says so, or the payer follows no half rule."""
    return "full" if q.terms and q.plan.name in q.terms.full_time else rule.attained


def needed(q: Question, rule: Rule) -> int:
    """The first minute at which a unit is earned of this payer."""
    return rule.minutes if q.terms and q.plan.name in q.terms.full_time else rule.earned_at


def charge(bench: Bench, q: Question, track: Track, counted: Counted) -> None:
    """Propose the base and its add-ons."""
    pool = counted.open(q.plan, bench.ledger)
    bench.taken.extend(counted.spans())
    base = track.base
    if base.shape == "once":
        logs = pool.include(base.code, base.authority)
        bench.propose(q, 1, bench.first_payable(q, bench.month.first), bench.last_payable(q), logs)
        return
    _propose(bench, q, [pool.take_unit(base.minutes, needed(q, base), base.code, 1, base.authority)])
    for rule in track.add_ons:
        _add_on(bench, replace(q, rule=rule), pool)
    pool.close("above_last_unit", base.authority, base.code, "units.none_further")


def _add_on(bench: Bench, q: Question, pool: Pool) -> None:
    """Charge the units that are earned and that the cap allows, and say what the rest lacks."""
    rule = q.rule
    if against := refusals(q):
        bench.findings.extend(against)
        first = against[0]
        pool.close("not_billed", Authority(first.cite, first.since, first.rule), rule.code, first.id, first.need)
        return
    cap, capped_by = monthly_cap(rule, q.terms)
    at = needed(q, rule)
    earned = further_units(pool.minutes, rule.minutes, attained(q, rule))
    units = within_cap(earned, cap)
    taken = [pool.take_unit(rule.minutes, at, rule.code, unit, rule.authority) for unit in range(1, units + 1)]
    if taken:
        _propose(bench, q, taken)
    if earned > units:
        bench.findings.append(q.no("units.over_monthly_cap", capped_by, have=earned, need=cap))
        pool.close("over_cap", capped_by, rule.code, "units.over_monthly_cap", cap)
    elif units == cap:
        if pool.minutes:
            bench.findings.append(q.no("units.rest_past_cap", capped_by, have=pool.minutes, need=cap))
        pool.close("above_last_unit", capped_by, rule.code, "units.rest_past_cap", cap)
    elif pool.minutes or not units:
        bench.findings.append(q.no("units.below_increment", rule.authority, have=pool.minutes, need=at))
        pool.close("above_last_unit", rule.authority, rule.code, "units.below_increment", at)


def _propose(bench: Bench, q: Question, taken: list[Taken]) -> None:
    """A line over units: any day from the one that completed the last of them, as far as the payer can be billed."""
    logs = dict.fromkeys(log for each in taken for log in each.logs)  # a log can end in one unit and begin the next
    begins = bench.first_payable(q, taken[-1].complete_on)
    bench.propose(q, len(taken), begins, bench.last_payable(q), tuple(logs))
