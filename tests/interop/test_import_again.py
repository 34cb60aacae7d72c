"""A later bundle: what it may change, what it may not, and what is said of codes and files that cannot be taken."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from coordination.models import CareTeamMember, Condition, Coverage, Payer, Stay, Visit
from coordination.services.payers import payer_save
from interop.services.intake import take as take_in
from interop.services.reports import Occasion
from tenancy.context import agency_context
from tenancy.models import Agency
from tests import factories
from tests.interop.fhir_examples import (
    ABSENT,
    ICD10CM,
    a_bundle,
    a_care_team,
    a_condition,
    a_coverage,
    a_patient,
    a_practitioner,
    an_encounter,
    without_absent,
)

OVER = {"clinicalStatus": {"coding": [{"code": "resolved"}]}, "abatementDateTime": "2026-03-04"}


@pytest.fixture
def take(riverbend):
    """Import a bundle of these conditions; (report, conditions on record by their id in the source)."""

    def run(*conditions):
        with agency_context(riverbend.agency):
            content = json.dumps(a_bundle(a_patient(), *conditions)).encode()
            [(_, report)] = take_in("fhir", [("b.json", content)], on=Occasion(factories.NOW, riverbend.agency.zone))
            return report, {row.source_id: row for row in Condition.objects.filter(patient__mrn="0042")}

    return run


@pytest.fixture
def confirm(riverbend):
    def run(**changed):
        with agency_context(riverbend.agency):
            Condition.objects.filter(source_id="c1").update(
                confirmed_by=riverbend.coordinator, confirmed_at=factories.NOW, **changed
            )

    return run


def reasons(report):
    return [each["reason"] for each in report.as_json()["notes"]]


def icd(code, **changed):
    return a_condition(code={"coding": [{"system": ICD10CM, "code": code, "display": "as sent"}]}, **changed)


def test_a_proposal_becomes_what_the_bundle_says_now(take):
    take(a_condition())
    later = a_condition(code={**a_condition()["code"], "text": "High"}, onsetDateTime="2015-08-01", **OVER)
    report, found = take(later)
    assert report.counts == {"Patient": {"unchanged": 1}, "Condition": {"updated": 1}}
    row = found["c1"]
    assert (row.text, row.onset, row.ended_on) == ("High", date(2015, 8, 1), date(2026, 3, 4))
    assert take(later)[0].counts == {"Patient": {"unchanged": 1}, "Condition": {"unchanged": 1}}


def test_a_confirmed_condition_only_ends(take, confirm):
    take(a_condition())
    confirm(text="as confirmed", icd10cm="I15.9")
    report, found = take(a_condition(onsetDateTime="2014-01-01", **OVER))
    assert report.counts["Condition"] == {"updated": 1}
    row = found["c1"]
    assert (row.text, row.icd10cm, row.onset, row.ended_on) == (
        "as confirmed",
        "I15.9",
        date(2015, 7, 10),
        date(2026, 3, 4),
    )
    assert take(a_condition())[1]["c1"].ended_on == date(2026, 3, 4)


def test_an_end_before_the_confirmed_onset_is_told_not_taken(take, confirm):
    take(a_condition())
    confirm(onset=date(2026, 5, 1), icd10cm="I10")
    report, found = take(a_condition(**OVER))
    assert reasons(report) == ["it ends before the onset that is confirmed here"]
    assert found["c1"].ended_on is None


def test_an_end_without_a_day_changes_nothing_and_is_told(take):
    take(a_condition())
    report, found = take(a_condition(clinicalStatus=OVER["clinicalStatus"]))
    assert reasons(report) == ["it is over, and the bundle does not say since when"]
    assert found["c1"].ended_on is None


@pytest.mark.parametrize(("model", "changed"), [(Visit, {}), (Stay, {"class": {"code": "IMP"}})], ids=["visit", "stay"])
def test_an_encounter_entered_in_error_is_taken_back_once(take, model, changed):
    take(an_encounter(**changed))
    report, _ = take(an_encounter(**changed, status="entered-in-error"))
    assert dict(report.counts["Encounter"]) == {"updated": 1}
    assert reasons(report) == ["entered in error, says the source, so taken back"]
    with agency_context(Agency.objects.get(slug="riverbend")):
        row = model.objects.get(source_id="e1")
    assert (row.retracted_at, row.retracted_reason) == (factories.NOW, "entered in error, says the source")
    assert dict(take(an_encounter(**changed, status="entered-in-error"))[0].counts["Encounter"]) == {"unchanged": 1}
    assert reasons(take(an_encounter(**changed))[0]) == [
        "removed or retracted here since it came: it is not brought back"
    ]


def test_a_visit_that_a_person_changed_is_not_taken_back_by_a_file(take, riverbend):
    take(an_encounter())
    with agency_context(riverbend.agency):
        Visit.objects.filter(source_id="e1").update(note="seen by me", version=2)
    report, _ = take(an_encounter(status="entered-in-error"))
    assert dict(report.counts["Encounter"]) == {"kept": 1}
    assert reasons(report) == ["entered in error, says the source, but it was changed here since it came"]
    with agency_context(riverbend.agency):
        assert Visit.objects.get(source_id="e1").retracted_at is None


IN_ERROR = {
    Condition: (a_condition(), {"verificationStatus": {"coding": [{"code": "entered-in-error"}]}}),
    Coverage: (a_coverage(), {"status": "entered-in-error"}),
    CareTeamMember: (a_care_team(), {"status": "entered-in-error", "participant": ABSENT}),
}


@pytest.mark.parametrize("model", IN_ERROR, ids=lambda model: model.__name__)
def test_what_the_source_calls_an_error_is_taken_back_once_and_not_brought_back(take, riverbend, model):
    resource, error = IN_ERROR[model]
    kind, also = resource["resourceType"], [a_practitioner()] if model is CareTeamMember else []
    wrong = without_absent(resource | error)
    assert reasons(take(wrong, *also)[0])[0] == "entered in error, says the source, and no file brought it here"
    take(resource, *also)
    report, _ = take(wrong, *also)
    assert report.counts[kind]["updated"] == 1
    assert "entered in error, says the source, so taken back" in reasons(report)
    with agency_context(riverbend.agency):
        row = model.objects.get(patient__mrn="0042")
    assert (row.retracted_at, row.retracted_reason) == (factories.NOW, "entered in error, says the source")
    assert take(wrong, *also)[0].counts[kind]["unchanged"] == 1
    assert "removed or retracted here since it came: it is not brought back" in reasons(take(resource, *also)[0])
    with agency_context(riverbend.agency):
        assert model.objects.get(patient__mrn="0042").version == row.version


@pytest.mark.parametrize(("model", "word"), [*zip(IN_ERROR, ("confirmed", "changed", "changed"), strict=True)])
def test_what_a_person_has_spoken_of_is_not_taken_back_by_a_file(take, confirm, riverbend, model, word):
    resource, error = IN_ERROR[model]
    also = [a_practitioner()] if model is CareTeamMember else []
    take(resource, *also)
    confirm(icd10cm="I10")
    with agency_context(riverbend.agency):
        model.objects.filter(patient__mrn="0042").update(version=2)
    report, _ = take(without_absent(resource | error), *also)
    assert report.counts[resource["resourceType"]]["kept"] == 1
    assert any(f"but it was {word} here" in reason for reason in reasons(report))
    with agency_context(riverbend.agency):
        assert model.objects.get(patient__mrn="0042").retracted_at is None


def test_a_payer_that_was_renamed_here_is_the_one_that_files_call_as_before(take, riverbend):
    take(a_coverage())
    with agency_context(riverbend.agency):
        payer = Payer.objects.get(name="Acme Health Plan")
        payer_save(actor=riverbend.admin, payer=payer, version=1, name="Acme of Colorado")
    report, _ = take(a_coverage())
    assert report.counts == {"Patient": {"unchanged": 1}, "Coverage": {"unchanged": 1}}
    with agency_context(riverbend.agency):
        assert Coverage.objects.get(patient__mrn="0042").payer == payer


def test_a_condition_with_a_new_id_in_every_export_is_the_same(take):
    take(a_condition(), a_condition(id="c2", onsetDateTime=ABSENT))
    report, found = take(a_condition(id="c8", **OVER), a_condition(id="c9", onsetDateTime=ABSENT))
    assert report.counts == {"Patient": {"unchanged": 1}, "Condition": {"updated": 1, "unchanged": 1}}
    assert sorted(found) == ["c1", "c2"]
    assert found["c1"].ended_on == date(2026, 3, 4)


@pytest.mark.parametrize(
    ("sent", "kept", "told"),
    [
        ("e119", "E11.9", []),
        ("E11", "", ["code E11 is a group of codes: the condition is kept without a code"]),
        ("E11.9999999", "", ["code E11.9999999 is not in ICD-10-CM: the condition is kept without a code"]),
    ],
)
def test_only_billable_codes_are_kept(take, sent, kept, told):
    report, found = take(icd(sent))
    assert (found["c1"].icd10cm, found["c1"].text) == (kept, "as sent")
    assert reasons(report) == told


def test_long_codes_of_one_long_system_stay_apart(take):
    system = "urn:" + "x" * 80
    one, two = (a_condition(id=key, code={"coding": [{"system": system, "code": key}]}) for key in ("c1", "c2"))
    take(one)
    assert sorted(take({**two, "id": "c9"})[1]) == ["c1", "c9"]


def test_what_the_database_refuses_is_a_refusal(take, monkeypatch, riverbend):
    monkeypatch.setattr("interop.services.fhir_import._source_code", lambda read: "x" * 65)
    report, _ = take(a_condition())
    assert [each.remedy[:33] for each in report.refusals] == ["it breaks a rule of the database:"]
    with agency_context(riverbend.agency):
        assert not Condition.objects.filter(patient__mrn="0042").exists()


def test_files_that_cannot_be_read_are_named_and_the_others_go_in(riverbend, tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(a_bundle(a_patient(), a_condition())))
    (tmp_path / "folder").mkdir()
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit):
        call_command("import_fhir", f"{tmp_path}/*", agency="riverbend", stdout=out, stderr=err)
    assert out.getvalue() == "2 files\n  Condition: 1 new\n  Patient: 1 new\n  file: 1 refused\n"
    assert err.getvalue().strip() == (
        "refused folder: file path “a folder”: name the folder itself: the files in it are taken"
    )


def test_a_path_no_system_can_hold_is_said(riverbend):
    with pytest.raises(CommandError, match="no such file|too long"):
        call_command("import_fhir", "x" * 5000, agency="riverbend")
