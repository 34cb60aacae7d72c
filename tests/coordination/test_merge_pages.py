"""The pages of merging: choosing, the preview in words, the merged record's address, and undoing."""

from datetime import date

import pytest
from django.urls import reverse

from coordination.models import ContactPoint, Enrollment, MonthLock, Patient, PatientMerge
from tenancy.context import agency_context
from tests import factories


@pytest.fixture
def two(riverbend):
    with agency_context(riverbend.agency):
        riverbend.other = factories.a_patient(
            "MariaQRIV", "LopezQRIV", mrn="TWICE", needs="A ride", born=riverbend.patient.birth_date
        )
    return riverbend


@pytest.fixture
def client(two, signed_in):
    return signed_in(two.members["supervisor"])


def address(world, name, **kwargs):
    return reverse(f"coordination:{name}", kwargs={"agency": world.slug, **kwargs})


def preview(world):
    return address(world, "merge_preview", patient=world.patient.pk, other=world.other.pk)


def sent(page, reason="Same Medicaid ID"):
    return {"reason": reason, "seen": page.context["form"]["seen"].value()}


def test_look_alikes_are_offered_and_others_are_searched_for(two, client):
    url = address(two, "merge_choose", patient=two.patient.pk)
    with agency_context(two.agency):
        third = factories.a_patient("Somebody", "Else", born=date(1930, 1, 1))
    assert client.get(url).context["found"] == [two.other]
    assert [each.pk for each in client.post(url, {"q": "else"}).context["found"]] == [third.pk]
    assert client.post(url, {"q": two.patient.mrn}).context["found"] == []


def test_the_preview_says_what_moves_what_stays_and_what_differs(two, client):
    with agency_context(two.agency):
        factories.a_log(two.other, 8, by=two.coordinator)
        factories.an_enrollment(two.other, by=two.coordinator, practitioner=two.practitioner, consent=date(2026, 9, 1))
        for patient, safe in ((two.patient, True), (two.other, False)):
            ContactPoint.objects.create(patient=patient, kind="phone", value="303 555 0142", is_safe=safe)
        Patient.objects.filter(pk=two.other.pk).update(is_deceased=True)
    page = client.get(preview(two))
    assert page.context["moves"] == [("Contact", 1), ("Time log", 1)]
    clashes = {each["noun"]: each["differences"] for each in page.context["clashes"]}
    assert clashes["Phone or e-mail"] == [("Is safe", "yes", "no")]
    assert ("Consent on", "Oct 1, 2026", "Sep 1, 2026") in clashes["Enrollment"]
    text = page.content.decode()
    assert "Only one record says that the patient has died" in text
    assert "filled from the other" in text
    with agency_context(two.agency):
        assert PatientMerge.objects.count() == 0


def test_the_preview_names_the_closed_months_whose_time_stays(two, client):
    with agency_context(two.agency):
        factories.a_log(two.other, 8, by=two.coordinator, on=date(2026, 10, 30))
        factories.a_log(two.other, 5, by=two.coordinator)
        MonthLock.objects.create(month=date(2026, 10, 1), locked_by=two.admin, locked_at=factories.NOW)
    page = client.get(preview(two))
    assert page.context["moves"] == [("Contact", 1), ("Time log", 1)]
    assert page.context["staying"] == [
        ("Contact", "October 2026 is closed", 1),
        ("Time log", "October 2026 is closed", 1),
    ]
    assert "A closed month stays as it was decided and billed" in page.content.decode()


def test_merged_its_address_leads_to_the_kept_record_and_undone_it_is_itself_again(two, client):
    page = client.get(preview(two))
    done = client.post(preview(two), sent(page))
    with agency_context(two.agency):
        merge = PatientMerge.objects.get()
        factories.a_log(two.patient, 5, by=two.coordinator)
    assert done["Location"] == address(two, "merge", merge=merge.pk)
    old = client.get(address(two, "patient", patient=two.other.pk), follow=True)
    assert old.redirect_chain[-1][0] == address(two, "patient", patient=two.patient.pk)
    assert "The record you opened was merged into this one." in old.content.decode()
    details = client.get(address(two, "patient_details", patient=two.patient.pk)).content.decode()
    assert "TWICE" in details
    assert "A ride" in details
    shown = client.get(done["Location"])
    assert shown.context["since"] == [("Contact", 1), ("Time log", 1)]
    ledger = reverse("billing:ledger", kwargs={"agency": two.slug, "patient": two.other.pk, "month": "2026-11"})
    assert "Open the record that was kept" in client.get(ledger).content.decode()
    assert client.post(address(two, "merge_undone", merge=merge.pk)).status_code == 302
    again = client.get(address(two, "patient", patient=two.other.pk))
    assert (again.status_code, again.context["patient"]) == (200, two.other)


def test_a_form_of_the_merged_record_that_was_open_writes_to_the_kept_one(two, client):
    client.post(preview(two), sent(client.get(preview(two))))
    answer = client.post(
        address(two, "condition_add", patient=two.other.pk),
        {"icd10cm": "J44.9", "text": "COPD", "is_chronic": "on", "version": 1},
    )
    assert answer["Location"] == address(two, "patient", patient=two.patient.pk)
    with agency_context(two.agency):
        assert two.patient.conditions.filter(icd10cm="J44.9").exists()


def test_a_reason_is_asked_for_and_a_preview_that_is_old_is_shown_anew(two, client):
    page = client.get(preview(two))
    assert client.post(preview(two), sent(page, reason="")).status_code == 422
    with agency_context(two.agency):
        factories.a_log(two.other, 8, by=two.coordinator)
    late = client.post(preview(two), sent(page))
    assert (late.status_code, "Look again at what moves" in late.content.decode()) == (409, True)
    assert late.context["moves"] == [("Contact", 1), ("Time log", 1)]
    assert client.post(preview(two), sent(late)).status_code == 302


def test_why_a_merge_cannot_be_undone_is_said(two, client):
    with agency_context(two.agency):
        factories.an_enrollment(
            two.other, by=two.coordinator, practitioner=two.practitioner, revoked_on=factories.TODAY
        )
    client.post(preview(two), sent(client.get(preview(two))))
    with agency_context(two.agency):
        merge = PatientMerge.objects.get()
        Enrollment.objects.exclude(revoked_on=None).delete()
    refused = client.post(address(two, "merge_undone", merge=merge.pk))
    assert refused.status_code == 422
    assert "1 moved row (enrollment) was removed since." in refused.content.decode()
    with agency_context(two.agency):
        merge.refresh_from_db()
    assert merge.undone_at is None
