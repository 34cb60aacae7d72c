"""Enrolling with consent, and the conditions it rests on."""

import re
from datetime import date

import pytest
from django.urls import reverse

from coordination.models import Condition, ConditionEvent, Enrollment, EnrollmentEvent
from tenancy.context import agency_context
from tenancy.roles import Role
from tests import factories


@pytest.fixture
def chart(riverbend):
    """A patient who is not enrolled, with one imported proposal and one condition without a code."""
    with agency_context(riverbend.agency):
        riverbend.newcomer = factories.a_patient("Liz", "Conn")
        riverbend.proposed = factories.a_condition(riverbend.newcomer, "I10", by=None, chronic=True, source_id="c1")
        riverbend.uncoded = factories.a_condition(riverbend.newcomer, "", by=None, source_id="c2")
        riverbend.recorded = factories.a_condition(riverbend.newcomer, "E11.9", by=riverbend.coordinator, chronic=False)
    return riverbend


@pytest.fixture
def enroll(chart, signed_in):
    client = signed_in(chart.coordinator)
    url = reverse("coordination:enroll", kwargs={"agency": chart.slug, "patient": chart.newcomer.pk})

    def send(**said):
        return client.post(
            url,
            {
                "conditions": [chart.proposed.pk, chart.recorded.pk],
                "program": "chronic_care",
                "track": "clinical_staff",
                "risk_attested_on": "2026-11-09",
                "risk_attested_by": chart.practitioner.pk,
                "consent_on": "2026-11-10",
                "consent_kind": "verbal",
                "consent_taken_by": chart.coordinator.pk,
                "told": "on",
                "billing_practitioner": chart.practitioner.pk,
                "initiating_visit_on": "2026-11-02",
                "last_seen_on": "",
                "care_plan_on": "2026-11-10",
            }
            | said,
        )

    send.page = lambda: client.get(url)
    return send


def enrollments(chart):
    with agency_context(chart.agency):
        return list(Enrollment.objects.filter(patient=chart.newcomer))


def test_enrolling_confirms_the_chosen_conditions_and_keeps_the_consent(chart, enroll):
    assert enroll().status_code == 302
    [enrollment] = enrollments(chart)
    assert (enrollment.consent_on, enrollment.consent_kind, enrollment.consent_taken_by_id) == (
        date(2026, 11, 10),
        "verbal",
        chart.coordinator.pk,
    )
    assert (enrollment.billing_practitioner_id, enrollment.risk_attested_on) == (
        chart.practitioner.pk,
        date(2026, 11, 9),
    )
    with agency_context(chart.agency):
        conditions = {
            c.icd10cm: (c.is_chronic, c.confirmed_by_id) for c in Condition.objects.filter(patient=chart.newcomer)
        }
        labels = list(
            ConditionEvent.objects.filter(pgh_obj=chart.proposed.pk)
            .order_by("pgh_id")
            .values_list("pgh_label", flat=True)
        )
    assert conditions == {"I10": (True, chart.coordinator.pk), "E11.9": (True, chart.coordinator.pk), "": (True, None)}
    assert labels == ["insert", "update"]


def test_the_form_offers_coded_conditions_and_names_the_uncoded(chart, enroll):
    page = enroll.page()
    offered = re.findall(r'name="conditions" value="([^"]+)"', page.content.decode())
    assert set(offered) == {str(chart.proposed.pk), str(chart.recorded.pk)}
    assert [c.pk for c in page.context["uncoded"]] == [chart.uncoded.pk]
    practitioners = [chart.members[Role.CLINICIAN], chart.practitioner]  # an NP and an MD, by name
    people = page.content.decode().partition('name="billing_practitioner"')[2].partition("</select>")[0]
    assert re.findall(r'<option value="([^"]{36})"', people) == [str(each.pk) for each in practitioners]


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("chronic_care", "unless the practice saw the patient in the 12 months before consent"),
        ("advanced_primary_care", "unless the practice saw the patient in the 36 months before consent"),
        ("community_health", "having seen the patient before is not enough"),
        ("targeted_case_management", "No visit has to open this program"),
    ],
)
def test_the_form_says_whether_a_visit_must_open_the_program(chart, signed_in, program, said):
    page = signed_in(chart.coordinator).get(
        f"/a/{chart.agency.slug}/patients/{chart.newcomer.pk}/enroll/?program={program}"
    )
    assert said in page.content.decode().partition('id="of-program"')[2].partition("</fieldset>")[0]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"consent_on": ""}, "consent_on"),
        ({"consent_on": "2026-11-17"}, "consent_on"),
        ({"told": ""}, "told"),
        ({"billing_practitioner": ""}, "billing_practitioner"),
        ({"initiating_visit_on": "2026-11-17"}, "initiating_visit_on"),
        ({"care_plan_on": "soon"}, "care_plan_on"),
        ({"consent_kind": "shouted"}, "consent_kind"),
    ],
)
def test_what_is_missing_or_impossible_is_refused_and_nothing_is_stored(chart, enroll, said, field):
    response = enroll(**said)
    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
    assert enrollments(chart) == []
    with agency_context(chart.agency):
        assert Condition.objects.get(pk=chart.proposed.pk).confirmed_at is None


