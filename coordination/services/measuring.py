"""What a person says of a contact, made the minutes it may have: measured, clear of other entries, split over programs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from coordination.models import Contact, Mode, Outcome, Proxy, SpokenTo, TimeLog, Timer, Transition
from coordination.rules.durations import LONGEST_MINUTES, Duration, elapsed
from coordination.rules.spans import Span, Way, overlapping, ways_out
from coordination.rules.splits import Part, SplitRefused, split
from coordination.rules.stopwatch import is_forgotten, measured
from coordination.selectors.time_entries import contacts_near, span_of
from tenancy.clock import local_day
from tenancy.models import Membership

NO_TIME_PASSED = _("On that day the clock was changed: no time passed between these two times.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A contact in its author's words. `others` are the programs beside `program`, which keeps the rest of the minutes."""

    service_date: date
    duration: Duration
    activity: str
    program: str
    note: str
    others: tuple[Part, ...] = ()
    spoken_to: str = SpokenTo.NOBODY
    proxy: Proxy | None = None
    mode: str = Mode.NONE
    direction: str = ""
    outcome: str = Outcome.DONE
    transition: Transition | None = None
    is_beyond_scheduling: bool = True


@dataclass(frozen=True, slots=True)
class Measured:
    """Whole minutes on a day, with the clock times where they are known."""

    service_date: date
    minutes: int
    span: Span | None = None


class Overlap(ValidationError):
    """The author gave some of these minutes already: `met` are the entries that hold them, `ways` what this one can become."""

    def __init__(self, span: Span, met: Sequence[Contact], ways: dict[Way, list[Span]]) -> None:
        super().__init__(
            {"way": _("Some of these minutes stand in another entry. A minute counts once: choose what gives way.")}
        )
        self.span, self.met, self.ways = span, met, ways


def said_of(contact: Contact, logs: Sequence[TimeLog]) -> Said:
    """What a stored contact with these logs says."""
    first, *others = logs
    return Said(
        service_date=contact.service_date,
        duration=Duration(sum(log.minutes for log in logs)),
        activity=first.activity,
        program=first.program,
        note=contact.note,
        others=tuple(Part(log.program, log.minutes) for log in others),
        spoken_to=contact.spoken_to,
        proxy=contact.proxy,
        mode=contact.mode,
        direction=contact.direction,
        outcome=contact.outcome,
        transition=contact.transition,
        is_beyond_scheduling=contact.is_beyond_scheduling,
    )


def measure(said: Said, zone: ZoneInfo, now: datetime) -> Measured:
    """The minutes that passed; ValidationError for time that has not been given yet, for none, and for more than ten hours."""
    if said.service_date > local_day(now, zone):
        raise ValidationError({"service_date": _("This day is in the future. Log time once it has been given.")})
    minutes = elapsed(said.service_date, said.duration, zone)
    if minutes < 1:
        raise ValidationError({"minutes": NO_TIME_PASSED})
    span = None
    if said.duration.start and said.duration.stop:
        span = Span(
            *(
                datetime.combine(said.service_date, clock, zone).astimezone(UTC)
                for clock in (said.duration.start, said.duration.stop)
            )
        )
        if span.stop > now:
            raise ValidationError({"minutes": _("That span has not ended yet. Log time once it has been given.")})
    if minutes > LONGEST_MINUTES:
        raise ValidationError({"minutes": _("That is more than ten hours. Split it into the contacts it was made of.")})
    return Measured(said.service_date, minutes, span)


def measure_timer(said: Said, timer: Timer, zone: ZoneInfo, now: datetime) -> Measured:
    """As `measure`, for a form that finishes a stopped timer: its moments stand to the second where the minutes are its own, its
    beginning where fewer minutes were worked. Clock times that were typed win."""
    typed = measure(said, zone, now)
    if typed.span or typed.service_date != local_day(timer.started_at, zone):
        return typed
    whole, _seconds = measured(timer.started_at, timer.stopped_at)
    if typed.minutes == whole:
        return Measured(typed.service_date, whole, Span(timer.started_at, timer.stopped_at))
    if typed.minutes < whole:
        stop = timer.started_at + timedelta(minutes=typed.minutes)
        return Measured(typed.service_date, typed.minutes, Span(timer.started_at, stop))
    return typed


def measured_of(contact: Contact, logs: Sequence[TimeLog]) -> Measured:
    """A stored contact's own minutes and clock times."""
    return Measured(contact.service_date, sum(log.minutes for log in logs), span_of(contact))


def measure_change(said: Said, before: Measured, zone: ZoneInfo, now: datetime) -> Measured:
    """As `measure`, for an entry that stands: where only minutes were typed, the same ones, its clock times still hold."""
    typed = measure(said, zone, now)
    same = typed.span is None and (typed.service_date, typed.minutes) == (before.service_date, before.minutes)
    return before if same else typed


def was_forgotten(timer: Timer, zone: ZoneInfo) -> bool:
    """Whether a stopped timer had been forgotten."""
    return timer.stopped_at is not None and is_forgotten(timer.started_at, timer.stopped_at, zone)


def parts_of(minutes: int, said: Said) -> tuple[Part, ...]:
    """The minutes over the programs; ValidationError where that does not come out."""
    try:
        return split(minutes, said.program, said.others)
    except SplitRefused as refused:
        if refused.program:
            raise ValidationError({"others": _("Each program stands once in a split.")}) from None
        raise ValidationError(
            {
                "others": _("The other programs take all %(n)s minutes: at least one must be left for the first.")
                % {"n": minutes}
            }
        ) from None


def settle(
    wanted: Measured, author: Membership, now: datetime, way: Way | None, *, mine: Callable[[Contact], bool]
) -> list[Measured]:
    """`beside`, for who saves: another save for the same person waits here, so that both cannot take one minute."""
    if wanted.span:
        Membership.objects.select_for_update().get(pk=author.pk)
    return beside(wanted, author, now, way, mine=mine)


def beside(
    wanted: Measured, author: Membership, now: datetime, way: Way | None, *, mine: Callable[[Contact], bool]
) -> list[Measured]:
    """What an entry may be beside the author's others (`mine` tells its own rows): itself where it meets none, else what the chosen
    way makes of it. Overlap where no way was chosen, or the chosen one has gone."""
    if wanted.span is None:
        return [wanted]
    others = [each for each in contacts_near(author, wanted.service_date) if not mine(each)]
    spans = [span for each in others if (span := span_of(each))]
    if not overlapping(wanted.span, spans):
        return [wanted]
    ways = ways_out(wanted.span, spans, now)
    if way not in ways:
        met = [each for each in others if (theirs := span_of(each)) and wanted.span.overlaps(theirs)]
        raise Overlap(wanted.span, met, ways)
    zone = author.agency.zone
    return [Measured(local_day(piece.start, zone), piece.minutes, piece) for piece in ways[way]]
