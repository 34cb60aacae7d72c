"""Recording, changing and voiding a contact with its time logs: permission, record, history in one transaction."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext_lazy as _

from coordination.models import Contact, Flag, Mode, Outcome, Patient, SpokenTo, TimeLog, Timer, Transition
from coordination.rules.shifts import outside_shift
from coordination.rules.spans import Way
from coordination.rules.splits import Part, in_turn
from coordination.selectors.holding import Held, hold_time
from coordination.selectors.time_entries import last_writers, span_of
from coordination.services.deadlines import transitions_renew
from coordination.services.measuring import (
    Measured,
    Said,
    measure,
    measure_change,
    measure_timer,
    measured_of,
    parts_of,
    said_of,
    settle,
    was_forgotten,
)
from coordination.services.timers import timer_to_finish
from tenancy import access
from tenancy.models import Membership, uuid7
from tenancy.roles import may
from tenancy.writes import for_change

ASK_ABOVE_MINUTES = 60
"""A longer contact is asked about once, and a supervisor looks at it."""
MOST_PIECES = 12
FARTHEST_MOVE = timedelta(days=2)
"""A way out of an overlap ends at the latest after what runs over midnight of the next day."""
SENT_BEFORE = _("This form was sent before with something else in it. Open the page anew to log more time.")
OUTSIDE_SHIFT = _(
    "This is outside the usual hours of whoever gave it. If it is right, tick the box and save again: a supervisor looks at it."
)
SAID = ("spoken_to", "proxy", "mode", "direction", "outcome", "note", "transition", "is_beyond_scheduling")
COMPARED = (
    "patient_id", "author_id", "service_date", "note", "spoken_to", "proxy_id", "mode", "direction", "outcome",
    "transition_id", "is_beyond_scheduling",
)  # fmt: skip


@transaction.atomic
def contact_record(
    *,
    actor: Membership,
    patient: Patient,
    said: Said,
    form_key: UUID,
    now: datetime,
    author: Membership | None = None,
    timer: Timer | None = None,
    confirmed: bool = False,
    way: Way | None = None,
    reason: str = "",
) -> Contact:
    """Record a contact and its minutes, for oneself or for a colleague (`author`); they count for the month of the service day.

    Sending the same form again returns what the first sending recorded. Raises ValidationError for time that has not been given yet,
    for more than ten hours, for more than one until it is `confirmed`, for a closed month without a `reason`, for a form sent again
    with something else in it; Overlap for minutes that another entry of the author holds, until a `way` out is chosen.
    """
    access.require(actor, "time_log.record")
    author, zone = author or actor, actor.agency.zone
    if not author.is_active:
        raise ValidationError({"author": _("%(name)s no longer works here.") % {"name": author.name}})
    held = _hold(patient.pk, said.service_date)
    if held.patient != patient.pk:  # merged a moment ago
        patient = Patient.objects.get(pk=held.patient)
    _sensible(said, patient)
    if timer:
        timer = timer_to_finish(actor=actor, timer=timer, patient=patient, form_key=form_key, now=now)
    measured = measure_timer(said, timer, zone, now) if timer else measure(said, zone, now)
    keys = [form_key, *(uuid5(form_key, str(number)) for number in range(1, MOST_PIECES))]
    pieces = settle(measured, author, now, way, mine=lambda each: each.form_key in keys)
    forgotten = bool(timer and was_forgotten(timer, zone))
    flag = _flag(pieces, author, held, reason, confirmed=confirmed, forgotten=forgotten)
    contacts = []
    for piece, key in zip(pieces, keys, strict=False):
        contact = Contact(patient=patient, author=author, recorded_by=actor, recorded_at=now, form_key=key)
        contact.flag, contact.reason = flag, reason
        _say(contact, said, piece)
        # Patient and people were fetched through the walls just now; the rest the database holds.
        contact.clean_fields(exclude=["agency", "patient", "author", "recorded_by", "proxy", "transition"])
        contacts.append(contact)
    logs = [
        _lay_out(contact, said.activity, author.discipline, parts_of(piece.minutes, said))
        for contact, piece in zip(contacts, pieces, strict=True)
    ]
    # A second sending of the same form meets the unique key and adds nothing, also when both arrive at once.
    Contact.objects.bulk_create(contacts, ignore_conflicts=True)  # history is a trigger's work
    stored = Contact.objects.get(recorded_by=actor, form_key=form_key)
    if stored.pk != contacts[0].pk:
        _same_again(stored, contacts[0], logs[0])
        return stored
    TimeLog.objects.bulk_create([log for each in logs for log in each])
    if timer:
        timer.contact = contacts[0]
        timer.save(update_fields=["contact"])
    _renew(said.transition, now=now)
    return contacts[0]


@transaction.atomic
def contact_change(
    *,
    actor: Membership,
    contact: Contact,
    version: int,
    said: Said,
    reason: str,
    now: datetime,
    confirmed: bool = False,
    way: Way | None = None,
) -> Contact:
    """Change an entry and say why; what it said before stays in its history. In a closed month the entry stays as it was, void, beside
    a correction that a supervisor looks at. Returns what now stands. Raises as `contact_record` does, and VersionConflict."""
    require_change(actor, contact)
    _sensible(said, contact.patient)
    held = _hold(contact.patient_id, contact.service_date, said.service_date)
    current, logs = _to_change(contact, version, reason)
    before = measured_of(current, logs)
    measured = measure_change(said, before, actor.agency.zone, now)
    # An old entry is not held up by what it overlapped long ago.
    pieces = (
        [before]
        if measured == before
        else settle(measured, current.author, now, way, mine=lambda each: each.pk == current.pk)
    )
    longest = max(piece.minutes for piece in pieces)
    if longest > max(ASK_ABOVE_MINUTES, before.minutes) and not confirmed:
        raise _too_long(longest)
    if measured != before and not confirmed and any(_is_outside_shift(piece, current.author) for piece in pieces):
        raise ValidationError({"confirmed": OUTSIDE_SHIFT})
    return _apply(actor, current, logs, said, pieces, held, reason, now)


@transaction.atomic
def contact_give_way(
    *, actor: Membership, contact: Contact, version: int, way: Way, reason: str, now: datetime
) -> Contact:
    """Trim, split or move a stored entry so that it shares no minute with the author's others."""
    require_change(actor, contact)
    held = _hold(contact.patient_id, contact.service_date)
    current, logs = _to_change(contact, version, reason)
    pieces = settle(measured_of(current, logs), current.author, now, way, mine=lambda each: each.pk == current.pk)
    return _apply(actor, current, logs, said_of(current, logs), pieces, held, reason, now)


