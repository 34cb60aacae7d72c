"""One row of a chart in words: a title, what belongs to it, and tags. No query: the selectors have fetched what is named here."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coordination.models import (
    CarePeriod,
    CarePlan,
    CareTeamMember,
    Condition,
    ContactPoint,
    Coverage,
    Factor,
    MonthJudgement,
    MonthProgram,
    OutsideClaim,
    PatientAddress,
    PatientIdentifier,
    ProgramElement,
    Proxy,
    Retractable,
    Stay,
    Visit,
)
from coordination.models.clinical_facts import ClinicalFact
from coordination.ports import billing
from coordination.rules.names import tokens
from tenancy.models import Membership


@dataclass(slots=True)
class Row:
    """`tags` are (tone, word); `text` is long and folds; `edit` and `withdraw` are addresses, empty where the person may not."""

    title: str
    details: list[str] = field(default_factory=list)
    tags: list[tuple[str, str]] = field(default_factory=list)
    text: str = ""
    edit: str = ""
    withdraw: str = ""


def words_of(record: Any, today: date) -> Row:
    """The row of any noun: its own words, then whether it still stands and what was noted."""
    row: Row = WORDS[type(record)](record)
    row.details = [each for each in row.details if each]
    if isinstance(record, ClinicalFact):
        row.text = row.text or record.note
        if record.recorded_by is None:
            row.tags.append(("", _("imported")))
    if isinstance(record, Retractable) and record.retracted_at:
        row.tags = [("bad", _("taken back"))]
        row.details.append(_("Taken back: %(why)s") % {"why": record.retracted_reason})
    if (last := getattr(record, "to_day", None) or getattr(record, "ended_on", None)) and last < today:
        row.tags.append(("left", _("over")))
    return row


def searched(record: Any, row: Row) -> set[str]:
    """The folded words by which a row is found: all that it says, its days as 2026-11-02, and a number as its digits."""
    days = {day.isoformat() for field in record._meta.fields if type(day := getattr(record, field.attname)) is date}
    said = tokens(row.title, *row.details, *(str(word) for _tone, word in row.tags), row.text)
    return {*said, *days, "".join(filter(str.isdigit, row.title))}


def _identifier(record: PatientIdentifier) -> Row:
    return Row(record.value, [record.get_kind_display(), record.assigner])


def _contact_point(record: ContactPoint) -> Row:
    row = Row(record.value, [f"{record.get_kind_display()}, {record.get_use_display()}"], text=record.note)
    if record.best_from and record.best_to:
        row.details.append(
            _("best between %(begins)s and %(ends)s")
            % {"begins": date_format(record.best_from, "G:i"), "ends": date_format(record.best_to, "G:i")}
        )
    if not record.is_safe:
        row.tags.append(("bad", _("not safe: do not leave a message")))
    elif record.may_leave_message:
        row.tags.append(("good", _("a message may be left")))
    else:
        row.tags.append(("warn", _("no message")))
    return row


def _address(record: PatientAddress) -> Row:
    place = ", ".join(
        each for each in (record.lines, record.city, f"{record.state} {record.postal_code}".strip()) if each
    )
    return Row(place, [record.get_use_display(), _period(record)])


def _proxy(record: Proxy) -> Row:
    row = Row(record.name, [record.get_relation_display(), record.phone, _period(record)])
    if record.decides:
        row.tags.append(("good", _("decides")))
    row.tags.append(("", _("may be told")) if record.may_be_told else ("warn", _("is told nothing")))
    return row


def _coverage(record: Coverage) -> Row:
    row = Row(
        record.payer.name,
        [
            record.get_plan_kind_display(),
            _("member %(id)s") % {"id": record.member_id} if record.member_id else _("no member ID"),
            _period(record),
            _("verified %(day)s") % {"day": _day(record.verified_on)} if record.verified_on else _("not verified"),
        ],
    )
    row.tags.append(("", _("pays first") if record.order == 1 else _("pays as number %(n)s") % {"n": record.order}))
    if record.is_qmb:
        row.tags.append(("warn", _("QMB: never billed for cost sharing")))
    return row


def _care_team(record: CareTeamMember) -> Row:
    who = _who(record.member) or record.name
    return Row(who, [record.get_role_display(), record.organization, record.phone, _period(record)])


def _care_plan(record: CarePlan) -> Row:
    row = Row(record.title, [_period(record)], text=record.text)
    if record.given_to_patient_on:
        row.details.append(_("given to the patient %(day)s") % {"day": _day(record.given_to_patient_on)})
    else:
        row.tags.append(("warn", _("not given to the patient yet")))
    return row


def _condition(record: Condition) -> Row:
    row = Row(f"{record.icd10cm} {record.text}".strip())
    if record.onset or record.ended_on:
        row.details.append(_span(record.onset, record.ended_on))
    if (months := record.expected_months) is not None:
        row.details.append(
            ngettext("expected to last %(n)s month", "expected to last %(n)s months", months) % {"n": months}
        )
    if record.is_chronic:
        row.tags.append(("", _("chronic")))
    if not record.confirmed_at:
        row.tags.append(("warn", _("proposed, not confirmed")))
    return row


def _visit(record: Visit) -> Row:
    row = Row(
        f"{_day(record.on)} {record.code}".strip(),
        [
            _who(record.practitioner) or record.outside_practitioner,
            "" if record.is_face_to_face else _("not face to face"),
        ],
    )
    if record.complexity:
        row.details.append(_judged(record.get_complexity_display(), record.complexity_judged_by))
    if record.factors is not None:
        found = ", ".join(str(Factor(each).label) for each in record.factors) or _("looked for, and none")
        row.details.append(_("complex communication: %(found)s") % {"found": found})
    if record.extra_planning:
        row.tags.append(("", _("extra planning")))
    if record.outside_practitioner:
        row.tags.append(("", _("outside")))
    return row


def _outside_claim(record: OutsideClaim) -> Row:
    return Row(f"{_day(record.on)} {record.code}", [record.practice, _who(record.practitioner)])


def _stay(record: Stay) -> Row:
    row = Row(record.get_kind_display(), [record.facility, _period(record)])
    if record.is_part_a:
        row.tags.append(("", _("Part A")))
    if record.post_adjudication:
        row.tags.append(("", _("a court has decided")))
    return row


def _care_period(record: CarePeriod) -> Row:
    return Row(record.get_kind_display(), [_who(record.practitioner), record.provider, _period(record)])


def _judgement(record: MonthJudgement) -> Row:
    month = date_format(record.month, "F Y")
    judged = _judged(record.get_complexity_display(), record.judged_by)
    return Row(month, [record.get_program_display(), judged, _("on %(day)s") % {"day": _day(record.judged_on)}])


def _element(record: ProgramElement) -> Row:
    asked = {(each.program, each.element): each for each in billing().elements()}
    known = asked.get((record.program, record.element))
    when = _("on %(day)s") % {"day": _day(record.from_day)} if known and known.is_monthly else _period(record)
    by = _("documented by %(who)s") % {"who": _who(record.documented_by)}
    return Row(str(known.label) if known else record.element, [record.get_program_display(), when, by])


def _month_program(record: MonthProgram) -> Row:
    return Row(date_format(record.month, "F Y"), [record.get_program_display(), _who(record.recorded_by)])


WORDS = {
    PatientIdentifier: _identifier,
    ContactPoint: _contact_point,
    PatientAddress: _address,
    Proxy: _proxy,
    Coverage: _coverage,
    CareTeamMember: _care_team,
    CarePlan: _care_plan,
    Condition: _condition,
    Visit: _visit,
    OutsideClaim: _outside_claim,
    Stay: _stay,
    CarePeriod: _care_period,
    MonthJudgement: _judgement,
    ProgramElement: _element,
    MonthProgram: _month_program,
}


def _who(person: Membership | None) -> str:
    return person.signature if person else ""


def _judged(what: str, by: Membership | None) -> str:
    return _("decision making %(what)s, judged by %(who)s") % {"what": what, "who": _who(by)}


def _day(day: date) -> str:
    return date_format(day, "M j, Y")


def _period(record: Any) -> str:
    return _span(record.from_day, record.to_day)


def _span(begins: date | None, ends: date | None) -> str:
    if begins and ends:
        return _("%(begins)s to %(ends)s") % {"begins": _day(begins), "ends": _day(ends)}
    if begins:
        return _("since %(day)s") % {"day": _day(begins)}
    return _("until %(day)s") % {"day": _day(ends)} if ends else ""
