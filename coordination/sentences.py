"""What is due, in sentences: what there is to do, why, by when. The numbers come from `Deadline.said`, so that a sentence says what
the rule was asked with and nothing is worked out twice. No patient's data stands in them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from coordination.models import Deadline, DeadlineKind, Program
from coordination.ports import billing
from coordination.rules.deadlines import Clock
from tenancy.models import Discipline

Kind = DeadlineKind
OF_TRANSITIONS = frozenset(
    (
        Kind.CONTACT,
        Kind.RETRY,
        Kind.VISIT_FIRST,
        Kind.VISIT_LAST,
        Kind.RECONCILIATION,
        Kind.COMPLEXITY,
        Kind.DECIDE,
        Kind.PERIOD_END,
    )
)
"""Kinds whose `about` is a discharge."""
WHAT = {
    Kind.VISIT_FIRST: gettext_lazy("Visit after discharge"),
    Kind.COMPLEXITY: gettext_lazy("Judge the decision making"),
    Kind.DECIDE: gettext_lazy("Decide: continue or start anew"),
    Kind.LICENCE: gettext_lazy("Licence ends"),
}
"""What to do, where it is shorter than what the kind is called in full."""


@dataclass(frozen=True, slots=True)
class Why:
    """Why something is due: sentences, and the program whose rule asks for it ("" where none does)."""

    sentences: tuple[str, ...]
    program: str = ""

    @property
    def program_name(self) -> str:
        """The program in words."""
        return str(Program(self.program).label) if self.program in Program else ""


def what_to_do(kind: str) -> str:
    """The task in a few words."""
    return str(WHAT.get(Kind(kind), Kind(kind).label))


def why(
    deadline: Deadline, *, now: datetime, today: date, holidays: Mapping[date, str], last_window: date | None = None
) -> Why:
    """Why this is due then. `holidays`: what days off are called; `last_window`: the last day of a visit whose first window it is."""
    said = deadline.said
    if deadline.kind in OF_TRANSITIONS:
        discharged = date.fromisoformat(said["discharged"])
        asked = billing().transition_clock(discharged)
        told = _of_transition(deadline, discharged, asked, deadline.due_at <= now, holidays, last_window, today)
        return Why(tuple(told), Program.TRANSITIONAL_CARE)
    return Why((_of_other(deadline.kind, said, deadline.due_on),), said.get("program", ""))


def _of_transition(
    deadline: Deadline,
    discharged: date,
    asked: Clock,
    is_over: bool,
    holidays: Mapping[date, str],
    last_window: date | None,
    today: date,
) -> list[str]:
    said, home = deadline.said, day_words(discharged)
    if deadline.kind == Kind.CONTACT:
        return _of_contact(said, home, asked, is_over, holidays)
    if deadline.kind == Kind.RETRY:
        return [
            _("Tried %(n)s times since the discharge of %(day)s and not reached: that counts, and you go on trying.")
            % {"n": said["attempts"], "day": home}
        ]
    if deadline.kind in (Kind.VISIT_FIRST, Kind.VISIT_LAST):
        return _of_visit(deadline, home, asked, is_over, last_window, today)
    if deadline.kind == Kind.RECONCILIATION:
        if visit := said.get("visit"):
            visited = day_words(date.fromisoformat(visit))
            return [_("Medicines are reconciled on or before the day of the visit, %(day)s.") % {"day": visited}]
        return [
            _(
                "Medicines are reconciled on or before the day of the visit. None is on record since the discharge of %(day)s."
            )
            % {"day": home}
        ]
    if deadline.kind == Kind.COMPLEXITY:
        return [
            _("Which code it is depends on how complex the decision making was after the discharge of %(day)s.")
            % {"day": home}
        ]
    if deadline.kind == Kind.DECIDE:
        return [
            _("Discharged again on %(day)s, within %(n)s days of an earlier discharge: of two periods only one counts.")
            % {"day": home, "n": asked.period_days}
        ]
    return [
        _("The %(n)s days after the discharge of %(day)s end: say whether services went on as needed.")
        % {"n": asked.period_days, "day": home}
    ]


def _of_contact(
    said: Mapping[str, Any], home: str, asked: Clock, is_over: bool, holidays: Mapping[date, str]
) -> list[str]:
    told = [
        ngettext(
            "Within %(n)s business day after the discharge of %(day)s.",
            "Within %(n)s business days after the discharge of %(day)s.",
            asked.contact_business_days,
        )
        % {"n": asked.contact_business_days, "day": home}
    ]
    if skipped := [date.fromisoformat(each) for each in said.get("holidays", [])]:
        names = ", ".join(holidays.get(day) or day_words(day) for day in skipped)
        told.append(_("Skipped: %(days)s.") % {"days": names})
    attempts = said["attempts"]
    if not attempts:
        told.append(_("Nobody has tried yet."))
    else:
        last = day_words(date.fromisoformat(said["last_attempt"]))
        told.append(
            ngettext(
                "One attempt so far, on %(day)s, not reached.",
                "%(n)s attempts so far, the last on %(day)s, not reached.",
                attempts,
            )
            % {"n": attempts, "day": last}
        )
    if is_over:
        told.append(_("Call all the same: it is recorded as late."))
    elif attempts and (left := asked.failed_attempts - attempts) > 0:
        told.append(
            ngettext(
                "One more in time counts even if nobody is reached.",
                "%(n)s more in time count even if nobody is reached.",
                left,
            )
            % {"n": left}
        )
    return told


def _of_visit(
    deadline: Deadline, home: str, asked: Clock, is_over: bool, last_window: date | None, today: date
) -> list[str]:
    said = deadline.said
    words = {"code": said["code"], "n": said["days"], "day": home, "by": day_words(deadline.due_on)}
    told = [_("%(code)s asks for a visit within %(n)s days of the discharge of %(day)s.") % words]
    if is_over:
        told = [_("%(code)s asked for a visit by %(by)s, %(n)s days after the discharge.") % words]
    is_all_over = is_over and (last_window is None or last_window < today)
    if last_window:
        after = {"code": asked.windows[-1].code, "by": day_words(last_window)}
        one = _("%(code)s asked for one by %(by)s.") if is_all_over else _("%(code)s asks for one by %(by)s.")
        told.append(one % after)
    if is_all_over:
        told.append(_("See the patient all the same: it is recorded as late."))
    return told


def _of_other(kind: str, said: Mapping[str, Any], due_on: date) -> str:
    """Of what comes due again, or ends."""
    words = {name: _in_words(name, value) for name, value in said.items()} | {"by": day_words(due_on)}
    sentences = {
        Kind.INITIATING_VISIT: _(
            "%(program)s asks for a visit that opens it, by the day of consent (%(consent)s): until one is on record no minute counts."
        ),
        Kind.CONSENT_RENEWAL: _(
            "%(program)s asks for consent anew %(months)s months after the last time, which was %(last)s."
        ),
        Kind.CARE_PLAN_REVIEW: _("The care plan is of %(last)s; here one is reviewed after %(months)s months."),
        Kind.RATING_SCALE: _("A rating scale is repeated after %(days)s days; the last one was on %(last)s.")
        if "last" in said
        else _("A rating scale is due %(days)s days after consent, and none is on record since %(consent)s."),
        Kind.LICENCE: _(
            "The %(licence)s licence of %(person)s in %(state)s ends on %(by)s, and no later one is on record."
        ),
        Kind.CONTRACT: _("The contract with %(payer)s ends on %(by)s, and no later version is on record."),
    }
    return sentences[Kind(kind)] % words


def _in_words(name: str, value: Any) -> Any:
    if name in ("consent", "last"):
        return day_words(date.fromisoformat(value), with_year=True)
    if name == "program" and value in Program:
        return Program(value).label
    if name == "licence" and value in Discipline:
        return Discipline(value).label
    return value


# ---------- when ----------


def day_words(day: date, *, with_year: bool = False) -> str:
    """`Mon Nov 23`, or `Mon Nov 23, 2026`: never in numbers alone, whose order differs from reader to reader."""
    return date_format(day, "D M j, Y" if with_year else "D M j")


def end_words(deadline: Deadline, zone: ZoneInfo, today: date) -> str:
    """`end of Mon Nov 23 MST`: a deadline is the end of a day, and of no other place's day."""
    day = day_words(deadline.due_on, with_year=deadline.due_on.year != today.year)
    return _("end of %(day)s %(zone)s") % {"day": day, "zone": f"{deadline.due_at.astimezone(zone):%Z}"}


RELATIVE = {
    "late_minutes": gettext_lazy("{} min late"),
    "late_hours": gettext_lazy("{} h late"),
    "late_days": gettext_lazy("{} d late"),
    "in_minutes": gettext_lazy("in {} min"),
    "in_hours": gettext_lazy("in {} h"),
    "in_days": gettext_lazy("in {} d"),
}
"""How far a moment is, in words: the page goes on counting with them (static/tasks.js)."""


def relative_words(moment: datetime, now: datetime) -> str:
    """`in 14 h`, `9 h late`: in hours up to two days, then in days; always rounded down to what has passed or is surely left."""
    minutes = int(abs((moment - now).total_seconds()) // 60)
    way = "late" if moment <= now else "in"
    unit, size = ("minutes", 1) if minutes < 60 else ("hours", 60) if minutes < 48 * 60 else ("days", 24 * 60)
    return str(RELATIVE[f"{way}_{unit}"]).format(minutes // size)
