"""What a code asks for besides minutes. Every failure is said, in this order: the payer, the code, the patient."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from .agreed import Agreed
from .book import Plan, Rule, Shape
from .criteria import failure
from .decision import CONTRACT, CONTRACT_RULE, COVERAGE, COVERAGE_RULE, Authority, Finding, FindingId, Role, Value
from .facts import PatientMonth
from .terms import Payer, Terms, Unpaid


class Billed(Struct):
    """A code on the decision's lines so far."""

    program: str
    practitioner: str
    units: int


Lacking = tuple[FindingId, Authority, Value, Value]  # what is found, by which rule, what we have, what was needed


class Question(Struct, frozen=True):
    """May this code be billed for this month? All that a check may look at."""

    month: PatientMonth
    payer: Payer
    terms: Terms | None  # the payer's, where there is somebody to bill
    plan: Plan
    agreed: Agreed
    lacking: tuple[Lacking, ...]  # of what the program asks for, whatever the code
    rule: Rule
    role: Role
    billed: Mapping[str, Billed]  # of this month, by the programs decided before and by this one

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
    if terms is None or rule.code not in terms.max_units_month:
        return rule.max_units_month, rule.authority
    return terms.max_units_month[rule.code], Authority(CONTRACT, terms.since, CONTRACT_RULE)


Check = Callable[[Question], Sequence[Finding]]


def somebody_pays(q: Question) -> Sequence[Finding]:
    """Without a coverage or a contract there is nobody to bill, and with two nobody has said whom."""
    if not isinstance(q.payer, Unpaid):
        return ()
    of_contract = q.payer.reason.startswith("terms.")
    authority = q.contract() if of_contract else Authority(COVERAGE, q.month.first, COVERAGE_RULE)
    return (q.no(q.payer.reason, authority, need=q.payer.detail or None),)


def covered(q: Question) -> Sequence[Finding]:
    """A payer need not cover care management, or pays for it as part of something else."""
    if (terms := q.terms) is None:
        return ()
    if q.rule.code in terms.bundled:
        return (q.no("terms.bundled", q.contract(), have=terms.contract),)
    return () if terms.covers(q.rule.code) else (q.no("terms.not_covered", q.contract(), have=terms.contract),)


def code_in_force(q: Question) -> Sequence[Finding]:
    """The code exists on the month's last day, or on the day of the event."""
    if not q.rule.status:
        return ()
    return (q.no(q.rule.status, q.rule.authority, have=q.month.last, need=q.rule.authority.since),)


def agency_type(q: Question) -> Sequence[Finding]:
    """This kind of agency reports this code."""
    types = q.rule.agency_types
    if not types or types.include(q.month.agency_type, q.month.election):
        return ()
    return (q.no("agency_type.not_eligible", types.authority, have=q.month.agency_type),)


def requirements(q: Question) -> Sequence[Finding]:
    """The facts that the program and the track ask for, consent and the visit that opens the service among them."""
    found = [q.no(finding, authority, have=have, need=need) for finding, authority, have, need in q.lacking]
    for each in q.rule.requirements:
        if failed := failure(each, q.month, q.plan.name):
            found.append(q.no(failed[0], each.authority, have=failed[1], need=failed[2]))
    return found


def lacking(month: PatientMonth, plan: Plan, agreed: Agreed) -> tuple[Lacking, ...]:
    """What a program asks for, whatever the code, and a month does not have."""
    found: list[Lacking] = []
    for each in plan.requirements:
        if failed := failure(each, month, plan.name):
            found.append((failed[0], each.authority, failed[1], failed[2]))
    if plan.consent is not None:
        given = min([each.given for each in agreed.own], default=None)
        if given is None or given > month.last:
            found.append(("consent.missing", plan.consent, given, month.last))
    rule = plan.initiating_visit
    if rule is not None and not any(each.opens for each in agreed.own):
        if agreed.wrong_kind:
            found.append(("initiating_visit.wrong_kind", rule.authority, agreed.wrong_kind, None))
        else:
            need = rule.unless_seen_within_months or rule.opened_within_months
            found.append(("initiating_visit.missing", rule.authority, agreed.seen, need))
    return tuple(found)


