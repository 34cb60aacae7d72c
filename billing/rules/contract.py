"""Codes that a contract pays by the unit or the month: what it says of rounding, caps and modifiers, applied to a program's logs."""

from collections.abc import Iterable
from dataclasses import replace as with_values
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from .agreed import Agreed
from .bench import Bench
from .book import Plan, Rule
from .checks import Question, monthly_cap, refusals
from .countable import Counted, Counting, Refusal, Refused, count
from .decision import CONTRACT, CONTRACT_RULE, Authority, Bucket, Finding, FindingId
from .facts import Log
from .ledger import Pool
from .terms import UnitCode
from .units import rounded_units, within_cap
from .weigh import refused_minutes

Piece = tuple[Log, int]
Key = tuple[date, str, tuple[str, ...]]  # day, encounter, modifiers


class Draft(Struct):
    """A line in the making: units of one day and one set of modifiers."""

    units: int
    logs: list[str]
    first: date
    last: date


class Over(Struct, frozen=True):
    """A cap that cut units off, and who set it."""

    reason: FindingId
    authority: Authority
    cap: int | None


def bill_by_contract(bench: Bench, plan: Plan, with_: Agreed, logs: list[Log]) -> None:
    """Decide the codes of a program that the contract pays, each on the logs of its activities."""
    units = [each for each in bench.terms.units if each.program == plan.name] if bench.terms else []
    requested = set(bench.month.requested)
    if not units:
        _no_unit(bench, plan, with_, logs)
        return
    named = frozenset(activity for each in units for activity in each.activities or ())
    left = list(logs)
    for unit in sorted(units, key=lambda each: (each.activities is None, each.code)):
        own = [log for log in left if _is_for(log, unit, named)]
        left = [log for log in left if not _is_for(log, unit, named)]
        if own or unit.code in requested or (unit.by_month and with_.own):
            _bill_unit(bench, plan, with_, unit, own)
    if left:
        authority = _contract(bench)
        refusals_of = [Refusal("minutes.no_code_for_activity", authority, log.activity) for log in left]
        refused = (Refused(log.id, log.minutes, why) for log, why in zip(left, refusals_of, strict=True))
        Counted((), tuple(refused), 0).open(plan, bench.ledger)
    paid = {each.code for each in units}
    for code in plan.contract_codes:
        if code in requested and code not in paid:
            _refuse_without_unit(bench, plan, with_, code)


def _refuse_without_unit(bench: Bench, plan: Plan, with_: Agreed, code: str) -> Finding:
    """Why a code is not billed of which the contract does not say what a unit is; the first reason is returned."""
    q = bench.ask(plan, with_, rule_of(plan, code, _contract(bench)))
    against = refusals(q) or [q.no("terms.no_unit", q.contract())]
    bench.findings.extend(against)
    return against[0]


def _is_for(log: Log, unit: UnitCode, named: frozenset[str]) -> bool:
    """Whether a log's activity is one of the code's; a code that names none has all that no other code names."""
    return log.activity not in named if unit.activities is None else log.activity in unit.activities


def _contract(bench: Bench) -> Authority:
    since = bench.terms.since if bench.terms else bench.month.first
    return Authority(CONTRACT, since, CONTRACT_RULE)


def rule_of(plan: Plan, code: str, authority: Authority) -> Rule:
    """The rulebook's rule of a code; of one that only the contract knows, the contract's."""
    return plan.contract_codes.get(code) or Rule(
        code=code,
        label=code,
        shape="contract",
        status=None,
        minutes=0,
        attained="full",
        earned_at=0,
        max_units_month=None,
        agency_types=None,
        add_on_to=(),
        excluded_by={},
        visits=frozenset(),
        visit_has=None,
        factors_not_enough=frozenset(),
        assessments=frozenset(),
        assessments_before=frozenset(),
        months_apart=0,
        once_for_good=False,
        window=None,
        requirements=(),
        authority=authority,
    )


def _no_unit(bench: Bench, plan: Plan, with_: Agreed, logs: list[Log]) -> None:
    """Whoever pays states no unit for the program: each code that was asked for, or the program's first, says so."""
    asked = [code for code in plan.contract_codes if code in bench.month.requested]
    counted = count(Counting(bench.month, bench.terms, plan, with_), logs)
    reasons = [_refuse_without_unit(bench, plan, with_, code) for code in asked or list(plan.contract_codes)[:1]]
    if reasons:
        first = reasons[0]
        authority = Authority(first.cite, first.since, first.rule)
        counted.open(plan, bench.ledger).close("not_billed", authority, first.code, first.id, first.need)


