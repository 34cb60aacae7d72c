"""evaluate(month, terms, rulebook) -> Decision.

Program after program: count its minutes, weigh every track on the same full pool, charge the first declared track
that nothing stands against, and let the others say why not. Weighing comes before charging, or a track would be
refused for minutes that another has just used. People declare the track; the engine never picks the dearest.
"""

from datetime import date, time
from itertools import accumulate

from msgspec import Struct
from msgspec.structs import replace

from .agreed import Agreed, agreed, ends
from .book import Book, Plan, Rule, Staff, Track
from .checks import Question, monthly_cap, refusals
from .countable import Counted, Refused, count
from .criteria import holds
from .decision import Authority, Bucket, Decision, Entry, Finding, Line, Role
from .facts import Log, PatientMonth, Payer, Terms
from .ledger import Pool, Taken
from .rulebook import Rulebook
from .units import full_units, line_amount, within_cap
from .visits import planned_visit


class Weighed(Struct, frozen=True):
    """One track, judged: what counts for it, what stands against its base code, and whether its minutes suffice."""

    track: Track
    question: Question
    counted: Counted
    refused: list[Finding]  # reasons other than minutes
    short: list[Finding]  # too few minutes, with the reasons why others were not counted
    failures: list[Finding]  # all that stands against the track


class Bench(Struct, frozen=True):
    """One evaluation at work: the facts, and the three lists that become the decision."""

    month: PatientMonth
    payer: Payer
    lines: list[Line]
    findings: list[Finding]
    ledger: list[Entry]


def evaluate(month: PatientMonth, payer: Payer, rulebook: Rulebook) -> Decision:
    """Decide a patient-month under the rules of its last day and the terms of whoever pays (or the reason why nobody does)."""
    book = rulebook.on(month.last)
    logs = sorted(month.logs, key=_in_time)
    by_program: dict[str, list[Log]] = {}
    for log in logs:
        by_program.setdefault(log.program, []).append(log)
    bench = Bench(month, payer, [], [], [])
    for plan in book.plans:
        own = by_program.pop(plan.name, [])
        with_ = agreed(month, plan)
        if own or _raised(month, plan):
            _bill(bench, plan, with_, own)
        _beside(bench, plan, with_)
    _unknown(bench, book, by_program)
    place = {log.id: index for index, log in enumerate(logs)}
    return Decision(
        month.first,
        month.last,
        tuple(bench.lines),
        tuple(bench.findings),
        tuple(sorted(bench.ledger, key=lambda entry: place[entry.log])),
        rulebook.version,
        payer.contract if isinstance(payer, Terms) else "",
    )


def _in_time(log: Log) -> tuple[date, time, str]:
    return log.date, log.start or time.min, log.id


def _raised(month: PatientMonth, plan: Plan) -> bool:
    """Whether a program without logs is in question: the patient is enrolled, or a person asked for a code of it."""
    if any((ended := ends(each)) is None or ended >= month.first for each in month.enrolled(plan.name)):
        return True
    return any(code in plan.codes for code in month.requested)


def _unknown(bench: Bench, book: Book, by_program: dict[str, list[Log]]) -> None:
    """Minutes of programs and codes asked for that this rulebook does not know."""
    scope = book.scope
    for program, logs in by_program.items():
        Pool(program, [(log, log.minutes) for log in logs if log.minutes], bench.ledger).close(
            "no_program", scope, "", "program.unknown", program
        )
    if not bench.month.requested:
        return
    known = {code for plan in book.plans for code in (*plan.codes, *(rule.code for rule in plan.beside))}
    for code in sorted(set(bench.month.requested) - known):
        bench.findings.append(
            Finding("code.unknown", code, "", "declared", None, None, scope.cite, scope.since, (), scope.rule)
        )


def _bill(bench: Bench, plan: Plan, with_: Agreed, logs: list[Log]) -> None:
    month = bench.month
    declared = plan.declared_tracks(month.tracks.get(plan.name))
    counts: dict[Staff | None, Counted] = {}
    weighed: list[Weighed] = []
    chosen: Weighed | None = None
    for track in plan.in_order[declared]:
        role: Role = "declared" if chosen is None and track.name in declared else "alternative"
        asked = role == "declared" or (month.requested and any(code in track.codes for code in month.requested))
        if not asked and (track.base.status or not _has_logs(track, logs)):
            continue
        if track.staff not in counts:
            counts[track.staff] = count(month, bench.payer, plan, with_, logs, track.staff)
        counted = counts[track.staff]
        if asked or _in_question(month, plan, track, counted):
            each = _weigh(bench, plan, with_, track, role, counted)
            weighed.append(each)
            if role == "declared" and not each.failures:
                chosen = each
    if chosen is not None:
        _charge(bench, chosen)
    for each in weighed:
        if each is not chosen:
            bench.findings.extend(each.failures or _supported(each, chosen, declared[0]))
            if month.requested:
                _refuse_requested(bench, each)
    if chosen is None:
        _close(bench, weighed[0])


def _has_logs(track: Track, logs: list[Log]) -> bool:
    """Whether anybody gave time of the track's kind, whether it counts or not."""
    return not track.staff or not track.staff.disciplines.isdisjoint([log.discipline for log in logs])


def _in_question(month: PatientMonth, plan: Plan, track: Track, counted: Counted) -> bool:
    """Whether a track that nobody declared is worth a word: minutes count for it, and either suffice or are of a patient it is
    made for."""
    return counted.minutes > 0 and (
        counted.minutes >= track.base.minutes or all(holds(each, month, plan.name) for each in track.requirements)
    )


