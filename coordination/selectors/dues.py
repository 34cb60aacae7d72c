"""Everything that is due by the facts as they stand, of many at once: what stored deadlines must equal.

A new kind is a function here, in `OF_PATIENTS` or `OF_AGENCY`: storing, renewing and the nightly check take it without a change.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef

from coordination import ports
from coordination.models import CarePlan, Enrollment, ProgramElement, Visit
from coordination.rules.deadlines import Due, transition_dues
from coordination.rules.renewals import Ending, EnrollmentFacts, care_plan_due, ending_due, enrollment_dues
from coordination.selectors.transitions import clock_on, customs, facts_of, transitions_of_patients
from tenancy.context import current_agency
from tenancy.models import Licence
from tenancy.selectors.places import settings_of_agency

Dues = Mapping[UUID, tuple[UUID | None, Sequence[Due]]]
"""The id of what asks for something -> its patient, and all that it asks for. One that asks for nothing is there all the same."""


def of_transitions(transitions: Collection[UUID]) -> Dues:
    """What these discharges ask for. Six queries however many there are."""
    facts = facts_of(transitions)
    if not facts:
        return {}
    days = [each.discharged for _, each in facts.values()]
    counted = customs(min(days), max(days))
    return {
        pk: (patient, transition_dues(each, clock_on(each.discharged), counted))
        for pk, (patient, each) in facts.items()
    }


def of_discharges(patients: Collection[UUID]) -> Dues:
    """What all discharges of these patients ask for."""
    return of_transitions(transitions_of_patients(patients))


def of_programs(patients: Collection[UUID]) -> Dues:
    """What the programs of these patients ask for: under the id of an enrollment, and of the patient for the one care plan. Four
    queries however many there are."""
    dues: dict[UUID, tuple[UUID, Sequence[Due]]] = {patient: (patient, ()) for patient in patients}
    enrollments = _enrollments(patients)
    if not enrollments:
        return dues
    zone, settings = current_agency().zone, settings_of_agency()
    plans: dict[UUID, list[date]] = defaultdict(list)
    for patient, from_day in CarePlan.objects.filter(patient__in=patients, to_day=None).values_list(
        "patient", "from_day"
    ):
        plans[patient].append(from_day)
    scales: dict[tuple[UUID, str], date] = {}
    documented = ProgramElement.objects.filter(patient__in=patients, element=RATING_SCALE, retracted_at=None)
    for patient, program, day in documented.order_by("from_day").values_list("patient", "program", "from_day"):
        scales[patient, program] = day
    enrolled: dict[UUID, list[EnrollmentFacts]] = defaultdict(list)
    for each in enrollments:
        dues[each.pk] = (each.patient_id, ())
        if each.revoked_on or each.patient.deceased_on or each.patient.merged_into_id:
            continue
        facts = EnrollmentFacts(
            each.program,
            each.consent_on,
            ports.billing().program_asks(each.program, each.consent_on),
            initiating_visit=each.initiating_visit_on,
            visit_codes=each.visit_codes,
            last_seen=each.last_seen_on,
            consent_renewed=each.consent_renewed_on,
            care_plan=each.care_plan_on,
            scale_on=scales.get((each.patient_id, each.program)),
        )
        enrolled[each.patient_id].append(facts)
        dues[each.pk] = (each.patient_id, tuple(enrollment_dues(facts, zone, settings.rating_scale_days)))
    for patient, known in enrolled.items():
        dues[patient] = (patient, tuple(care_plan_due(known, plans[patient], zone, settings.care_plan_months)))
    return dues


RATING_SCALE = "rating_scale"


def _enrollments(patients: Collection[UUID]) -> list[Enrollment]:
    """With `visit_codes`: of the visit that opened the program, as far as it is in the chart."""
    opened_by = Visit.objects.filter(
        patient=OuterRef("patient"), on=OuterRef("initiating_visit_on"), practitioner=OuterRef("billing_practitioner"),
        retracted_at=None,
    ).exclude(code="")  # fmt: skip
    known = Enrollment.objects.filter(patient__in=patients).select_related("patient")
    read = (
        "program", "consent_on", "consent_renewed_on", "revoked_on", "initiating_visit_on", "last_seen_on", "care_plan_on",
    )  # fmt: skip
    of_patient = ("patient__deceased_on", "patient__merged_into")
    return list(known.only(*read, *of_patient).annotate(visit_codes=ArraySubquery(opened_by.values("code"))))


def of_licences() -> Dues:
    """Licences with a last day, of people who work here. Theirs is the deadline if they sign in, else nobody's. Two queries."""
    zone = current_agency().zone
    later = Licence.objects.filter(
        person=OuterRef("person"), kind=OuterRef("kind"), state=OuterRef("state"), valid_from__gt=OuterRef("valid_from")
    ).exclude(valid_to__lte=OuterRef("valid_to"))
    found = Licence.objects.filter(valid_to__isnull=False).select_related("person").annotate(followed=Exists(later))
    return {
        each.pk: (
            None,
            (
                ending_due(
                    "licence",
                    Ending(
                        each.valid_to,
                        each.followed,
                        {"licence": each.kind, "state": each.state, "person": each.person.name},
                        each.person_id if each.person.user_id else None,
                    ),
                    zone,
                ),
            )
            if each.person.is_active
            else (),
        )
        for each in found
    }


def of_contracts() -> Dues:
    """Contract versions with a last day."""
    zone = current_agency().zone
    endings = ports.billing().contract_endings()
    return {pk: (None, (ending_due("contract", ending, zone),)) for pk, ending in endings.items()}


OF_PATIENTS: tuple[Callable[[Collection[UUID]], Dues], ...] = (of_discharges, of_programs)
OF_AGENCY: tuple[Callable[[], Dues], ...] = (of_licences, of_contracts)


def of_patients(patients: Collection[UUID]) -> Dues:
    """Everything that is due for these patients, by whatever asks for it."""
    return {about: asked for each in OF_PATIENTS for about, asked in each(patients).items()}


def of_agency() -> Dues:
    """Everything that is due and is no patient's."""
    return {about: asked for each in OF_AGENCY for about, asked in each().items()}
