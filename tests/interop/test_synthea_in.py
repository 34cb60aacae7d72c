"""The Synthea bundles brought in whole. What is expected was counted from the files with jq, not by our code."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command

from coordination.models import CarePlan, Condition, ContactPoint, Coverage, Patient, PatientAddress, Stay, Visit
from interop.models import ImportedRow, ImportRun
from interop.services.intake import take
from interop.services.reports import Occasion
from tenancy.context import agency_context
from tests import factories
from tests.interop.fhir_examples import a_bundle, a_patient

pytestmark = pytest.mark.real_data

ENCOUNTERS = {  # jq '.entry[].resource | select(.resourceType == "Encounter") | .class.code': (AMB and EMER, IMP)
    "Koepp": (15, 1),
    "Rath": (18, 1),
    "Kreiger": (3, 0),
    "Rempel": (17, 1),
    "Thompson": (12, 0),
    "Mejía": (6, 0),
    "Hodkiewicz": (7, 1),
    "Conn": (6, 1),
    "Hintz": (6, 0),
    "Weber": (10, 1),
    "Jaskolski": (14, 1),
    "Turner": (28, 5),
    "Kutch": (12, 1),
}
CARE_PLANS = {"Koepp": 1, "Rath": 5, "Rempel": 3, "Thompson": 1, "Hodkiewicz": 1, "Conn": 1, "Weber": 3, "Jaskolski": 2}
CARE_PLANS |= {"Turner": 1, "Kutch": 1}
SKIPPED = {  # jq '.entry[].resource.resourceType' over all fifteen files, less the types that are taken
    "Claim": 199,
    "DiagnosticReport": 41,
    "ExplanationOfBenefit": 167,
    "Goal": 5,
    "ImagingStudy": 4,
    "Immunization": 100,
    "MedicationRequest": 32,
    "Observation": 780,
    "Organization": 121,
    "Practitioner": 121,
    "Procedure": 45,
}
TAKEN = {
    "CarePlan": 19,
    "Condition": 58,
    "Encounter": 167,
    "Patient": 13,
    "Patient.address": 13,
    "Patient.telecom": 13,
}


@pytest.fixture
def run(riverbend, real_data):
    def run(**options):
        out = StringIO()
        folder = str(real_data / "fhir-r4-synthea")
        call_command("import_fhir", folder, agency="riverbend", json=True, stdout=out, **options)
        return json.loads(out.getvalue())

    return run


def test_thirteen_bundles_twice_without_doubles_and_with_a_report(run, riverbend):
    first = run()
    assert (first["files"], first["refused"]) == (15, [])
    assert first["taken"] == {kind: {"new": count} for kind, count in TAKEN.items()}
    skipped = {each["type"]: each["count"] for each in first["skipped"]}
    assert {kind: count for kind, count in skipped.items() if kind in SKIPPED} == SKIPPED
    with agency_context(riverbend.agency):
        for family, (visits, stays) in ENCOUNTERS.items():
            patient = Patient.objects.get(family_name=family)
            assert (Visit.objects.filter(patient=patient).count(), Stay.objects.filter(patient=patient).count()) == (
                visits,
                stays,
            ), family
            assert CarePlan.objects.filter(patient=patient).count() == CARE_PLANS.get(family, 0), family
        before = stored()
    second = run()
    assert second["taken"] == {kind: {"unchanged": count} for kind, count in TAKEN.items()}
    assert second["skipped"] == first["skipped"]
    with agency_context(riverbend.agency):
        assert stored() == before
        assert ImportRun.objects.count() == 2


def test_a_dry_run_reports_the_same_and_stores_nothing(run, riverbend):
    tried = run(dry_run=True)
    with agency_context(riverbend.agency):
        assert (Patient.objects.count(), ImportRun.objects.count(), ImportedRow.objects.count()) == (1, 0, 0)
    done = run()
    assert tried == done | {"dry_run": True, "by_file": tried["by_file"]}
    without_ids = [
        [{name: told for name, told in file.items() if name != "patients"} for file in report["by_file"]]
        for report in (tried, done)
    ]
    assert without_ids[0] == without_ids[1]


def test_a_stay_a_visit_a_plan_and_an_address_as_they_stand_in_the_file(run, riverbend):
    run()
    with agency_context(riverbend.agency):
        turner = Patient.objects.get(family_name="Turner")
        # entry 3 of the bundle: IMP, 1999-06-07T05:34:14Z to 1999-06-08T05:34:14Z, which in Denver is the evening before
        stay = Stay.objects.filter(patient=turner).order_by("from_day").first()
        assert (stay.kind, stay.facility, stay.from_day, stay.to_day, stay.note) == (
            "hospital",
            "NEW ENGLAND BAPTIST HOSPITAL",
            date(1999, 6, 6),
            date(1999, 6, 7),
            "Encounter Inpatient",
        )
        emergency = Visit.objects.filter(patient=turner).order_by("on").first()
        assert (emergency.on, emergency.code, emergency.is_face_to_face, emergency.practitioner) == (
            date(2000, 7, 16),
            "",
            True,
            None,
        )
        assert emergency.note == "Emergency department. Emergency Room Admission"
        plan = CarePlan.objects.get(patient=turner)
        assert (plan.title, plan.from_day, plan.to_day) == ("Care plan (record artifact)", date(2000, 7, 16), None)
        assert plan.text.splitlines()[0] == "- Drug addiction counseling (in-progress)"
        koepp = Patient.objects.get(family_name="Koepp")
        address, phone = PatientAddress.objects.get(patient=koepp), ContactPoint.objects.get(patient=koepp)
        assert (address.lines, address.city, address.state, address.postal_code) == (
            "313 Lockman Row Suite 4",
            "Peabody",
            "Massachusetts",
            "01940",
        )
        assert (phone.kind, phone.use, phone.value, phone.may_leave_message) == ("phone", "home", "555-978-4581", False)


def stored():
    models = (Patient, Condition, Visit, Stay, CarePlan, ContactPoint, PatientAddress, ImportedRow)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_other_peoples_resources_are_taken_or_refused_and_nothing_else(riverbend, real_data):
    """US Core and Gravity: single resources, about one example patient, written by hand and not for us."""
    found = [
        path.read_text() for name in ("fhir-us-core", "fhir-gravity-json") for path in (real_data / name).glob("*.json")
    ]
    on = Occasion(factories.NOW, riverbend.agency.zone)
    with agency_context(riverbend.agency):
        alone = take("fhir", [("one", text.encode()) for text in found], on=on)
        assert not Patient.objects.exclude(pk=riverbend.patient.pk).exists()
        assert all(report.refusals or "Patient" not in report.counts for _, report in alone)
        kinds = ("Coverage", "Encounter", "CarePlan")
        taken = [each for each in map(json.loads, found) if each.get("resourceType") in kinds]
        about = [
            each for each in taken if (each.get("subject") or each.get("beneficiary"))["reference"] == "Patient/example"
        ]
        bundle = a_bundle(a_patient(id="example"), *about)
        [(_, report)] = take("fhir", [("all", json.dumps(bundle).encode())], on=on)
        assert report.refusals == ()
        coverage = Coverage.objects.get(source_id="coverage-example")
        assert (coverage.payer.name, coverage.plan_kind, coverage.member_id, coverage.from_day) == (
            "Acme Health Plan",
            "other",
            "88800933501",
            date(2020, 1, 1),
        )
        plan = CarePlan.objects.get(source_id="careplan-ulcer-example")
        assert (plan.title, plan.from_day, plan.text) == (
            "Care Plan",
            date(2025, 9, 27),
            "About: Condition Duodenal Ulcer",
        )
        assert "it names no day on which it began" in [each["reason"] for each in report.as_json()["notes"]]
