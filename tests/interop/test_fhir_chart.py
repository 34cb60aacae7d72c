"""Coverages, encounters, care teams, care plans and how a patient is reached: what a bundle says, and what becomes of it."""

import json
from datetime import date

import pytest

from coordination.models import (
    CarePlan,
    CareTeamMember,
    ContactPoint,
    Coverage,
    Patient,
    PatientAddress,
    PatientIdentifier,
    Payer,
    Proxy,
    Stay,
    Visit,
)
from interop.services.intake import take as take_in
from interop.services.reports import Occasion
from tenancy.context import agency_context
from tests import factories
from tests.interop.fhir_examples import (
    ABSENT,
    a_bundle,
    a_care_plan,
    a_care_team,
    a_coverage,
    a_patient,
    a_practitioner,
    an_encounter,
)

D = date.fromisoformat


@pytest.fixture
def inside(riverbend):
    with agency_context(riverbend.agency):
        yield riverbend


@pytest.fixture
def take(inside):
    """Bring one bundle in; its report."""

    def run(*resources, patient=None):
        content = json.dumps(a_bundle(patient or a_patient(), *resources)).encode()
        [(_, report)] = take_in("fhir", [("b.json", content)], on=Occasion(factories.NOW, inside.agency.zone))
        return report

    return run


def counts(report, kind):
    return dict(report.counts[kind])


def reasons(report):
    return [each["reason"] for each in report.as_json()["notes"]]


def coded(system, code):
    return {"coding": [{"system": system, "code": code}]}


def sopt(code):
    return coded("https://nahdo.org/sopt", code)


@pytest.mark.parametrize(
    ("kind", "becomes"),
    [
        (sopt("111"), ("medicare_advantage", "medicare_advantage")),
        (sopt("1112"), ("medicare_advantage", "medicare_advantage")),
        (sopt("121"), ("other", "medicare_ffs")),  # fee for service, but not which part
        (sopt("122"), ("medicare_d", "other")),
        (sopt("211"), ("medicaid_managed", "medicaid")),
        (sopt("22"), ("medicaid_ffs", "medicaid")),
        (sopt("2"), ("other", "medicaid")),
        (sopt("512"), ("other", "commercial")),
        (coded("https://x12.org/codes/claim-filing-indicator-codes", "MB"), ("medicare_b", "medicare_ffs")),
        ({"text": "Medicare Part B"}, ("medicare_b", "medicare_ffs")),
        ({"text": "private"}, ("other", "other")),
        (ABSENT, ("other", "other")),
    ],
)
def test_kinds_of_plan_are_read_and_never_guessed(take, kind, becomes):
    report = take(a_coverage(type=kind))
    coverage = Coverage.objects.get(patient__mrn="0042")
    assert (coverage.plan_kind, coverage.payer.kind) == becomes
    assert [reason[:34] for reason in reasons(report)] == (
        ["the kind of plan is kept as Other:"] if becomes[0] == "other" else []
    )


def test_a_group_makes_a_private_plan_an_employers(take):
    group = {"type": coded("http://terminology.hl7.org/CodeSystem/coverage-class", "group"), "value": "g"}
    take(a_coverage(type=sopt("512"), **{"class": [group]}))
    assert Coverage.objects.get(patient__mrn="0042").plan_kind == "employer"


def test_a_coverage_with_its_payer_known_or_new(take, inside):
    Payer.objects.create(name="Acme Health Plan", kind="commercial")
    report = take(a_coverage(), a_coverage(id="v2", payor=[{"display": "Beacon"}], period={"start": "2026-02-01"}))
    one, two = Coverage.objects.filter(patient__mrn="0042").order_by("order")
    assert (one.payer.name, one.payer.kind, one.member_id, one.from_day, one.to_day, one.order) == (
        "Acme Health Plan",
        "commercial",
        "888009335",
        D("2026-01-01"),
        None,
        1,
    )
    assert (two.payer.name, two.payer.kind, two.order, two.is_qmb) == ("Beacon", "medicare_advantage", 2, False)
    assert (counts(report, "Payer"), counts(report, "Coverage")) == ({"new": 1}, {"new": 2})


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"status": "draft"}, "status is draft"),
        ({"status": "cancelled"}, "it is over, and the bundle does not say since when"),
        ({"period": ABSENT}, "it does not say since when it covers"),
        ({"period": {"start": "2026"}}, "it does not say since when it covers"),
        ({"payor": [{"reference": "Organization/elsewhere"}]}, "it names no payer"),
        ({"payor": [{"reference": "Patient/p1"}]}, "the patient or a relative pays, no organization"),
    ],
)
def test_coverages_left_out_with_a_reason(take, changed, reason):
    report = take(a_coverage(**changed))
    assert (counts(report, "Coverage"), reasons(report)) == ({"skipped": 1}, [reason])
    assert not Coverage.objects.filter(patient__mrn="0042").exists()