def _bill_unit(bench: Bench, plan: Plan, with_: Agreed, unit: UnitCode, logs: list[Log]) -> None:
    q = bench.ask(plan, with_, rule_of(plan, unit.code, _contract(bench)))
    counted = count(Counting(bench.month, bench.terms, plan, with_, None, unit, tuple(bench.taken)), logs)
    against = [*refusals(q), *_rendering(q, unit, counted), *_beside(q, unit)]
    groups = _groups(unit, counted.pieces, bench.month.last)
    short: list[Finding] = []  # too little that counts, the reasons why others do not before it
    if unit.by_month:
        if len(counted.pieces) < unit.min_contacts:
            none = q.no("service.none_in_month", q.contract(), have=len(counted.pieces), need=unit.min_contacts)
            short = [*refused_minutes(q, counted), none]
    elif not any(_earned(unit, pieces) for pieces in groups.values()):
        below = q.no("units.below_first", q.contract(), have=counted.minutes, need=unit.rounding.first)
        short = [*refused_minutes(q, counted), below]
    pool = counted.open(plan, bench.ledger)
    if against or short:
        bench.findings.extend(against + short)
        first = (against or short[-1:])[0]
        bucket: Bucket = "below_threshold" if first.id == "units.below_first" else "not_billed"
        authority = Authority(first.cite, first.since, first.rule)
        pool.close(bucket, authority, unit.code, first.id, first.need)
        return
    q = replace(
        q, rule=with_values(q.rule, authority=q.contract())
    )  # that the code is paid so is the contract's saying
    bench.taken.extend(counted.spans())
    if unit.by_month:
        used = pool.include(unit.code, q.rule.authority)
        bench.propose(q, 1, bench.first_payable(q, bench.month.first), bench.last_payable(q), used)
    else:
        _charge(bench, q, unit, groups)
    for code in unit.exclusive_with:
        other = replace(q, rule=rule_of(plan, code, _contract(bench)))
        bench.findings.append(other.no("code.mutually_exclusive", q.contract(), have=unit.code))


def _beside(q: Question, unit: UnitCode) -> list[Finding]:
    """A code that the contract bills instead is on the lines already."""
    return [
        q.no("code.mutually_exclusive", q.contract(), have=code) for code in unit.exclusive_with if code in q.billed
    ]


def _rendering(q: Question, unit: UnitCode, counted: Counted) -> list[Finding]:
    """With some modifiers it is the facility that renders."""
    if q.terms is None or not q.terms.rendering or not unit.facility_modifiers:
        return []
    used = {modifier for log, _ in counted.pieces for modifier in _modifiers(unit, log)} & unit.facility_modifiers
    if not used or q.terms.rendering == "facility":
        return []
    return [q.no("rendering.wrong_npi", q.contract(), have=q.terms.rendering, need="/".join(sorted(used)))]


def _modifiers(unit: UnitCode, log: Log) -> tuple[str, ...]:
    stated = unit.modifier_by_mode.get(log.mode), unit.modifier_by_discipline.get(log.discipline)
    return tuple(each for each in stated if each)


def _groups(unit: UnitCode, pieces: Iterable[Piece], last: date) -> dict[Key, list[Piece]]:
    """Pieces that are added up before they are rounded."""
    groups: dict[Key, list[Piece]] = {}
    for log, minutes in pieces:
        day = last if unit.rounding.scope == "month" else log.date
        encounter = log.id if unit.rounding.scope == "encounter" else ""
        groups.setdefault((day, encounter, _modifiers(unit, log)), []).append((log, minutes))
    return groups


def _earned(unit: UnitCode, pieces: Iterable[Piece]) -> int:
    return rounded_units(sum(minutes for _, minutes in pieces), unit.rounding)


def _charge(bench: Bench, q: Question, unit: UnitCode, groups: dict[Key, list[Piece]]) -> None:
    """Charge what each group earns, as far as the caps of day and month allow, and say where its other minutes went."""
    cap, capped_by = monthly_cap(q.rule, q.terms)
    of_day: dict[date, int] = {}
    of_month = 0
    over_month = 0
    drafts: dict[Key, Draft] = {}
    for (day, encounter, modifiers), pieces in groups.items():
        earned = _earned(unit, pieces)
        today = of_day.get(day, 0)
        allowed = within_cap(earned, None if unit.max_units_day is None else unit.max_units_day - today)
        units = within_cap(allowed, None if cap is None else cap - of_month)
        over: Over | None = None
        if allowed < earned:
            over = Over("units.over_daily_cap", q.contract(), unit.max_units_day)
            bench.findings.append(q.no(over.reason, over.authority, have=today + earned, need=over.cap))
        if units < allowed:
            over = Over("units.over_monthly_cap", capped_by, cap)
            over_month += allowed - units
        of_day[day] = today + units
        of_month += units
        _spend(bench, q, unit, pieces, range(of_month - units + 1, of_month + 1), over)
        if units:
            key = day, encounter if unit.line_per_encounter else "", modifiers
            draft = drafts.setdefault(key, Draft(0, [], day, day))
            draft.units += units
            draft.logs += [log.id for log, _ in pieces]
            if unit.rounding.scope == "month":
                draft.first = bench.first_payable(q, max(log.date for log, _ in pieces))
                draft.last = bench.last_payable(q)
    if over_month:
        bench.findings.append(q.no("units.over_monthly_cap", capped_by, have=of_month + over_month, need=cap))
    for (_, _, modifiers), draft in drafts.items():
        bench.propose(q, draft.units, draft.first, draft.last, tuple(dict.fromkeys(draft.logs)), modifiers)


def _spend(
    bench: Bench,
    q: Question,
    unit: UnitCode,
    pieces: list[Piece],
    numbers: range,
    over: Over | None,
) -> None:
    pool = Pool(q.plan.name, pieces, bench.ledger)
    rounding = unit.rounding
    each = rounding.unit if rounding.unit > 1 else pool.minutes
    for number in numbers:  # of the month, whatever day they are of
        pool.take_unit(each, 1, unit.code, number, q.rule.authority)
    if over is not None:
        pool.close("over_cap", over.authority, unit.code, over.reason, over.cap)
    elif numbers:
        pool.close("above_last_unit", q.contract(), unit.code, "units.below_increment", rounding.next)
    else:
        pool.close("below_threshold", q.contract(), unit.code, "units.below_first", rounding.first)