def _weigh(bench: Bench, plan: Plan, with_: Agreed, track: Track, role: Role, counted: Counted) -> Weighed:
    question = Question(bench.month, bench.payer, plan, with_, track.base, role)
    against = refusals(question)
    short = [] if track.base.status else _shortfall(question, counted)
    if against and short:
        said = {finding.id for finding in against}
        short = [finding for finding in short if finding.id not in said]
    return Weighed(track, question, counted, against, short, against + short)


def _supported(weighed: Weighed, chosen: Weighed | None, declared: str) -> list[Finding]:
    """A track that the facts support and people did not declare. Beside a billed one: each code of it that minutes would reach."""
    q = weighed.question
    if chosen is None:
        return [q.no("track.not_declared", q.rule.authority, have=declared, need=weighed.track.name)]
    rules = (weighed.track.base, *weighed.track.add_ons)
    reached = accumulate(rule.minutes for rule in rules)
    family = q.plan.one_family or q.rule.authority
    return [
        _about(weighed, rule).no("code.mutually_exclusive", family, have=chosen.track.base.code)
        for rule, minutes in zip(rules, reached, strict=True)
        if rule.status is None and (weighed.counted.minutes >= minutes or rule.code in q.month.requested)
    ]


def _shortfall(q: Question, counted: Counted) -> list[Finding]:
    """If countable minutes do not reach the base code: each reason why others were not counted, then the shortfall."""
    if counted.minutes >= q.rule.minutes:
        return []
    by_reason: dict[str, list[Refused]] = {}
    for each in counted.refused:
        by_reason.setdefault(each.refusal.reason, []).append(each)
    findings = []
    for group in by_reason.values():
        refusal = group[0].refusal
        logs = tuple(each.log for each in group)
        minutes = sum(each.minutes for each in group)
        findings.append(q.no(refusal.reason, refusal.authority, have=minutes, need=refusal.detail, logs=logs))
    return [*findings, q.no("minutes.below_threshold", q.rule.authority, have=counted.minutes, need=q.rule.minutes)]


def _refuse_requested(bench: Bench, weighed: Weighed) -> None:
    """An add-on that a person asked for has no base to be added to."""
    for rule in weighed.track.add_ons:
        if rule.code in bench.month.requested:
            question = _about(weighed, rule)
            bench.findings.append(question.no("base.missing", rule.authority, need=weighed.track.base.code))


def _about(weighed: Weighed, rule: Rule) -> Question:
    return replace(weighed.question, rule=rule)


def _close(bench: Bench, weighed: Weighed) -> None:
    """No track was billed: the declared one says why, and that is what its minutes rest on."""
    finding = (weighed.refused or weighed.short[-1:])[0]
    bucket: Bucket = "not_billed" if weighed.refused else "below_threshold"
    pool = weighed.counted.open(weighed.question.plan, bench.ledger)
    pool.close(bucket, _authority(finding), finding.code, finding.id, finding.need)


def _authority(finding: Finding) -> Authority:
    return Authority(finding.cite, finding.since, finding.rule)


def _charge(bench: Bench, chosen: Weighed) -> None:
    """Propose the base and its add-ons, and account for every minute of the pool."""
    pool = chosen.counted.open(chosen.question.plan, bench.ledger)
    base = chosen.track.base
    _propose(bench, chosen.question, [pool.take_unit(base.minutes, base.code, 1, base.authority)])
    for rule in chosen.track.add_ons:
        _add_on(bench, _about(chosen, rule), pool)
    pool.close("above_last_unit", base.authority, base.code, "units.none_further")


def _add_on(bench: Bench, q: Question, pool: Pool) -> None:
    """Charge the full units that the cap allows, and say what the rest lacks."""
    rule = q.rule
    if against := refusals(q):
        bench.findings.extend(against)
        first = against[0]
        pool.close("not_billed", _authority(first), rule.code, first.id, first.need)
        return
    cap, capped_by = monthly_cap(rule, q.terms)
    earned = full_units(pool.minutes, rule.minutes)
    units = within_cap(earned, cap)
    taken = [pool.take_unit(rule.minutes, rule.code, unit, rule.authority) for unit in range(1, units + 1)]
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
        bench.findings.append(q.no("units.below_increment", rule.authority, have=pool.minutes, need=rule.minutes))
        pool.close("above_last_unit", rule.authority, rule.code, "units.below_increment", rule.minutes)


def _propose(bench: Bench, q: Question, taken: list[Taken]) -> None:
    """A line over units: any day from the one that completed the last of them, as far as the payer can be billed."""
    begins, ends_on = taken[-1].complete_on, bench.month.last
    if q.terms:
        begins, ends_on = max(begins, q.terms.since), q.terms.ends(ends_on)
    logs = dict.fromkeys(log for each in taken for log in each.logs)  # a log can end in one unit and begin the next
    bench.lines.append(_line(q, len(taken), begins, ends_on, tuple(logs)))


def _line(q: Question, units: int, earliest: date, latest: date, logs: tuple[str, ...]) -> Line:
    authority = q.rule.authority
    rate = q.terms.rates.get(q.rule.code) if q.terms else None
    return Line(
        q.rule.code,
        q.plan.name,
        units,
        earliest,
        latest,
        (),
        rate,
        line_amount(units, rate),
        authority.cite,
        authority.since,
        logs,
        authority.rule,
    )


def _beside(bench: Bench, plan: Plan, with_: Agreed) -> None:
    """Codes that belong to a visit and use no minutes, in question where the visit earns them or somebody asked."""
    for rule in plan.beside:
        visit = planned_visit(bench.month, with_, rule)
        if isinstance(visit, tuple) and rule.code not in bench.month.requested:
            continue
        q = Question(bench.month, bench.payer, plan, with_, rule, "declared")
        if against := refusals(q):
            bench.findings.extend(against)
        elif not isinstance(visit, tuple):
            bench.lines.append(_line(q, 1, visit.on, visit.on, ()))
