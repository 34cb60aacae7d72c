"""Codes of an event and not of a month's minutes: added to a visit, earned by an assessment, or a report of function."""

from collections.abc import Iterator
from datetime import date

from coordination.rules.months import months_after

from .agreed import Agreed
from .bench import Bench
from .book import Plan, Rule
from .checks import Question, refusals
from .decision import Finding, FindingId, Value
from .facts import Assessment, PatientMonth, Visit

Failing = tuple[FindingId, Value, Value]  # what is found, what we have, what was needed


def beside(bench: Bench, plan: Plan, with_: Agreed) -> None:
    """Decide a program's codes of events, whatever track is billed."""
    for rule in plan.beside:
        if rule.shape == "visit" and rule.visit_has == "extra_planning":
            _at_initiating_visit(bench, plan, with_, rule)
        elif rule.shape == "visit":
            _at_sessions(bench, plan, with_, rule)
        elif rule.shape == "assessment":
            _assessed(bench, plan, with_, rule)
        elif bench.month.reports or bench.month.requested:
            _reported(bench, plan, with_, rule)
        else:
            return  # a program of reports has many codes and nothing else


def _on(bench: Bench, plan: Plan, rule: Rule, day: date) -> Rule:
    """A rule as it was on the day of an event."""
    if day == bench.month.last or day < bench.rulebook.begins:
        return rule
    return next(each for each in bench.rulebook.on(day).plan(plan.name).beside if each.code == rule.code)


def _day_paid(q: Question, day: date) -> Iterator[Finding]:
    """The payer can be billed for the day of the event."""
    terms = q.terms
    if terms and not (terms.pays_on(day) and terms.since <= day <= (terms.until or day)):
        yield q.no("visit.not_payable", q.contract(), have=day)


def _at_initiating_visit(bench: Bench, plan: Plan, with_: Agreed, rule: Rule) -> None:
    """A code for planning beyond the visit that opened a program, once for good."""
    visit = planned_visit(bench.month, with_, rule)
    if isinstance(visit, tuple):
        if rule.code in bench.month.requested:
            q = bench.ask(plan, with_, rule)
            found, have, need = visit
            bench.findings.extend([*refusals(q), q.no(found, rule.authority, have=have, need=need)])
        return
    q = bench.ask(plan, with_, _on(bench, plan, rule, visit.on))
    against = refusals(q)
    if rule.once_for_good and (used := used_before(bench.month, with_, rule, visit)):
        against.append(q.no("code.once_used", rule.authority, have=used))
    against += _day_paid(q, visit.on)
    if against:
        bench.findings.extend(against)
    else:
        bench.propose(q, 1, visit.on, visit.on)


def planned_visit(month: PatientMonth, with_: Agreed, rule: Rule) -> Visit | Failing:
    """The initiating visit at which the practitioner planned beyond the visit, or what is missing of it."""
    held = [each for each in _of_its_kind(month, with_, rule) if month.first <= each.on <= month.last]
    if not held:
        return "visit.missing", None, None
    days = _initiating_days(with_)
    initiating = [each for each in held if each.on in days]
    if not initiating:
        return "visit.not_initiating", held[0].on, min(days, default=None)
    planned = [each for each in initiating if each.extra_planning]
    return planned[0] if planned else ("planning.not_documented", initiating[0].on, None)


def used_before(month: PatientMonth, with_: Agreed, rule: Rule, visit: Visit) -> date | None:
    """The day on which a code that is billed once for good was already earned from, or claimed by, the same practitioner."""
    days = _initiating_days(with_)
    earned = (
        each.on
        for each in _of_its_kind(month, with_, rule)
        if each.extra_planning and each.on in days and rule.authority.since <= each.on < visit.on
    )
    claimed = (each.on for each in month.claims if each.code == rule.code and each.practitioner == with_.practitioner)
    return min((*earned, *claimed), default=None)


def _initiating_days(with_: Agreed) -> set[date]:
    return {each.initiating_visit for each in with_.own if each.initiating_visit}


def _of_its_kind(month: PatientMonth, with_: Agreed, rule: Rule) -> Iterator[Visit]:
    """Visits, in order, that the code can be added to: face to face, of a listed kind, with the billing practitioner."""
    for visit in sorted(month.visits, key=lambda each: each.in_time):
        if visit.is_face_to_face and visit.code in rule.visits and visit.practitioner == with_.practitioner:
            yield visit


