"""What the page of one discharge says. Decides nothing itself: its parts are made beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from coordination.models import DeadlineKind, Patient, Transition, TransitionState
from coordination.rules.deadlines import Due, TransitionDays
from coordination.views.thirty_days import Picture, day_words, picture_of
from coordination.views.transition_case import Case, Tag
from coordination.views.transition_matters import Matter, matters_of
from coordination.views.transition_rows import Row, Tried, rows_of, tries_of
from coordination.views.transition_strip import strip_of


@dataclass(frozen=True, slots=True)
class Told:
    """The case. `status` is where it stands, in a tag."""

    known: Transition
    days: TransitionDays
    status: Tag
    picture: Picture
    rows: list[Row]
    tried: list[Tried]
    matters: list[Matter]
    phone: str
    visit_days: tuple[int, ...]

    @property
    def is_asked(self) -> bool:
        """Whether anything is asked for after it, or was done all the same."""
        return (
            self.known.state != TransitionState.CANCELLED or bool(self.tried) or any(row.said for row in self.rows[1:])
        )


def told_of(known: Transition, patient: Patient, *, now: datetime, zone: ZoneInfo, can: frozenset[str]) -> Told:
    """One transition in words and shapes, for a reader who `can`."""
    case = Case(known, patient, now, zone, can)
    phones = case.got.phones
    return Told(
        known,
        case.days,
        status_of(known, case.dues, case.days.period_ends, case.today, now),
        picture_of(strip_of(case)),
        rows_of(case),
        tries_of(case),
        list(matters_of(case)),
        phones[0].value if phones else "",
        tuple(window.days for window in case.clock.windows),
    )


def status_of(known: Transition, dues: Sequence[Due], ends: date, today: date, now: datetime) -> Tag:
    """Where a transition stands: over, waiting for a decision, or what is due next and by when."""
    if known.state == TransitionState.ENDED:
        return "left", _("over: %(why)s") % {"why": known.get_end_reason_display()}
    if known.state in (TransitionState.CANCELLED, TransitionState.CONTINUED):
        return "left", known.get_state_display()
    if known.state == TransitionState.WATCH:
        return "warn", known.get_state_display()
    if known.patient.is_deceased:
        return "warn", _("the patient died: end it")
    if today > ends:
        return "warn", _("the period is over: close it")
    waiting = [each for each in dues if not each.settled and each.kind != DeadlineKind.PERIOD_END]
    if not waiting:
        return "good", _("nothing is due before %(day)s") % {"day": day_words(ends)}
    return next_words(min(waiting, key=lambda each: each.at), today, now)


def next_words(due: Due, today: date, now: datetime) -> Tag:
    """What is due, by when: overdue, today, later."""
    what = DeadlineKind(due.kind).label
    if due.at <= now:
        return "bad", _("overdue: %(what)s, by %(day)s") % {"what": what, "day": day_words(due.on)}
    if due.on == today:
        return "warn", _("today: %(what)s") % {"what": what}
    return "", _("%(what)s by %(day)s") % {"what": what, "day": day_words(due.on)}
