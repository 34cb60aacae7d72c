"""Adding a patient and changing one: what is stored, what is refused, and what is asked before a second record is made."""

from datetime import date

import pytest
from django.urls import reverse

from coordination.models import Patient, PatientIdentifier, Sex
from tenancy.context import agency_context
from tests import factories

LAN = {
    "family_name": "Nguyễn",
    "given_name": "Lan",
    "preferred_name": "Bà Lan",
    "birth_date": "1950-02-03",
    "mrn": "N-1",
    "sex": "female",
    "language": "vi",
    "needs_interpreter": "on",
    "needs": "Somebody who drives me to dialysis.",
    "preferences": "Call after ten, my daughter first.",
    "version": 1,
}


@pytest.fixture
def client(riverbend, signed_in):
    return signed_in(riverbend.coordinator)


def address(world, name, **kwargs):
    return reverse(f"coordination:{name}", kwargs={"agency": world.slug, **kwargs})


def stored(world):
    with agency_context(world.agency):
        return list(Patient.objects.order_by("mrn").values_list("mrn", flat=True))


def test_a_patient_is_added_in_their_own_words(riverbend, client):
    response = client.post(address(riverbend, "patient_add"), LAN)
    with agency_context(riverbend.agency):
        lan = Patient.objects.get(mrn="N-1")
    assert response["Location"] == address(riverbend, "patient", patient=lan.pk)
    assert (lan.family_name, lan.preferred_name, lan.birth_date) == ("Nguyễn", "Bà Lan", date(1950, 2, 3))
    assert (lan.language, lan.needs_interpreter, lan.is_deceased, lan.version) == ("vi", True, False, 1)
    page = client.get(address(riverbend, "patient_details", patient=lan.pk)).content.decode()
    for words in ("Somebody who drives me to dialysis.", "Call after ten", "Vietnamese", "interpreter needed"):
        assert words in page


def test_sending_the_form_twice_adds_one_patient(riverbend, client):
    before = stored(riverbend)
    first, second = (client.post(address(riverbend, "patient_add"), LAN) for _time in range(2))
    assert (first.status_code, second["Location"]) == (302, first["Location"])
    assert stored(riverbend) == sorted([*before, "N-1"])


@pytest.mark.parametrize(
    ("said", "field", "sentence"),
    [
        ({"family_name": ""}, "family_name", "Enter the family name."),
        ({"birth_date": "2026-11-17"}, "birth_date", "2026-11-17 is in the future."),
        ({"deceased_on": "1949-01-01"}, "deceased_on", "This is before the birth date."),
    ],
)
def test_a_fault_stands_at_its_field_and_nothing_is_stored(riverbend, client, said, field, sentence):
    before = stored(riverbend)
    response = client.post(address(riverbend, "patient_add"), LAN | said)
    assert (response.status_code, response.context["form"].errors) == (422, {field: [sentence]})
    assert stored(riverbend) == before


def test_the_same_name_and_birth_date_ask_before_saving(riverbend, client):
    with agency_context(riverbend.agency):
        known = factories.a_patient("Lan", "Nguyen", mrn="OLD-7", born=date(1950, 2, 3))
        factories.a_patient("Lan", "Nguyen", mrn="OLD-8", born=date(1950, 2, 4))
    before = stored(riverbend)
    response = client.post(address(riverbend, "patient_add"), LAN)
    assert (response.status_code, response.context["found"]) == (422, [known])
    assert stored(riverbend) == before
    looked_at = response.context["form"].data["looked_at"]
    assert client.post(address(riverbend, "patient_add"), LAN | {"looked_at": looked_at}).status_code == 422
    answer = client.post(address(riverbend, "patient_add"), LAN | {"looked_at": looked_at, "is_another": "on"})
    assert answer.status_code == 302
    assert stored(riverbend) == sorted([*before, "N-1"])


