"""Small sound FHIR resources to change one thing of, and what reading them gives."""

import json
from datetime import date

import pytest

from interop.codecs.fhir import FhirRefused, read_bundle

SNOMED = "http://snomed.info/sct"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
PATIENT = "entry[0].resource Patient/p1"
CONDITION = "entry[1].resource Condition/c1"
ABSENT = object()
TODAY = date(2026, 11, 16)


def without_absent(fields):
    return {name: value for name, value in fields.items() if value is not ABSENT}


def a_patient(**changed):
    return without_absent(
        {
            "resourceType": "Patient",
            "id": "p1",
            "identifier": [{"type": {"coding": [{"code": "MR"}]}, "system": "urn:clinic", "value": "0042"}],
            "name": [{"use": "official", "family": "Núñez", "given": ["Ana", "Luz"]}],
            "gender": "female",
            "birthDate": "1956-08-03",
            **changed,
        }
    )


def a_condition(**changed):
    return without_absent(
        {
            "resourceType": "Condition",
            "id": "c1",
            "clinicalStatus": {"coding": [{"code": "active"}]},
            "verificationStatus": {"coding": [{"code": "confirmed"}]},
            "code": {"coding": [{"system": SNOMED, "code": "38341003", "display": "Hypertension"}]},
            "subject": {"reference": "Patient/p1"},
            "onsetDateTime": "2015-07-10T22:48:50+00:00",
            **changed,
        }
    )


def an_encounter(**changed):
    return without_absent(
        {
            "resourceType": "Encounter",
            "id": "e1",
            "status": "finished",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "type": [{"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "99214"}], "text": "Follow-up"}],
            "subject": {"reference": "Patient/p1"},
            "participant": [{"individual": {"reference": "Practitioner/d1"}}],
            "period": {"start": "2026-09-03T16:00:00-06:00", "end": "2026-09-03T16:20:00-06:00"},
            **changed,
        }
    )


def a_coverage(**changed):
    return without_absent(
        {
            "resourceType": "Coverage",
            "id": "v1",
            "status": "active",
            "type": {"coding": [{"system": "https://nahdo.org/sopt", "code": "111", "display": "Medicare HMO"}]},
            "subscriberId": "888009335",
            "beneficiary": {"reference": "Patient/p1"},
            "period": {"start": "2026-01-01"},
            "payor": [{"display": "Acme Health Plan"}],
            **changed,
        }
    )


def a_care_team(**changed):
    return without_absent(
        {
            "resourceType": "CareTeam",
            "id": "t1",
            "status": "active",
            "subject": {"reference": "Patient/p1"},
            "period": {"start": "2026-02-01"},
            "participant": [
                {
                    "role": [{"coding": [{"system": SNOMED, "code": "446050000"}], "text": "Primary care provider"}],
                    "member": {"reference": "Practitioner/d1"},
                    "onBehalfOf": {"display": "Peak Family Practice"},
                },
                {"member": {"reference": "Patient/p1"}},
            ],
            **changed,
        }
    )


def a_care_plan(**changed):
    return without_absent(
        {
            "resourceType": "CarePlan",
            "id": "n1",
            "status": "active",
            "intent": "plan",
            "title": "Diabetes self management",
            "subject": {"reference": "Patient/p1"},
            "period": {"start": "2026-03-01"},
            "activity": [{"detail": {"status": "in-progress", "code": {"text": "Diabetic diet"}}}],
            **changed,
        }
    )


def a_practitioner(**changed):
    return without_absent(
        {
            "resourceType": "Practitioner",
            "id": "d1",
            "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}],
            "name": [{"family": "Osei", "given": ["Ruth"]}],
            **changed,
        }
    )


def a_bundle(*resources, **changed):
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in resources], **changed}


def read(bundle):
    return read_bundle(json.dumps(bundle), today=TODAY)


def refusals(bundle):
    with pytest.raises(FhirRefused) as refused:
        read_bundle(bundle if isinstance(bundle, str) else json.dumps(bundle), today=TODAY)
    return list(refused.value.refusals)


def refused(bundle):
    """The places, fields and values refused, remedies left out."""
    return [(refusal.where, refusal.field, refusal.value) for refusal in refusals(bundle)]


def patient_of(**changed):
    return read(a_bundle(a_patient(**changed))).patient


def condition_of(**changed):
    (condition,) = read(a_bundle(a_patient(), a_condition(**changed))).conditions
    return condition


def spoken(code, **more):
    return {"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": code}]}, **more}