def test_a_visit_of_our_own_practitioner_and_of_one_outside(take, inside):
    inside.practitioner.npi = "1234567893"
    inside.practitioner.save()
    unknown = a_practitioner(id="d2", identifier=ABSENT)
    take(
        an_encounter(),
        an_encounter(id="e2", participant=[{"individual": {"reference": "Practitioner/d2"}}]),
        a_practitioner(),
        unknown,
    )
    ours, theirs = Visit.objects.filter(patient__mrn="0042").order_by("source_id")
    assert (ours.practitioner, ours.outside_practitioner, ours.code, ours.note) == (
        inside.practitioner,
        "",
        "99214",
        "Follow-up",
    )
    assert (theirs.practitioner, theirs.outside_practitioner) == (None, "Ruth Osei")
    assert (ours.recorded_by, ours.recorded_at, ours.complexity) == (None, factories.NOW, "")


@pytest.mark.parametrize(
    ("code", "visits", "stays"),
    [
        ("AMB", [True], []),
        ("HH", [True], []),
        ("FLD", [True], []),
        ("VR", [False], []),
        ("EMER", [True], []),
        ("IMP", [], ["hospital"]),
        ("ACUTE", [], ["hospital"]),
        ("NONAC", [], ["rehabilitation"]),
        ("OBSENC", [], ["observation"]),
        ("SS", [], []),
        ("PRENC", [], []),
    ],
)
def test_the_class_makes_a_visit_or_a_stay(take, code, visits, stays):
    take(an_encounter(**{"class": {"code": code}}))
    assert list(Visit.objects.filter(patient__mrn="0042").values_list("is_face_to_face", flat=True)) == visits
    assert list(Stay.objects.filter(patient__mrn="0042").values_list("kind", flat=True)) == stays


@pytest.mark.parametrize(
    ("kind", "becomes"), [("SNF", "snf"), ("NCCF", "nursing_facility"), ("PSYCHF", "psychiatric"), ("HOSP", "hospital")]
)
def test_the_location_says_what_kind_of_facility(take, kind, becomes):
    place = {"resourceType": "Location", "id": "l", "name": "Snow Home", "type": [coded("urn:role", kind)]}
    take(an_encounter(**{"class": {"code": "IMP"}, "location": [{"location": {"reference": "Location/l"}}]}), place)
    stay = Stay.objects.get(patient__mrn="0042")
    assert (stay.kind, stay.facility) == (becomes, "Snow Home")


def test_days_are_the_agencys(take):
    """One in the morning of the 4th in London is the evening of the 3rd in Denver."""
    take(an_encounter(period={"start": "2026-09-04T01:00:00Z", "end": "2026-09-04T01:20:00Z"}))
    assert Visit.objects.get(patient__mrn="0042").on == D("2026-09-03")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"status": "planned"}, "status is planned: it did not take place, or not yet"),
        ({"status": "entered-in-error"}, "entered in error, says the source, and no file brought it here"),
        ({"period": ABSENT}, "it names no day on which it began"),
        ({"period": {"start": "2026-11-17"}}, "it begins in the future"),
        (
            {"class": {"code": "IMP"}, "period": {"start": "2026-09-03"}},
            "it is over, and the bundle does not say since when",
        ),
        ({"class": {"code": "SS"}}, "class SS is neither a visit nor a stay here"),
    ],
)
def test_encounters_left_out_with_a_reason(take, changed, reason):
    report = take(an_encounter(**changed))
    assert (counts(report, "Encounter"), reasons(report)) == ({"skipped": 1}, [reason])


