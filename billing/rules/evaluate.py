"""evaluate(month, payer, rulebook) -> Decision.

Program after program, in the rulebook's order and the declared ones first: what a program's minutes, a contract, a discharge or an
event earn is proposed, and everything else says why not. People declare the program and the track; the engine never picks the dearest.
"""

from datetime import date, time

from .agreed import NOTHING, agreed, ends
from .bench import Bench
from .book import Book, Plan
from .contract import bill_by_contract
from .decision import Decision, Finding
from .events import beside
from .facts import Log, PatientMonth
from .ledger import Pool
from .rulebook import Rulebook
from .terms import Payer, Terms
from .transitional import bill_transitions
from .weigh import bill


def evaluate(month: PatientMonth, payer: Payer, rulebook: Rulebook) -> Decision:
    """Decide a patient-month under the rules of its last day and the terms of whoever pays (or the reason why nobody does)."""
    book = rulebook.on(month.last)
    logs = sorted(month.logs, key=_in_time)
    by_program: dict[str, list[Log]] = {}
    for log in logs:
        by_program.setdefault(log.program, []).append(log)
    terms = payer if isinstance(payer, Terms) else None
    bench = Bench(month, payer, terms, rulebook, book, [], [], [], {}, [])
    raised = _raised(month, terms, book)
    raised.update(by_program)
    has_events = bool(month.visits or month.assessments or month.reports or month.requested)
    for plan in _in_order(book, month):
        name = plan.name
        if name in raised or (plan.decided_by == "discharge" and month.transitions):
            own = by_program.pop(name, [])
            if plan.decided_by == "discharge":
                bill_transitions(bench, plan, own)
            elif plan.decided_by == "contract":
                bill_by_contract(bench, plan, agreed(month, plan), own)
            elif plan.tracks:
                bill(bench, plan, agreed(month, plan), own)
        if has_events and plan.beside:
            beside(bench, plan, agreed(month, plan) if plan.tracks else NOTHING)
    _unknown(bench, by_program)
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


def _in_order(book: Book, month: PatientMonth) -> tuple[Plan, ...]:
    """The programs that people said this month is, before all others; but what can be added to another program comes after that."""
    if not month.programs_for_month:
        return book.plans
    said = [plan for plan in book.plans if plan.name in month.programs_for_month]
    bases = {plan.name: {code for track in plan.tracks for code in track.base.add_on_to} for plan in said}
    below = frozenset[str]().union(*bases.values())

    def place(plan: Plan) -> int:
        if plan.name in bases:
            return 2 if bases[plan.name] else 0
        return 3 if below.isdisjoint(plan.codes) else 1

    return tuple(sorted(book.plans, key=place))


def _raised(month: PatientMonth, terms: Terms | None, book: Book) -> set[str]:
    """The programs in question without a log: the patient is enrolled, or a person asked for a code, be it one that only the contract
    knows."""
    first = month.first
    raised = {each.program for each in month.enrollments if (ended := ends(each)) is None or ended >= first}
    if month.requested:
        raised.update(plan.name for plan in book.plans if not plan.codes.isdisjoint(month.requested))
        if terms:
            raised.update(each.program for each in terms.units if each.code in month.requested)
    return raised


def _unknown(bench: Bench, by_program: dict[str, list[Log]]) -> None:
    """Minutes of programs and codes asked for that neither this rulebook nor the contract knows."""
    scope = bench.book.scope
    for program, logs in by_program.items():
        Pool(program, [(log, log.minutes) for log in logs if log.minutes], bench.ledger).close(
            "no_program", scope, "", "program.unknown", program
        )
    if not bench.month.requested:
        return
    units = bench.terms.units if bench.terms else ()
    known = bench.book.codes.union([each.code for each in units])
    for code in sorted(set(bench.month.requested) - known):
        bench.findings.append(
            Finding("code.unknown", code, "", "declared", None, None, scope.cite, scope.since, (), scope.rule)
        )
