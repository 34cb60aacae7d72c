"""What is read of a FHIR Patient, and at which field a faulty one is refused."""

from datetime import date

import pytest

from tests.interop.fhir_examples import ABSENT, PATIENT, TODAY, a_bundle, a_patient, patient_of, refused, spoken

SYNTHEA = {"system": "https://github.com/synthetichealth/synthea", "value": "person-7"}
SSN = {"type": {"coding": [{"code": "SS"}]}, "system": "http://hl7.org/fhir/sid/us-ssn", "value": "999-22-1962"}
MR = {"type": {"coding": [{"code": "MR"}]}, "system": "urn:clinic", "value": "0042"}


@pytest.mark.parametrize(
    ("changed", "source_id", "mrn"),
    [
        ({"identifier": [MR, SYNTHEA]}, "person-7", "0042"),
        ({"identifier": [SSN, MR]}, "p1", "0042"),
        ({"identifier": [{**MR, "use": "old", "value": "0001"}, MR]}, "p1", "0042"),
        ({"identifier": [SSN]}, "p1", "p1"),
        ({"identifier": ABSENT}, "p1", "p1"),
        ({"identifier": [MR], "id": ABSENT}, "urn:clinic|0042", "0042"),
    ],
)
def test_who_the_person_is(changed, source_id, mrn):
    patient = patient_of(**changed)
    assert (patient.source_id, patient.mrn) == (source_id, mrn)


@pytest.mark.parametrize("identifier", [[SSN], [{**MR, "value": "  "}], [{**MR, "use": "old"}]])
def test_a_patient_whom_a_second_import_could_not_recognise_is_refused(identifier):
    bundle = a_bundle(a_patient(id=ABSENT, identifier=identifier))
    assert refused(bundle) == [("entry[0].resource Patient", "id", "missing")]


@pytest.mark.parametrize(
    ("names", "family", "given"),
    [
        ([{"use": "maiden", "family": "Rowe"}, {"use": "official", "family": "Conn", "given": ["Liz"]}], "Conn", "Liz"),
        ([{"use": "old", "family": "Rowe"}, {"family": "Conn", "given": ["Liz"]}], "Conn", "Liz"),
        ([{"family": "Rowe"}, {"use": "usual", "family": "Conn", "given": ["Liz"]}], "Conn", "Liz"),
        ([{"use": "official", "text": "Liz Conn"}, {"use": "nickname", "family": "Co", "given": ["L"]}], "Co", "L"),
        ([{"family": "Koepp123", "given": ["Abdul218", None, "X"]}], "Koepp123", "Abdul218 X"),
        ([{"family": "van der Berg-O’Neil", "given": ["Jo"]}], "van der Berg-O’Neil", "Jo"),
    ],
)
def test_the_name_is_the_official_one_and_unaltered(names, family, given):
    patient = patient_of(name=names)
    assert (patient.family, patient.given) == (family, given)


@pytest.mark.parametrize(
    ("changed", "deceased", "deceased_on"),
    [
        ({}, False, None),
        ({"deceasedBoolean": False}, False, None),
        ({"deceasedBoolean": True}, True, None),
        ({"deceasedDateTime": "2019"}, True, None),
        ({"deceasedDateTime": "2019-07-19"}, True, date(2019, 7, 19)),
        ({"deceasedDateTime": "2019-07-19T23:50:40-05:00"}, True, date(2019, 7, 19)),
        ({"deceasedDateTime": "1956-08-03"}, True, date(1956, 8, 3)),
    ],
)
def test_death(changed, deceased, deceased_on):
    patient = patient_of(**changed)
    assert (patient.deceased, patient.deceased_on) == (deceased, deceased_on)


@pytest.mark.parametrize(
    ("communication", "language"),
    [
        ([spoken("pt"), spoken("es")], "pt"),
        ([spoken("pt"), spoken("es", preferred=True)], "es"),
        ([spoken("en-US", preferred=False)], "en-US"),
        ([{"language": {"coding": [{"system": "urn:x", "code": "spa"}, *spoken("es")["language"]["coding"]]}}], "es"),
        ([{"language": {"text": "Spanish"}}], None),
        (ABSENT, None),
    ],
)
def test_language(communication, language):
    assert patient_of(communication=communication).language == language