def test_people_and_conditions_of_elsewhere_are_no_choice(chart, harbor, enroll):
    with agency_context(chart.agency):
        somebody_elses = factories.a_condition(chart.patient, "J44.9", by=chart.coordinator)
    for said in (
        {"billing_practitioner": harbor.practitioner.pk},
        {"billing_practitioner": chart.coordinator.pk},
        {"conditions": [harbor.condition.pk]},
        {"conditions": [somebody_elses.pk]},
        {"conditions": [chart.uncoded.pk]},
    ):
        response = enroll(**said)
        assert (response.status_code, list(response.context["form"].errors)) == (422, list(said))
    assert enrollments(chart) == []


def test_a_second_enrollment_leads_back_to_the_patient(chart, enroll):
    enroll()
    assert enroll().status_code == 302
    assert len(enrollments(chart)) == 1


def test_enrolling_without_what_a_code_needs_is_allowed_and_the_meter_says_what_is_missing(chart, enroll, signed_in):
    enroll(
        conditions=[chart.proposed.pk],
        risk_attested_on="",
        risk_attested_by="",
        initiating_visit_on="",
        care_plan_on="",
    )
    page = signed_in(chart.coordinator).get(
        reverse("coordination:patient", kwargs={"agency": chart.slug, "patient": chart.newcomer.pk})
    )
    problems = " ".join(each.sentence for each in page.context["meter"].problems)
    for words in ("1 of 2 chronic conditions", "risk of death", "care plan", "visit"):
        assert words in problems


@pytest.mark.parametrize(
    ("code", "stored", "words"),
    [
        ("e119", "E11.9", ""),
        ("J44.9", "J44.9", ""),
        ("E11", None, "group of codes"),
        ("Q99.99", None, "not in ICD-10-CM"),
        ("", None, "Enter the ICD-10-CM code"),
    ],
)
def test_a_condition_takes_a_billable_code(chart, signed_in, code, stored, words):
    url = reverse(
        "coordination:condition",
        kwargs={"agency": chart.slug, "patient": chart.newcomer.pk, "condition": chart.uncoded.pk},
    )
    with agency_context(chart.agency):
        Condition.objects.filter(pk=chart.recorded.pk).delete()
    response = signed_in(chart.coordinator).post(
        url, {"icd10cm": code, "text": "diabetes", "onset": "2020-01-02", "is_chronic": "on", "version": 1}
    )
    with agency_context(chart.agency):
        condition = Condition.objects.get(pk=chart.uncoded.pk)
    if stored:
        assert (response.status_code, condition.icd10cm, condition.confirmed_by_id) == (
            302,
            stored,
            chart.coordinator.pk,
        )
    else:
        assert response.status_code == 422
        assert words in response.context["form"].errors["icd10cm"][0]
        assert (condition.icd10cm, condition.confirmed_by_id) == ("", None)


def test_the_same_code_twice_on_one_patient_is_refused(chart, signed_in):
    url = reverse("coordination:condition_add", kwargs={"agency": chart.slug, "patient": chart.newcomer.pk})
    response = signed_in(chart.coordinator).post(url, {"icd10cm": "E11.9", "text": "diabetes again", "version": 1})
    assert response.status_code == 422
    assert "already" in str(response.context["form"].errors)
    with agency_context(chart.agency):
        assert Condition.objects.filter(patient=chart.newcomer, icd10cm="E11.9").count() == 1


