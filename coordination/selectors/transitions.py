"""Discharges: what moves their deadlines, for many at once; one, for its page; lists."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from coordination import ports
from coordination.models import Contact, Step, TimeLog, Transition, TransitionState, TransitionStep, Visit
from coordination.rules.attempts import Attempt, attempt_of
from coordination.rules.deadlines import Clock, Customs, TransitionFacts
from tenancy.context import current_agency
from tenancy.selectors.places import days_off, settings_of_agency

LONGEST = timedelta(days=60)
"""More than any period of transitional care, with the days around it."""
RUNNING = (TransitionState.OPEN, TransitionState.UNDECIDED)


def customs(first: date, last: date) -> Customs:
    """How the agency in context counts from a day through another. Two queries."""
    settings = settings_of_agency()
    return Customs(
        current_agency().zone,
        days_off(first, last + LONGEST),
        settings.visit_day,
        settings.team_hours_before,
        settings.supervisor_hours_before,
    )


def clock_on(day: date) -> Clock:
    """The rulebook's numbers of transitional care on a day."""
    return ports.billing().transition_clock(day)


def facts_of(transitions: Collection[UUID]) -> dict[UUID, tuple[UUID, TransitionFacts]]:
    """For each its patient, and what moves its deadlines. Four queries however many there are."""
    found = list(Transition.objects.select_related("patient").only(*READ).filter(pk__in=transitions))
    if not found:
        return {}
    attempts: dict[UUID, list[Attempt]] = defaultdict(list)
    for contact in (
        standing_contacts().select_related(None).only(*TOLD).filter(transition__in=[each.pk for each in found])
    ):
        if attempt := attempt_from(contact):
            attempts[contact.transition_id].append(attempt)
    days = [each.discharged_on for each in found]
    visits: dict[UUID, list[Visit]] = defaultdict(list)
    counting = Visit.objects.filter(
        patient__in={each.patient_id for each in found}, on__gt=min(days), on__lte=max(days) + LONGEST,
        retracted_at=None, is_face_to_face=True, practitioner__isnull=False,
    )  # fmt: skip
    for visit in counting.order_by("on", "pk"):
        visits[visit.patient_id].append(visit)
    steps = TransitionStep.objects.filter(transition__in=transitions, kind=Step.RECONCILIATION, retracted_at=None)
    reconciled = dict(steps.values_list("transition", "on"))
    return {
        each.pk: (each.patient_id, _facts(each, attempts[each.pk], visits[each.patient_id], reconciled.get(each.pk)))
        for each in found
    }


READ = (
    "patient__deceased_on", "discharged_on", "state", "complexity", "complexity_asked_of", "complexity_asked_at", "owner",
    "follows", "end_reason",
)  # fmt: skip
TOLD = ("transition", "service_date", "mode", "spoken_to", "outcome", "is_beyond_scheduling")
"""Of a contact as an attempt: not its note."""


def _facts(
    each: Transition, attempts: Collection[Attempt], visits: Collection[Visit], reconciled: date | None
) -> TransitionFacts:
    last = each.discharged_on + LONGEST
    first_visit = next((visit for visit in visits if each.discharged_on < visit.on <= last), None)
    return TransitionFacts(
        discharged=each.discharged_on,
        state=each.state,
        attempts=tuple(sorted(attempts)),
        visited=first_visit and first_visit.on,
        visited_with=first_visit and first_visit.practitioner_id,
        complexity=each.complexity or (first_visit.complexity if first_visit else ""),
        asked_of=each.complexity_asked_of_id,
        asked_at=each.complexity_asked_at,
        reconciled=reconciled,
        died=each.patient.deceased_on,
        owner=each.owner_id,
        follows=each.follows_id is not None,
        end_reason=each.end_reason,
    )


def attempt_from(contact: Contact) -> Attempt | None:
    """What one of `standing_contacts` was after its discharge."""
    return attempt_of(
        contact.service_date,
        mode=contact.mode,
        spoken_to=contact.spoken_to,
        outcome=contact.outcome,
        is_beyond_scheduling=contact.is_beyond_scheduling,
        discipline=contact.discipline,
    )


def standing_contacts() -> QuerySet[Contact]:
    """Contacts of which some minutes stand, with their authors and the `discipline` that these had."""
    stands = TimeLog.objects.filter(contact=OuterRef("pk"), voided_at=None)
    found = Contact.objects.select_related("author").annotate(discipline=Subquery(stands.values("discipline")[:1]))
    return found.filter(discipline__isnull=False)


def transitions_of_patients(patients: Collection[UUID]) -> list[UUID]:
    """All of these patients, those that are over among them: what was settled rests on facts that may still be corrected."""
    return list(Transition.objects.filter(patient__in=patients).values_list("pk", flat=True))


def running_beside(patient: UUID, discharged_on: date, period_days: int) -> Transition | None:
    """The patient's running transition within whose period a discharge falls; of several the last."""
    earliest = discharged_on - timedelta(days=period_days - 1)
    return (
        Transition.objects.filter(
            patient=patient, state__in=RUNNING, discharged_on__gte=earliest, discharged_on__lt=discharged_on
        )
        .order_by("-discharged_on")
        .first()
    )


def transition_by_id(patient: UUID, pk: UUID) -> Transition | None:
    """One of a patient's, with the people it names."""
    named = ("owner", "complexity_judged_by", "complexity_asked_of", "visit_booked_with", "recorded_by", "follows")
    return Transition.objects.select_related(*named).filter(patient=patient, pk=pk).first()


def transitions_of(patient: UUID) -> QuerySet[Transition]:
    """All of a patient's, newest first."""
    return Transition.objects.filter(patient=patient).order_by("-discharged_on", "-pk")


def of_source(source: str, source_id: str) -> Transition | None:
    """What a stay of a source has made here."""
    return Transition.objects.filter(source=source, source_id=source_id).first()
