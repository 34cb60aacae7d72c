"""The pages Hospitals: what is asked, how it is answered, and how an administrator lets hospitals send."""

import re

import pytest
from django.urls import reverse

from coordination.models import Transition
from interop.models import AdtSource, AdtStay, LocalCode
from tenancy.context import agency_context
from tenancy.models import AccessLog
from tenancy.roles import Role
from tests.factories import NOW
from tests.interop.adt_examples import adt
from tests.interop.hospital_world import taken
from tests.tenancy import machines

WENT = {"sent": "20261113170500", "admitted": "20261110093000"}


@pytest.fixture
def desk(mercy, signed_in):
    """A coordinator and an administrator of the agency that takes Mercy's messages, and how to get to a page."""
    mercy.coordinator_client = signed_in(mercy.coordinator)
    mercy.admin_client = signed_in(mercy.admin)
    mercy.at = lambda name, **ids: reverse(f"interop:{name}", kwargs={"agency": mercy.slug, **ids})
    return mercy


def heard(world, *contents: bytes) -> list[str]:
    with agency_context(world.agency):
        return taken(world, *contents, now=NOW)


def stored(world, stay: AdtStay) -> AdtStay:
    """The stay as it is now, and the transition that it began."""
    with agency_context(world.agency):
        found = AdtStay.objects.select_related("patient").get(pk=stay.pk)
        found.transition = Transition.objects.select_related("patient").first()
    return found


def a_stay(world, **said) -> AdtStay:
    said = {"mrn": "X-9", "disposition": "01"} | WENT | said
    assert heard(world, adt(**said)) == ["AA"]
    with agency_context(world.agency):
        return AdtStay.objects.get(key=f"visit {said.get('visit', 'V100')}")


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def act(world, name: str, stay: AdtStay, **said):
    url = world.at(f"hospital_stay_{name}", adt_stay=stay.pk)
    sent = {"version": stored(world, stay).version, **said}
    return world.coordinator_client.post(url, sent, follow=True)


def test_the_queue_says_of_each_what_is_asked_and_why(desk):
    a_stay(desk, visit="A")
    a_stay(desk, visit="B", mrn="M-1", disposition="HOMEHC")
    a_stay(desk, visit="C", mrn="M-1", patient_class="E")  # nothing is asked of a visit to the emergency department

    page = text_of(desk.coordinator_client.get(desk.at("hospitals")))

    assert "All 2 Patient 1 Destination 1" in page
    assert "Whose stay is it?" in page and "Where did the patient go?" in page
    assert "Okafor, Amara born Mar 4, 1952 · Mercy" in page
    assert "“HOMEHC” is a code of the hospital" in page
    narrowed = text_of(desk.coordinator_client.get(desk.at("hospitals"), {"question": "destination"}))
    assert "HOMEHC" in narrowed and "Went to: Home." not in narrowed


def test_nothing_waits_is_said(desk):
    assert "Nothing waits" in text_of(desk.coordinator_client.get(desk.at("hospitals")))


def test_a_suggested_patient_is_linked_in_one_click(desk):
    stay = a_stay(desk)
    page = text_of(desk.coordinator_client.get(desk.at("hospital_stay", adt_stay=stay.pk)))
    assert "Same: the name, the birth date" in page
    assert "I (inpatient)" in page and "01 (Home)" in page

    answer = act(desk, "link", stay, patient=str(desk.amara.pk))

    assert "Linked. The hospital" in text_of(answer)
    stay = stored(desk, stay)
    assert (stay.patient, stay.question, stay.transition.patient) == (desk.amara, "", desk.amara)


def test_by_mrn_and_one_that_nobody_has_is_said_at_its_field(desk):
    stay = a_stay(desk)

    answer = act(desk, "link", stay, mrn="nobody")
    assert answer.status_code == 422
    assert "No patient here has the MRN “nobody”." in text_of(answer)
    assert act(desk, "link", stay).status_code == 422
    assert act(desk, "link", stay, mrn=desk.amara.mrn).status_code == 200
    assert stored(desk, stay).patient == desk.amara


def test_a_patient_is_added_only_after_those_who_look_alike_were_compared(desk):
    stay = a_stay(desk)

    answer = act(desk, "add", stay, mrn="R-77")
    assert answer.status_code == 422
    assert "Somebody here looks like this patient" in text_of(answer)
    assert stored(desk, stay).patient is None
    dismissed = re.search(r'name="dismissed" value="([^"]+)"', answer.content.decode())[1]
    assert act(desk, "add", stay, mrn="R-77", dismissed=dismissed).status_code == 200

    found = stored(desk, stay).patient
    assert (found.mrn, found.family_name) == ("R-77", "Okafor")


