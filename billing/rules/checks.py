"""What a code asks for besides minutes. Every failure is said, in this order: the payer, the code, the patient."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from .agreed import Agreed
from .book import Plan, Rule
from .criteria import failure
from .decision import CONTRACT, CONTRACT_RULE, COVERAGE, COVERAGE_RULE, Authority, Finding, FindingId, Role, Value
from .facts import PatientMonth, Payer, Terms, Unpaid
from .visits import planned_visit, used_before


class Question(Struct, frozen=True):
    """May this code be billed for this month? All that a check may look at."""

    month: PatientMonth
    payer: Payer
    plan: Plan
    agreed: Agreed
    rule: Rule
    role: Role

    @property
    def terms(self) -> Terms | None:
        """The payer's terms, where there is somebody to bill."""
        return self.payer if isinstance(self.payer, Terms) else None

    def no(
        self,
        finding: FindingId,
        authority: Authority,
        have: Value = None,
        need: Value = None,
        logs: tuple[str, ...] = (),
    ) -> Finding:
        """A finding about the code in question."""
        return Finding(
            finding,
            self.rule.code,
            self.plan.name,
            self.role,
            have,
            need,
            authority.cite,
            authority.since,
            logs,
            authority.rule,
        )

    def contract(self) -> Authority:
        """The contract version as an authority; where there is none, that is so from the month's first day."""
        return Authority(CONTRACT, self.terms.since if self.terms else self.month.first, CONTRACT_RULE)


def monthly_cap(rule: Rule, terms: Terms | None) -> tuple[int | None, Authority]:
    """Units a month, and who says so: the contract before the rulebook."""
    stated = terms.max_units_month.get(rule.code) if terms else None
    if terms is None or stated is None:
        return rule.max_units_month, rule.authority
    return stated, Authority(CONTRACT, terms.since, CONTRACT_RULE)


Check = Callable[[Question], Sequence[Finding]]


def somebody_pays(q: Question) -> Sequence[Finding]:
    """Without a coverage or a contract there is nobody to bill, and with two nobody has said whom."""
    if not isinstance(q.payer, Unpaid):
        return ()
    of_contract = q.payer.reason.startswith("terms.")
    authority = q.contract() if of_contract else Authority(COVERAGE, q.month.first, COVERAGE_RULE)
    return (q.no(q.payer.reason, authority, need=q.payer.detail or None),)


def covered(q: Question) -> Sequence[Finding]:
    """A payer need not cover care management."""
    if (terms := q.terms) is None or terms.covers(q.rule.code):
        return ()
    return (q.no("terms.not_covered", q.contract(), have=terms.contract),)


def code_in_force(q: Question) -> Sequence[Finding]:
    """The code exists on the month's last day."""
    if not q.rule.status:
        return ()
    return (q.no(q.rule.status, q.rule.authority, have=q.month.last, need=q.rule.authority.since),)


def agency_type(q: Question) -> Sequence[Finding]:
    """This kind of agency reports this code."""
    types = q.rule.agency_types
    if not types or q.month.agency_type in types.types:
        return ()
    return (q.no("agency_type.not_eligible", types.authority, have=q.month.agency_type),)


def requirements(q: Question) -> Sequence[Finding]:
    """The facts that the program and the track ask for."""
    return [
        q.no(failed[0], each.authority, have=failed[1], need=failed[2])
        for each in q.rule.requirements
        if (failed := failure(each, q.month, q.plan.name))
    ]


def consent(q: Question) -> Sequence[Finding]:
    """The patient agreed, at the latest within the month; minutes before that day are the ledger's business."""
    if q.plan.consent is None:
        return ()
    given = min([each.given for each in q.agreed.own], default=None)
    if given is not None and given <= q.month.last:
        return ()
    return (q.no("consent.missing", q.plan.consent, have=given, need=q.month.last),)


def initiating_visit(q: Question) -> Sequence[Finding]:
    """A visit opens the service, unless the practice has seen the patient not long before; what was logged before that visit is
    the ledger's business."""
    rule = q.plan.initiating_visit
    if rule is None or any(each.opens for each in q.agreed.own):
        return ()
    need = rule.unless_seen_within_months
    return (q.no("initiating_visit.missing", rule.authority, have=q.agreed.seen, need=need),)


def claims(q: Question) -> Sequence[Finding]:
    """One practitioner bills a patient's month, under one family of codes and nothing that excludes it. A code is said once."""
    if not q.month.claims:
        return ()
    ours = q.agreed.practitioner
    found: dict[str, Finding] = {}
    for claim in sorted(q.month.claims):
        if q.month.first <= claim.on <= q.month.last and claim.code not in found:
            against = _against(q, claim.code, bool(ours) and claim.practitioner == ours)
            if against is not None:
                found[claim.code] = against
    return list(found.values())


def _against(q: Question, code: str, is_ours: bool) -> Finding | None:
    """What a claim of the month says against the code in question."""
    if not is_ours:
        if q.plan.one_practitioner and code in q.plan.codes:
            return q.no("claims.another_practitioner", q.plan.one_practitioner, have=code)
    elif code == q.rule.code:
        return q.no("claims.duplicate", q.rule.authority, have=code)
    elif q.plan.one_family and code in q.plan.codes:
        return q.no("claims.excluded", q.plan.one_family, have=code)
    elif excluded := q.plan.excluded_by.get(code):
        return q.no("claims.excluded", excluded, have=code)
    return None


def at_a_visit(q: Question) -> Sequence[Finding]:
    """The code is added to the initiating visit, on a day that the payer pays for, once for good."""
    visit = planned_visit(q.month, q.agreed, q.rule)
    if isinstance(visit, tuple):
        found, have, need = visit
        return (q.no(found, q.rule.authority, have=have, need=need),)
    against = []
    if used := used_before(q.month, q.agreed, q.rule, visit):
        against.append(q.no("code.once_used", q.rule.authority, have=used))
    terms = q.terms
    if terms and not (terms.pays_on(visit.on) and terms.since <= visit.on <= (terms.until or visit.on)):
        against.append(q.no("visit.not_payable", q.contract(), have=visit.on))
    return against


def some_allowed(q: Question) -> Sequence[Finding]:
    """A cap of no units at all refuses the code."""
    cap, authority = monthly_cap(q.rule, q.terms)
    return (q.no("units.none_allowed", authority, need=cap),) if cap == 0 else ()


FIRST: tuple[Check, ...] = (somebody_pays, covered, code_in_force, agency_type, requirements, consent)
CHECKS: dict[str, tuple[Check, ...]] = {
    "base": (*FIRST, initiating_visit, claims, some_allowed),
    "add_on": (*FIRST, initiating_visit, claims, some_allowed),
    "visit": (*FIRST, at_a_visit, some_allowed),
}


def refusals(question: Question) -> list[Finding]:
    """Everything that stands between this month and this code, except minutes."""
    against: list[Finding] = []
    for check in CHECKS[question.rule.shape]:
        against += check(question)
    return against
