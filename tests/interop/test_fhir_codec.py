"""The FHIR codec: which bundles it reads, what it leaves out and what it refuses, in which words."""

import json
import subprocess
import sys
from datetime import date

import pytest

from interop.codecs.fhir import ConditionRead, FhirRefused, PatientRead, Refusal, Skipped, read_bundle
from tests.interop.fhir_examples import (
    CONDITION,
    PATIENT,
    SNOMED,
    TODAY,
    a_bundle,
    a_condition,
    a_patient,
    patient_of,
    read,
    refusals,
    refused,
)


def test_a_patient_and_a_condition_are_read_whole():
    found = read(a_bundle(a_patient(), a_condition(), {"resourceType": "Goal"}, {"resourceType": "Goal"}))
    assert found.patient == PatientRead(
        source_id="p1",
        mrn="0042",
        family="Núñez",
        given="Ana Luz",
        birth_date=date(1956, 8, 3),
        sex="female",
        deceased=False,
        deceased_on=None,
        language=None,
    )
    assert found.conditions == (
        ConditionRead(
            source_id="c1",
            system=SNOMED,
            code="38341003",
            text="Hypertension",
            icd10cm=None,
            clinical_status="active",
            onset=date(2015, 7, 10),
            abatement=None,
        ),
    )
    assert found.skipped == (Skipped("Goal", "this type is not taken yet", 2),)
    assert found.without_patient is None


@pytest.mark.parametrize("kind", ["transaction", "collection", "batch", "searchset"])
def test_bundle_types_taken(kind):
    assert read(a_bundle(a_patient(), type=kind)).patient == patient_of()


def test_a_byte_order_mark_is_no_fault():
    assert read_bundle("\ufeff" + json.dumps(a_bundle(a_patient())), today=TODAY).patient == patient_of()


def test_a_bundle_without_patient_says_what_it_holds():
    found = read(a_bundle({"resourceType": "Organization"}, {"resourceType": "Practitioner"}))
    assert (found.patient, found.conditions) == (None, ())
    assert found.without_patient == "the bundle holds no Patient, only 1 Organization, 1 Practitioner"
    assert read({"resourceType": "Bundle", "type": "batch"}).without_patient == "the bundle holds no entry"


def test_entries_that_look_up_or_delete_are_no_records():
    bundle = a_bundle(a_patient(), type="transaction")
    bundle["entry"] += [
        {"request": {"method": "GET", "url": "Patient/p1"}},
        {"request": {"method": "DELETE", "url": "Condition/c1"}, "resource": a_condition()},
    ]
    found = read(bundle)
    assert found.conditions == ()
    assert found.skipped == (Skipped("entry", "a request to look up or delete, not a record", 2),)


@pytest.mark.parametrize(
    ("text", "where", "field"),
    [
        ("", "line 1, column 1", "JSON"),
        ('{"resourceType": "Bundle",\n "type" "batch"}', "line 2, column 9", "JSON"),
        ("<Bundle/>", "line 1, column 1", "JSON"),
        ('{"resourceType": "Patient"}\n{"resourceType": "Patient"}', "line 2, column 1", "JSON"),
        ('{"resourceType": NaN}', "file", "JSON"),
        ("1" * 5000, "file", "JSON"),
        ("[" * 200_000, "file", "JSON"),
        ('{"type": "batch", "type": "searchset"}', "file", "type"),
        ("null", "file", "resourceType"),
        ("[]", "file", "resourceType"),
        (json.dumps(a_patient()), "file", "resourceType"),
    ],
)
def test_text_that_is_no_bundle_is_refused(text, where, field):
    (refusal,) = refusals(text)
    assert (refusal.where, refusal.field) == (where, field)


def test_a_bare_patient_is_told_how_to_be_a_bundle():
    (refusal,) = refusals(a_patient())
    assert refusal.value == '"Patient"'
    assert refusal.remedy.startswith('wrap the resources: {"resourceType": "Bundle", "type": "collection"')


@pytest.mark.parametrize(
    ("changed", "field", "value"),
    [
        ({"type": "document"}, "type", '"document"'),
        ({"type": "transaction-response"}, "type", '"transaction-response"'),
        ({"type": "subscription-notification"}, "type", '"subscription-notific…"'),
        ({"type": None}, "type", "missing"),
        ({"type": ["batch"]}, "type", "a list"),
        ({"entry": {}}, "entry", "an object"),
        ({"link": [{"relation": "self"}, {"relation": "next", "url": "?page=2"}]}, "link", '"next"'),
    ],
)
def test_a_faulty_bundle_is_refused(changed, field, value):
    assert refused(a_bundle(a_patient(), **changed)) == [("Bundle", field, value)]