def test_where_the_patient_went_is_asked_and_kept(desk):
    stay = a_stay(desk, mrn="M-1", disposition="")

    assert act(desk, "decide", stay).status_code == 422
    assert "Saved." in text_of(act(desk, "decide", stay, destination="assisted_living"))

    assert stored(desk, stay).transition.destination == "assisted_living"


def test_set_aside_with_a_reason_and_taken_up_again(desk):
    stay = a_stay(desk)
    assert act(desk, "aside", stay, because=" ").status_code == 422
    page = text_of(act(desk, "aside", stay, because="a patient of the other clinic"))
    assert "set aside" in page and "a patient of the other clinic" in page
    assert "Nothing waits" in text_of(desk.coordinator_client.get(desk.at("hospitals")))

    assert "Whose stay is it?" in text_of(act(desk, "take_up", stay))


def test_a_message_that_came_in_between_is_shown_before_anything_is_said(desk):
    stay = a_stay(desk, mrn="M-1", disposition="")
    shown = stay.version
    heard(desk, adt("A08", **WENT | {"sent": "20261114"}, mrn="M-1", disposition="03"))

    url = desk.at("hospital_stay_decide", adt_stay=stay.pk)
    answer = desk.coordinator_client.post(url, {"version": shown, "destination": "home"})

    assert answer.status_code == 409
    assert stored(desk, stay).transition.destination == "skilled_nursing_facility"


def test_an_administrator_looks_and_configures_and_decides_nothing(desk):
    stay = a_stay(desk, mrn="M-1", disposition="HOMEHC")
    page = desk.admin_client.get(desk.at("hospital_stay", adt_stay=stay.pk)).content.decode()
    assert desk.at("hospital_stay_decide", adt_stay=stay.pk) not in page

    link = re.search(r'href="([^"]+\?stay=[^"]+)#codes"', page)[1]
    assert "HOMEHC" not in link  # what a message said is in no address
    form = desk.admin_client.get(link).content.decode()
    assert 'value="HOMEHC"' in form
    said = {"kind": "disposition", "code": "HOMEHC", "means": "06"}
    answer = desk.admin_client.post(desk.at("hospital_code_new", adt_source=stay.source_id), said, follow=True)

    assert "Saved. Stays that waited" in text_of(answer) and "06 Home with home health care" in text_of(answer)
    stay = stored(desk, stay)
    assert (stay.question, stay.transition.destination) == ("", "home")
    with agency_context(desk.agency):
        code = LocalCode.objects.get()
    url = desk.at("hospital_code_remove", adt_source=stay.source_id, local_code=code.pk)
    assert "Removed." in text_of(desk.admin_client.post(url, follow=True))


def test_a_meaning_of_the_wrong_kind_is_refused(desk):
    url = desk.at("hospital_code_new", adt_source=desk.source.pk)
    for said in (
        {"kind": "class", "code": "OBV", "means": "06"},
        {"kind": "disposition", "code": "X", "means": "none"},
    ):
        answer = desk.admin_client.post(url, said)
        assert (answer.status_code, "Choose what the code means." in text_of(answer)) == (422, True)


def test_a_hospital_is_added_with_a_token_of_its_own(desk):
    with agency_context(desk.agency):
        token, _ = machines.a_token(desk.admin, NOW, "Engine of General")
    said = {"name": "General", "facility_kind": "snf", "time_zone": "America/New_York", "keep_days": 10, "version": 1}
    said |= {"token": str(token.pk), "is_open": "on"}

    page = text_of(desk.admin_client.post(desk.at("hospital_source_new"), said, follow=True))

    assert "General saved." in page and "Skilled nursing facility · America/New_York" in page
    with agency_context(desk.agency):
        made = AdtSource.objects.select_related("token").get(name="General")
    assert (made.token, made.keep_days, made.takes_tests) == (token, 10, False)
    again = desk.admin_client.post(desk.at("hospital_source_new"), said | {"name": "Other"})
    assert again.status_code == 422  # the token is another's
    assert desk.admin_client.post(desk.at("hospital_source_new"), said | {"token": ""}).status_code == 422


def test_the_list_of_hospitals_says_how_their_messages_fared(desk):
    a_stay(desk)
    heard(desk, adt().replace(b"ADT^A03", b"ORU^R01"), adt(processing="T"))

    page = text_of(desk.admin_client.get(desk.at("hospital_sources")))

    assert "1 taken in seven days" in page
    assert "not an ADT message 1" in page and "marked as a test 1" in page


def test_what_was_looked_at_stands_in_the_access_log(desk, signed_in):
    stay = a_stay(desk, mrn="M-1", disposition="")
    reader = signed_in(desk.members[Role.SUPERVISOR])
    reader.get(desk.at("hospital_stay", adt_stay=stay.pk))

    with agency_context(desk.agency):
        row = AccessLog.objects.order_by("-pk").first()
    assert (row.route, row.subject) == ("interop:hospital_stay", desk.amara.pk)
