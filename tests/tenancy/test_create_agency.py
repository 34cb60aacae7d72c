"""`create_agency`: zone, holidays, sites and a first administrator, whole or not at all."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from tenancy.context import agency_context
from tenancy.models import Agency, Holiday, Membership, Site, User
from tenancy.roles import Role

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"])
GIVEN = {
    "slug": "lakeside",
    "name": "Lakeside Clinic",
    "zone": "America/Chicago",
    "site": ["Main street", "Harbor road"],
    "admin_email": "Ada@Lakeside.example",
    "admin_name": "Ada Park",
}


def made(**changes):
    out = StringIO()
    call_command("create_agency", **(GIVEN | changes), stdout=out)
    return out.getvalue()


def test_an_agency_is_made_whole_and_its_administrator_comes_in(client):
    told = json.loads(made(json=True, url="https://care.example/"))
    assert {key: told[key] for key in ("agency", "sites", "holidays", "administrator")} == {
        "agency": "lakeside",
        "sites": ["Main street", "Harbor road"],
        "holidays": 27,
        "administrator": "ada@lakeside.example",
    }
    assert told["link"].startswith("https://care.example/accounts/invitation/lakeside/")
    assert told["link"] in mail.outbox[0].body
    agency = Agency.objects.get(slug="lakeside")
    with agency_context(agency):
        assert sorted(Site.objects.values_list("name", flat=True)) == ["Harbor road", "Main street"]
        days = dict(Holiday.objects.values_list("day", "name"))
        assert days[date(2026, 7, 3)] == "Independence Day (observed)"  # the 4th is a Saturday
        assert days[date(2026, 11, 26)] == "Thanksgiving Day"
        assert days[date(2027, 12, 31)] == "New Year's Day (observed)"
    typed = {"password": "a long enough password", "again": "a long enough password"}
    client.post(told["link"].removeprefix("https://care.example"), typed)
    assert client.get("/")["Location"] == "/a/lakeside/"
    assert client.get("/a/lakeside/agency/").status_code == 200


def test_a_second_time_it_refuses_and_changes_nothing():
    made()
    with pytest.raises(CommandError, match="lakeside exists already: nothing was changed"):
        made(name="Other", site=["New"])
    agency = Agency.objects.get(slug="lakeside")
    with agency_context(agency):
        assert (agency.name, Site.objects.count(), Membership.objects.count()) == ("Lakeside Clinic", 2, 1)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"zone": "America/Dever"}, "is no time zone"),
        ({"slug": "two words"}, "slug"),
        ({"admin_email": "nobody"}, "valid email"),
        ({"site": ["Twice", "Twice"]}, "Twice” exists already"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_left(changes, said):
    with pytest.raises(CommandError, match=said):
        made(**changes)
    assert not Agency.objects.exclude(slug__in=("riverbend", "harbor")).exists()
    assert mail.outbox == []


def test_a_person_of_another_agency_is_invited_with_the_sign_in_they_have():
    User.objects.create_user("ada@lakeside.example", "a long enough password")
    made()
    with agency_context(Agency.objects.get(slug="lakeside")):
        assert Membership.objects.get().role == Role.ADMIN