def _at_sessions(bench: Bench, plan: Plan, with_: Agreed, rule: Rule) -> None:
    """A code for what made a session complex, once for each session on which a factor was looked for."""
    month = bench.month
    sessions = [
        each
        for each in sorted(month.visits, key=lambda each: each.in_time)
        if each.factors is not None and each.practitioner and month.first <= each.on <= month.last
    ]
    if not sessions and rule.code in month.requested:
        q = bench.ask(plan, with_, rule)
        bench.findings.extend([*refusals(q), q.no("session.none", rule.authority)])
    refused: dict[date, list[Finding]] = {}
    billed: set[date] = set()
    for session in sessions:
        q = bench.ask(plan, with_, _on(bench, plan, rule, session.on))
        against = [*refusals(q), *_of_session(q, session), *_day_paid(q, session.on)]
        if against:
            refused.setdefault(session.on, []).extend(against)
        else:
            billed.add(session.on)
            bench.propose(q, 1, session.on, session.on)
    for day, findings in refused.items():
        if day not in billed:  # of a visit beside a session it is no news that it takes no such code
            bench.findings.extend(findings)


def _of_session(q: Question, session: Visit) -> Iterator[Finding]:
    rule = q.rule
    if rule.status:
        return
    if session.code not in rule.visits:
        yield q.no("session.not_allowed", rule.authority, have=session.code)
    elif not session.factors:
        yield q.no("session.no_factor", rule.authority, have=session.on)
    elif rule.factors_not_enough.issuperset(session.factors):
        yield q.no("session.factor_not_enough", rule.authority, have=" / ".join(sorted(session.factors)))


def _assessed(bench: Bench, plan: Plan, with_: Agreed, rule: Rule) -> None:
    """A code for an assessment that meets its definition of the day, beside a visit and not too soon after the last."""
    month = bench.month
    used = [each.on for each in month.claims if each.code == rule.code and each.practitioner]
    made = sorted(month.assessments)
    if rule.code in month.requested and not any(month.first <= each.on <= month.last for each in made):
        q = bench.ask(plan, with_, rule)
        bench.findings.extend([*refusals(q), q.no("assessment.wrong_kind", rule.authority)])
    for each in made:
        q = bench.ask(plan, with_, _on(bench, plan, rule, each.on))
        lacking = list(_of_assessment(q, each))
        if each.on < month.first:
            if not lacking and not q.rule.status:
                used.append(each.on)
            continue
        if each.on > month.last:
            continue
        if soon := [day for day in used if day <= each.on < months_after(day, q.rule.months_apart)]:
            need = months_after(max(soon), q.rule.months_apart)
            lacking.append(q.no("assessment.too_soon", q.rule.authority, have=max(soon), need=need))
        if not any(visit.code in q.rule.visits and visit.practitioner for visit in month.visits):
            lacking.append(q.no("assessment.visit_missing", q.rule.authority, have=each.on))
        against = [*refusals(q), *([] if q.rule.status else lacking), *_day_paid(q, each.on)]
        if against:
            bench.findings.extend(against)
        else:
            used.append(each.on)
            bench.propose(q, 1, each.on, each.on)


def _of_assessment(q: Question, each: Assessment) -> Iterator[Finding]:
    rule = q.rule
    if each.kind not in rule.assessments:
        changed = each.kind in rule.assessments_before
        found: FindingId = "assessment.definition_changed" if changed else "assessment.wrong_kind"
        yield q.no(found, rule.authority, have=each.kind, need=" / ".join(sorted(rule.assessments)))
    if not each.is_standardized:
        yield q.no("assessment.not_standardized", rule.authority, have=each.on)
    if each.minutes < rule.minutes:
        yield q.no("assessment.too_short", rule.authority, have=each.minutes, need=rule.minutes)
    if not each.need_suspected:
        yield q.no("assessment.no_need", rule.authority, have=each.on)


def _reported(bench: Bench, plan: Plan, with_: Agreed, rule: Rule) -> None:
    """A code that reports a patient's function on a day, with its necessity and its rationale documented."""
    month = bench.month
    made = [each for each in sorted(month.reports) if each.code == rule.code and month.first <= each.on <= month.last]
    for each in made:
        q = bench.ask(plan, with_, _on(bench, plan, rule, each.on))
        against = refusals(q)
        if not each.has_necessity:
            against.append(q.no("report.necessity_missing", q.rule.authority, have=each.on))
        if not each.has_rationale:
            against.append(q.no("report.rationale_missing", q.rule.authority, have=each.on))
        against += _day_paid(q, each.on)
        if against:
            bench.findings.extend(against)
        else:
            bench.propose(q, 1, each.on, each.on)
    if rule.code in month.requested and not made:
        q = bench.ask(plan, with_, rule)
        bench.findings.extend([*refusals(q), q.no("report.necessity_missing", rule.authority)])