def under_care(q: Question) -> Sequence[Finding]:
    """What is billed without minutes has none that would say so: the patient has not died or stopped before the month."""
    plan, month = q.plan, q.month
    found = []
    if plan.death and month.died and month.died < month.first:
        found.append(q.no("patient.died", plan.death, have=month.died))
    ends = [each.ends for each in q.agreed.own if each.given <= month.last]
    ended = [day for day in ends if day and day < month.first]
    if plan.revocation and ends and len(ended) == len(ends):
        found.append(q.no("consent.ended", plan.revocation, have=max(ended)))
    return found


def claims(q: Question) -> Sequence[Finding]:
    """One practitioner bills a patient's month, under one family of codes and nothing that excludes it. A code is said once."""
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
    elif excluded := q.rule.excluded_by.get(code):
        return q.no("claims.excluded", excluded, have=code)
    return None


def lines(q: Question) -> Sequence[Finding]:
    """What another program bills for this month, of the same practitioner, may leave no room. People say which program a month is;
    where they did not, or said it of both, the first in the rulebook's order is billed, and that is said too."""
    found = []
    for code, by in q.billed.items():
        authority = q.rule.excluded_by.get(code)
        is_other = by.practitioner and q.agreed.practitioner and by.practitioner != q.agreed.practitioner
        if authority and by.program != q.plan.name and not is_other:
            said = by.program in q.month.programs_for_month and q.plan.name not in q.month.programs_for_month
            found.append(q.no("code.mutually_exclusive" if said else "program.undeclared", authority, have=code))
    return found


def base_billed(q: Question) -> Sequence[Finding]:
    """What is added to another code needs that code on the month's lines."""
    bases = q.rule.add_on_to
    if not bases or any(base in q.billed for base in bases):
        return ()
    return (q.no("base.missing", q.rule.authority, need=" / ".join(bases)),)


def some_allowed(q: Question) -> Sequence[Finding]:
    """A cap of no units at all refuses the code, and so does one that another program has used up."""
    cap, authority = monthly_cap(q.rule, q.terms)
    if cap is None:
        return ()
    if cap == 0:
        return (q.no("units.none_allowed", authority, need=cap),)
    billed = q.billed.get(q.rule.code)
    if billed is None or billed.units < cap:
        return ()
    return (q.no("units.over_monthly_cap", authority, have=billed.units + 1, need=cap),)


FIRST: tuple[Check, ...] = (somebody_pays, covered, code_in_force, agency_type, requirements)
OF_A_MONTH: tuple[Check, ...] = (*FIRST, claims, lines, base_billed, some_allowed)
CHECKS: dict[Shape, tuple[Check, ...]] = {
    "base": OF_A_MONTH,
    "once": (*OF_A_MONTH, under_care),
    # Its base is billed, so that somebody pays, and what program and track ask for is there.
    "add_on": (covered, code_in_force, agency_type, claims, lines, base_billed, some_allowed),
    "contract": (*FIRST, lines, some_allowed),
    "transition": (*FIRST, lines),
    "visit": (*FIRST, some_allowed),
    "assessment": FIRST,
    "report": FIRST,
}


def refusals(question: Question) -> list[Finding]:
    """Everything that stands between this month and this code, except minutes and what an event itself lacks."""
    against: list[Finding] = []
    for check in CHECKS[question.rule.shape]:
        against += check(question)
    return against


def without_facts(finding: Finding) -> bool:
    """Whether a finding is about room beside another code, and not about what is known of the patient."""
    return finding.id in ("code.mutually_exclusive", "program.undeclared", "claims.excluded")
