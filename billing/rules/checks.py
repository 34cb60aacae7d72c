"""What a code asks for besides minutes. Every failure is said, in this order: the payer, the code, the patient."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .book import Plan, Rule
from .countable import opened, seen
from .criteria import have, holds, need
from .decision import CONTRACT, CONTRACT_RULE, Authority, Finding, FindingId, Role, Value
from .facts import PatientMonth, Terms


@dataclass(frozen=True, slots=True)
class Question:
    """May this code be billed for this month? All that a check may look at."""

    month: PatientMonth
    terms: Terms | None
    plan: Plan
    rule: Rule
    role: Role

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

    def monthly_cap(self) -> tuple[int | None, Authority]:
        """Units a month, and who says so: the contract before the rulebook."""
        stated = self.terms.max_units_month.get(self.rule.code) if self.terms else None
        if stated is not None:
            return stated, self.contract()
        return self.rule.max_units_month, self.rule.authority


Check = Callable[[Question], Iterator[Finding]]


def contract_in_force(q: Question) -> Iterator[Finding]:
    """Without a contract there is nobody to bill, and with several nobody has said whom."""
    if q.terms is None:
        yield q.no("terms.no_contract", q.contract())
    elif q.terms.ambiguous:
        yield q.no("terms.ambiguous", q.contract(), have=q.terms.contract)


def covered(q: Question) -> Iterator[Finding]:
    """A payer need not cover care management."""
    if q.terms is not None and not q.terms.covers(q.rule.code):
        yield q.no("terms.not_covered", q.contract(), have=q.terms.contract)


def code_in_force(q: Question) -> Iterator[Finding]:
    """The code exists on the month's last day."""
    if q.rule.status:
        yield q.no(q.rule.status, q.rule.authority, have=q.month.last, need=q.rule.authority.since)


def agency_type(q: Question) -> Iterator[Finding]:
    """This kind of agency reports this code."""
    types = q.rule.agency_types
    if types and q.month.agency_type not in types.types:
        yield q.no("agency_type.not_eligible", types.authority, have=q.month.agency_type)


def requirements(q: Question) -> Iterator[Finding]:
    """The facts that the program asks for."""
    for each in q.plan.requirements:
        if not holds(each, q.month):
            yield q.no(each.otherwise, each.authority, have=have(each, q.month), need=need(each))


def consent(q: Question) -> Iterator[Finding]:
    """The patient agreed, at the latest within the month; minutes before that day are the ledger's business."""
    if q.plan.consent is None:
        return
    given = min((each.consent for each in q.month.enrolled(q.plan.name) if each.consent), default=None)
    if given is None or given > q.month.last:
        yield q.no("consent.missing", q.plan.consent, have=given, need=q.month.last)


def initiating_visit(q: Question) -> Iterator[Finding]:
    """A visit opens the service, unless the practice has seen the patient not long before; what was logged before that visit is
    the ledger's business."""
    rule = q.plan.initiating_visit
    if rule is None:
        return
    visits = seen(q.month, q.plan.name)
    if all(opened(each, visits, rule) is None for each in q.month.enrolled(q.plan.name)):
        latest = max(visits, default=None)
        yield q.no("initiating_visit.missing", rule.authority, have=latest, need=rule.unless_seen_within_months)


def some_allowed(q: Question) -> Iterator[Finding]:
    """A cap of no units at all refuses the code."""
    cap, authority = q.monthly_cap()
    if cap == 0:
        yield q.no("units.none_allowed", authority, need=cap)


CHECKS: tuple[Check, ...] = (
    contract_in_force,
    covered,
    code_in_force,
    agency_type,
    requirements,
    consent,
    initiating_visit,
    some_allowed,
)


def refusals(question: Question) -> list[Finding]:
    """Everything that stands between this month and this code, except minutes."""
    return [finding for check in CHECKS for finding in check(question)]
