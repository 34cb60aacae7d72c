"""Everything that is due by the facts as they stand, of many at once: what stored deadlines must equal.

A new kind is a function here, in `OF_PATIENTS` or `OF_AGENCY`: storing, renewing and the nightly check take it without a change.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef

from coordination import ports
from coordination.models import CarePlan, Enrollment, Patient, ProgramElement, Visit
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
    """What the programs of these patients ask for: under the id of an enrollment, and of the patient for the one care plan. Six
    queries however many there are."""
    dues: dict[UUID, tuple[UUID, Sequence[Due]]] = {patient: (patient, ()) for patient in patients}
    enrollments = list(Enrollment.objects.filter(patient__in=patients))
    dues |= {each.pk: (each.patient_id, ()) for each in enrollments}
    here = set(
        Patient.objects.filter(pk__in={each.patient_id for each in enrollments}, is_deceased=False, merged_into=None)
        .order_by()
        .values_list("pk", flat=True)
    )
    current = [each for each in enrollments if each.patient_id in here and not each.revoked_on]
    if not current:
        return dues
    zone, settings = current_agency().zone, settings_of_agency()
    codes, scales = _visit_codes(current), _scales(here)
    enrolled: dict[UUID, list[EnrollmentFacts]] = defaultdict(list)
    for each in current:
        facts = EnrollmentFacts(
            each.program,
            each.consent_on,
            ports.billing().program_asks(each.program, each.consent_on),
            initiating_visit=each.initiating_visit_on,
            visit_codes=codes[each.patient_id, each.initiating_visit_on, each.billing_practitioner_id],
            last_seen=each.last_seen_on,
            consent_renewed=each.consent_renewed_on,
            care_plan=each.care_plan_on,
            scale_on=scales.get((each.patient_id, each.program)),
        )
        enrolled[each.patient_id].append(facts)
        dues[each.pk] = (each.patient_id, tuple(enrollment_dues(facts, zone, settings.rating_scale_days)))
    plans: dict[UUID, list[date]] = defaultdict(list)
    for patient, from_day in CarePlan.objects.filter(patient__in=here, to_day=None).values_list("patient", "from_day"):
        plans[patient].append(from_day)
    for patient, known in enrolled.items():
        dues[patient] = (patient, tuple(care_plan_due(known, plans[patient], zone, settings.care_plan_months)))
    return dues


RATING_SCALE = "rating_scale"


def _scales(patients: Collection[UUID]) -> dict[tuple[UUID, str], date]:
    """The day of the last rating scale, by patient and program."""
    documented = ProgramElement.objects.filter(patient__in=patients, element=RATING_SCALE, retracted_at=None)
    days = documented.order_by("from_day").values_list("patient", "program", "from_day")
    return {(patient, program): day for patient, program, day in days}


def _visit_codes(enrollments: Collection[Enrollment]) -> Mapping[tuple[UUID, date | None, UUID], Sequence[str]]:
    """Of what kinds visits were that may have opened these, by patient, day and practitioner."""
    opened = [each for each in enrollments if each.initiating_visit_on]
    visits = Visit.objects.filter(
        patient__in={each.patient_id for each in opened}, on__in={each.initiating_visit_on for each in opened},
        retracted_at=None, practitioner__isnull=False,
    ).exclude(code="")  # fmt: skip
    codes: dict[tuple[UUID, date | None, UUID], list[str]] = defaultdict(list)
    for patient, on, practitioner, code in visits.values_list("patient", "on", "practitioner", "code"):
        codes[patient, on, practitioner].append(code)
    return codes


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
