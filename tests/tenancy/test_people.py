"""People of an agency: found, changed, and never locked out by themselves."""

from datetime import date, time

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from tenancy.access import CapabilityRequired
from tenancy.context import agency_context
from tenancy.models import Discipline, Licence, Membership, MembershipEvent, Site, Team
from tenancy.roles import Role
from tenancy.selectors.people import PAGE_SIZE, people_page
from tenancy.services.people import person_disable, person_enable, person_role_change
from tests.factories import NOW, a_licence, a_member, an_invitation

pytestmark = pytest.mark.django_db


def page_at(world, name, **ids):
    return reverse(f"tenancy:{name}", kwargs={"agency": world.slug, **ids})


def names(**asked):
    return [person.name.split()[0] for person in people_page(now=NOW, **asked).rows]


@pytest.fixture
def crew(riverbend):
    with agency_context(riverbend.agency):
        riverbend.jose = a_member(Role.BILLER, name="José Núñez", discipline=Discipline.NONE)
        riverbend.ivy, riverbend.invitation, riverbend.link = an_invitation(by=riverbend.admin, email="ivy@example.org")
        riverbend.gone = a_member(Role.BILLER, name="Gone Girard", is_active=False)
    return riverbend


def test_words_find_people_from_their_beginning_without_accents_and_by_address(crew):
    with agency_context(crew.agency):
        assert names(query="nunez jose") == ["José"]
        assert names(query="unez") == []
        assert names(query=crew.jose.user.email.upper()) == ["José"]
        assert names(query="%") == []


def test_states_and_roles_filter(crew):
    with agency_context(crew.agency):
        assert names(state="invited") == ["Ivy"]
        assert names(state="no_sign_in") == ["Olu"]
        assert names(state="disabled") == ["Gone"]
        assert names(role="biller") == ["Biller", "Gone", "José"]
        assert names(role="none") == ["Olu"]
        assert "Gone" not in names(state="active")


def test_pages_are_whole_and_in_order(crew):
    with agency_context(crew.agency):
        for number in range(PAGE_SIZE):
            a_member(name=f"Colleague {number % 5}", signs_in=False)
        for order in ("name", "newest"):
            seen, after = [], None
            while True:
                page = people_page(now=NOW, order=order, after=after)
                seen += page.rows
                if (after := page.next_after) is None:
                    break
            assert sorted(each.pk for each in seen) == sorted(Membership.objects.values_list("pk", flat=True))
            key = (lambda each: (each.name, each.pk)) if order == "name" else (lambda each: each.pk)
            assert [each.pk for each in seen] == [each.pk for each in sorted(seen, key=key, reverse=order == "newest")]


def test_the_list_is_a_page_and_a_piece_of_one(crew, signed_in):
    client = signed_in(crew.admin)
    page = client.get(page_at(crew, "people"), {"q": "jose", "role": "nonsense", "after": "nonsense"}).content.decode()
    assert "José Núñez" in page
    assert "Gone Girard" not in page
    piece = client.get(page_at(crew, "people"), {"q": "nobody"}, headers={"HX-Request": "true"}).content.decode()
    assert "Nobody matches" in piece
    assert "<html" not in piece


