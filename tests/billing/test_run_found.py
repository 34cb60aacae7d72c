"""What a run decided, found by patient, by what came of it and by code; a page at a time."""

from datetime import date

import pytest
from django.urls import reverse

from billing.models import ChargeRun
from billing.services.charge_run import charge_run
from tenancy.context import agency_context
from tenancy.models import AccessLog
from tests import factories
from tests.factories import MONTH, NOW


@pytest.fixture
def three(riverbend):
    """Three patients of 20, 21 and 40 minutes, one of 5, and one whom no run is about."""
    with agency_context(riverbend.agency):
        born = {"born": date(1986, 11, 27)}
        people = {
            "Lopez": riverbend.patient,
            "Mejía": factories.an_enrolled_patient(riverbend, "Gustavo", "Mejía", mrn="A-77", **born),
            "Ángel": factories.an_enrolled_patient(riverbend, "María", "Ángel", mrn="A-78", born=date(1940, 2, 29)),
            "Short": factories.an_enrolled_patient(riverbend, "Sam", "Short", mrn="A-79"),
        }
        for (name, patient), minutes in zip(people.items(), (20, 21, 40, 5), strict=True):
            factories.a_log(patient, minutes, by=riverbend.coordinator)
            patient.family_name = name
            factories.patient_save(patient)
        riverbend.newcomer = factories.a_patient("Marta", "Nobody", mrn="A-80")
        charge_run(month=MONTH, now=NOW)
        riverbend.run = ChargeRun.objects.get()
    return riverbend


@pytest.fixture
def found(three, signed_in):
    """Family names in the order the run's page shows them for what is asked."""
    client = signed_in(three.admin)
    url = reverse("billing:run", kwargs={"agency": three.slug, "run": three.run.pk})

    def ask(**asked):
        response = client.post(url, asked, follow=True) if asked else client.get(url)
        assert response.status_code == 200
        ask.context, ask.page, ask.client, ask.url = response.context, response.content.decode(), client, url
        return [row.patient.family_name for row in response.context["page"].rows]

    return ask


def test_a_patient_is_found_by_words_number_and_birth_date(found):
    assert found() == ["Lopez", "Mejía", "Short", "Ángel"]
    assert found(q="mar angel") == found(q="2/29/1940") == found(q="A-78") == ["Ángel"]
    assert found(q="mar") == ["Lopez", "Ángel"]
    assert found(q="1986-11-27", shown="billed", code="99490") == ["Mejía"]
    assert found(q="%") == found(q="aria") == []


def test_what_came_of_it_and_the_code_narrow_the_list(found):
    assert found(code="99490") == ["Lopez", "Mejía", "Short", "Ángel"]
    assert found(shown="billed") == found(shown="billed", code="99490") == ["Lopez", "Mejía", "Ángel"]
    assert found(shown="not_billed") == found(shown="not_billed", code="99490") == ["Short"]
    assert found(code="99439", shown="billed") == ["Ángel"]
    assert found(code="G0000", shown="senseless", order="senseless") == ["Lopez", "Mejía", "Short", "Ángel"]


def test_a_name_is_in_no_address_and_is_shown_again(found):
    found()
    answer = found.client.post(found.url, {"q": "mejia"})
    assert (answer.status_code, answer["Location"]) == (302, f"{found.url}?asked")
    again = found.client.get(answer["Location"])
    assert [row.patient.family_name for row in again.context["page"].rows] == ["Mejía"]
    swapped = found.client.post(found.url, {"q": "lopez"}, headers={"HX-Request": "true"})
    assert (swapped.status_code, swapped["HX-Replace-Url"]) == (200, f"{found.url}?asked")
    assert "<html" not in swapped.content.decode()
    assert "1 patient shown" in swapped.content.decode()
    assert len(found.client.get(found.url).context["page"].rows) == 4


def test_a_patient_whom_the_run_did_not_decide_anew_is_named_with_the_months_ledger(three, found):
    assert found(q="marta") == []
    ledger = reverse("billing:ledger", kwargs={"agency": three.slug, "patient": three.newcomer.pk, "month": "2026-11"})
    assert ("No decision of this run matches" in found.page, ledger in found.page) == (True, True)
    with agency_context(three.agency):
        read = AccessLog.objects.filter(route="billing:run").order_by("-pk").first()
    assert read.subject == three.newcomer.pk
    assert found(q="zzz") == []
    assert ("No decision of this run matches" in found.page, "Among all patients" in found.page) == (True, False)


@pytest.mark.parametrize("order", ["name", "birth_date"])
def test_pages_follow_each_other_without_gap_or_repeat(three, found, monkeypatch, order):
    whole = found(order=order)
    assert whole[0] == {"name": "Lopez", "birth_date": "Ángel"}[order]
    monkeypatch.setattr("billing.selectors.runs.PAGE_SIZE", 1)
    seen, after = [], ""
    while after is not None:
        seen += found(order=order, after=after)
        after = found.context["page"].next_after
    assert seen == whole
    assert found(order=order, after="9999999999") == whole[:1]
    assert found(order=order, after="x") == whole[:1]
