"""evaluate(month, terms, rulebook) -> Decision.

Program after program: count its minutes, weigh every track on the same full pool, charge the first declared track
that nothing stands against, and let the others say why not. Weighing comes before charging, or a track would be
refused for minutes that another has just used. People declare the track; the engine never picks the dearest.
"""

from dataclasses import dataclass
from datetime import date, time

from .book import Book, Plan, Rule, Track
from .checks import Question, refusals
from .countable import Refused, count, ends
from .decision import Authority, Bucket, Decision, Entry, Finding, Line, Role
from .facts import Log, PatientMonth, Terms
from .ledger import Pool, Taken
from .rulebook import Rulebook
from .units import full_units, line_amount, within_cap


@dataclass(frozen=True, slots=True)
class Weighed:
    """One track, judged: what stands against its base code, and whether its minutes suffice."""

    track: Track
    question: Question
    refused: list[Finding]  # reasons other than minutes
    short: list[Finding]  # too few minutes, with the reasons why others were not counted

    @property
    def failures(self) -> list[Finding]:
        """All that stands against the track."""
        return self.refused + self.short


@dataclass(frozen=True, slots=True)
class Bench:
    """One evaluation at work: the facts, and the three lists that become the decision."""

    month: PatientMonth
    terms: Terms | None
    lines: list[Line]
    findings: list[Finding]
    ledger: list[Entry]


def evaluate(month: PatientMonth, terms: Terms | None, rulebook: Rulebook) -> Decision:
    """Decide a patient-month under the rules of its last day and the payer's terms (None: no contract in force)."""
    book = rulebook.on(month.last)
    logs = sorted(month.logs, key=_in_time)
    by_program: dict[str, list[Log]] = {}
    for log in logs:
        by_program.setdefault(log.program, []).append(log)
    bench = Bench(month, terms, [], [], [])
    for plan in book.plans:
        own = by_program.pop(plan.name, [])
        if own or _raised(month, plan):
            _bill(bench, plan, own)
    _unknown(bench, book, by_program)
    place = {log.id: index for index, log in enumerate(logs)}
    return Decision(
        month.first,
        month.last,
        tuple(bench.lines),
        tuple(bench.findings),
        tuple(sorted(bench.ledger, key=lambda entry: place[entry.log])),
        rulebook.version,
        terms.contract if terms else "",
    )


def _in_time(log: Log) -> tuple[date, time, str]:
    return log.date, log.start or time.min, log.id


def _raised(month: PatientMonth, plan: Plan) -> bool:
    """Whether a program without logs is in question: the patient is enrolled, or a person asked for a code of it."""
    if any((ended := ends(each)) is None or ended >= month.first for each in month.enrolled(plan.name)):
        return True
    return any(code in month.requested for code in plan.codes)


def _unknown(bench: Bench, book: Book, by_program: dict[str, list[Log]]) -> None:
    """Minutes of programs and codes asked for that this rulebook does not know."""
    scope = book.scope
    for program, logs in by_program.items():
        Pool(program, [(log, log.minutes) for log in logs if log.minutes], bench.ledger).close(
            "no_program", scope, "", "program.unknown", program
        )
    known = {code for plan in book.plans for code in plan.codes}
    for code in sorted(set(bench.month.requested) - known):
        bench.findings.append(
            Finding("code.unknown", code, "", "declared", None, None, scope.cite, scope.since, (), scope.rule)
        )


def _bill(bench: Bench, plan: Plan, logs: list[Log]) -> None:
    declared = plan.declared_tracks(bench.month.tracks.get(plan.name))
    pool, refused = count(bench.month, bench.terms, plan, logs, bench.ledger)
    weighed = {track.name: _weigh(bench, plan, track, declared, pool, refused) for track in plan.tracks}
    chosen = next((weighed[name] for name in declared if not weighed[name].failures), None)
    if chosen is not None:
        _charge(bench, chosen, pool)
    for each in weighed.values():
        if each is not chosen:
            bench.findings.extend(each.failures)
            _refuse_requested(bench, each)
    if chosen is None:
        _close(weighed[declared[0]], pool)


def _weigh(
    bench: Bench, plan: Plan, track: Track, declared: tuple[str, ...], pool: Pool, refused: tuple[Refused, ...]
) -> Weighed:
    role: Role = "declared" if track.name in declared else "alternative"
    question = Question(bench.month, bench.terms, plan, track.base, role)
    against = refusals(question)
    short = [] if track.base.status else _shortfall(question, pool, refused)
    said = {finding.id for finding in against}
    return Weighed(track, question, against, [finding for finding in short if finding.id not in said])


def _shortfall(q: Question, pool: Pool, refused: tuple[Refused, ...]) -> list[Finding]:
    """If countable minutes do not reach the base code: each reason why others were not counted, then the shortfall."""
    if pool.minutes >= q.rule.minutes:
        return []
    by_reason: dict[str, list[Refused]] = {}
    for each in refused:
        by_reason.setdefault(each.refusal.reason, []).append(each)
    findings = []
    for group in by_reason.values():
        refusal = group[0].refusal
        logs = tuple(each.log for each in group)
        minutes = sum(each.minutes for each in group)
        findings.append(q.no(refusal.reason, refusal.authority, have=minutes, need=refusal.detail, logs=logs))
    return [*findings, q.no("minutes.below_threshold", q.rule.authority, have=pool.minutes, need=q.rule.minutes)]


def _refuse_requested(bench: Bench, weighed: Weighed) -> None:
    """An add-on that a person asked for has no base to be added to."""
    for rule in weighed.track.add_ons:
        if rule.code in bench.month.requested:
            question = _about(weighed, rule)
            bench.findings.append(question.no("base.missing", rule.authority, need=weighed.track.base.code))


def _about(weighed: Weighed, rule: Rule) -> Question:
    q = weighed.question
    return Question(q.month, q.terms, q.plan, rule, q.role)


def _close(weighed: Weighed, pool: Pool) -> None:
    """No track was billed: the declared one says why, and that is what its minutes rest on."""
    finding = (weighed.refused or weighed.short[-1:])[0]
    bucket: Bucket = "not_billed" if weighed.refused else "below_threshold"
    pool.close(bucket, _authority(finding), finding.code, finding.id, finding.need)


def _authority(finding: Finding) -> Authority:
    return Authority(finding.cite, finding.since, finding.rule)


def _charge(bench: Bench, chosen: Weighed, pool: Pool) -> None:
    """Propose the base and its add-ons, and account for every minute of the pool."""
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
    cap, capped_by = q.monthly_cap()
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
    rule, units = q.rule, len(taken)
    rate = q.terms.rates.get(rule.code) if q.terms else None
    logs = dict.fromkeys(log for each in taken for log in each.logs)  # a log can end in one unit and begin the next
    bench.lines.append(
        Line(
            rule.code,
            q.plan.name,
            units,
            max(taken[-1].complete_on, q.terms.since) if q.terms else taken[-1].complete_on,
            min(bench.month.last, q.terms.until) if q.terms and q.terms.until else bench.month.last,
            (),
            rate,
            line_amount(units, rate),
            rule.authority.cite,
            rule.authority.since,
            tuple(logs),
            rule.authority.rule,
        )
    )