def test_a_care_team_by_name(take):
    report = take(a_care_team(), a_practitioner())
    place = CareTeamMember.objects.get(patient__mrn="0042")
    assert (place.name, place.organization, place.role, place.from_day, place.to_day, place.member) == (
        "Ruth Osei",
        "Peak Family Practice",
        "primary_care",
        D("2026-02-01"),
        None,
        None,
    )
    assert counts(report, "CareTeam") == {"new": 1, "skipped": 1}
    assert reasons(report)[0] == "the patient, who is no place in their own care team"


def test_a_care_plan_line_by_line(take):
    take(a_care_plan(description="Sugar", addresses=[{"display": "Diabetes"}, {"reference": "Condition/x"}]))
    plan = CarePlan.objects.get(patient__mrn="0042")
    assert (plan.title, plan.from_day, plan.to_day, plan.given_to_patient_on) == (
        "Diabetes self management",
        D("2026-03-01"),
        None,
        None,
    )
    assert plan.text == "Sugar\nAbout: Diabetes\n- Diabetic diet (in-progress)"


def test_how_a_patient_is_reached_and_who_speaks_for_them(take):
    patient = a_patient(
        identifier=[
            {"type": coded("v2", "MR"), "system": "urn:clinic", "value": "0042"},
            {"type": coded("v2", "MA"), "system": "urn:state", "value": "M-77", "assigner": {"display": "Colorado"}},
            {"type": coded("v2", "SS"), "system": "http://hl7.org/fhir/sid/us-ssn", "value": "999-22-1962"},
        ],
        telecom=[
            {"system": "phone", "value": "303-555-0101", "use": "mobile"},
            {"system": "fax", "value": "303-555-0102"},
            {"system": "phone", "value": "303-555-0103", "use": "old"},
            {"system": "email", "value": "not an address"},
        ],
        address=[{"use": "home", "line": ["1 Elm", "Apt 2"], "city": "Denver", "state": "CO", "postalCode": "80202"}],
        contact=[
            {
                "relationship": [coded("v3", "MTH")],
                "name": {"family": "Núñez", "given": ["Rosa"]},
                "telecom": [{"system": "phone", "value": "303-555-0104"}],
            },
            {"relationship": [coded("v2", "E")], "name": {"text": "Acme Works"}},
        ],
        extension=[
            {"url": "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired", "valueBoolean": True}
        ],
    )
    report = take(patient=patient)
    assert Patient.objects.get(mrn="0042").needs_interpreter
    point, address = ContactPoint.objects.get(patient__mrn="0042"), PatientAddress.objects.get(patient__mrn="0042")
    assert (point.kind, point.use, point.value, point.rank, point.may_leave_message) == (
        "phone",
        "mobile",
        "303-555-0101",
        1,
        False,
    )
    assert (address.lines, address.city, address.state, address.postal_code) == (
        "1 Elm, Apt 2",
        "Denver",
        "CO",
        "80202",
    )
    proxy, number = Proxy.objects.get(patient__mrn="0042"), PatientIdentifier.objects.get(patient__mrn="0042")
    assert (proxy.name, proxy.relation, proxy.phone, proxy.may_be_told, proxy.decides) == (
        "Rosa Núñez",
        "parent",
        "303-555-0104",
        False,
        False,
    )
    assert (number.kind, number.value, number.assigner) == ("medicaid", "M-77", "Colorado")
    assert counts(report, "Patient.telecom") == {"skipped": 3, "new": 1}
    notes = {each["reason"]: each for each in report.as_json()["notes"]}
    assert notes["the chart takes no such value"]["remedy"] == "“not an address” is no e-mail address. Check it."
    assert notes["the chart takes no such value"]["place"] == "/entry/0/resource/telecom/3"
    assert "a social security, licence, passport or tax number: these are never taken" in notes


def test_a_number_of_another_patient_is_left_out_and_told(take):
    number = [{"type": coded("v2", "MA"), "system": "urn:state", "value": "M-77"}]
    mine = [{"type": coded("v2", "MR"), "system": "urn:clinic", "value": "0042"}]
    take(patient=a_patient(identifier=mine + number))
    report = take(patient=a_patient(id="p9", identifier=[{**mine[0], "value": "0043"}, *number]))
    assert counts(report, "Patient.identifier") == {"skipped": 1}
    assert "merge the two records" in report.as_json()["notes"][0]["remedy"]


WHOLE = (a_coverage(), an_encounter(), a_care_team(), a_care_plan(), a_practitioner())
KINDS = ("Coverage", "Encounter", "CareTeam", "CarePlan")


