"""What an enrollment keeps beside its days: program, track, text, language, by whom; and the texts themselves."""

from datetime import date

import pytest
from django.urls import reverse

from coordination.models import ConsentText, ConsentTextEvent, Enrollment
from tenancy.context import agency_context
from tenancy.models import Membership
from tests import factories


@pytest.fixture
def chart(riverbend, signed_in):
    with agency_context(riverbend.agency):
        riverbend.newcomer = factories.a_patient("Liz", "Conn")
        factories.a_condition(riverbend.newcomer, "I50.9", by=riverbend.coordinator)
        riverbend.nurse_practitioner = factories.a_member(name="Nia", discipline="NP")
        riverbend.text = ConsentText.objects.create(
            program="chronic_care", label="2026-01", body="You may stop.", from_day=date(2026, 1, 1)
        )
    client = signed_in(riverbend.coordinator)

    def enroll(**said):
        url = reverse("coordination:enroll", kwargs={"agency": "riverbend", "patient": riverbend.newcomer.pk})
        typed = {
            "program": "chronic_care",
            "track": "complex",
            "consent_on": "2026-11-10",
            "consent_kind": "written",
            "consent_text": riverbend.text.pk,
            "consent_language": "es",
            "consent_taken_by": riverbend.front_desk.pk,
            "told": "on",
            "risk_attested_on": "2026-11-09",
            "risk_attested_by": riverbend.practitioner.pk,
            "billing_practitioner": riverbend.practitioner.pk,
            "supervising_practitioner": riverbend.nurse_practitioner.pk,
        }
        return client.post(url, typed | said)

    riverbend.enroll = enroll
    riverbend.client = client
    return riverbend


def enrollments(chart):
    with agency_context(chart.agency):
        return list(Enrollment.objects.filter(patient=chart.newcomer))


def test_consent_is_taken_by_those_who_give_care_and_who_took_one_before_stays(chart):
    assert chart.enroll(consent_taken_by=chart.members["biller"].pk).status_code == 422
    assert enrollments(chart) == []
    assert chart.enroll().status_code == 302
    with agency_context(chart.agency):
        Membership.objects.filter(pk=chart.front_desk.pk).update(role="biller")
    [kept] = enrollments(chart)
    ids = {"agency": "riverbend", "patient": chart.newcomer.pk, "enrollment": kept.pk}
    page = chart.client.get(reverse("coordination:enrollment", kwargs=ids)).content.decode()
    assert f'<option value="{chart.front_desk.pk}" selected>' in page
    assert str(chart.members["biller"].pk) not in page


def test_the_consent_keeps_text_language_by_whom_and_the_declared_track(chart):
    assert chart.enroll().status_code == 302
    assert chart.enroll().status_code == 302  # a double click
    [kept] = enrollments(chart)
    assert (kept.consent_text_id, kept.consent_language, kept.consent_taken_by_id) == (
        chart.text.pk,
        "es",
        chart.front_desk.pk,
    )
    assert (kept.track, kept.cost_share_told, kept.supervising_practitioner_id, kept.risk_attested_by_id) == (
        "complex",
        True,
        chart.nurse_practitioner.pk,
        chart.practitioner.pk,
    )


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({"risk_attested_by": ""}, "risk_attested_by", "choose who made it"),
        ({"risk_attested_on": ""}, "risk_attested_on", "Olu QRIV, MD judged the risk"),
        ({"program": "principal_care"}, "track", "Months of this program are not billed so"),
        ({"program": "principal_care", "track": "practitioner"}, "consent_text", "is the text of Chronic care"),
        ({"consent_on": "2025-12-31", "risk_attested_on": "2025-12-31"}, "consent_text", "is told from 2026-01-01 on"),
        ({"consent_on": "1950-01-01", "consent_text": ""}, "consent_on", "before the patient was born"),
        ({"told": ""}, "told", "consent needs them"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(chart, said, field, words):
    refused = chart.enroll(**said)
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, [field])
    assert words in refused.context["form"].errors[field][0]
    assert enrollments(chart) == []


def test_who_bills_does_not_supervise_themselves_and_one_program_is_entered_once(chart):
    refused = chart.enroll(supervising_practitioner=chart.practitioner.pk)
    assert list(refused.context["form"].errors) == ["supervising_practitioner"]
    assert chart.enroll().status_code == 302
    again = chart.enroll(track="clinical_staff")
    assert "already enrolled in this program" in again.context["form"].errors["program"][0]
    assert chart.enroll(program="principal_care", track="practitioner", consent_text="").status_code == 302
    assert [each.program for each in enrollments(chart)] == ["chronic_care", "principal_care"]