def test_names_in_another_order_and_without_marks_are_the_same(riverbend, client):
    with agency_context(riverbend.agency):
        known = factories.a_patient("NGUYEN", "Lan", mrn="OLD-7", born=date(1950, 2, 3))
    assert client.post(address(riverbend, "patient_add"), LAN).context["found"] == [known]


def test_who_came_up_since_the_comparison_is_asked_about_as_well(riverbend, client):
    with agency_context(riverbend.agency):
        first = factories.a_patient("Lan", "Nguyen", mrn="OLD-7", born=date(1950, 2, 3))
    client.post(address(riverbend, "patient_add"), LAN)
    with agency_context(riverbend.agency):
        factories.a_patient("Lan", "Nguyen", mrn="OLD-8", born=date(1950, 2, 3))
    answer = client.post(address(riverbend, "patient_add"), LAN | {"looked_at": first.pk, "is_another": "on"})
    assert (answer.status_code, len(answer.context["found"])) == (422, 2)


def test_an_mrn_that_somebody_has_is_refused_with_that_record(riverbend, client):
    answer = client.post(
        address(riverbend, "patient_add"), LAN | {"mrn": riverbend.patient.mrn, "looked_at": riverbend.patient.pk}
    )
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["mrn"]
    assert answer.context["found"] == [riverbend.patient]


def test_a_number_known_from_elsewhere_asks_before_saving(riverbend, client):
    with agency_context(riverbend.agency):
        PatientIdentifier.objects.create(patient=riverbend.patient, kind="medicaid", value="N-1")
    assert client.post(address(riverbend, "patient_add"), LAN).context["found"] == [riverbend.patient]


def test_a_change_bumps_the_version_and_an_older_form_gets_both_sides(riverbend, client):
    url = address(riverbend, "patient_edit", patient=riverbend.patient.pk)
    assert client.post(url, LAN)["Location"] == address(riverbend, "patient_details", patient=riverbend.patient.pk)
    late = client.post(url, LAN | {"preferred_name": "Lani", "sex": "other", "language": "en"})
    assert late.status_code == 409
    said = {"sex": f"Now on record: {Sex(LAN['sex']).label}", "language": "Now on record: Vietnamese"}
    assert {name: late.context["form"].errors[name] for name in said} == {name: [words] for name, words in said.items()}
    assert late.context["form"].errors["preferred_name"] == ["Now on record: Bà Lan"]
    with agency_context(riverbend.agency):
        riverbend.patient.refresh_from_db()
    assert (riverbend.patient.preferred_name, riverbend.patient.version) == ("Bà Lan", 2)
    again = client.post(url, LAN | {"preferred_name": "Lani", "version": late.context["form"].data["version"]})
    assert again.status_code == 302


def test_changing_to_an_mrn_that_somebody_has_is_refused(riverbend, client):
    with agency_context(riverbend.agency):
        factories.a_patient(mrn="OLD-7")
    url = address(riverbend, "patient_edit", patient=riverbend.patient.pk)
    answer = client.post(url, LAN | {"mrn": "OLD-7"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["mrn"])


def test_deceased_with_and_without_the_day(riverbend, client):
    url = address(riverbend, "patient_edit", patient=riverbend.patient.pk)
    client.post(url, LAN | {"is_deceased": "on"})
    page = address(riverbend, "patient_details", patient=riverbend.patient.pk)
    assert "the day is not known" in client.get(page).content.decode()
    client.post(url, LAN | {"deceased_on": "2026-11-02", "version": 2})
    with agency_context(riverbend.agency):
        riverbend.patient.refresh_from_db()
    assert (riverbend.patient.is_deceased, riverbend.patient.deceased_on) == (True, date(2026, 11, 2))


def test_a_language_that_is_not_in_the_list_stays(riverbend, client):
    with agency_context(riverbend.agency):
        Patient.objects.filter(pk=riverbend.patient.pk).update(language="cy")
    url = address(riverbend, "patient_edit", patient=riverbend.patient.pk)
    assert ("cy", "Welsh") in client.get(url).context["form"].fields["language"].choices
    assert client.post(url, LAN | {"language": "cy"}).status_code == 302