def test_a_second_time_nothing_is_doubled(take):
    take(*WHOLE)
    report = take(*WHOLE)
    assert {kind: report.counts[kind]["unchanged"] for kind in KINDS} == dict.fromkeys(KINDS, 1)
    assert not any(each.get("new") or each.get("updated") for each in report.counts.values())


def test_what_nobody_touched_follows_the_file_and_what_a_person_changed_stays(take):
    take(*WHOLE)
    CarePlan.objects.filter(patient__mrn="0042").update(title="As we agreed", version=2)
    later = (
        a_coverage(period={"start": "2026-01-01", "end": "2026-10-31"}),
        an_encounter(type=[{"text": "Longer visit"}]),
        a_care_team(status="inactive", period={"start": "2026-02-01", "end": "2026-10-01"}),
        a_care_plan(title="Renamed there"),
        a_practitioner(),
    )
    report = take(*later)
    assert [counts(report, kind) for kind in KINDS] == [
        {"updated": 1},
        {"updated": 1},
        {"updated": 1, "skipped": 1},
        {"kept": 1},
    ]
    assert Coverage.objects.get(patient__mrn="0042").to_day == D("2026-10-31")
    assert Visit.objects.get(patient__mrn="0042").note == "Longer visit"
    assert CareTeamMember.objects.get(patient__mrn="0042").to_day == D("2026-10-01")
    assert CarePlan.objects.get(patient__mrn="0042").title == "As we agreed"
    assert "changed here since it came, so kept: title" in reasons(report)


def test_what_a_person_removed_or_recorded_is_left_alone(take, inside):
    patient = a_patient(telecom=[{"system": "phone", "value": "303-555-0101", "use": "home"}])
    take(patient=patient)
    ContactPoint.objects.get(patient__mrn="0042").delete()
    assert counts(take(patient=patient), "Patient.telecom") == {"kept": 1}
    mine = Patient.objects.get(mrn="0042")
    ContactPoint.objects.create(patient=mine, kind="phone", value="303-555-0199", use="work", may_leave_message=True)
    theirs = a_patient(telecom=[{"system": "phone", "value": "303-555-0199", "use": "home"}])
    assert counts(take(patient=theirs), "Patient.telecom") == {"kept": 1}
    [point] = ContactPoint.objects.filter(patient=mine)
    assert (point.use, point.may_leave_message) == ("work", True)


def test_demographics_that_a_person_corrected_stay(take):
    take()
    Patient.objects.filter(mrn="0042").update(given_name="Anna", version=2)
    report = take(patient=a_patient(gender="other"))
    assert (counts(report, "Patient"), reasons(report)) == (
        {"kept": 1},
        ["changed here since it came, so kept: given name, sex"],
    )
    assert (Patient.objects.get(mrn="0042").given_name, Patient.objects.get(mrn="0042").sex) == ("Anna", "female")


def test_after_a_merge_the_file_goes_to_the_record_that_stayed(take):
    take(an_encounter())
    gone, stayed = Patient.objects.get(mrn="0042"), factories.a_patient("Ana", "Núñez", born=date(1956, 8, 3))
    Visit.objects.filter(patient=gone).update(patient=stayed)
    Patient.objects.filter(pk=gone.pk).update(merged_into=stayed)
    report = take(an_encounter(), an_encounter(id="e2"))
    assert counts(report, "Encounter") == {"unchanged": 1, "new": 1}
    assert [visit.patient for visit in Visit.objects.filter(source_id__in=("e1", "e2"))] == [stayed, stayed]


def test_a_broken_part_keeps_the_whole_file_out_and_says_where(take):
    report = take(a_coverage(), an_encounter(period={"start": "2026-09-04", "end": "2026-09-03"}))
    assert [(each.where, each.field, each.place) for each in report.refusals] == [
        ("entry[2].resource Encounter/e1", "period.end", "/entry/2/resource/period/end")
    ]
    assert not Patient.objects.filter(mrn="0042").exists()


@pytest.mark.parametrize("resource", [a_coverage, an_encounter, a_care_team, a_care_plan])
def test_what_is_about_somebody_else_is_refused(take, resource):
    subject = "beneficiary" if resource is a_coverage else "subject"
    report = take(resource(**{subject: {"reference": "Patient/p2"}}))
    assert [each.place for each in report.refusals] == [f"/entry/1/resource/{subject}/reference"]
