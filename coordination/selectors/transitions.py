"""Discharges: what moves their deadlines, for many at once; one, for its page; lists."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject

from coordination import ports
from coordination.models import (
    CarePeriod,
    CarePeriodKind,
    CareTeamRole,
    Contact,
    ContactPoint,
    ContactPointKind,
    Deadline,
    DeadlineKind,
    OutsideClaim,
    Patient,
    Stay,
    StayKind,
    Step,
    TimeLog,
    Transition,
    TransitionState,
    TransitionStep,
    Visit,
)
from coordination.rules.attempts import Attempt, attempt_of
from coordination.rules.deadlines import Clock, Customs, TransitionFacts
from coordination.selectors.patients import matching
from tenancy.context import current_agency
from tenancy.paging import Page, behind, page_of
from tenancy.selectors.places import named_days_off, settings_of_agency

LONGEST = timedelta(days=60)
"""More than any period of transitional care, with the days around it."""
RUNNING = (TransitionState.OPEN, TransitionState.UNDECIDED)
AT_HOME = (StayKind.COMMUNITY, StayKind.ASSISTED_LIVING, StayKind.SHELTER, StayKind.UNHOUSED)
"""Where a patient lives and is not admitted."""
PAGE_SIZE = 25
SHOWN = ("", "undecided", "over", "changed", "judge", "watch", "ended", "all")
ORDERS = {
    "due": ("next_at", "discharged_on", "pk"),
    "newest": ("-discharged_on", "pk"),
    "name": ("patient__family_name", "patient__given_name", "pk"),
}
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def customs(first: date, last: date) -> Customs:
    """How the agency in context counts from a day through another. Two queries."""
    return named_customs(first, last)[0]


def named_customs(first: date, last: date) -> tuple[Customs, dict[date, str]]:
    """The same, and what its days off are called."""
    settings, named = settings_of_agency(), named_days_off(first, last + LONGEST)
    hours = settings.team_hours_before, settings.supervisor_hours_before
    return Customs(current_agency().zone, frozenset(named), settings.visit_day, *hours), named


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
    near = counting_visits().filter(on__gt=min(days), on__lte=max(days) + LONGEST)
    for visit in near.filter(patient__in={each.patient_id for each in found}):
        visits[visit.patient_id].append(visit)
    steps = TransitionStep.objects.filter(transition__in=transitions, kind=Step.RECONCILIATION, retracted_at=None)
    reconciled = dict(steps.values_list("transition", "on"))
    return {
        each.pk: (
            each.patient_id,
            facts_from(each, attempts[each.pk], visits[each.patient_id], reconciled.get(each.pk)),
        )
        for each in found
    }


READ = (
    "patient__is_deceased", "patient__deceased_on", "patient__merged_into", "discharged_on", "state", "complexity",
    "complexity_asked_of", "complexity_asked_at", "owner", "follows", "end_reason",
)  # fmt: skip
TOLD = ("transition", "service_date", "mode", "spoken_to", "outcome", "is_beyond_scheduling")
"""Of a contact as an attempt: not its note."""


def facts_from(
    each: Transition, attempts: Collection[Attempt], visits: Collection[Visit], reconciled: date | None
) -> TransitionFacts:
    """What moves the deadlines of one, from its rows; `visits` are the patient's that can count, in the order of days."""
    last = each.discharged_on + LONGEST
    first_visit = next((visit for visit in visits if each.discharged_on < visit.on <= last), None)
    return TransitionFacts(
        discharged=each.discharged_on,
        state="merged" if each.patient.merged_into_id else each.state,  # the kept record has it too
        attempts=tuple(sorted(attempts)),
        visited=first_visit and first_visit.on,
        visited_with=first_visit and first_visit.practitioner_id,
        complexity=each.complexity or (first_visit.complexity if first_visit else ""),
        asked_of=each.complexity_asked_of_id,
        asked_at=each.complexity_asked_at,
        reconciled=reconciled,
        # Of a death whose day is not known nothing is asked any more either.
        died=each.patient.deceased_on or (each.discharged_on if each.patient.is_deceased else None),
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


def counting_visits() -> QuerySet[Visit]:
    """Visits that can be the visit after a discharge, in the order of days."""
    stands = Visit.objects.filter(retracted_at=None, is_face_to_face=True, practitioner__isnull=False)
    return stands.order_by("on", "pk")


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


class Running(NamedTuple):
    """A discharge that asks for something, as other pages name it."""

    pk: UUID
    discharged_on: date


def running_discharges() -> ArraySubquery:
    """Of a patient, to come with the patient's own row."""
    found = Transition.objects.filter(patient=OuterRef("pk"), state__in=RUNNING).order_by("-discharged_on")
    return ArraySubquery(found.values(told=JSONObject(pk="pk", on="discharged_on")))


def running_of(patient: Patient) -> list[Running]:
    """The discharges of a patient that run, the newest first: as they came with the row, else asked for."""
    if hasattr(patient, "running"):
        return [Running(UUID(each["pk"]), date.fromisoformat(each["on"])) for each in patient.running]
    found = Transition.objects.filter(patient=patient, state__in=RUNNING).order_by("-discharged_on")
    return [Running(*each) for each in found.values_list("pk", "discharged_on")]


def choosable(patient: Patient) -> QuerySet[Transition]:
    """The discharges of a patient that a contact can have followed."""
    return Transition.objects.filter(patient=patient).exclude(state=TransitionState.CANCELLED)


def transition_by_id(patient: UUID, pk: UUID) -> Transition | None:
    """One of a patient's, with the people it names."""
    named = ("owner", "complexity_judged_by", "complexity_asked_of", "visit_booked_with", "recorded_by", "follows")
    return _with_lead(Transition.objects.select_related(*named)).filter(patient=patient, pk=pk).first()


def transitions_of(patient: UUID) -> QuerySet[Transition]:
    """All of a patient's, newest first, as a list shows them."""
    return _with_next(Transition.objects.filter(patient=patient)).order_by("-discharged_on", "-pk")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the agency's list was asked for, by which reader."""

    reader: UUID
    query: str = ""
    shown: str = ""
    order: str = "due"
    after: UUID | None = None

    @property
    def narrows(self) -> bool:
        return bool(self.query or self.shown)


def transitions_page(asked: Asked, *, today: date) -> Page[Transition]:
    """One page of the agency's discharges that were asked for, each with its patient."""
    found = matching(_with_next(Transition.objects.filter(shown(asked, today))), asked.query, "patient")
    found, order = found.select_related("patient"), ORDERS[asked.order]
    if asked.after and (last := found.filter(pk=asked.after).values_list(*order).first()):
        found = found.filter(behind(last, order))
    return page_of(found.order_by(*order), PAGE_SIZE)


def shown(asked: Asked, today: date) -> Q:
    """The filter of a list. `over`: whose period has ended and that nobody has closed; `judge`: that the reader is to judge."""
    begins = today - timedelta(days=clock_on(today).period_days - 1)
    to_judge = Deadline.objects.filter(about=OuterRef("pk"), kind=DeadlineKind.COMPLEXITY, settled_at=None)
    return {
        "": Q(state__in=RUNNING),
        "undecided": Q(state=TransitionState.UNDECIDED),
        "over": Q(state__in=RUNNING, discharged_on__lt=begins),
        "changed": Q(changed_by_source_at__isnull=False),
        "judge": Q(Exists(to_judge.filter(assignee=asked.reader))),
        "watch": Q(state=TransitionState.WATCH),
        "ended": Q(state__in=(TransitionState.ENDED, TransitionState.CONTINUED, TransitionState.CANCELLED)),
        "all": Q(),
    }[asked.shown]


def _with_next(found: QuerySet[Transition]) -> QuerySet[Transition]:
    """With what is due next, `next_kind` and `next_at`; the latter after everything where nothing is."""
    due = Deadline.objects.filter(about=OuterRef("pk"), settled_at=None).order_by("due_at", "kind")
    return _with_lead(found.select_related("owner")).annotate(
        next_kind=Subquery(due.values("kind")[:1]),
        next_on=Subquery(due.values("due_on")[:1]),
        next_at=Coalesce(Subquery(due.values("due_at")[:1]), Value(NEVER)),
    )


def _with_lead(found: QuerySet[Transition]) -> QuerySet[Transition]:
    """With who answers where no `owner` does, `lead_name` and `lead_discipline`; empty: nobody."""
    stands = Q(
        patient__care_team__role=CareTeamRole.LEAD,
        patient__care_team__to_day=None,
        patient__care_team__retracted_at=None,
    )
    return found.annotate(
        lead=FilteredRelation("patient__care_team", condition=stands),
        lead_name=F("lead__member__name"),
        lead_discipline=F("lead__member__discipline"),
    )


def step_by_id(transition: Transition, pk: UUID) -> TransitionStep | None:
    return TransitionStep.objects.filter(transition=transition, pk=pk).first()


def standing_step(transition: Transition, kind: str) -> TransitionStep | None:
    """What is on record of a step."""
    return TransitionStep.objects.filter(transition=transition, kind=kind, retracted_at=None).first()


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that the page of one transition tells of, each in the order of days."""

    contacts: list[Contact]
    visits: list[Visit]
    steps: list[TransitionStep]
    others: list[Transition]
    stays: list[Stay]
    periods: list[CarePeriod]
    claims: list[OutsideClaim]
    phones: list[ContactPoint]


def gathered(transition: Transition, last: date) -> Gathered:
    """What happened around a discharge until the last day of its period. Eight queries."""
    patient, first = transition.patient_id, transition.discharged_on
    within = Q(from_day__lte=last) & (Q(to_day=None) | Q(to_day__gte=first))
    stays = Stay.objects.filter(within, patient=patient, retracted_at=None).exclude(kind__in=AT_HOME)
    periods = CarePeriod.objects.select_related("practitioner").filter(
        within, patient=patient, retracted_at=None, kind__in=(CarePeriodKind.HOSPICE, CarePeriodKind.GLOBAL_PERIOD)
    )
    around = (first - LONGEST / 2, first + LONGEST / 2)
    others = Transition.objects.filter(patient=patient, discharged_on__range=around).exclude(pk=transition.pk)
    claims = OutsideClaim.objects.filter(patient=patient, retracted_at=None, on__range=(first, last))
    numbers = ContactPoint.objects.filter(patient=patient, kind=ContactPointKind.PHONE, is_safe=True)
    contacts = standing_contacts().select_related("proxy").filter(transition=transition)
    return Gathered(
        list(contacts.order_by("service_date", "started_at", "recorded_at")),
        list(
            counting_visits()
            .select_related("practitioner", "complexity_judged_by")
            .filter(patient=patient, on__gt=first, on__lte=first + LONGEST)
        ),
        list(
            TransitionStep.objects.select_related("done_by")
            .filter(transition=transition, retracted_at=None)
            .order_by("on", "pk")
        ),
        list(others.exclude(state=TransitionState.CANCELLED).order_by("discharged_on", "pk")),
        list(stays.order_by("from_day", "pk")),
        list(periods.order_by("from_day", "pk")),
        list(claims.order_by("on", "pk")),
        list(numbers.order_by("rank", "pk")[:1]),
    )


def of_source(source: str, source_id: str) -> Transition | None:
    """What a stay of a source has made here."""
    return Transition.objects.filter(source=source, source_id=source_id).first()
