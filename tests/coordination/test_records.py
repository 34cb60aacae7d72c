"""The chart's rows through their one service: recorded, changed, taken back; each noun's refusals with field and sentence."""

from datetime import date, time

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError

from coordination.models import (
    CarePeriod,
    CarePlan,
    CareTeamMember,
    Condition,
    ContactPoint,
    Coverage,
    CoverageEvent,
    MonthJudgement,
    OutsideClaim,
    PatientAddress,
    PatientIdentifier,
    Payer,
    Proxy,
    Retractable,
    Stay,
    Visit,
    VisitEvent,
)
from coordination.selectors.charts import active_conditions
from coordination.selectors.patients import Asked, patients_page
from coordination.selectors.payers import payers
from coordination.services.records import record_cautions, record_save, record_withdraw
from tenancy.access import CapabilityRequired
from tenancy.context import agency_context
from tenancy.roles import Role
from tenancy.writes import VersionConflict
from tests import factories

D = date.fromisoformat


@pytest.fixture
def chart(riverbend):
    """Inside the agency, with the ways to record and to be refused."""
    with agency_context(riverbend.agency):
        riverbend.payer = Payer.objects.get()
        riverbend.patient, riverbend.other = factories.a_patient("Liz", "Conn"), factories.a_patient()

        def save(model, *, actor=riverbend.coordinator, patient=riverbend.patient, **said):
            return record_save(actor=actor, record=model(patient=patient), now=factories.NOW, **said)

        def refused(model, **said):
            before = model.objects.count()
            with pytest.raises(ValidationError) as caught:
                save(model, **said)
            assert model.objects.count() == before
            return {name: " ".join(told) for name, told in caught.value.message_dict.items()}

        riverbend.save, riverbend.refused = save, refused
        yield riverbend


def said(chart):
    """Something true of every noun."""
    return {
        PatientIdentifier: {"kind": "medicaid", "value": "M-77"},
        ContactPoint: {"kind": "phone", "value": "303-555-0101", "best_from": time(9), "best_to": time(11)},
        PatientAddress: {"city": "Denver", "from_day": D("2020-01-01"), "to_day": None},
        Proxy: {"name": "Ana Lopez", "relation": "child", "may_be_told": True, "decides": True},
        CareTeamMember: {"member": chart.coordinator, "role": "lead", "from_day": D("2026-01-01")},
        CarePlan: {"title": "Diabetes and blood pressure", "from_day": D("2026-10-01")},
        Coverage: {"payer": chart.payer, "plan_kind": "medicare_b", "from_day": D("2026-01-01"), "is_qmb": True},
        Visit: {"on": D("2026-11-02"), "code": "99214", "practitioner": chart.practitioner},
        OutsideClaim: {"on": D("2026-11-02"), "code": "99490", "practice": "Other clinic"},
        Stay: {"kind": "hospital", "from_day": D("2026-11-02"), "to_day": D("2026-11-05"), "is_part_a": True},
        CarePeriod: {"kind": "hospice", "provider": "Hospice of Denver", "from_day": D("2026-11-02")},
        MonthJudgement: {
            "program": "chronic_care",
            "month": D("2026-11-01"),
            "complexity": "moderate",
            "judged_by": chart.practitioner,
            "judged_on": D("2026-11-16"),
        },
    }


CHART = (PatientIdentifier, ContactPoint, PatientAddress, Proxy, CareTeamMember, CarePlan)
FACTS = (Visit, OutsideClaim, Stay, CarePeriod, MonthJudgement)
NOUNS = (*CHART, Coverage, *FACTS)