@transaction.atomic
def contact_void(*, actor: Membership, contact: Contact, version: int, reason: str, now: datetime) -> Contact:
    """Take an entry out of every count; it stays visible with the reason. In a closed month a supervisor looks at it."""
    require_change(actor, contact)
    held = _hold(contact.patient_id, contact.service_date)
    current, logs = _to_change(contact, version, reason)
    _void(actor, logs, reason, now)
    if held.closes([current.service_date]):
        current.flag, current.reviewed_at, current.reviewed_by = Flag.AFTER_LOCK, None, None
    current.reason = reason
    current.save()
    _renew(current.transition, now=now)
    return current


@transaction.atomic
def contact_review(*, actor: Membership, contact: Contact, now: datetime) -> Contact:
    """A supervisor has looked at a flagged entry; not at one that says what it says because of them."""
    access.require(actor, "time_log.review")
    current = Contact.objects.select_for_update().get(pk=contact.pk)
    if whose_own(actor, [current]):
        raise ValidationError(_("What this entry says comes from you: somebody else looks at it."))
    if current.flag and not current.reviewed_at:
        current.reviewed_by, current.reviewed_at = actor, now
        current.save()
    return current


def whose_own(actor: Membership, contacts: Collection[Contact]) -> set[UUID]:
    """The entries that a person gave, wrote down or changed last, and that somebody else has to review. One query."""
    writers = last_writers(contacts)
    return {
        each.pk
        for each in contacts
        if actor.pk in (each.author_id, each.recorded_by_id) or writers[each.pk] == str(actor.pk)
    }


