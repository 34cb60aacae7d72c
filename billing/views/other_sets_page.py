"""The lawful sets of a month, made ready to be read: what differs, why a set is not the one, what it would take. Decides nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from uuid import UUID

from django.utils.dateformat import format as format_date
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from billing.mending import mending_of
from billing.rules import Alternative, Finding, Line, Rulebook
from billing.sentences import finding_sentence
from billing.services.decisions import Decided
from billing.views.ledger_page import Cite, cite_of
from coordination.models import LOGGED_FOR, Enrollment, Track
from coordination.ports import Mending
from tenancy.roles import roles_with

IN_PLACE = ("care_plan.missing", "conditions.risk_not_attested")
"""What has a day of its own: it must have been there on the last day of the month."""
JUDGED = ("complexity.not_documented", "conditions.risk_not_attested", "conditions.not_high_risk")
"""What a clinician judges."""
IN_THE_CHART = (
    "complexity.not_documented",
    "registry.missing",
    "psychiatric_review.missing",
    "rating_scale.missing",
    "need.not_documented",
    "training.not_documented",
    "elements.not_available",
    "eligibility.not_in_target_group",
)
"""What is a row of the chart by itself; all else stands on the enrollment."""

Where = Callable[[Finding], tuple[Mending | None, UUID | None]]
"""How a finding is mended, and on which enrollment."""


@dataclass(frozen=True, slots=True)
class SetLine:
    code: str
    label: str
    units: int
    is_other: bool  # the declared set has it not, or not so often


@dataclass(frozen=True, slots=True)
class Why:
    """What stands in the way; a declaration is no rule and has no cite."""

    sentence: str
    cite: Cite | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that would have to be declared or written down: what, by whom, until when, and where; `enrollment` is the program's
    of the month, if there is one."""

    what: str
    who: str
    by: str
    mending: Mending | None = None
    enrollment: UUID | None = None


@dataclass(frozen=True, slots=True)
class SetRow:
    """`difference` is to the declared set, and None where one of the two has no amount."""

    lines: tuple[SetLine, ...]
    amount: Decimal | None
    unpriced: str
    difference: Decimal | None
    is_declared: bool
    is_supported: bool
    why: tuple[Why, ...]
    steps: tuple[Step, ...]

    @property
    def less(self) -> Decimal | None:
        """How much less it pays than the declared set."""
        return None if self.difference is None else -self.difference


@dataclass(frozen=True, slots=True)
class OtherSetsPage:
    """The declared set, then the others. `is_closed`: what was billed of the month is corrected beside it."""

    month: date
    month_slug: str
    contract: str
    rulebook_version: str
    declared: SetRow
    others: tuple[SetRow, ...]
    is_closed: bool


def other_sets_page(
    *,
    decided: Decided,
    sets: Sequence[Alternative],
    enrollments: Sequence[Enrollment],
    rulebook: Rulebook,
    labels: Mapping[str, str],
    today: date,
    is_closed: bool,
) -> OtherSetsPage:
    """The page of one patient and month."""
    decision = decided.decision
    declared = sets[0]
    names = {plan.name: plan.label for plan in rulebook.on(decision.last).plans}
    names |= {program: str(label) for program, label in LOGGED_FOR}
    last = decision.last
    corrected = _("The month is closed: only as a correction beside what was billed")
    by = corrected if is_closed else _("Until the month is closed")

    enrolled = {each.program: each.pk for each in enrollments}

    def where(finding: Finding) -> tuple[Mending | None, UUID | None]:
        return mending_of(finding, decision.first), enrolled.get(finding.program)

    def row(of: Alternative) -> SetRow:
        has_both = of.amount is not None and declared.amount is not None
        return SetRow(
            lines=tuple(
                SetLine(line.code, labels.get(line.code, ""), line.units, not _has(declared, line)) for line in of.lines
            ),
            amount=of.amount,
            unpriced=", ".join(of.unpriced),
            difference=of.amount - declared.amount if has_both and not of.is_declared else None,
            is_declared=of.is_declared,
            is_supported=not of.missing,
            why=tuple(_why(of, names, decided.through, partial(cite_of, rulebook, last))),
            steps=tuple(_steps(of, names, where, last, today, by)),
        )

    return OtherSetsPage(
        month=decision.first,
        month_slug=f"{decision.first:%Y-%m}",
        contract=decision.terms,
        rulebook_version=decision.rulebook_version,
        declared=row(declared),
        others=tuple(row(each) for each in sets[1:]),
        is_closed=is_closed,
    )


def _has(declared: Alternative, line: Line) -> bool:
    units = sum(each.units for each in declared.lines if each.code == line.code)
    return line.units <= units


def _why(of: Alternative, names: Mapping[str, str], through: date, cite: Callable[[Finding], Cite]) -> Iterator[Why]:
    for each in of.tracks:
        words = {"program": names[each.program], "declared": Track(each.declared).label}
        yield Why(_("%(program)s is declared as: %(declared)s.") % words)
    for instead in of.programs:
        words = {"others": _list(instead.of, names), "program": names[instead.program]}
        said = _("The month is billed as %(others)s, which leaves no room for %(program)s.") % words
        yield Why(said, cite(instead.finding))
    said_once = {finding_sentence(each, through): each for each in of.missing}
    yield from (Why(sentence, cite(finding)) for sentence, finding in said_once.items())


def _steps(of: Alternative, names: Mapping[str, str], where: Where, last: date, today: date, by: str) -> Iterator[Step]:
    who = _roles("enrollment.write")
    for each in of.tracks:
        words = {"program": names[each.program], "track": Track(each.track).label}
        yield Step(_("Declare %(program)s as: %(track)s.") % words, who, by)
    for instead in of.programs:
        words = {"others": _list(instead.of, names), "program": names[instead.program]}
        said = _("Declare the month as %(program)s instead of %(others)s.") % words
        yield Step(said, _roles("month_program.write"), by, *where(instead.finding))
    for finding in {each.id: each for each in of.missing}.values():
        yield _document(finding, where, last, today, by)


def _document(finding: Finding, where: Where, last: date, today: date, by: str) -> Step:
    """Writing down is for what is so; a page that shows money says it."""
    who = _roles("clinical_fact.write" if finding.id in IN_THE_CHART else "enrollment.write")
    if finding.id in JUDGED:
        who = _("a clinician, who judges it; written down by %(who)s") % {"who": who}
    if finding.id in IN_PLACE:
        day = {"day": format_date(last, "M j, Y")}
        by = _("It must be in place on %(day)s") % day
        if today > last:
            by = _("%(day)s is over: record it only if it was in place by then") % day
    return Step(_("Document it, if it is so."), who, by, *where(finding))


def _list(programs: Sequence[str], names: Mapping[str, str]) -> str:
    return get_text_list([names[each] for each in programs], _("and"))


def _roles(capability: str) -> str:
    return get_text_list([str(role.label) for role in roles_with(capability)], _("or"))
