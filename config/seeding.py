"""Writes the invented agencies of a size (config/population.py), each in one transaction, as the app and through the walls."""

from collections.abc import Callable
from datetime import datetime
from itertools import islice
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db.models import Model

from billing.models import Contract, ContractTerm, ContractVersion
from config.demo import PASSWORD, refuse_production
from config.population import PAYERS, Place, Population, Row, Size, places
from coordination.models import (
    CareTeamMember,
    Condition,
    Contact,
    Coverage,
    Enrollment,
    Patient,
    PatientToken,
    Payer,
    TimeLog,
)
from coordination.services.deadlines import patients_renew
from tenancy.bulk import insert_rows
from tenancy.context import agency_context, reason
from tenancy.models import Agency, Membership, User

AT_ONCE = 2_000
"""Patients whose rows are in memory together."""

PATIENT = ("id", "mrn", "family_name", "given_name", "birth_date", "sex", "language", "is_deceased", "deceased_on")
CONDITION = ("id", "patient_id", "icd10cm", "text", "onset", "is_chronic", "confirmed_by_id", "confirmed_at")
COVERAGE = ("id", "patient_id", "payer_id", "plan_kind", "member_id", "from_day", "to_day", "order", "is_qmb")
ENROLLMENT = (
    "id", "patient_id", "program", "billing_practitioner_id", "consent_on", "consent_kind", "consent_taken_by_id", "cost_share_told",
    "track", "revoked_on", "end_reason", "initiating_visit_on", "care_plan_on", "risk_attested_on",
)  # fmt: skip
CONTACT = (
    "id", "patient_id", "author_id", "recorded_by_id", "recorded_at", "form_key", "service_date", "started_at", "stopped_at",
    "spoken_to", "mode", "direction", "outcome", "note",
)  # fmt: skip
TIME_LOG = (
    "id", "contact_id", "patient_id", "author_id", "discipline", "program", "activity", "service_date", "minutes", "started_at",
    "stopped_at", "voided_at", "voided_by_id", "void_reason",
)  # fmt: skip

COLUMNS = {
    Patient: PATIENT,
    PatientToken: ("patient_id", "token"),
    CareTeamMember: ("id", "patient_id", "member_id", "role", "from_day"),
    Condition: CONDITION,
    Coverage: COVERAGE,
    Enrollment: ENROLLMENT,
    Contact: CONTACT,
    TimeLog: TIME_LOG,
}


def seed(size: Size, seed: int, now: datetime, tell: Callable[[str], None]) -> list[Agency]:
    """Make the agencies of a size that are not there yet; all of them are returned. What was begun and not finished is begun anew."""
    refuse_production()
    made = []
    for place in places(size, seed):
        agency, _ = Agency.objects.using("owner").get_or_create(
            slug=place.slug,
            defaults={"name": place.name, "time_zone": place.zone, "agency_type": place.agency_type},
        )
        with reason(command="seed_demo"), agency_context(agency):
            if not Patient.objects.exists():
                fill(place, Population(size, seed, place, now))
                tell(f"{place.slug}: {place.patients} patients")
        made.append(agency)
    return made


def fill(place: Place, population: Population) -> None:
    """Everything of one agency, in its context."""
    _people(population)
    payers = _payers(population)
    everybody, number = population.patients(), 0
    while batch := list(islice(everybody, AT_ONCE)):
        _patients(population, payers, batch, number)
        number += len(batch)


def _people(population: Population) -> None:
    people = population.people
    hashed = make_password(PASSWORD, salt="demonstration")
    users = User.objects.bulk_create(User(email=each.email, password=hashed) for each in people if each.email)
    by_email = {user.email: user for user in users}
    Membership.objects.bulk_create(
        Membership(
            id=each.id,
            user=by_email.get(each.email),
            name=each.name,
            role=each.role,
            discipline=each.discipline,
            npi=each.npi,
        )
        for each in people
    )


def _payers(population: Population) -> list[UUID]:
    found = []
    for each in PAYERS:
        payer = Payer.objects.create(id=population.new_id(), name=each.name, kind=each.kind)
        found.append(payer.pk)
        if each.rates:
            contract = Contract.objects.create(payer=payer)
            version = ContractVersion.objects.create(
                id=population.new_id(), contract=contract, number=1, effective_from="2024-01-01"
            )
            ContractTerm.objects.bulk_create(
                ContractTerm(id=population.new_id(), version=version, code=code, rate=rate)
                for code, rate in each.rates.items()
            )
    return found


def _patients(population: Population, payers: list[UUID], batch: list[tuple[UUID, Row]], number: int) -> None:
    rows: dict[type[Model], list[Row]] = {model: [] for model in COLUMNS}
    for at, (pk, patient) in enumerate(batch, start=number):
        coordinator = population.coordinator(at)
        rows[Patient].append(patient)
        rows[PatientToken] += ((pk, word) for word in population.words(patient))
        rows[CareTeamMember].append((population.new_id(), pk, coordinator.id, "lead", population.first))
        rows[Condition] += population.conditions(pk)
        rows[Coverage] += population.coverages(pk, payers)
        if enrollment := population.enrollment(pk, coordinator):
            rows[Enrollment].append(enrollment)
        for contact, log in population.contacts(pk, coordinator):
            rows[Contact].append(contact)
            rows[TimeLog].append(log)
    for model, names in COLUMNS.items():
        insert_rows(model, names, rows[model])
    patients_renew([pk for pk, _ in batch], now=population.now)