def test_null_is_the_same_as_absent():
    assert patient_of(deceasedDateTime=None, communication=None) == patient_of()
    assert refused(a_bundle(a_patient(birthDate=None))) == [(PATIENT, "birthDate", "missing")]
    assert refused(a_bundle(a_patient(), a_condition(subject=None))) == [(CONDITION, "subject", "missing")]


def test_a_searchset_of_one_page_is_whole():
    assert read(a_bundle(a_patient(), type="searchset", link=[{"relation": "self", "url": "?"}])).patient


@pytest.mark.parametrize(
    ("entry", "where", "field", "value"),
    [
        (7, "entry[1]", "entry", "7"),
        ({}, "entry[1]", "resource", "missing"),
        ({"resource": []}, "entry[1]", "resource", "a list"),
        ({"request": {"method": "POST", "url": "Goal"}}, "entry[1]", "resource", "missing"),
        ({"resource": {}}, "entry[1].resource", "resourceType", "missing"),
        ({"resource": {"resourceType": "Go\x07al"}}, "entry[1].resource", "resourceType", '"Go?al"'),
        ({"resource": {"resourceType": "Goal"}, "fullUrl": 7}, "entry[1]", "fullUrl", "7"),
        ({"resource": a_condition(), "fullUrl": "urn:uuid:\ud800"}, "entry[1]", "fullUrl", '"urn:uuid:?"'),
        ({"resource": a_condition(id="c" * 65)}, "entry[1].resource Condition", "id", '"cccccccccccccccccccc…"'),
        ({"resource": a_condition(id="a b")}, "entry[1].resource Condition", "id", '"a b"'),
    ],
)
def test_a_faulty_entry_is_refused(entry, where, field, value):
    bundle = a_bundle(a_patient())
    bundle["entry"].append(entry)
    assert refused(bundle)[0] == (where, field, value)


def test_two_patients_are_told_once_whatever_conditions_they_have():
    bundle = a_bundle(a_patient(), a_patient(id="p2"), a_condition(subject={"reference": "Patient/p2"}))
    assert refusals(bundle) == [
        Refusal(
            where="entry[1].resource Patient/p2",
            field="resourceType",
            value='"Patient"',
            remedy="send one patient a bundle, entry[0].resource Patient/p1 is the first",
        )
    ]


def test_an_entry_sent_twice_is_refused():
    bundle = a_bundle(a_patient(), a_condition(), a_condition())
    assert refused(bundle) == [("entry[2].resource Condition/c1", "id", '"c1"')]
    bundle = a_bundle(a_patient(), a_condition(), a_condition(id="c2"))
    bundle["entry"][1]["fullUrl"] = bundle["entry"][2]["fullUrl"] = "urn:uuid:7"
    assert refused(bundle) == [("entry[2].resource Condition/c2", "fullUrl", '"urn:uuid:7"')]


def test_all_faults_are_told_at_once_and_readably():
    bundle = a_bundle(a_patient(birthDate="1956-08", gender="F"), a_condition(onsetDateTime="2015-02-30"))
    with pytest.raises(FhirRefused) as refused:
        read(bundle)
    assert str(refused.value).splitlines() == [
        f'{PATIENT}: gender is "F"; write one of female, male, other, unknown',
        f'{PATIENT}: birthDate is "1956-08"; write the whole day, YYYY-MM-DD: a part does not tell people apart',
        f'{CONDITION}: onsetDateTime is "2015-02-30"; '
        "write a day that exists, as YYYY-MM-DD; a time after it needs its offset from UTC",
    ]


def test_a_refusal_tells_no_more_of_the_patient_than_the_faulty_field():
    long = "Encephalopathy after an accident in 1987"
    bundle = a_bundle(
        a_patient(
            identifier=[{"system": "http://hl7.org/fhir/sid/us-ssn", "value": 999221962}], birthDate="1956-02-31"
        ),
        a_condition(stage=long),
    )
    with pytest.raises(FhirRefused) as refused:
        read(bundle)
    told = str(refused.value)
    for secret in ("Núñez", "Ana", "999221962", "38341003", "after an accident in"):
        assert secret not in told
    assert "Encephalopathy after…" in told
    assert "\n".join(map(str, refused.value.refusals)) == told


def test_the_codecs_reach_no_framework():
    program = "import sys, interop.codecs.fhir, interop.codecs.snomed_icd10cm; print('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "False\n"
