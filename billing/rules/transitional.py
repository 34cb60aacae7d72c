"""Transitional care: one clock for each discharge, which is day 0, and one code by when the visit was and how complex."""

from collections.abc import Iterator
from datetime import date, timedelta

from msgspec.structs import replace

from coordination.rules.attempts import standing
from coordination.rules.deadlines import Clock, TransitionDays, Window, transition_days

from .agreed import NOTHING
from .bench import Bench
from .book import Plan, TransitionRule
from .checks import Question, refusals
from .countable import Counting, count
from .decision import Authority, Finding, FindingId, Role
from .facts import Claim, Log, PatientMonth, Transition, Visit


def clock_of(plan: Plan) -> Clock:
    """The numbers of a plan of transitional care."""
    assert plan.transition is not None  # a plan of discharges has a clock
    windows = [
        Window(track.base.window[0], track.base.code, track.base.window[1])
        for track in plan.tracks
        if track.base.window
    ]
    rule = plan.transition
    in_order = tuple(sorted(windows, key=lambda each: each.days))
    return Clock(rule.contact_business_days, rule.failed_attempts, in_order, rule.period_days)


def bill_transitions(bench: Bench, plan: Plan, logs: list[Log]) -> None:
    """Decide every discharge whose period touches the month. A line belongs to the month of its visit; what stands against a discharge
    is said in each month that its period touches, until a visit of another month has settled it."""
    month = bench.month
    billed: tuple[str, Authority] | None = None
    against: list[Finding] = []
    open_until: date | None = None  # the last day of a period that is billed
    for transition in sorted(month.transitions, key=lambda each: each.in_time):
        visit = first_visit(month, transition)
        day = visit.on if visit else month.last
        now = bench.rulebook.on(max(day, bench.rulebook.begins)).plan(plan.name)
        clock = now.transition
        if clock is None:
            continue
        decided: list[tuple[Question, list[Finding]]] = []
        chosen: Question | None = None
        for track in now.tracks:
            role: Role = "declared" if chosen is None else "alternative"
            q = bench.ask(now, NOTHING, track.base, role)
            failures = [*refusals(q), *unmet(q, clock, transition, visit, open_until)]
            if chosen is None and not failures:
                chosen = q
            decided.append((q, failures))
        if chosen is not None:
            open_until = _days(now, transition).period_ends
        if visit and not month.first <= visit.on <= month.last:
            continue
        for q, failures in decided:
            if chosen is not None and q is not chosen:
                said = failures or [q.no("code.mutually_exclusive", q.rule.authority, have=chosen.rule.code)]
                bench.findings.extend(replace(each, role="alternative") for each in said)
            elif failures:
                bench.findings.extend(failures)
                against = against or failures
        if chosen is not None and visit is not None:
            bench.propose(chosen, 1, visit.on, visit.on)
            billed = chosen.rule.code, chosen.rule.authority
    _account(bench, plan, logs, billed, against)
    if month.requested and plan.transition:
        answered = {each.code for each in bench.lines} | {each.code for each in bench.findings}
        for track in plan.tracks:
            if track.base.code in month.requested and track.base.code not in answered:
                q = bench.ask(plan, NOTHING, track.base)
                bench.findings.extend([*refusals(q), q.no("transition.none", plan.transition.authority)])


def _account(
    bench: Bench, plan: Plan, logs: list[Log], billed: tuple[str, Authority] | None, against: list[Finding]
) -> None:
    """Minutes are part of the service, whatever they are; where none is billed, they rest on what stands against it."""
    if not logs:
        return
    counted = count(Counting(bench.month, bench.terms, plan, NOTHING, taken=tuple(bench.taken)), logs)
    pool = counted.open(plan, bench.ledger)
    if billed is not None:
        bench.taken.extend(counted.spans())
        pool.include(*billed)
    elif against:
        first = against[0]
        authority = Authority(first.cite, first.since, first.rule)
        pool.close("not_billed", authority, first.code, first.id, first.need)
    elif plan.transition:
        pool.close("not_billed", plan.transition.authority, plan.tracks[0].base.code, "transition.none")


def first_visit(month: PatientMonth, transition: Transition) -> Visit | None:
    """The first face-to-face visit with this practice after the day of discharge."""
    after = (
        each for each in month.visits if each.is_face_to_face and each.practitioner and each.on > transition.discharged
    )
    return min(after, key=lambda each: each.in_time, default=None)


