"""What is read of a FHIR Condition, and at which field a faulty one is refused."""

from datetime import date

import pytest

from tests.interop.fhir_examples import (
    ABSENT,
    CONDITION,
    ICD10CM,
    SNOMED,
    a_bundle,
    a_condition,
    a_patient,
    condition_of,
    read,
    refused,
)


def coded(*codings, **text):
    return {"coding": list(codings), **text}


SCT = {"system": SNOMED, "code": "44054006", "display": "Diabetes"}
ICD = {"system": ICD10CM, "code": "E11.9"}
LOCAL = {"system": "urn:local", "code": "DM2"}


@pytest.mark.parametrize(
    ("code", "system", "value", "text", "icd10cm"),
    [
        (coded(SCT), SNOMED, "44054006", "Diabetes", None),
        (coded(LOCAL, ICD, SCT, text="Sugar"), SNOMED, "44054006", "Sugar", "E11.9"),
        (coded(LOCAL, ICD), ICD10CM, "E11.9", "E11.9", "E11.9"),
        (coded(ICD, {**ICD, "code": "E11.65"}), ICD10CM, "E11.9", "E11.9", "E11.9"),
        (coded(LOCAL), "urn:local", "DM2", "DM2", None),
    ],
)
def test_which_code_stands_for_the_condition(code, system, value, text, icd10cm):
    found = condition_of(code=code)
    assert (found.system, found.code, found.text, found.icd10cm) == (system, value, text, icd10cm)


@pytest.mark.parametrize(
    ("changed", "onset", "abatement"),
    [
        ({"onsetDateTime": "2015-07-10T00:30:00+02:00"}, date(2015, 7, 10), None),
        ({"onsetDateTime": "2015-07"}, None, None),
        ({"onsetDateTime": ABSENT, "onsetString": "long ago"}, None, None),
        (
            {"onsetDateTime": ABSENT, "onsetPeriod": {"start": "2015-01-02", "end": "2015-03-04"}},
            date(2015, 1, 2),
            None,
        ),
        ({"abatementDateTime": "2015-07-10"}, date(2015, 7, 10), date(2015, 7, 10)),
        ({"abatementPeriod": {"start": "2016-01-02", "end": "2016-03-04"}}, date(2015, 7, 10), date(2016, 3, 4)),
    ],
)
def test_onset_and_abatement(changed, onset, abatement):
    found = condition_of(**changed)
    assert (found.onset, found.abatement) == (onset, abatement)


def test_a_status_not_sent_is_none():
    found = condition_of(clinicalStatus=ABSENT, verificationStatus={"text": "sure"})
    assert found.clinical_status is None


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"verificationStatus": {"coding": [{"code": "refuted"}]}}, "verification status is refuted"),
        ({"code": {"text": "Feels unwell"}}, "no diagnosis code with its code system"),
        ({"code": {"coding": [{"code": "38341003"}]}}, "no diagnosis code with its code system"),
        ({"code": ABSENT}, "no diagnosis code with its code system"),
    ],
)
def test_conditions_left_out_with_a_reason(changed, reason):
    found = read(a_bundle(a_patient(), a_condition(**changed), a_condition(id="c2")))
    assert [condition.source_id for condition in found.conditions] == ["c2"]
    assert [(each.resource_type, each.reason, each.count) for each in found.skipped] == [("Condition", reason, 1)]


@pytest.mark.parametrize("code", ["provisional", "differential", "unconfirmed"])
def test_conditions_not_yet_sure_are_read(code):
    assert condition_of(verificationStatus={"coding": [{"code": code}]}) == condition_of()


@pytest.mark.parametrize(
    ("changed", "field", "value"),
    [
        ({"subject": {"reference": "Patient/p2"}}, "subject.reference", '"Patient/p2"'),
        ({"subject": {"reference": "Group/p1"}}, "subject.reference", '"Group/p1"'),
        ({"subject": {"display": "Ana"}}, "subject.reference", '""'),
        ({"subject": ABSENT}, "subject", "missing"),
        ({"subject": []}, "subject", "a list"),
        ({"subject": "Patient/p1"}, "subject", '"Patient/p1"'),
        ({"subject": '{"reference": "Patient/p1"}'}, "subject", '"{"reference": "Patie…"'),
        ({"clinicalStatus": "active"}, "clinicalStatus", '"active"'),
        ({"clinicalStatus": {"coding": [{"code": "Active"}]}}, "clinicalStatus", '"Active"'),
        ({"verificationStatus": {"coding": [{"code": "sure"}]}}, "verificationStatus", '"sure"'),
        ({"onsetDateTime": "2015-02-30"}, "onsetDateTime", '"2015-02-30"'),
        ({"onsetDateTime": "2015-07-10T22:48:50"}, "onsetDateTime", '"2015-07-10T22:48:50"'),
        ({"abatementDateTime": "2015-07-09"}, "abatement", '"2015-07-09"'),
        ({"abatementBoolean": True}, "abatementBoolean", "True"),
        ({"code": {"coding": [{"system": SNOMED, "code": 38341003}]}}, "code.coding[0].code", "38341003"),
        ({"stage": {}}, "stage", "an object"),
    ],
)
def test_a_faulty_condition_is_refused_at_its_field(changed, field, value):
    assert refused(a_bundle(a_patient(), a_condition(**changed))) == [(CONDITION, field, value)]


def test_a_condition_without_id_goes_by_its_full_url_or_is_refused():
    bundle = a_bundle(a_patient(), a_condition(id=ABSENT))
    assert refused(bundle) == [("entry[1].resource Condition", "id", "missing")]
    bundle["entry"][1]["fullUrl"] = "urn:uuid:7"
    assert read(bundle).conditions[0].source_id == "urn:uuid:7"
    bundle["entry"][1]["fullUrl"] = "urn:" + "7" * 125
    assert refused(bundle) == [("entry[1].resource Condition", "fullUrl", '"urn:7777777777777777…"')]


@pytest.mark.parametrize(
    ("full_url", "reference"),
    [
        ("urn:uuid:aa", "urn:uuid:aa"),
        ("urn:uuid:aa", "Patient/p1"),
        ("https://ehr.example/Patient/p1", "https://ehr.example/Patient/p1"),
        ("https://ehr.example/Patient/p1", "Patient/p1/_history/3"),
        (None, "urn:uuid:p1"),
    ],
)
def test_ways_to_point_at_the_patient(full_url, reference):
    bundle = a_bundle(a_condition(subject={"reference": reference}), a_patient())
    bundle["entry"][1]["fullUrl"] = full_url
    assert len(read(bundle).conditions) == 1


def test_another_servers_patient_of_the_same_id_is_another_patient():
    bundle = a_bundle(a_patient(), a_condition(subject={"reference": "https://other.example/Patient/p1"}))
    bundle["entry"][0]["fullUrl"] = "https://ehr.example/Patient/p1"
    assert refused(bundle) == [(CONDITION, "subject.reference", '"https://other.exampl…"')]


def test_a_condition_without_its_patient_is_refused():
    assert refused(a_bundle(a_condition())) == [("entry[0].resource Condition/c1", "subject.reference", '"Patient/p1"')]