def test_a_profile_is_saved_and_told_as_a_change(crew, signed_in):
    with agency_context(crew.agency):
        site, team = Site.objects.create(name="Main street"), Team.objects.create(name="North")
    client = signed_in(crew.admin)
    typed = {
        "name": "Jose Nunez",
        "discipline": "LPN",
        "npi": "1234567893",
        "site": site.pk,
        "team": team.pk,
        "weekly_hours": 32,
        "works_from": "08:00",
        "works_until": "16:30",
        "version": 1,
    }
    assert client.post(page_at(crew, "profile", person=crew.jose.pk), typed).status_code == 302
    with agency_context(crew.agency):
        saved = Membership.objects.get(pk=crew.jose.pk)
        assert (saved.signature, saved.npi, saved.site, saved.team, saved.weekly_hours) == (
            "Jose Nunez, LPN",
            "1234567893",
            site,
            team,
            32,
        )
        assert (saved.works_from, saved.works_until, saved.version) == (time(8), time(16, 30), 2)
    page = client.get(page_at(crew, "person", person=crew.jose.pk)).content.decode()
    assert "Discipline: None → Licensed practical nurse" in page
    assert "Site: nothing → Main street" in page
    assert f"by {crew.admin.name}" in page


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("npi", "1234567890", "is no NPI"),
        ("npi", "123456789٣", "is no NPI"),
        ("weekly_hours", "81", "less than or equal to 80"),
        ("works_from", "08:00", "both ends"),
        ("name", "", "Enter the person"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(crew, signed_in, field, typed, said):
    answer = signed_in(crew.admin).post(
        page_at(crew, "profile", person=crew.jose.pk), {"name": "J", "discipline": "NONE", "version": 1, field: typed}
    )
    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    with agency_context(crew.agency):
        assert Membership.objects.get(pk=crew.jose.pk).version == 1


def test_two_who_edit_at_once_see_both_versions(crew, signed_in):
    client, typed = signed_in(crew.admin), {"name": "J", "discipline": "NONE", "version": 1}
    assert client.post(page_at(crew, "profile", person=crew.jose.pk), typed | {"name": "First"}).status_code == 302
    late = client.post(page_at(crew, "profile", person=crew.jose.pk), typed | {"name": "Second"})
    assert (late.status_code, "Now on record: First" in late.content.decode()) == (409, True)
    assert (
        client.post(page_at(crew, "role", person=crew.jose.pk), {"role": "clinician", "version": 1}).status_code == 409
    )
    with agency_context(crew.agency):
        saved = Membership.objects.get(pk=crew.jose.pk)
        assert (saved.name, saved.role) == ("First", Role.BILLER)


def test_a_role_changes_from_the_next_request_on(crew, signed_in):
    theirs, runs = signed_in(crew.jose), reverse("billing:runs", kwargs={"agency": crew.slug})
    assert theirs.get(runs).status_code == 200
    answer = signed_in(crew.admin).post(
        page_at(crew, "role", person=crew.jose.pk), {"role": "coordinator", "version": 1}
    )
    assert answer.status_code == 302
    assert theirs.get(runs).status_code == 403


def test_nobody_changes_their_own_role_or_state(crew, signed_in):
    client, me = signed_in(crew.admin), {"person": crew.admin.pk}
    with agency_context(crew.agency):
        a_member(Role.ADMIN, name="Second admin")
    for name, data in (("role", {"role": "biller"}), ("disable", {})):
        answer = client.post(page_at(crew, name, **me), data | {"version": 1})
        assert (answer.status_code, "Nobody" in answer.content.decode()) == (422, True)
    with agency_context(crew.agency):
        assert Membership.objects.get(pk=crew.admin.pk).role == Role.ADMIN


def test_the_last_active_administrator_stays(crew):
    with agency_context(crew.agency):
        other = a_member(Role.ADMIN, name="Other admin")
        person_disable(actor=other, person=crew.admin, version=1, now=NOW)
        crew.admin.refresh_from_db()
        for change in (
            lambda: person_role_change(actor=crew.admin, person=other, version=1, role=Role.BILLER),
            lambda: person_disable(actor=crew.admin, person=other, version=1, now=NOW),
        ):
            crew.admin.is_active = True  # as in a request that began before they were disabled
            with pytest.raises(ValidationError, match="last active administrator"):
                change()
        person_enable(actor=other, person=crew.admin, version=2)
        assert person_role_change(actor=crew.admin, person=other, version=1, role=Role.BILLER).role == Role.BILLER


def test_a_disabled_person_is_a_stranger_until_enabled(crew, signed_in):
    theirs, admin = signed_in(crew.jose), signed_in(crew.admin)
    home = reverse("coordination:patients", kwargs={"agency": crew.slug})
    assert theirs.get(home).status_code == 200
    assert admin.post(page_at(crew, "disable", person=crew.jose.pk), {"version": 1}).status_code == 302
    assert theirs.get(home).status_code == 404
    assert admin.post(page_at(crew, "enable", person=crew.jose.pk), {"version": 2}).status_code == 302
    assert theirs.get(home).status_code == 200
    with agency_context(crew.agency):
        states = (
            MembershipEvent.objects.filter(pgh_obj_id=crew.jose.pk)
            .order_by("pgh_id")
            .values_list("is_active", flat=True)
        )
        assert list(states) == [True, False, True]


def test_services_ask_for_the_capability_themselves(crew):
    with agency_context(crew.agency), pytest.raises(CapabilityRequired):
        person_role_change(actor=crew.members[Role.SUPERVISOR], person=crew.jose, version=1, role=Role.ADMIN)


def test_a_supervisor_reads_and_changes_nothing(crew, signed_in):
    page = signed_in(crew.members[Role.SUPERVISOR]).get(page_at(crew, "person", person=crew.jose.pk)).content.decode()
    assert crew.jose.user.email in page
    for offered in ("Edit profile", "Change the role", "Disable", "Add a licence"):
        assert offered not in page


def test_licences_are_added_changed_and_shown_as_what_they_are_today(crew, signed_in):
    client = signed_in(crew.admin)
    typed = {
        "kind": "RN",
        "state": "co",
        "number": "RN-9",
        "valid_from": "2024-01-01",
        "valid_to": "2026-11-15",
        "version": 1,
    }
    assert client.post(page_at(crew, "licence_new", person=crew.jose.pk), typed).status_code == 302
    with agency_context(crew.agency):
        licence = Licence.objects.get(number="RN-9")
        assert (licence.state, licence.valid_to) == ("CO", date(2026, 11, 15))
    assert "expired" in client.get(page_at(crew, "person", person=crew.jose.pk)).content.decode()
    again = client.post(page_at(crew, "licence_new", person=crew.jose.pk), typed)
    assert (again.status_code, "on record already" in again.content.decode()) == (422, True)
    for wrong in ({"state": "ZZ"}, {"valid_to": "2023-01-01"}, {"number": ""}):
        ids = {"person": crew.jose.pk, "licence": licence.pk}
        assert client.post(page_at(crew, "licence", **ids), typed | wrong).status_code == 422
    assert client.post(page_at(crew, "licence", **ids), typed | {"valid_to": "2027-01-01"}).status_code == 302
    page = client.get(page_at(crew, "person", person=crew.jose.pk)).content.decode()
    assert "expired" not in page
    assert "To: Nov. 15, 2026 → Jan. 1, 2027" in page


def test_a_licence_of_somebody_else_is_not_found_below_this_person(crew, signed_in):
    with agency_context(crew.agency):
        licence = a_licence(crew.coordinator)
    ids = {"person": crew.jose.pk, "licence": licence.pk}
    assert signed_in(crew.admin).get(page_at(crew, "licence", **ids)).status_code == 404