@pytest.mark.parametrize("model", NOUNS)
def test_recorded_changed_and_taken_back_with_every_step_in_the_history(chart, model):
    record = chart.save(model, **said(chart)[model])
    again = chart.save(model, **said(chart)[model])
    assert (again.pk, model.objects.filter(patient=chart.patient).count()) == (record.pk, 1)
    name, value = CHANGES[model]
    changed = record_save(actor=chart.coordinator, record=record, version=1, now=factories.NOW, **{name: value})
    unchanged = record_save(actor=chart.coordinator, record=record, version=1, now=factories.NOW, **{name: value})
    assert (changed.version, unchanged.version, getattr(unchanged, name)) == (2, 2, value)
    with pytest.raises(VersionConflict):
        record_withdraw(actor=chart.coordinator, record=record, version=1, because="not_so", now=factories.NOW)
    record_withdraw(actor=chart.coordinator, record=record, version=2, because="not_so", now=factories.NOW)
    events = apps.get_model("coordination", f"{model.__name__}Event").objects
    labels = list(events.filter(pgh_obj_id=record.pk).order_by("pgh_id").values_list("pgh_label", flat=True))
    if issubclass(model, Retractable):
        kept = model.objects.get(pk=record.pk)
        assert (kept.retracted_at, kept.retracted_reason, kept.version) == (factories.NOW, "not_so", 3)
        assert labels == ["insert", "update", "update"]
        assert chart.save(model, **said(chart)[model]).pk != record.pk
    else:
        assert not model.objects.filter(pk=record.pk).exists()
        assert labels == ["insert", "update", "delete"]
        assert events.order_by("pgh_id").last().pgh_context["because"] == "not_so"


CHANGES = {
    PatientIdentifier: ("value", "M-78"),
    ContactPoint: ("may_leave_message", True),
    PatientAddress: ("to_day", D("2026-11-01")),
    Proxy: ("to_day", D("2026-11-01")),
    CareTeamMember: ("to_day", D("2026-11-01")),
    CarePlan: ("given_to_patient_on", D("2026-10-02")),
    Coverage: ("to_day", D("2026-12-31")),
    Visit: ("code", "99215"),
    OutsideClaim: ("practice", "Another clinic"),
    Stay: ("to_day", D("2026-11-06")),
    CarePeriod: ("to_day", D("2026-12-31")),
    MonthJudgement: ("complexity", "high"),
}


@pytest.mark.parametrize("model", NOUNS)
def test_who_may_write_it(chart, model):
    able = {role for role in Role if may_record(chart, model, chart.members[role], factories.a_patient())}
    care = {Role.COORDINATOR, Role.SUPERVISOR, Role.CLINICIAN}
    assert able == care | (
        {Role.BILLER} if model in FACTS else {Role.BILLER, Role.ADMIN} if model is Coverage else set()
    )


def may_record(chart, model, actor, patient):
    words = said(chart)[model] | ({"value": str(actor.pk)} if model is PatientIdentifier else {})
    try:
        chart.save(model, actor=actor, patient=patient, **words)
    except CapabilityRequired:
        return False
    return True