def may_change(actor: Membership, contact: Contact) -> bool:
    """Whoever logs time changes their own entries, given or written down; a supervisor anybody's."""
    own = actor.pk in (contact.author_id, contact.recorded_by_id)
    return may(actor.role, "time_log.record") and (own or may(actor.role, "time_log.review"))


def require_change(actor: Membership, contact: Contact) -> None:
    access.require(actor, "time_log.record")
    if not may_change(actor, contact):
        access.require(actor, "time_log.review")


def _hold(patient: UUID, *days: date) -> Held:
    """First of all, so that whoever closes a month or merges records waits for this save, or this save for them."""
    return hold_time(patient, [each for day in days for each in (day, day + FARTHEST_MOVE)])


def _apply(
    actor: Membership,
    current: Contact,
    logs: Sequence[TimeLog],
    said: Said,
    pieces: Sequence[Measured],
    held: Held,
    reason: str,
    now: datetime,
) -> Contact:
    """Make a locked row say what was settled: in place, or in a closed month as a correction beside it."""
    locked = bool(held.closes([current.service_date, *(piece.service_date for piece in pieces)]))
    discipline, known, before = logs[0].discipline, {log.program: log for log in logs}, current.transition
    if locked:
        _void(actor, logs, reason, now)
        known = {}
    contacts = []
    for number, piece in enumerate(pieces):
        each = current
        if number or locked:
            each = Contact(
                patient=current.patient, author=current.author, recorded_by=actor, recorded_at=now, form_key=uuid7()
            )
        if locked:
            each.corrects, each.flag = current, Flag.AFTER_LOCK
        elif piece.minutes > ASK_ABOVE_MINUTES and not each.flag:
            each.flag = Flag.LONG
        elif piece.span != span_of(each) and _is_outside_shift(piece, each.author) and not each.flag:
            each.flag = Flag.OUTSIDE_SHIFT
        each.reviewed_at = each.reviewed_by = None  # a supervisor looked at what it said before
        each.reason = reason
        _say(each, said, piece)
        each.clean_fields(
            exclude=["agency", "patient", "author", "recorded_by", "proxy", "transition", "corrects", "reviewed_by"]
        )
        each.save()
        for log in _lay_out(each, said.activity, discipline, parts_of(piece.minutes, said)):
            if stands := known.pop(log.program, None):
                log.pk = stands.pk
                log.save(force_update=True)
            else:
                log.save(force_insert=True)
        if each is current:
            _void(actor, list(known.values()), reason, now)
            known = {}
        contacts.append(each)
    if locked:
        current.reason = reason
        current.save()
    _renew(before, said.transition, now=now)
    return contacts[0]


def _renew(*transitions: Transition | None, now: datetime) -> None:
    """What is due after a discharge rests on who was reached, and when."""
    transitions_renew({each.pk for each in transitions if each}, now=now)


def _to_change(contact: Contact, version: int, reason: str) -> tuple[Contact, list[TimeLog]]:
    if not reason.strip():
        raise ValidationError({"reason": _("Say why, in a few words: it stays beside the entry.")})
    current = for_change(contact, version)
    return current, standing(current)


def standing(contact: Contact) -> list[TimeLog]:
    """What stands of an entry; ValidationError where that is nothing."""
    logs = list(TimeLog.objects.filter(contact=contact, voided_at=None).order_by("started_at", "pk"))
    if not logs:
        raise ValidationError(_("This entry is void. Log the time anew if it was given."))
    return logs