def test_who_is_born_today_is_taken():
    assert patient_of(birthDate="2026-11-16").birth_date == TODAY


def test_a_gender_not_sent_is_unknown():
    assert patient_of(gender=ABSENT).sex == "unknown"


@pytest.mark.parametrize(
    ("changed", "field", "value"),
    [
        ({"birthDate": ABSENT}, "birthDate", "missing"),
        ({"birthDate": "1956"}, "birthDate", '"1956"'),
        ({"birthDate": "1956-08"}, "birthDate", '"1956-08"'),
        ({"birthDate": "1956-02-31"}, "birthDate", '"1956-02-31"'),
        ({"birthDate": "03.08.1956"}, "birthDate", '"03.08.1956"'),
        ({"birthDate": 0}, "birthDate", "0"),
        ({"birthDate": ""}, "birthDate", '""'),
        ({"birthDate": 86400}, "birthDate", "86400"),
        ({"birthDate": "2026-11-17"}, "birthDate", '"2026-11-17"'),
        ({"name": [{"family": "Suharto"}]}, "name.given", "missing"),
        ({"name": [{"family": "Suharto", "given": [" "]}]}, "name.given", "missing"),
        ({"name": [{"family": "N" * 101, "given": ["Ana"]}]}, "name.family", '"NNNNNNNNNNNNNNNNNNNN…"'),
        ({"name": [{"family": "Núñez", "given": ["Ana"] * 26}]}, "name.given", '"Ana Ana Ana Ana Ana …"'),
        ({"identifier": [{**MR, "value": "7" * 65}]}, "identifier.value", "not shown"),
        (
            {"communication": [spoken("es-" + "a" * 8 + "-" + "b" * 8 + "-c")]},
            "communication.language",
            '"es-aaaaaaaa-bbbbbbbb…"',
        ),
        ({"name": ABSENT}, "name", "missing"),
        ({"name": []}, "name", "missing"),
        ({"name": [{"text": "Ana Núñez"}]}, "name", "a list"),
        ({"name": [{"family": " "}]}, "name", "a list"),
        ({"name": "Ana Núñez"}, "name", '"Ana Núñez"'),
        ({"name": [{"family": 5}]}, "name[0].family", "5"),
        ({"name": [{"family": "N\x00"}]}, "name[0].family", '"N?"'),
        ({"name": [{"family": "N\ud800"}]}, "name[0].family", '"N?"'),
        ({"name": ['{"family": "Núñez"}']}, "name[0]", '"{"family": "Núñez"}"'),
        ({"gender": "Female"}, "gender", '"Female"'),
        ({"gender": ["female"]}, "gender", "a list"),
        ({"deceasedBoolean": "yes"}, "deceasedBoolean", '"yes"'),
        ({"deceasedDateTime": 86400}, "deceasedDateTime", "86400"),
        ({"deceasedDateTime": "2019-02-31T23:59:60Z"}, "deceasedDateTime", '"2019-02-31T23:59:59Z"'),
        ({"deceasedDateTime": "1956-08-02"}, "deceasedDateTime", '"1956-08-02"'),
        ({"deceasedBoolean": True, "deceasedDateTime": "2019"}, "resource", "an object"),
        ({"communication": [spoken("English")]}, "communication.language", '"English"'),
        ({"communication": [{}]}, "communication[0].language", "missing"),
        ({"telecom": [{"rank": "2"}]}, "telecom[0].rank", '"2"'),
        ({"identifier": [{"value": 999221962}]}, "identifier[0].value", "not shown"),
        ({"contained": [{"resourceType": "Nonsense"}]}, "resource", "an object"),
        ({"communication": [{"resourceType": "\ud800"}]}, "resource", "an object"),
        ({"modifierExtension": [{"url": "urn:not", "valueCode": "x"}]}, "modifierExtension", "a list"),
        ({"implicitRules": "urn:rules"}, "implicitRules", '"urn:rules"'),
        ({"nickname": "Ani"}, "nickname", '"Ani"'),
    ],
)
def test_a_faulty_patient_is_refused_at_its_field(changed, field, value):
    assert refused(a_bundle(a_patient(**changed))) == [(PATIENT, field, value)]
