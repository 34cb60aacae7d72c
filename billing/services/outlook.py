"""What the codes of transitional care come to for one discharge: as facts stand, or as they might still be."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from uuid import UUID

from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _
from msgspec.structs import replace

from billing.mending import mending_of
from billing.rules import Contact, Finding, PatientMonth, Transition, Visit
from billing.rules.book import Plan, Track
from billing.rules.transitional import first_visit
from billing.sentences import finding_sentence
from billing.services.decisions import Decided, decide, decide_as, rulebook
from coordination.models import Destination, Program
from coordination.models import Transition as Row
from coordination.ports import Outlook, Problem, Supposed
from coordination.rules.months import month_of

OF_THE_DISCHARGE = ("transition.", "contact.", "claims.")
"""Findings about what was done after it, or not. Others (who pays, what a contract has) are told beside them."""
ONE_DAY = timedelta(days=1)


def outlook_of(transition: UUID, supposing: Sequence[Supposed], today: date) -> tuple[Outlook, ...]:
    """Each code of the discharge, the one with the shortest window first; none before the rulebook begins.

    A code is lost when it would not be billed even if from today on everything happened at once: the patient reached, seen, judged as
    the code asks, and reconciled. What is not on record and whose day has passed counts as not done.
    """
    row = Row.objects.get(pk=transition)
    if row.discharged_on < rulebook().begins:
        return ()
    plan = rulebook().on(row.discharged_on).plan(Program.TRANSITIONAL_CARE)
    case = _Case(row, plan)
    return tuple(_outlook(case, track, supposing, today) for track in plan.tracks if track.base.window)


class _Case:
    """A discharge whose months are read once, decided with whatever is supposed."""

    def __init__(self, row: Row, plan: Plan) -> None:
        self.row, self.plan = row, plan
        windows = [track.base.window[0] for track in plan.tracks if track.base.window]
        self.last_day = row.discharged_on + timedelta(days=max(windows))
        self._months: dict[date, Decided] = {}
        self._billed: dict[date, bool] = {}

    def month(self, day: date) -> Decided:
        first = month_of(day)[0]
        if first not in self._months:
            self._months[first] = decide([self.row.patient_id], first)[self.row.patient_id]
        return self._months[first]

    def with_(self, supposed: Sequence[Supposed]) -> tuple[Decided, Transition, Visit | None]:
        """The month of the first visit, or of the last day for one, should this have happened; the discharge and the visit in it."""
        facts, discharge = self._facts(self.month(self.row.discharged_on).facts, supposed)
        visit = first_visit(facts, discharge)
        known = self.month(visit.on if visit else self.last_day)
        facts, discharge = self._facts(known.facts, supposed)
        return decide_as(known, facts), discharge, visit

    def _facts(self, facts: PatientMonth, supposed: Sequence[Supposed]) -> tuple[PatientMonth, Transition]:
        [known] = [each for each in facts.transitions if each.discharged == self.row.discharged_on]
        discharge, visits = known, list(facts.visits)
        for each in supposed:
            if each.kind == "contact" and each.on:
                made = Contact(each.on, each.is_reached, each.is_reached, is_by_practice=True)
                discharge = replace(discharge, contacts=(*discharge.contacts, made))
            elif each.kind == "visit" and each.on:
                visits.append(Visit(each.on, "", str(self.row.visit_booked_with_id or self.row.pk)))
            elif each.kind == "reconciliation":
                discharge = replace(discharge, reconciled=each.on)
            elif each.kind == "complexity":
                discharge = replace(discharge, complexity=each.complexity)
            elif each.kind == "home":
                discharge = replace(discharge, destination=Destination.HOME)
        billed = [each for each in facts.transitions if each.discharged < known.discharged and self._is_billed(each)]
        return replace(facts, transitions=(*billed, discharge), visits=tuple(visits)), discharge

    def _is_billed(self, earlier: Transition) -> bool:
        """Whether an earlier discharge would be billed by itself, as things stand. Then it stands in the way of this one; of any other
        nothing is said here, because a finding does not tell which discharge it is about."""
        if earlier.discharged not in self._billed:
            visit = first_visit(self.month(earlier.discharged).facts, earlier)
            month = self.month(visit.on) if visit else None
            alone = month and decide_as(month, replace(month.facts, transitions=(earlier,)))
            codes = {track.base.code for track in self.plan.tracks}
            self._billed[earlier.discharged] = bool(alone) and any(line.code in codes for line in alone.decision.lines)
        return self._billed[earlier.discharged]


def _outlook(case: _Case, track: Track, supposing: Sequence[Supposed], today: date) -> Outlook:
    code = track.base.code
    decided, discharge, visit = case.with_(supposing)
    against = _against(decided, code)
    problems = tuple(
        dict.fromkeys(
            Problem(finding_sentence(each, decided.through), mending_of(each, decided.facts.first))
            for each in against
            if not each.id.startswith(OF_THE_DISCHARGE) and each.id != "code.mutually_exclusive"
        )
    )
    for line in decided.decision.lines:
        if line.code == code and line.earliest == (visit and visit.on):
            held = _("Billed with the visit of %(day)s.") % {"day": format_date(line.earliest, "D M j")}
            return Outlook(code, "billed", held, _title(line.cite))
    best, *_rest = case.with_([*supposing, *_at_best(case, track, decided.facts, discharge, visit, today)])
    if lost := [each for each in _against(best, code) if each.id.startswith(OF_THE_DISCHARGE)]:
        return Outlook(code, "lost", _told(lost, best.through), _title(lost[0].cite), problems)
    if instead := [each for each in against if each.id == "code.mutually_exclusive"]:
        return Outlook(code, "instead", _told(instead, decided.through), _title(instead[0].cite))
    wanting = [_awaited(each, case, track) for each in against if each.id.startswith(OF_THE_DISCHARGE)]
    cite = wanting[0].cite if wanting else track.base.authority.cite
    return Outlook(code, "possible", _told(wanting, decided.through), _title(cite), problems)


def _at_best(
    case: _Case, track: Track, facts: PatientMonth, discharge: Transition, visit: Visit | None, today: date
) -> Iterator[Supposed]:
    """All that can still happen, at its earliest."""
    assert case.plan.transition is not None and track.base.window is not None  # noqa: PT018 - a plan of discharges
    if case.row.discharged_on <= today <= discharge.business_days[case.plan.transition.contact_business_days - 1]:
        yield Supposed("contact", today)
    if discharge.destination == Destination.UNKNOWN:
        yield Supposed("home")
    seen_on = visit.on if visit else max(today, case.row.discharged_on + ONE_DAY)
    if visit is None:
        yield Supposed("visit", seen_on)
    if not (discharge.complexity or (visit and visit.complexity) or facts.complexity.get(case.plan.name)):
        enough = track.base.window[1]
        yield Supposed("complexity", complexity="moderate" if "moderate" in enough else "high")
    if discharge.reconciled is None and seen_on >= today:
        yield Supposed("reconciliation", seen_on)


def _against(decided: Decided, code: str) -> list[Finding]:
    return [each for each in decided.decision.findings if each.code == code]


def _awaited(finding: Finding, case: _Case, track: Track) -> Finding:
    """A visit that can still be held is not missing, and is due when this code asks for it; where the patient went is to be said."""
    if finding.id == "transition.destination" and finding.have == Destination.UNKNOWN:
        return replace(finding, have=None)
    if finding.id in ("transition.visit_missing", "transition.visit_awaited") and track.base.window:
        by = case.row.discharged_on + timedelta(days=track.base.window[0])
        return replace(finding, id="transition.visit_awaited", need=by)
    return finding


def _told(findings: Sequence[Finding], through: date) -> str:
    return " ".join(dict.fromkeys(finding_sentence(each, through) for each in findings))


def _title(cite: str) -> str:
    source = rulebook().sources.get(cite)
    return source.title if source else cite
