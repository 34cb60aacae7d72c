"""Reading what hospitals told: sources, stays that wait for an answer, messages."""

from datetime import datetime
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from coordination.models import Patient
from interop.models import AdtMessage, AdtSource, AdtStay, LocalCode
from tenancy.models import ServiceToken
from tenancy.paging import Page, page_behind

PAGE_SIZE = 25
MESSAGES_SHOWN = 50


def sources() -> QuerySet[AdtSource]:
    return AdtSource.objects.select_related("token").order_by("name")


def source_with_token(token: UUID) -> AdtSource | None:
    """The source that a machine's token was made for."""
    return AdtSource.objects.filter(token=token).first()


def stay_by_id(pk: UUID) -> AdtStay | None:
    named = ("source", "patient", "linked_by", "set_aside_by")
    return AdtStay.objects.select_related(*named).filter(pk=pk).first()


def stays_with_a_question(
    *, question: str = "", source: UUID | None = None, after: UUID | None = None
) -> Page[AdtStay]:
    """Stays that somebody is asked about, the longest waiting first; of one question or source, or of all."""
    found = AdtStay.objects.select_related("source", "patient").exclude(question="")
    if question:
        found = found.filter(question=question)
    if source:
        found = found.filter(source=source)
    return page_behind(found, ("heard_at", "id"), after, PAGE_SIZE)


def questions_by_kind() -> dict[str, int]:
    """How many stays wait, by what is asked."""
    found = AdtStay.objects.exclude(question="").order_by().values("question").annotate(count=Count("pk"))
    return {each["question"]: each["count"] for each in found}


def messages_of(stay: AdtStay) -> list[AdtMessage]:
    """The newest MESSAGES_SHOWN of a stay, without their bytes."""
    return list(AdtMessage.objects.filter(stay=stay).defer("content").order_by("-received_at", "-pk")[:MESSAGES_SHOWN])


def sources_with_use(since: datetime) -> list[AdtSource]:
    """Every source with `last_at`, its last message, and `answers` since a moment: (answer, reason) -> how many. Two queries."""
    last = AdtMessage.objects.filter(source=OuterRef("pk")).order_by("-received_at").values("received_at")[:1]
    found = list(sources().annotate(last_at=Subquery(last)))
    counts = answers_since(since)
    for each in found:
        each.answers = counts.get(each.pk, {})
    return found


def answers_since(since: datetime) -> dict[UUID, dict[tuple[str, str], int]]:
    """By source: how many messages were answered how, and why."""
    rows = (
        AdtMessage.objects.filter(received_at__gte=since)
        .order_by()
        .values_list("source", "answer", "reason")
        .annotate(count=Count("pk"))
    )
    told: dict[UUID, dict[tuple[str, str], int]] = {}
    for source, answer, reason, count in rows:
        told.setdefault(source, {})[answer, reason] = count
    return told


def local_codes_of(source: AdtSource) -> QuerySet[LocalCode]:
    return LocalCode.objects.filter(source=source).order_by("kind", "code")


def patient_with_mrn(mrn: str) -> Patient | None:
    return Patient.objects.filter(mrn=mrn).first()


def tokens_for(source: AdtSource, now: datetime) -> QuerySet[ServiceToken]:
    """Tokens that may send messages and belong to no other source."""
    taken = AdtSource.objects.exclude(pk=source.pk).filter(token__isnull=False).values("token")
    free = Q(revoked_at=None, expires_at__gt=now, scopes__contains=["adt.write"]) & ~Q(pk__in=taken)
    return ServiceToken.objects.filter(free | Q(pk=source.token_id)).order_by("name")