def test_the_form_offers_the_ways_of_its_program_and_what_that_alone_asks_for(chart):
    ids = {"agency": "riverbend", "patient": chart.newcomer.pk}

    def offered(program):
        form = chart.client.get(reverse("coordination:enroll", kwargs=ids), {"program": program}).context["form"]
        tracks = [value for value, _label in form.fields["track"].choices] if "track" in form.fields else []
        return tracks, sorted({"episode_began", "condition_code", "condition_months"} & form.fields.keys())

    assert offered("chronic_care") == (["clinical_staff", "complex", "practitioner"], [])
    assert offered("collaborative_care") == (["by_month", "beside_primary_care"], ["episode_began"])
    assert offered("illness_navigation") == (["navigator", "peer"], ["condition_code", "condition_months"])
    assert offered("targeted_case_management") == ([], [])
    assert offered("alchemy") == offered("chronic_care")


def test_what_a_program_alone_asks_for_is_kept_with_the_discipline_of_who_bills(chart):
    said = {"consent_text": "", "program": "principal_care", "track": "clinical_staff"}
    refused = chart.enroll(**said, condition_months="6")
    assert "Name the condition" in refused.context["form"].errors["condition_code"][0]
    assert chart.enroll(**said, condition_code="I50.9", condition_high_risk="on").status_code == 302
    assert (
        chart.enroll(
            consent_text="", program="collaborative_care", track="by_month", episode_began="2026-10"
        ).status_code
        == 302
    )
    principal, collaborative = enrollments(chart)
    assert (principal.condition_code, principal.condition_months, principal.condition_high_risk) == (
        "I50.9",
        None,
        True,
    )
    assert (principal.billed_by, collaborative.episode_began) == ("MD", date(2026, 10, 1))


def test_a_psychologist_bills_behavioral_health_alone(chart):
    with agency_context(chart.agency):
        own = factories.a_member(name="Sol Meyer", discipline="PSYCHOLOGIST", signs_in=False)
    said = {"consent_text": "", "billing_practitioner": own.pk}
    refused = chart.enroll(**said)
    assert list(refused.context["form"].errors) == ["billing_practitioner"]
    assert chart.enroll(**said, program="behavioral_health", track="own_time").status_code == 302
    [kept] = enrollments(chart)
    assert (kept.billing_practitioner_id, kept.billed_by, kept.track) == (own.pk, "PSYCHOLOGIST", "own_time")


def test_an_end_has_a_day_and_a_reason(chart):
    chart.enroll()
    [kept] = enrollments(chart)
    ids = {"agency": "riverbend", "patient": chart.newcomer.pk, "enrollment": kept.pk}
    url = reverse("coordination:enrollment", kwargs=ids)
    initial = chart.client.get(url).context["form"].initial
    shown = {name: getattr(value, "pk", value) for name, value in initial.items() if value is not None}
    for said, field in (({"revoked_on": "2026-11-12"}, "end_reason"), ({"end_reason": "died"}, "revoked_on")):
        assert list(chart.client.post(url, shown | said).context["form"].errors) == [field]
    assert chart.client.post(url, shown | {"revoked_on": "2026-11-12", "end_reason": "moved"}).status_code == 302
    [ended] = enrollments(chart)
    assert (ended.revoked_on, ended.end_reason, ended.version) == (date(2026, 11, 12), "moved", 2)


def test_a_text_is_added_in_versions_and_never_edited(chart, signed_in):
    url = reverse("coordination:consent_texts", kwargs={"agency": "riverbend"})
    admin = signed_in(chart.admin)
    said = {
        "program": "chronic_care",
        "label": "2026-01",
        "language": "es",
        "from_day": "2026-11-01",
        "body": "Puede parar.",
    }
    assert admin.post(url, said).status_code == 302
    assert admin.post(url, said).status_code == 302  # a double click
    refused = admin.post(url, said | {"body": "Otra cosa."})
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["label"])
    assert list(admin.post(url, said | {"body": ""}).context["form"].errors) == ["body"]
    with agency_context(chart.agency):
        assert list(ConsentText.objects.order_by("language").values_list("language", "body")) == [
            ("en", "You may stop."),
            ("es", "Puede parar."),
        ]
        assert set(ConsentTextEvent.objects.values_list("pgh_label", flat=True)) == {"insert"}
    page = chart.client.get(url).content.decode()
    assert "Puede parar." in page
    assert "Add a version" not in page