@pytest.fixture
def change(chart, enroll, signed_in):
    """Send the form of the newcomer's enrollment; what is not said is as on record."""
    enroll(initiating_visit_on="", care_plan_on="")
    client = signed_in(chart.coordinator)

    def send(**said):
        [enrollment] = enrollments(chart)
        url = reverse(
            "coordination:enrollment",
            kwargs={"agency": chart.slug, "patient": chart.newcomer.pk, "enrollment": enrollment.pk},
        )
        shown = client.get(url).context["form"].initial
        return client.post(
            url,
            {
                "conditions": shown["conditions"],
                "track": "clinical_staff",
                "risk_attested_on": "2026-11-09",
                "risk_attested_by": chart.practitioner.pk,
                "consent_on": "2026-11-10",
                "consent_kind": "verbal",
                "consent_taken_by": chart.coordinator.pk,
                "billing_practitioner": chart.practitioner.pk,
                "version": shown["version"],
            }
            | said,
        )

    return send


def test_what_was_missing_is_completed_later_and_history_keeps_both(chart, change):
    assert change(initiating_visit_on="2026-11-02", care_plan_on="2026-11-10").status_code == 302
    [enrollment] = enrollments(chart)
    assert (enrollment.initiating_visit_on, enrollment.care_plan_on, enrollment.version) == (
        date(2026, 11, 2),
        date(2026, 11, 10),
        2,
    )
    with agency_context(chart.agency):
        events = EnrollmentEvent.objects.filter(pgh_obj=enrollment.pk).order_by("pgh_id")
        assert list(events.values_list("pgh_label", "care_plan_on")) == [
            ("insert", None),
            ("update", date(2026, 11, 10)),
        ]


def test_a_stop_is_recorded_and_opens_the_way_to_enroll_again(chart, change, enroll):
    assert change(revoked_on="2026-11-09", end_reason="moved").status_code == 422
    assert change(revoked_on="2026-11-12", end_reason="moved").status_code == 302
    assert [each.revoked_on for each in enrollments(chart)] == [date(2026, 11, 12)]
    assert enroll().status_code == 302
    assert len(enrollments(chart)) == 2


def test_two_people_at_one_enrollment_see_each_others_change(chart, change):
    assert change(care_plan_on="2026-11-10").status_code == 302
    late = change(version=1, care_plan_on="2026-11-11")
    assert late.status_code == 409
    assert late.context["form"].errors["care_plan_on"] == ["Now on record: 2026-11-10"]
    assert 'name="version" value="2"' in late.content.decode()
    assert [each.care_plan_on for each in enrollments(chart)] == [date(2026, 11, 10)]
    assert change(version=2, care_plan_on="2026-11-11").status_code == 302
    assert [each.care_plan_on for each in enrollments(chart)] == [date(2026, 11, 11)]


def test_two_proposals_of_one_code_are_confirmed_once(chart, enroll):
    with agency_context(chart.agency):
        second = factories.a_condition(chart.newcomer, "I10", by=None, source_id="c9")
    assert enroll(conditions=[chart.proposed.pk, second.pk, chart.recorded.pk]).status_code == 302
    with agency_context(chart.agency):
        assert Condition.objects.filter(patient=chart.newcomer, icd10cm="I10", confirmed_at__isnull=False).count() == 1


def test_a_proposed_group_of_codes_is_not_confirmed_by_a_tick(chart, enroll):
    with agency_context(chart.agency):
        group = factories.a_condition(chart.newcomer, "E11", by=None, source_id="c8")
    response = enroll(conditions=[group.pk, chart.recorded.pk])
    assert response.status_code == 422
    assert "no billable ICD-10-CM code" in str(response.context["form"].errors)
    assert enrollments(chart) == []


def test_nobody_consents_after_death(chart, enroll):
    with agency_context(chart.agency):
        chart.newcomer.is_deceased, chart.newcomer.deceased_on = True, date(2026, 11, 9)
        chart.newcomer.save()
    response = enroll()
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["consent_on"])
    assert enrollments(chart) == []
