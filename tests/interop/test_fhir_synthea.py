"""The FHIR codec over whole bundles of third parties, where REAL_DATA_DIR holds them."""

from dataclasses import replace
from datetime import date

import pytest

from interop.codecs.fhir import PatientRead, read_bundle
from interop.codecs.snomed_icd10cm import propose
from tests.interop.fhir_examples import SNOMED, TODAY

CONDITIONS_READ = {
    "Koepp": 3,
    "Rath": 7,
    "Kreiger": 1,
    "Rempel": 6,
    "Thompson": 6,
    "Mejía": 2,
    "Hodkiewicz": 4,
    "Conn": 1,
    "Hintz": 3,
    "Weber": 7,
    "Jaskolski": 10,
    "Turner": 2,
    "Kutch": 6,
}


@pytest.fixture
def synthea(real_data):
    """What each bundle of the Synthea folder reads as, by file name."""
    folder = real_data / "fhir-r4-synthea"
    return {path.name: read_bundle(path.read_text(encoding="utf-8"), today=TODAY) for path in folder.glob("*.json")}


@pytest.fixture
def person(synthea):
    return {found.patient.family: found for found in synthea.values() if found.patient}


@pytest.mark.real_data
def test_each_synthea_bundle_is_one_patient_with_all_conditions(person):
    assert {family: len(found.conditions) for family, found in person.items()} == CONDITIONS_READ
    assert {skipped.reason for found in person.values() for skipped in found.skipped} == {
        "this type is not taken yet",
        "only names are read from it, where another resource points at it",
        "a social security, licence, passport or tax number: these are never taken",
    }


@pytest.mark.real_data
def test_the_two_info_bundles_hold_no_patient(synthea):
    assert sorted(found.without_patient for found in synthea.values() if not found.patient) == [
        "the bundle holds no Patient, only 102 Organization",
        "the bundle holds no Patient, only 102 Practitioner",
    ]


@pytest.mark.real_data
def test_names_beyond_ascii_come_through(person):
    mejia = replace(person["Mejía"].patient, reach=())
    assert mejia == PatientRead(
        source_id="59a8543c-e24f-4a01-b28b-47ccde6bc11d",
        mrn="59a8543c-e24f-4a01-b28b-47ccde6bc11d",
        family="Mejía",
        given="Gustavo",
        birth_date=date(1986, 11, 27),
        sex="male",
        deceased=False,
        deceased_on=None,
        language="es",
    )


@pytest.mark.real_data
def test_the_official_name_wins_over_the_maiden_name(person):
    assert ("Conn" in person, "Rowe" in person) == (True, False)


@pytest.mark.real_data
def test_the_only_death_is_read_as_a_day(person):
    died = {family: found.patient.deceased_on for family, found in person.items() if found.patient.deceased}
    assert died == {"Thompson": date(1973, 7, 19)}


@pytest.mark.real_data
def test_the_chronic_conditions_still_active_have_a_proposal(person):
    active = {
        condition.code
        for found in person.values()
        for condition in found.conditions
        if condition.clinical_status == "active"
    }
    # Appendicitis and its removal, impacted molars, an overdose and a past single seizure are not chronic.
    assert {code for code in active if not propose(code)} == {
        "74400008",
        "428251008",
        "196416002",
        "55680006",
        "703151001",
    }


@pytest.mark.real_data
def test_every_condition_is_snomed_coded_and_none_carries_icd10cm(person):
    read_conditions = [condition for found in person.values() for condition in found.conditions]
    assert {(condition.system, condition.icd10cm) for condition in read_conditions} == {(SNOMED, None)}
    assert len({condition.source_id for condition in read_conditions}) == 58
