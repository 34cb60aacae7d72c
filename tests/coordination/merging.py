"""What tests of merging share: a record with one row of every kind, and every row of an agency as the database holds it."""

from datetime import date
from typing import Any

from django.apps import apps
from django.db import connection

from coordination.models import (
    CarePeriod,
    CarePlan,
    CareTeamMember,
    Condition,
    Contact,
    ContactPoint,
    Coverage,
    Deadline,
    Enrollment,
    FactsVersion,
    MonthJudgement,
    MonthProgram,
    OutsideClaim,
    Patient,
    PatientAddress,
    PatientIdentifier,
    PatientMerge,
    Payer,
    ProgramElement,
    Proxy,
    Stay,
    TimeLog,
    Timer,
    Transition,
    TransitionStep,
    Visit,
)
from coordination.selectors import merges
from coordination.services.merges import patients_merge
from interop.models import AdtSource, AdtStay
from tenancy.models import TenantModel
from tests import factories
from tests.factories import NOW, TODAY

DAY = date(2026, 1, 1)


def one_of_every_kind(patient: Patient, world: Any) -> None:
    """One row in every table that names a patient and moves; a table without an example here fails `test_every_table_is_tried`."""
    payer, _ = Payer.objects.get_or_create(name="Medicare Part B", defaults={"kind": "medicare_ffs"})
    me, fact = world.coordinator, {"patient": patient, "recorded_at": NOW}
    factories.a_log(patient, 12, by=me)
    contact = Contact.objects.get(patient=patient)
    proxy = Proxy.objects.create(patient=patient, name="Lena", relation="child")
    Contact.objects.filter(pk=contact.pk).update(proxy=proxy)
    Timer.objects.create(member=me, patient=patient, started_at=NOW, stopped_at=NOW, contact=contact)
    ContactPoint.objects.create(patient=patient, kind="phone", value="303 555 0142")
    PatientAddress.objects.create(patient=patient, city="Denver")
    PatientIdentifier.objects.create(patient=patient, kind="medicaid", value="K1")
    Coverage.objects.create(patient=patient, payer=payer, plan_kind="medicare_b", from_day=DAY)
    CareTeamMember.objects.create(patient=patient, member=me, role="lead", from_day=DAY)
    CarePlan.objects.create(patient=patient, title="Sugar", from_day=DAY)
    factories.a_condition(patient, "E11.9", by=me)
    factories.an_enrollment(patient, by=me, practitioner=world.practitioner)
    Visit.objects.create(**fact, on=DAY)
    OutsideClaim.objects.create(**fact, on=DAY, code="99490")
    Stay.objects.create(**fact, kind="hospital", from_day=DAY)
    CarePeriod.objects.create(**fact, kind="hospice", from_day=DAY)
    MonthJudgement.objects.create(
        **fact,
        program="chronic_care",
        month=date(2026, 11, 1),
        complexity="moderate",
        judged_by=world.practitioner,
        judged_on=TODAY,
    )
    ProgramElement.objects.create(
        **fact, program="collaborative_care", element="registry", from_day=DAY, documented_by=me
    )
    MonthProgram.objects.create(**fact, program="chronic_care", month=date(2026, 11, 1), note="as agreed")
    discharge = factories.a_discharge(patient, by=me)
    TransitionStep.objects.create(**fact, transition=discharge, kind="education", on=TODAY, done_by=me)
    source, _ = AdtSource.objects.get_or_create(name="Mercy", time_zone="America/Denver")
    AdtStay.objects.create(source=source, key=f"visit {patient.pk}", patient=patient)
    factories.a_patient("Old", "Copy", merged_into=patient)


MOVING = {
    AdtStay,
    CarePeriod,
    CarePlan,
    CareTeamMember,
    Condition,
    Contact,
    ContactPoint,
    Coverage,
    Enrollment,
    MonthJudgement,
    MonthProgram,
    OutsideClaim,
    Patient,
    PatientAddress,
    PatientIdentifier,
    ProgramElement,
    Proxy,
    Stay,
    TimeLog,
    Timer,
    Transition,
    TransitionStep,
    Visit,
}


def every_row() -> dict[str, list[str]]:
    """Every row of every mutable tenant table, byte for byte; apart from versions, of which none comes back, and what is due, which is
    counted anew."""
    rows = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if not issubclass(model, TenantModel) or hasattr(model, "pgh_tracked_model"):
                continue
            if model in (PatientMerge, FactsVersion, Deadline):
                continue
            table = model._meta.db_table
            said = "to_jsonb(t) - 'version'" if model is Patient else "to_jsonb(t)"
            cursor.execute(f"SELECT ({said})::text FROM {table} t ORDER BY id")
            rows[table] = [row for (row,) in cursor.fetchall()]
    return rows


def merged(world: Any, kept: Patient, other: Patient, reason: str = "one person") -> PatientMerge:
    """Merge as somebody does who has just looked at the preview."""
    kept, other = (Patient.objects.get(pk=each.pk) for each in (kept, other))
    return patients_merge(
        actor=world.members["supervisor"],
        kept=kept,
        merged=other,
        reason=reason,
        seen=merges.plan(kept, other).fingerprint,
        now=NOW,
    )