@pytest.mark.parametrize(
    ("model", "changes", "field", "words"),
    [
        (PatientIdentifier, {"kind": "shoe size"}, "kind", "not a valid choice"),
        (ContactPoint, {"value": "none"}, "value", "“none” is no phone number"),
        (ContactPoint, {"kind": "email", "value": "maria"}, "value", "“maria” is no e-mail address"),
        (ContactPoint, {"best_to": None}, "best_to", "both hours"),
        (ContactPoint, {"best_to": time(8)}, "best_to", "08:00 is not after 09:00"),
        (ContactPoint, {"is_safe": False, "may_leave_message": True}, "may_leave_message", "untick one"),
        (PatientAddress, {"city": ""}, "city", "at least the city"),
        (PatientAddress, {"to_day": D("2019-12-31")}, "to_day", "2019-12-31 is before 2020-01-01"),
        (Proxy, {"may_be_told": False}, "may_be_told", "has to be told"),
        (Proxy, {"phone": "12"}, "phone", "“12” is no phone number"),
        (CareTeamMember, {"name": "Ana"}, "name", "not both"),
        (CareTeamMember, {"member": None, "name": ""}, "member", "name somebody outside"),
        (CareTeamMember, {"member": None, "name": "Ana"}, "member", "is a colleague"),
        (CarePlan, {"given_to_patient_on": D("2026-09-30")}, "given_to_patient_on", "before 2026-10-01"),
        (CarePlan, {"title": ""}, "title", "cannot be blank"),
        (Coverage, {"plan_kind": "employer"}, "is_qmb", "Employer or group plan"),
        (Coverage, {"from_day": D("1950-01-01")}, "from_day", "born (1957-03-08)"),
        (Coverage, {"to_day": D("2206-12-31")}, "to_day", "more than ten years ahead"),
        (Coverage, {"verified_on": D("2026-11-17")}, "verified_on", "in the future"),
        (Visit, {"on": D("2026-11-17")}, "on", "2026-11-17 is in the future"),
        (Visit, {"code": "9921"}, "code", "“9921” is no CPT or HCPCS code"),
        (Visit, {"practitioner": None}, "practitioner", "name who did outside"),
        (Visit, {"outside_practitioner": "Dr. Kay"}, "outside_practitioner", "not both"),
        (Visit, {"complexity": "high"}, "complexity_judged_by", "practitioner's judgement"),
        (Visit, {"practitioner": None, "outside_practitioner": "Kay", "extra_planning": True}, "extra_planning", "own"),
        (OutsideClaim, {"code": ""}, "code", "cannot be blank"),
        (OutsideClaim, {"on": D("1956-01-01")}, "on", "before the patient was born"),
        (Stay, {"kind": "jail"}, "is_part_a", "“Jail or prison”"),
        (Stay, {"to_day": D("2026-11-01")}, "to_day", "before 2026-11-02"),
        (Stay, {"from_day": D("2026-11-17"), "to_day": None}, "from_day", "in the future"),
        (CarePeriod, {"provider": ""}, "provider", "whose period"),
        (MonthJudgement, {"month": D("2026-12-01")}, "month", "December 2026 has not begun"),
        (MonthJudgement, {"month": D("2026-11-02")}, "month", "2026-11-01"),
        (MonthJudgement, {"judged_on": D("2026-10-31")}, "judged_on", "before November 2026 began"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_with_the_value_and_the_remedy(chart, model, changes, field, words):
    told = chart.refused(model, **said(chart)[model] | changes)
    assert list(told) == [field]
    assert words in told[field]


def test_only_a_practitioner_judges_and_sees(chart):
    nurse = {"practitioner": chart.coordinator, "complexity": "high", "complexity_judged_by": chart.coordinator}
    told = chart.refused(Visit, **said(chart)[Visit] | nurse)
    assert told.keys() == {"practitioner", "complexity_judged_by"}
    assert "Dana QRIV, RN is no practitioner" in told["practitioner"]
    assert list(chart.refused(MonthJudgement, **said(chart)[MonthJudgement] | {"judged_by": chart.coordinator})) == [
        "judged_by"
    ]


def test_nothing_begins_after_death(chart):
    chart.patient.is_deceased, chart.patient.deceased_on = True, D("2026-10-15")
    chart.patient.save()
    for model, field in ((Visit, "on"), (Stay, "from_day"), (CarePeriod, "from_day"), (MonthJudgement, "month")):
        told = chart.refused(model, **said(chart)[model])
        assert list(told) == [field]
        assert "died (2026-10-15)" in told[field]
    assert chart.save(Proxy, **said(chart)[Proxy]).pk


def test_two_coverages_do_not_both_pay_first_on_one_day(chart):
    first = chart.save(Coverage, **said(chart)[Coverage])
    second = {"payer": chart.payer, "plan_kind": "medigap", "from_day": D("2026-06-01")}
    told = chart.refused(Coverage, **second)
    assert told["order"].startswith("Medicare Part B is number 1 too, since Jan 1, 2026. Choose another number")
    assert chart.save(Coverage, **second, order=2).order == 2
    ended = record_save(
        actor=chart.coordinator, record=first, version=1, now=factories.NOW, to_day=D("2026-05-31"), is_qmb=False
    )
    assert chart.save(Coverage, **second, order=1).order == 1
    assert CoverageEvent.objects.filter(pgh_obj_id=ended.pk).count() == 2


def test_a_patient_is_found_by_numbers_as_long_as_they_stand_in_the_chart(chart):
    def found(word):
        return [each.pk for each in patients_page(Asked(query=word), today=factories.TODAY).patients]

    point = chart.save(ContactPoint, kind="phone", value="303-555-0199")
    number = chart.save(PatientIdentifier, kind="medicaid", value="QM77")
    assert (found("3035550199"), found("qm77")) == ([chart.patient.pk], [chart.patient.pk])
    for record in (point, number):
        record_withdraw(actor=chart.coordinator, record=record, version=1, because="other_patient", now=factories.NOW)
    assert (found("3035550199"), found("qm77")) == ([], [])


def test_one_number_belongs_to_one_patient(chart):
    number = {"kind": "medicaid", "value": "M-77"}
    chart.save(PatientIdentifier, **number)
    told = chart.refused(PatientIdentifier, **number, patient=chart.other)
    assert "another patient's number" in told["value"]


def test_a_month_is_judged_once_and_again_after_it_was_taken_back(chart):
    judged = said(chart)[MonthJudgement]
    first = chart.save(MonthJudgement, **judged)
    told = chart.refused(MonthJudgement, **judged | {"complexity": "high"})
    assert told["month"].startswith("November 2026 was judged moderate by Olu QRIV, MD.")
    record_withdraw(actor=chart.coordinator, record=first, version=1, because="wrong month", now=factories.NOW)
    assert chart.save(MonthJudgement, **judged | {"complexity": "high"}).complexity == "high"
    with pytest.raises(ValidationError, match="taken back"):
        record_save(actor=chart.coordinator, record=first, version=2, now=factories.NOW, complexity="low")


def test_what_was_taken_back_leaves_room_and_no_list_shows_it(chart):
    """A lead, a payer that pays first and a condition can each stand once; one that was a mistake holds no place."""
    lead = {"member": chart.coordinator, "role": "lead", "from_day": D("2026-01-01")}
    cover = {"payer": chart.payer, "plan_kind": "medicare_b", "from_day": D("2026-01-01"), "order": 1}
    sick = {"icd10cm": "E11.9", "text": "Sugar", "is_chronic": True}
    sick |= {"confirmed_by": chart.coordinator, "confirmed_at": factories.NOW}
    asked = {"of_lead": Asked(lead=chart.coordinator.pk), "covered": Asked(payer=chart.payer.pk)}

    def listed():
        found = {name: patients_page(ask, today=factories.TODAY).patients for name, ask in asked.items()}
        shown = {name: chart.patient.pk in {each.pk for each in patients} for name, patients in found.items()}
        shown["payers"] = payers(factories.TODAY).get(pk=chart.payer.pk).patients
        return shown | {"conditions": [each.icd10cm for each in active_conditions(chart.patient)]}

    nouns = {CareTeamMember: lead, Coverage: cover, Condition: sick}
    rows = [chart.save(model, **said) for model, said in nouns.items()]
    before = listed()
    assert (before["of_lead"], before["covered"], before["conditions"]) == (True, True, ["E11.9"])
    assert chart.refused(CareTeamMember, **lead | {"from_day": D("2026-02-01")}).keys() == {"role"}
    assert chart.refused(Coverage, **cover | {"member_id": "1"}).keys() == {"order"}
    assert chart.refused(Condition, **sick | {"text": "Diabetes"}).keys() == {"icd10cm"}
    for row in rows:
        record_withdraw(actor=chart.coordinator, record=row, version=1, because="another Ana", now=factories.NOW)
    assert listed() == {"of_lead": False, "covered": False, "payers": before["payers"] - 1, "conditions": []}
    anew = [chart.save(model, **said) for model, said in nouns.items()]
    assert listed() == before
    assert {row.pk for row in rows}.isdisjoint(row.pk for row in anew)


def test_stays_side_by_side_are_allowed_and_said(chart):
    home = chart.save(Stay, kind="community", from_day=D("2020-01-01"))
    hospital = chart.save(Stay, kind="hospital", from_day=D("2026-11-02"), to_day=D("2026-11-05"))
    moved = chart.save(Stay, kind="snf", from_day=D("2026-11-05"))
    assert [record_cautions(each) for each in (home, hospital, moved)] == [[], [], []]
    second = chart.save(Stay, kind="jail", from_day=D("2026-11-04"))
    assert [text.split(". ")[0] for text in record_cautions(second)] == [
        "On record for the same days: Hospital, inpatient from Nov 2, 2026",
        "On record for the same days: Skilled nursing facility from Nov 5, 2026",
    ]


def test_a_fact_is_taken_back_with_words_and_another_record_with_a_known_reason(chart):
    visit, plan = (chart.save(model, **said(chart)[model]) for model in (Visit, CarePlan))
    for record, because in ((visit, " "), (plan, "because Maria said so")):
        with pytest.raises(ValidationError) as caught:
            record_withdraw(actor=chart.coordinator, record=record, version=1, because=because, now=factories.NOW)
        assert list(caught.value.message_dict) == ["because"]
    assert (VisitEvent.objects.filter(pgh_obj_id=visit.pk).count(), CarePlan.objects.count()) == (1, 1)
