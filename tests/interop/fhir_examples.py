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
