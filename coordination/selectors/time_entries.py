"""Entries as the people who made them see them: a person's day, closed months, what waits for a supervisor."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from coordination.models import Contact, ContactEvent, Flag, MonthLock, Patient, TimeLog, TimeLogEvent
from coordination.rules.months import month_of
from coordination.rules.spans import Span
from tenancy.models import Membership

PAGE = 30
TAKEN_BACK_WITHIN = timedelta(minutes=2)
"""Longer than the button is shown, so that it works on a slow line; later an entry is voided on its own page."""


def logs_of_author(author: Membership, day: date) -> QuerySet[TimeLog]:
    """What stands of a person's day, in order of the clock; entries without clock times last."""
    return (
        TimeLog.objects.select_related("contact__patient", "author")
        .filter(author=author, service_date=day, voided_at=None)
        .order_by("started_at", "pk")
    )


def contacts_near(author: Membership, day: date) -> list[Contact]:
    """A person's contacts with clock times on a day and on those beside it: one may run over midnight."""
    logs = TimeLog.objects.select_related("contact__patient").filter(
        author=author,
        service_date__range=(day - timedelta(days=1), day + timedelta(days=1)),
        voided_at=None,
        contact__started_at__isnull=False,
    )
    found = {log.contact_id: log.contact for log in logs}
    return sorted(found.values(), key=lambda contact: (contact.started_at, contact.pk))


def span_of(contact: Contact) -> Span | None:
    """The clock times of a contact, if it has any."""
    return Span(contact.started_at, contact.stopped_at) if contact.started_at and contact.stopped_at else None


def locked_months(days: Iterable[date]) -> set[date]:
    """Which of the months of these days are closed, as their first days."""
    months = {month_of(day)[0] for day in days}
    return set(MonthLock.objects.filter(month__in=months, unlocked_at=None).values_list("month", flat=True))


def contact_by_id(patient: Patient, pk: UUID) -> Contact | None:
    named = ("author", "recorded_by", "proxy", "transition")
    return Contact.objects.select_related(*named).filter(patient=patient, pk=pk).first()


def written_by(member: Membership, pk: UUID) -> Contact | None:
    """What a person wrote down themselves."""
    return Contact.objects.select_related("patient", "transition").filter(recorded_by=member, pk=pk).first()


def is_fresh(contact: Contact, now: datetime) -> bool:
    """Whether one click still takes it back: written down a moment ago, and not changed or voided since."""
    return contact.version == 1 and contact.recorded_at > now - TAKEN_BACK_WITHIN


@dataclass(frozen=True, slots=True)
class Review:
    """A page of entries that a supervisor has not looked at yet; `next_after` asks for the next one."""

    contacts: list[Contact]
    next_after: UUID | None


def to_review() -> QuerySet[Contact]:
    """Entries saved with a flag that nobody has looked at. A void one needs a look only where its month was closed and no correction
    stands beside it."""
    live = TimeLog.objects.filter(contact=OuterRef("pk"), voided_at=None)
    correction = Contact.objects.filter(patient=OuterRef("patient"), corrects=OuterRef("pk"))
    taken_back = Q(flag=Flag.AFTER_LOCK) & ~Exists(correction)
    return Contact.objects.filter(~Q(flag=""), Exists(live) | taken_back, reviewed_at=None)


def review_page(*, flag: str = "", author: UUID | None = None, after: UUID | None = None) -> Review:
    """Oldest first: ids are made in order of time."""
    asked = to_review().select_related("patient", "author", "recorded_by").prefetch_related("logs").order_by("pk")
    if flag:
        asked = asked.filter(flag=flag)
    if author:
        asked = asked.filter(author=author)
    if after:
        asked = asked.filter(pk__gt=after)
    rows = list(asked[: PAGE + 1])
    return Review(rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else None)


def logs_of_contact(contact: Contact) -> QuerySet[TimeLog]:
    """All logs of a contact, void ones too."""
    return (
        TimeLog.objects.select_related("author", "voided_by", "contact__recorded_by")
        .filter(contact=contact)
        .order_by("started_at", "pk")
    )


def corrections_of(contact: Contact) -> QuerySet[Contact]:
    """What stands in place of an entry that was corrected after its month was closed."""
    return Contact.objects.filter(patient=contact.patient_id, corrects=contact).order_by("pk")


@dataclass(frozen=True, slots=True)
class Version:
    """What an entry said from a moment on: the contact, its minutes by program, who wrote it."""

    at: datetime
    by: Membership | None
    contact: ContactEvent
    parts: tuple[TimeLogEvent, ...]

    @property
    def minutes(self) -> int:
        return sum(part.minutes for part in self.parts)


def history_of_contact(contact: Contact) -> list[Version]:
    """Every version, newest first."""
    found = ContactEvent.objects.filter(patient=contact.patient_id, pgh_obj_id=contact.pk)
    return _versions(contact.patient_id, found).get(contact.pk, [])


def histories_of_month(patient: Patient, first: date, last: date) -> dict[UUID, list[Version]]:
    """Every version, newest first, of each entry that ever said a day of this month. Three queries."""
    ever = ContactEvent.objects.filter(patient=patient.pk, service_date__range=(first, last))
    return _versions(
        patient.pk, ContactEvent.objects.filter(patient=patient.pk, pgh_obj_id__in=ever.values("pgh_obj_id"))
    )


def _versions(patient: UUID, found: QuerySet[ContactEvent]) -> dict[UUID, list[Version]]:
    """By contact. Rows of one change carry one moment, because one transaction wrote them."""
    contacts = list(found.order_by("pgh_id"))
    changes = defaultdict(list)
    of_these = TimeLogEvent.objects.filter(patient=patient, contact__in={event.pgh_obj_id for event in contacts})
    for change in of_these.order_by("pgh_id"):
        changes[change.contact_id].append(change)
    writers = {_writer(event) for event in contacts} - {None}
    people = {str(member.pk): member for member in Membership.objects.filter(pk__in=writers)}
    versions: dict[UUID, list[Version]] = {}
    for event in contacts:
        parts: dict[UUID, TimeLogEvent] = {}
        for change in changes[event.pgh_obj_id]:
            if change.pgh_created_at <= event.pgh_created_at:
                parts[change.pgh_obj_id] = change
        live = tuple(part for part in parts.values() if not part.voided_at)
        version = Version(event.pgh_created_at, people.get(_writer(event) or ""), event, live)
        versions.setdefault(event.pgh_obj_id, []).insert(0, version)
    return versions


def last_writers(contacts: Collection[Contact]) -> dict[UUID, str | None]:
    """By entry, the key of whoever made it say what it says now; None where no person did. A review and a merge change no version."""
    said: dict[tuple[UUID, int], ContactEvent] = {}
    of_patients = ContactEvent.objects.filter(patient__in={each.patient_id for each in contacts})
    for event in of_patients.filter(pgh_obj_id__in=[each.pk for each in contacts]).order_by("pgh_id"):
        said.setdefault((event.pgh_obj_id, event.version), event)
    found = {each.pk: said.get((each.pk, each.version)) for each in contacts}
    return {pk: _writer(event) if event else None for pk, event in found.items()}


def _writer(event: ContactEvent) -> str | None:
    return (event.pgh_context or {}).get("membership")


def member_by_id(pk: UUID) -> Membership | None:
    return Membership.objects.select_related("agency").filter(pk=pk).first()


def lock_by_id(pk: UUID) -> MonthLock | None:
    return MonthLock.objects.filter(pk=pk).first()
