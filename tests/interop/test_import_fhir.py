"""Bringing patients in: taken once, told twice, and a broken file changes nothing."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from coordination.models import Condition, Patient
from tenancy.context import agency_context
from tests import factories


def a_bundle(mrn="M-1", family="Conn", born="1986-11-28", conditions=(("c1", "38341003", "active"),)):
    subject = f"urn:uuid:{mrn}"
    patient = {
        "resourceType": "Patient",
        "id": mrn,
        "name": [{"use": "official", "family": family, "given": ["Liz"]}],
        "identifier": [{"type": {"coding": [{"code": "MR"}]}, "system": "http://clinic.example", "value": mrn}],
        "birthDate": born,
        "gender": "female",
    }
    entries = [{"fullUrl": subject, "resource": patient}]
    for key, code, status in conditions:
        entries.append(
            {
                "fullUrl": f"urn:uuid:{key}",
                "resource": {
                    "resourceType": "Condition",
                    "id": key,
                    "subject": {"reference": subject},
                    "onsetDateTime": "2005-07-29T10:00:00-05:00",
                    "clinicalStatus": {
                        "coding": [
                            {"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": status}
                        ]
                    },
                    "code": {
                        "coding": [{"system": "http://snomed.info/sct", "code": code, "display": "Hypertension"}],
                        "text": "Hypertension",
                    },
                },
            }
        )
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


@pytest.fixture
def take(riverbend, tmp_path):
    """Import bundles (or texts) by the command; (report, exit code)."""

    def run(*bundles):
        for number, each in enumerate(bundles):
            text = each if isinstance(each, str) else json.dumps(each)
            (tmp_path / f"{number}.json").write_text(text)
        out = StringIO()
        try:
            call_command("import_fhir", str(tmp_path), agency="riverbend", json=True, stdout=out)
        except SystemExit as stop:
            return json.loads(out.getvalue()), stop.code
        return json.loads(out.getvalue()), 0

    return run


@pytest.fixture
def chart(riverbend):
    def read(mrn="M-1"):
        with agency_context(riverbend.agency):
            patient = Patient.objects.filter(mrn=mrn).first()
            return patient, patient and list(Condition.objects.filter(patient=patient).order_by("source_id"))

    return read


def test_a_second_import_doubles_nothing(take, chart, riverbend):
    report, code = take(a_bundle())
    assert (code, report["taken"]) == (0, {"Patient": {"new": 1}, "Condition": {"new": 1}})
    report, code = take(a_bundle())
    assert (code, report["taken"]) == (0, {"Patient": {"unchanged": 1}, "Condition": {"unchanged": 1}})
    patient, [condition] = chart()
    assert (patient.family_name, condition.icd10cm, condition.is_chronic, condition.confirmed_at) == (
        "Conn",
        "I10",
        True,
        None,
    )


def test_a_later_bundle_updates_the_name_and_adds_what_is_new(take, chart):
    take(a_bundle())
    report, _ = take(a_bundle(family="Rowe", conditions=(("c1", "38341003", "active"), ("c2", "44054006", "active"))))
    assert report["taken"] == {"Patient": {"updated": 1}, "Condition": {"new": 1, "unchanged": 1}}
    patient, conditions = chart()
    assert (patient.family_name, [c.icd10cm for c in conditions]) == ("Rowe", ["I10", "E11.9"])


def test_what_a_person_confirmed_is_not_overwritten(take, chart, riverbend):
    take(a_bundle())
    with agency_context(riverbend.agency):
        Condition.objects.filter(source_id__contains="c1").update(
            icd10cm="I15.9", text="secondary", confirmed_by=riverbend.coordinator, confirmed_at=factories.NOW
        )
    take(a_bundle())
    _, [condition] = chart()
    assert (condition.icd10cm, condition.text) == ("I15.9", "secondary")


def test_a_condition_that_is_over_without_a_date_is_left_out_with_the_reason(take, chart):
    report, _ = take(a_bundle(conditions=(("c1", "38341003", "resolved"),)))
    assert report["skipped"] == [
        {
            "type": "Condition",
            "outcome": "skipped",
            "reason": "it is over, and the bundle does not say since when",
            "remedy": "add abatement",
            "count": 1,
        }
    ]
    assert chart()[1] == []


@pytest.mark.parametrize(
    ("broken", "where", "field"),
    [
        ("{", "line 1", ""),
        (a_bundle(born="1986-13-01"), "entry[0]", "birthDate"),
        (a_bundle(family=""), "entry[0]", "name"),
    ],
)
def test_a_broken_file_changes_nothing_says_where_and_the_others_go_in(take, chart, riverbend, broken, where, field):
    report, code = take(a_bundle("M-2"), broken)
    assert code == 1
    assert report["taken"] == {"Patient": {"new": 1}, "Condition": {"new": 1}}
    [refused, *_] = report["refused"]
    assert refused["file"] == "1.json"
    assert where in refused["where"] + refused["remedy"] + refused["value"]
    assert field in refused["field"]
    assert chart("M-1") == (None, None)
    assert chart("M-2")[0] is not None


def test_another_person_under_the_same_number_is_refused(take, chart):
    take(a_bundle())
    report, code = take(a_bundle(born="1987-11-28", family="Other"))
    assert (code, report["taken"]) == (1, {})
    assert report["refused"][0]["field"] == "birthDate"
    assert chart()[0].family_name == "Conn"


def test_the_same_number_in_another_agency_is_another_person(take, chart, harbor):
    take(a_bundle())
    with agency_context(harbor.agency):
        assert not Patient.objects.filter(mrn="M-1").exists()


def test_wrong_agency_and_wrong_path_are_said(riverbend, tmp_path):
    with pytest.raises(CommandError, match="--agency nowhere: there is no agency"):
        call_command("import_fhir", str(tmp_path), agency="nowhere")
    with pytest.raises(CommandError, match=r"no such file, no match, or a folder without \.json files"):
        call_command("import_fhir", str(tmp_path), agency="riverbend")


def test_a_reader_that_goes_away_undoes_nothing(riverbend, tmp_path, chart):
    """`import_fhir ... | head` closes the pipe before the report is written."""

    class Closed(StringIO):
        def write(self, text):
            raise BrokenPipeError

    (tmp_path / "0.json").write_text(json.dumps(a_bundle()))
    with pytest.raises(BrokenPipeError):
        call_command("import_fhir", str(tmp_path), agency="riverbend", stdout=Closed())
    assert chart()[0] is not None