def unmet(
    q: Question, clock: TransitionRule, transition: Transition, visit: Visit | None, open_until: date | None
) -> Iterator[Finding]:
    """What a discharge lacks for a code: setting, contact, visit, reconciliation, and nothing that ends or takes the period."""
    if q.rule.status:
        return
    by, days = clock.authority, _days(q.plan, transition)
    if transition.setting not in clock.settings:
        yield q.no("transition.setting", by, have=transition.setting)
    if transition.destination not in clock.destinations:
        yield q.no("transition.destination", by, have=transition.destination)
    if (contact := _contact(transition, clock, days.contact)) is not None:
        found, have, need = contact
        yield q.no(found, by, have=have, need=need)
    yield from _visit(q, clock, transition, visit, days.visits[-1])
    yield from _period(q, clock, transition, days.period_ends, open_until)


def _days(plan: Plan, transition: Transition) -> TransitionDays:
    return transition_days(transition.discharged, clock_of(plan), transition.business_days)


def _contact(
    transition: Transition, clock: TransitionRule, due: date
) -> tuple[FindingId, date | int | None, date] | None:
    """What is wanting of the contact: reached in time by the practice, or tried so often in time. None where nothing is."""
    tries = standing(sorted(transition.contacts), transition.discharged, due)
    if tries.is_met(clock.failed_attempts):
        return None
    if tries.reached:
        return "contact.late", tries.reached, due
    if tries.timely:
        first = tries.timely[0]
        return ("contact.not_interactive" if first.is_reached else "contact.one_attempt"), first.on, due
    if len(tries.ours) < len(transition.contacts):
        return "contact.wrong_party", min(each.on for each in transition.contacts), due
    return "contact.never_made", None, due


def _visit(
    q: Question, clock: TransitionRule, transition: Transition, visit: Visit | None, last_day: date
) -> Iterator[Finding]:
    assert q.rule.window is not None  # the loader has seen that a code of a discharge states one
    within, complexities = q.rule.window
    windows = [track.base.window for track in q.plan.tracks if track.base.window]
    if visit is None or visit.on > last_day:
        late = (visit.on - transition.discharged).days if visit else None
        yield q.no(_without_visit(q.month, transition, visit, last_day), q.rule.authority, have=late, need=last_day)
        return
    days = (visit.on - transition.discharged).days
    judged = transition.complexity or visit.complexity or q.month.complexity.get(q.plan.name, "")
    enough = {each for _, complexity in windows for each in complexity}
    if judged not in enough:
        found: FindingId = "transition.complexity_too_low" if judged else "transition.complexity_not_judged"
        yield q.no(found, q.rule.authority, have=judged or None)
    elif judged not in complexities:
        yield q.no("transition.complexity_below", q.rule.authority, have=judged)
    elif days > within:
        yield q.no("transition.visit_past_first_window", q.rule.authority, have=days, need=within)
    by = clock.authority
    if transition.reconciled is None:
        yield q.no("transition.reconciliation_missing", by, need=visit.on)
    elif transition.reconciled > visit.on:
        yield q.no("transition.reconciliation_late", by, have=transition.reconciled, need=visit.on)


def _without_visit(month: PatientMonth, transition: Transition, visit: Visit | None, last_day: date) -> FindingId:
    if visit is not None:
        return "transition.visit_late"
    if any(transition.discharged < each.on <= last_day and not each.is_face_to_face for each in month.visits):
        return "transition.visit_wrong_kind"
    return "transition.visit_missing" if last_day <= month.last else "transition.visit_awaited"


def _period(
    q: Question, clock: TransitionRule, transition: Transition, ends: date, open_until: date | None
) -> Iterator[Finding]:
    by, begins = clock.authority, transition.discharged
    if q.month.died and q.month.died <= ends:
        yield q.no("transition.died", by, have=q.month.died, need=ends)
    if transition.in_global_period:
        yield q.no("transition.global_period", by)
    if not transition.is_continued:
        yield q.no("transition.discontinued", by)
    for code in sorted({claim.code for claim in q.month.claims if claim.practitioner and _is_of_month(claim, q.month)}):
        if excluded := q.rule.excluded_by.get(code):
            yield q.no("claims.excluded", excluded, have=code)
    if open_until and begins <= open_until:
        yield q.no("transition.period_overlap", by, have=open_until)
    for claim in sorted(q.month.claims):
        # The discharge behind a claim is not known: the period it belongs to ends at the latest so many days after its date.
        if claim.code in q.plan.codes and begins - timedelta(days=clock.period_days) < claim.on <= ends:
            if claim.practitioner:
                yield q.no("transition.period_overlap", by, have=claim.on)
            else:
                yield q.no("claims.another_practitioner", by, have=claim.code)


def _is_of_month(claim: Claim, month: PatientMonth) -> bool:
    return month.first <= claim.on <= month.last
