"""One evaluation at work: the facts, and the lists that become the decision."""

from datetime import date

from msgspec import Struct

from .agreed import Agreed
from .book import Book, Plan, Rule
from .checks import Billed, Lacking, Question, lacking
from .decision import Entry, Finding, Line, Role
from .facts import PatientMonth
from .rulebook import Rulebook
from .terms import Payer, Terms
from .units import line_amount


class Bench(Struct, frozen=True):
    """`book` holds what is in force on the month's last day, `rulebook` what was on the day of an event."""

    month: PatientMonth
    payer: Payer
    terms: Terms | None  # the payer's, where there is somebody to bill
    rulebook: Rulebook
    book: Book
    lines: list[Line]
    findings: list[Finding]
    ledger: list[Entry]
    billed: dict[str, Billed]
    taken: list[tuple[int, int]]  # clock minutes that a program bills

    def ask(
        self, plan: Plan, with_: Agreed, rule: Rule, role: Role = "declared", missing: tuple[Lacking, ...] | None = None
    ) -> Question:
        """The question of a code. `missing`: of what the program asks for, where that is known already."""
        missing = lacking(self.month, plan, with_) if missing is None else missing
        return Question(self.month, self.payer, self.terms, plan, with_, missing, rule, role, self.billed)

    def propose(
        self,
        q: Question,
        units: int,
        earliest: date,
        latest: date,
        logs: tuple[str, ...] = (),
        modifiers: tuple[str, ...] = (),
    ) -> None:
        """Put a line on the decision."""
        code, authority = q.rule.code, q.rule.authority
        rate = q.terms.rates.get(code) if q.terms else None
        self.lines.append(
            Line(
                code,
                q.plan.name,
                units,
                earliest,
                latest,
                modifiers,
                rate,
                line_amount(units, rate),
                authority.cite,
                authority.since,
                logs,
                authority.rule,
            )
        )
        if code in self.billed:
            self.billed[code].units += units
        else:
            self.billed[code] = Billed(q.plan.name, q.agreed.practitioner, units)

    def first_payable(self, q: Question, day: date) -> date:
        """A day, or the first one after it on which this payer's contract holds."""
        return max(day, q.terms.since) if q.terms else day

    def last_payable(self, q: Question) -> date:
        """The last day of the month for which this payer can be billed."""
        return q.terms.ends(self.month.last) if q.terms else self.month.last
