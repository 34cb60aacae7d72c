"""An invitation: one link, one person, once. Whatever is wrong with a link, the answer is the same."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from tenancy.context import agency_context, person_context
from tenancy.models import Invitation, Membership, User
from tenancy.roles import Role
from tenancy.selectors.changes import changes_of
from tenancy.services.invitations import invitation_send
from tests.factories import NOW, a_member, an_invitation

pytestmark = pytest.mark.django_db
PASSWORD = "seventeen letters"
TYPED = {"password": PASSWORD, "again": PASSWORD}


@pytest.fixture
def invited(riverbend):
    with agency_context(riverbend.agency):
        riverbend.ivy, riverbend.invitation, riverbend.link = an_invitation(
            by=riverbend.admin, email="ivy@example.org", name="Ivy Quill"
        )
    return riverbend


def page_at(world, name, **ids):
    return reverse(f"tenancy:{name}", kwargs={"agency": world.slug, **ids})


def places(email):
    user = User.objects.get(email=email)
    with person_context(user):
        return sorted((each.agency.slug, each.role) for each in Membership.objects.select_related("agency"))


def test_adding_a_person_mails_a_link_without_a_word_about_patients(
    riverbend, signed_in, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        answer = signed_in(riverbend.admin).post(
            page_at(riverbend, "person_new"),
            {"name": "Ivy Quill", "discipline": "RN", "email": "Ivy@Example.org", "role": "coordinator"},
        )
    assert answer.status_code == 302
    [letter] = mail.outbox
    assert letter.to == ["ivy@example.org"]
    assert f"http://testserver/accounts/invitation/{riverbend.slug}/" in letter.body
    assert "as Care coordinator" in letter.body
    assert riverbend.patient.family_name not in letter.body + letter.subject
    link = next(line for line in letter.body.splitlines() if line.startswith("http"))
    secret = link.rstrip("/").rpartition("/")[2]
    with agency_context(riverbend.agency):
        invitation = Invitation.objects.get()
        assert secret not in str(vars(invitation))
        assert invitation.expires_at == NOW + timedelta(days=7)


def test_a_newcomer_sets_a_password_and_is_in(invited, client):
    page = client.get(invited.link)
    assert (page.status_code, "Ivy Quill" in page.content.decode()) == (200, True)
    assert client.post(invited.link, TYPED)["Location"] == "/"
    assert client.get("/")["Location"] == f"/a/{invited.slug}/"
    assert places("ivy@example.org") == [("riverbend", Role.COORDINATOR)]
    other = Client()
    other.post(reverse("account_login"), {"login": "ivy@example.org", "password": PASSWORD})
    assert other.get("/")["Location"] == f"/a/{invited.slug}/"


def test_until_the_link_is_used_the_page_says_invited_and_afterwards_who_used_it(invited, client, signed_in):
    def told():
        page = signed_in(invited.admin).get(page_at(invited, "person", person=invited.ivy.pk))
        text = page.content.decode()
        return ["invited, has not signed in yet" in text, "does not sign in" in text, "<dd>ivy@example.org" in text]

    def by_whom():
        with agency_context(invited.agency):
            change = changes_of(invited.ivy)[0]
        return [[str(what) for what, _before, _after in change.parts], change.by]

    assert told() == [True, False, False]
    people = signed_in(invited.admin).get(page_at(invited, "people"), {"state": "invited"}).content.decode()
    assert "invited, has not signed in yet" in people
    assert client.post(invited.link, TYPED).status_code == 302
    assert told() == [False, False, True]
    assert by_whom() == [["Signs in"], "Ivy Quill"]


def test_disabling_withdraws_an_open_link_for_good(invited, client, signed_in):
    admin = signed_in(invited.admin)
    for route, version in (("disable", invited.ivy.version + 1), ("enable", invited.ivy.version + 2)):
        answer = admin.post(page_at(invited, route, person=invited.ivy.pk), {"version": version})
        assert answer.status_code == 302
    assert client.get(invited.link).status_code == 404
    with agency_context(invited.agency):
        invitation = Invitation.objects.select_related("withdrawn_by").get()
    assert (invitation.withdrawn_at, invitation.withdrawn_by) == (NOW, invited.admin)


@pytest.mark.parametrize(
    ("typed", "said"), [({"password": "short", "again": "short"}, "at least 15"), (TYPED | {"again": "x"}, "differ")]
)
def test_a_poor_password_is_refused_and_the_link_still_works(invited, client, typed, said):
    answer = client.post(invited.link, typed)
    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert not User.objects.filter(email="ivy@example.org").exists()
    assert client.post(invited.link, TYPED).status_code == 302


def test_somebody_with_a_sign_in_adds_the_agency_to_it(invited, harbor, signed_in, client):
    with agency_context(harbor.agency):
        known = a_member(name="Ivy at Harbor", user=User.objects.create_user("ivy@example.org", PASSWORD))
    page = client.get(invited.link).content.decode()
    assert f"{reverse('account_login')}?next={invited.link}" in page
    assert client.post(invited.link, TYPED).status_code == 200  # not signed in: nothing happens
    theirs = signed_in(known)
    assert "Join Riverbend Health" in theirs.get(invited.link).content.decode()
    assert theirs.post(invited.link)["Location"] == "/"
    assert places("ivy@example.org") == [("harbor", Role.COORDINATOR), ("riverbend", Role.COORDINATOR)]
    assert theirs.get(reverse("coordination:patients", kwargs={"agency": "riverbend"})).status_code == 200


def test_another_persons_sign_in_does_not_take_the_place(invited, harbor, signed_in):
    theirs = signed_in(harbor.coordinator)
    assert "for another address" in theirs.get(invited.link).content.decode()
    assert theirs.post(invited.link, TYPED).status_code == 200
    with agency_context(invited.agency):
        assert Membership.objects.get(pk=invited.ivy.pk).user is None


def test_every_link_that_does_not_work_answers_alike(invited, harbor, client, signed_in, at):
    dead = []
    with agency_context(invited.agency):
        _, used, used_link = an_invitation(by=invited.admin, email="used@example.org", name="Used")
        _, withdrawn, withdrawn_link = an_invitation(by=invited.admin, email="with@example.org", name="Withdrawn")
        disabled, _, disabled_link = an_invitation(by=invited.admin, email="dis@example.org", name="Disabled")
        Membership.objects.filter(pk=disabled.pk).update(is_active=False)
    assert Client().post(used_link, TYPED).status_code == 302
    route = reverse(
        "tenancy:withdraw", kwargs={"agency": invited.slug, "person": withdrawn.person_id, "invitation": withdrawn.pk}
    )
    assert signed_in(invited.admin).post(route).status_code == 302
    secret = invited.link.rstrip("/").rpartition("/")[2]
    wrong = reverse("account_invitation", args=[invited.slug, "x" * 43])
    foreign = reverse("account_invitation", args=[harbor.slug, secret])
    nowhere = reverse("account_invitation", args=["nowhere", secret])
    for link in (used_link, withdrawn_link, disabled_link, wrong, foreign, nowhere):
        dead += [client.get(link), client.post(link, TYPED)]
    at(NOW + timedelta(days=7))
    dead += [client.get(invited.link), client.post(invited.link, TYPED)]
    assert {(answer.status_code, answer.content) for answer in dead} == {(404, dead[0].content)}
    assert not User.objects.filter(email__in=("with@example.org", "dis@example.org", "ivy@example.org")).exists()


def test_a_new_link_replaces_the_old_one(invited, signed_in, client):
    invite = reverse("tenancy:invite", kwargs={"agency": invited.slug, "person": invited.ivy.pk})
    answer = signed_in(invited.admin).post(invite, {"email": "ivy@example.org", "role": "biller"})
    assert answer.status_code == 302
    assert client.get(invited.link).status_code == 404
    with agency_context(invited.agency):
        assert Invitation.objects.filter(withdrawn_at=None).count() == 1
        assert Membership.objects.get(pk=invited.ivy.pk).role == Role.BILLER


def test_an_address_that_is_here_already_is_not_invited_again(invited, signed_in):
    client = signed_in(invited.admin)
    for email, said in (
        (invited.coordinator.user.email, "signs in with this address"),
        ("ivy@example.org", "open already"),
    ):
        answer = client.post(
            page_at(invited, "person_new"), {"name": "Twin", "discipline": "RN", "email": email, "role": "coordinator"}
        )
        assert (answer.status_code, said in answer.content.decode()) == (422, True)
    with agency_context(invited.agency):
        assert not Membership.objects.filter(name="Twin").exists()


def test_whoever_came_in_while_a_new_link_was_written_stays_in(invited, client):
    with agency_context(invited.agency):
        before = Membership.objects.get(pk=invited.ivy.pk)
    assert client.post(invited.link, TYPED).status_code == 302
    with agency_context(invited.agency):
        with pytest.raises(ValidationError, match="signs in already"):
            invitation_send(
                actor=invited.admin, person=before, email="i@example.org", role="biller", site_url="x", now=NOW
            )
        ivy = Membership.objects.get(pk=invited.ivy.pk)
        assert (ivy.user, ivy.role) == (User.objects.get(email="ivy@example.org"), Role.COORDINATOR)


def test_email_and_role_go_together(riverbend, signed_in):
    client = signed_in(riverbend.admin)
    for part in ({"email": "a@example.org"}, {"role": "biller"}):
        answer = client.post(page_at(riverbend, "person_new"), {"name": "Half", "discipline": "RN"} | part)
        assert answer.status_code == 422
    with agency_context(riverbend.agency):
        assert not Membership.objects.filter(name="Half").exists()
