"""The list: search, order, filter, paging, and the states of a page with nothing on it."""

from datetime import date

import pytest
from django.db import connection
from django.urls import reverse

from coordination.models import Enrollment, Patient
from coordination.selectors.patients import PAGE_SIZE
from tenancy.context import agency_context
from tests import factories


@pytest.fixture
def found(riverbend, signed_in):
    """Family names in the order the list shows them for what is asked."""
    client = signed_in(riverbend.coordinator)
    url = reverse("coordination:patients", kwargs={"agency": riverbend.slug})

    def ask(**asked):
        response = client.post(url, asked, follow=True) if asked else client.get(url)
        assert response.status_code == 200
        ask.context = response.context
        ask.page = response.content.decode()
        return [row.patient.family_name for row in response.context["rows"]]

    return ask


@pytest.fixture
def people(riverbend):
    with agency_context(riverbend.agency):
        riverbend.patient.family_name, riverbend.patient.given_name = "Lopez", "Maria"
        factories.patient_save(riverbend.patient)
        factories.a_patient("Gustavo", "Mejía", mrn="A-77", born=date(1986, 11, 27))
        factories.a_patient("María", "Ángel", mrn="A-78", born=date(1940, 2, 29))
    return riverbend


def test_every_word_must_begin_one_of_the_patients_words(people, found):
    assert found() == ["Lopez", "Mejía", "Ángel"]
    assert found(q="mar") == ["Lopez", "Ángel"]
    assert found(q="MEJI gus") == ["Mejía"]
    assert found(q="gus lopez") == []
    assert found(q="aria") == []
    assert found(q="a-77") == ["Mejía"]
    assert found(q="1986-11-27") == ["Mejía"]
    assert found(q="11/27/1986") == ["Mejía"]
    assert found(q="2/29/1940 angel") == ["Ángel"]
    assert found(q="%") == []
    assert found(q="1986-11") == ["Mejía"]
    assert found(q="1/2/99999999999999999999") == []


def test_renaming_a_patient_changes_the_words_they_are_found_by(people, found):
    with agency_context(people.agency):
        people.patient.family_name = "Cruz"
        factories.patient_save(people.patient)
    assert found(q="lopez") == []
    assert found(q="cruz") == ["Cruz"]


def test_names_are_found_as_people_type_them(people, found):
    with agency_context(people.agency):
        factories.a_patient("Øystein", "O'Neil-Łukasz")
    for query in ("oneil", "o'neil", "o’neil", "neil", "lukasz", "oystein oneil"):
        assert found(q=query) == ["O'Neil-Łukasz"], query


def test_what_was_asked_is_shown_again_without_a_form_to_resend(people, found, signed_in):
    client = signed_in(people.coordinator)
    url = reverse("coordination:patients", kwargs={"agency": people.slug})
    answer = client.post(url, {"q": "mejia"})
    assert (answer.status_code, answer["Location"]) == (302, f"{url}?asked")
    assert [row.patient.family_name for row in client.get(answer["Location"]).context["rows"]] == ["Mejía"]
    assert len(client.get(url).context["rows"]) == 3
    swapped = client.post(url, {"q": "lopez"}, headers={"HX-Request": "true"})
    assert (swapped.status_code, swapped["HX-Replace-Url"]) == (200, f"{url}?asked")


def test_what_was_asked_in_one_agency_is_not_shown_in_another(worlds, signed_in):
    with agency_context(worlds.harbor.agency):
        factories.a_member(name="Dana elsewhere", user=worlds.riverbend.coordinator.user)
    client = signed_in(worlds.riverbend.coordinator)
    here, there = (reverse("coordination:patients", kwargs={"agency": slug}) for slug in ("riverbend", "harbor"))
    client.post(here, {"q": "lopezqriv"})
    assert client.get(f"{here}?asked").context["asked"].query == "lopezqriv"
    page = client.get(f"{there}?asked")
    assert (page.context["asked"].query, b"lopezqriv" in page.content) == ("", False)


def test_order_and_program(people, found):
    assert found(order="birth_date") == ["Ángel", "Lopez", "Mejía"]
    assert found(order="drop table") == ["Lopez", "Mejía", "Ángel"]
    assert found(program="chronic_care") == ["Lopez"]
    assert found(program="none") == ["Mejía", "Ángel"]
    with agency_context(people.agency):
        Enrollment.objects.update(revoked_on=date(2026, 11, 1))
    assert found(program="chronic_care") == []


def test_pages_follow_each_other_without_gap_or_repeat(riverbend, found):
    with agency_context(riverbend.agency):
        for number in range(2 * PAGE_SIZE + 3):
            factories.a_patient(f"Given{number % 4}", f"Name{number // 2:02d}")
        expected = list(
            Patient.objects.order_by("family_name", "given_name", "id").values_list("family_name", flat=True)
        )
    seen, after, pages = [], "", 0
    while after is not None:
        seen += found(after=after, order="name") if after else found()
        after, pages = found.context["next_after"], pages + 1
    assert seen == expected
    assert pages == 3


def test_a_foreign_or_senseless_page_key_is_the_first_page(riverbend, harbor, found):
    assert found(after=str(harbor.patient.pk)) == found(after="x") == found()


def test_nobody_matches_and_nobody_yet_say_different_things(riverbend, signed_in, found):
    assert found(q="zzz") == []
    assert "Nobody matches" in found.page
    assert "Names match from their beginning" in found.page
    assert found(program="principal_care") == []
    assert "Nobody matches" in found.page
    assert "Choose another program, or fewer filters" in found.page
    assert "Names match from their beginning" not in found.page
    with agency_context(riverbend.agency), connection.cursor() as cursor:
        for table in (
            "coordination_coverage",
            "coordination_enrollment",
            "coordination_condition",
            "coordination_patienttoken",
            "coordination_patient",
        ):
            cursor.execute(f"DELETE FROM {table}")
    assert found() == []
    assert "No patients yet" in found.page


def test_further_filters_come_when_they_are_asked_for_or_were_used(riverbend, signed_in):
    client = signed_in(riverbend.coordinator)
    address = reverse("coordination:patients", kwargs={"agency": riverbend.slug})
    lead = '<select id="lead" name="lead">'
    assert lead not in client.get(address).content.decode()
    assert lead in client.get(f"{address}?asked&more").content.decode()  # without scripts the link leads here
    more_filters = reverse("coordination:patients_more_filters", kwargs={"agency": riverbend.slug})
    more = client.get(more_filters, headers={"HX-Request": "true"}).content.decode()
    assert (
        lead.replace(">", " autofocus>") in more
        and riverbend.members["supervisor"].signature in more
        and "<html" not in more
    )
    client.post(address, {"q": "", "shown": "deceased"})
    again = client.get(f"{address}?asked").content.decode()
    assert lead in again and '<option value="deceased" selected>' in again
