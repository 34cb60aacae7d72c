"""What clinical facts may say: visits, claims of others, stays, periods of other care, judgements of a month."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coordination.models import (
    CarePeriod,
    MonthJudgement,
    MonthProgram,
    OutsideClaim,
    ProgramElement,
    Stay,
    StayKind,
    Visit,
)
from coordination.ports import billing
from coordination.rules.months import month_of
from coordination.rules.periods import overlap, share_more_than_a_day
from coordination.rules.procedure_codes import is_code
from coordination.services.faults import Faults, future_faults, judge_faults, life_faults, period_faults

PART_A = {
    StayKind.HOSPITAL,
    StayKind.PSYCHIATRIC,
    StayKind.MENTAL_INSTITUTION,
    StayKind.REHABILITATION,
    StayKind.SNF,
}
"""Stays that Medicare Part A can pay for."""
DETENTION = {StayKind.JAIL, StayKind.JUVENILE_DETENTION}
HOMES = {StayKind.COMMUNITY, StayKind.ASSISTED_LIVING, StayKind.NURSING_FACILITY, StayKind.SHELTER, StayKind.UNHOUSED}
"""Where somebody lives, and from where they go to hospital and come back: a stay elsewhere does not end it."""


def visit_faults(visit: Visit, today: date) -> Faults:
    yield from life_faults(visit, "on")
    yield from future_faults(visit, "on", today)
    if visit.code:
        yield from _code_faults(visit.code)
    if visit.practitioner and visit.outside_practitioner:
        yield "outside_practitioner", _("Name either a practitioner of the practice or one outside, not both.")
    if not (visit.practitioner or visit.outside_practitioner or visit.source_id):
        yield "practitioner", _("Choose who of the practice saw the patient, or name who did outside.")
    yield from judge_faults("practitioner", visit.practitioner, behavioral=True)
    if visit.complexity and not visit.complexity_judged_by:
        yield (
            "complexity_judged_by",
            _("“%(value)s” is a practitioner's judgement: choose who made it, or leave the complexity empty.")
            % {"value": visit.get_complexity_display()},
        )
    if visit.complexity_judged_by and not visit.complexity:
        yield "complexity", _("Choose what %(who)s judged.") % {"who": visit.complexity_judged_by.signature}
    yield from judge_faults("complexity_judged_by", visit.complexity_judged_by)
    if visit.extra_planning and not visit.practitioner:
        yield (
            "extra_planning",
            _("Extra planning is the billing practitioner's own: choose who of the practice did it."),
        )


def outside_claim_faults(claim: OutsideClaim, today: date) -> Faults:
    yield from life_faults(claim, "on")
    yield from future_faults(claim, "on", today)
    yield from _code_faults(claim.code)


def stay_faults(stay: Stay, today: date) -> Faults:
    yield from period_faults(stay, today)
    yield from future_faults(stay, "from_day", today)
    if stay.is_part_a and stay.kind not in PART_A:
        yield (
            "is_part_a",
            _("Medicare Part A does not pay for “%(kind)s”: untick this, or choose the kind of facility.")
            % {"kind": stay.get_kind_display()},
        )
    if stay.post_adjudication and stay.kind not in DETENTION:
        yield (
            "post_adjudication",
            _("“%(kind)s” is no detention: untick this, or choose the kind.") % {"kind": stay.get_kind_display()},
        )


def stay_cautions(stay: Stay) -> list[str]:
    """Two homes at once, or two facilities for more than the day between them."""
    others = Stay.objects.filter(patient=stay.patient, retracted_at=None).exclude(pk=stay.pk).order_by("from_day", "pk")
    return [
        _("On record for the same days: %(kind)s from %(day)s. If the patient left there, enter its last day.")
        % {"kind": other.get_kind_display(), "day": _words(other.from_day)}
        for other in others
        if (stay.kind in HOMES) == (other.kind in HOMES) and share_more_than_a_day(stay, other)
    ]


def care_period_faults(period: CarePeriod, today: date) -> Faults:
    yield from period_faults(period, today)
    if not (period.practitioner or period.provider or period.source_id):
        yield (
            "provider",
            _("Name whose period it is: a practitioner of the practice, or the agency or practice outside."),
        )


def care_period_cautions(period: CarePeriod) -> list[str]:
    others = CarePeriod.objects.filter(patient=period.patient, kind=period.kind, retracted_at=None).exclude(
        pk=period.pk
    )
    return [
        _("On record for the same days: %(kind)s from %(day)s.")
        % {"kind": other.get_kind_display(), "day": _words(other.from_day)}
        for other in others.order_by("from_day", "pk")
        if overlap(period, other)
    ]


def judgement_faults(judgement: MonthJudgement, today: date) -> Faults:
    first, last = month_of(judgement.month)
    if judgement.month != first:
        yield "month", _("A month is written as its first day: %(day)s.") % {"day": first.isoformat()}
    if not first < judgement.patient.birth_date <= last:
        yield from life_faults(judgement, "month")
    yield from judge_faults("judged_by", judgement.judged_by)
    yield from future_faults(judgement, "judged_on", today)
    month = date_format(judgement.month, "F Y")
    if judgement.month > month_of(today)[0]:
        yield "month", _("%(month)s has not begun. Judge it in the month or after it.") % {"month": month}
    elif judgement.judged_on < judgement.month:
        yield (
            "judged_on",
            _("%(day)s is before %(month)s began: a month is judged in it or after it.")
            % {"day": judgement.judged_on.isoformat(), "month": month},
        )
    before = (
        MonthJudgement.objects.select_related("judged_by")
        .filter(patient=judgement.patient, program=judgement.program, month=judgement.month, retracted_at=None)
        .exclude(pk=judgement.pk)
        .first()
    )
    if before:
        yield (
            "month",
            _("%(month)s was judged %(complexity)s by %(who)s. Change that judgement, or take it back first.")
            % {"month": month, "complexity": before.get_complexity_display(), "who": before.judged_by.signature},
        )


def element_faults(said: ProgramElement, today: date) -> Faults:
    yield from period_faults(said, today)
    yield from future_faults(said, "from_day", today)
    asked = {(each.program, each.element): each for each in billing().elements()}
    known = asked.get((said.program, said.element))
    if known is None:
        yield (
            "element",
            _("%(program)s does not ask for this. Choose from the list.") % {"program": said.get_program_display()},
        )
    elif known.is_monthly and said.to_day:
        yield (
            "to_day",
            _("“%(element)s” is done on a day and counts in its month: leave this empty.") % {"element": known.label},
        )


def month_program_faults(said: MonthProgram, today: date) -> Faults:
    first, _last = month_of(said.month)
    month = date_format(said.month, "F Y")
    if said.month != first:
        yield "month", _("A month is written as its first day: %(day)s.") % {"day": first.isoformat()}
    elif said.month > month_of(today)[0]:
        yield "month", _("%(month)s has not begun.") % {"month": month}
    if not said.note.strip():
        yield "note", _("Say why the month is this program's: it stands beside what was decided.")
    same = MonthProgram.objects.filter(
        patient=said.patient, month=said.month, program=said.program, retracted_at=None
    ).exclude(pk=said.pk)
    if same.exists():
        yield (
            "program",
            _("%(program)s is said of %(month)s already: change that.")
            % {"program": said.get_program_display(), "month": month},
        )


def _code_faults(code: str) -> Faults:
    if not is_code(code):
        yield (
            "code",
            _("“%(code)s” is no CPT or HCPCS code: write its five characters, such as 99214 or G0506.")
            % {"code": code},
        )


def _words(day: date) -> str:
    return date_format(day, "M j, Y")