def _sensible(said: Said, patient: Patient) -> None:
    """What was said about a conversation holds together."""
    wrong = {}
    if said.spoken_to != SpokenTo.NOBODY and said.mode == Mode.NONE:
        wrong["mode"] = _("Say how you spoke: by phone, in person, by message.")
    if said.spoken_to == SpokenTo.NOBODY and said.outcome in (Outcome.REACHED, Outcome.DECLINED):
        wrong["spoken_to"] = _("Somebody was reached: say who.")
    if said.mode != Mode.NONE and not said.direction:
        wrong["direction"] = _("Say who reached out.")
    if said.transition and said.transition.patient_id != patient.pk:
        wrong["transition"] = _("Choose a discharge of this patient.")
    if said.proxy and (said.spoken_to != SpokenTo.PROXY or said.proxy.patient_id != patient.pk):
        wrong["proxy"] = _("Choose a proxy of this patient, and “a proxy or caregiver” as the person spoken to.")
    if wrong:
        raise ValidationError(wrong)


def _say(contact: Contact, said: Said, piece: Measured) -> None:
    contact.service_date = piece.service_date
    contact.started_at = piece.span and piece.span.start
    contact.stopped_at = piece.span and piece.span.stop
    for name in SAID:
        setattr(contact, name, getattr(said, name))


def _lay_out(contact: Contact, activity: str, discipline: str, parts: Sequence[Part]) -> list[TimeLog]:
    """One log a program; on the clock one after the other, so that no minute stands twice."""
    logs = []
    for part, span in zip(parts, in_turn(span_of(contact), parts), strict=True):
        log = TimeLog(
            contact=contact,
            patient=contact.patient,
            author=contact.author,
            discipline=discipline,
            program=part.program,
            activity=activity,
            service_date=contact.service_date,
            minutes=part.minutes,
            mode=contact.mode,
            started_at=span and span.start,
            stopped_at=span and span.stop,
        )
        log.clean_fields(exclude=["agency", "contact", "patient", "author", "voided_by"])
        logs.append(log)
    return logs


def _void(actor: Membership, logs: Sequence[TimeLog], reason: str, now: datetime) -> None:
    for log in logs:
        log.voided_at, log.voided_by, log.void_reason = now, actor, reason
        log.save(update_fields=["voided_at", "voided_by", "void_reason"])


def _flag(
    pieces: Sequence[Measured], author: Membership, held: Held, reason: str, *, confirmed: bool, forgotten: bool
) -> str:
    """What a supervisor looks at afterwards. Asks for what the person has not been asked yet."""
    longest = max(piece.minutes for piece in pieces)
    is_long, is_odd = longest > ASK_ABOVE_MINUTES, any(_is_outside_shift(piece, author) for piece in pieces)
    if not confirmed and (is_long or is_odd):
        raise _too_long(longest) if is_long else ValidationError({"confirmed": OUTSIDE_SHIFT})
    if locked := held.closes(piece.service_date for piece in pieces):
        if not reason.strip():
            why = _("%(month)s is closed. Say why this entry comes now: it is saved, and a supervisor looks at it.")
            raise ValidationError({"reason": why % {"month": format_date(min(locked), "F Y")}})
        return Flag.AFTER_LOCK
    if forgotten:
        return Flag.FORGOTTEN
    return Flag.LONG if is_long else Flag.OUTSIDE_SHIFT if is_odd else ""


def _is_outside_shift(piece: Measured, author: Membership) -> bool:
    if piece.span is None:
        return False
    start, stop = (moment.astimezone(author.agency.zone).time() for moment in (piece.span.start, piece.span.stop))
    return outside_shift(start, stop, author.works_from, author.works_until)


def _too_long(minutes: int) -> ValidationError:
    asks = _(
        "%(n)s minutes is more than an hour. If it is right, tick the box and save again: a supervisor looks at it."
    )
    return ValidationError({"confirmed": asks % {"n": minutes}})


def _same_again(stored: Contact, sent: Contact, logs: Sequence[TimeLog]) -> None:
    """A form that was sent twice says the same twice."""
    before = {(log.program, log.activity, log.minutes) for log in stored.logs.filter(voided_at=None)}
    if before != {(log.program, log.activity, log.minutes) for log in logs} or any(
        getattr(stored, name) != getattr(sent, name) for name in COMPARED
    ):
        raise ValidationError(SENT_BEFORE)
