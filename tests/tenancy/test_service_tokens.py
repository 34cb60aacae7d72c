"""Machines come in by a token: made once, shown once, good for one agency, its doors and its time."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from tenancy.context import AgencyRequired, agency_context, current_agency_id
from tenancy.machines import TokenRefused, hash_of, token_shown
from tenancy.models import ServiceToken, ServiceTokenEvent, uuid7
from tenancy.services.service_tokens import service_token_make, service_token_revoke
from tests.factories import NOW
from tests.tenancy import machines

MINUTE = timedelta(minutes=1)


def a_token(world, **more) -> tuple[ServiceToken, str]:
    with agency_context(world.agency):
        return machines.a_token(world.admin, NOW, **more)


def refused(text: str, *, scope: str = "adt.write", now: datetime = NOW) -> bool:
    try:
        token_shown(text, scope=scope, now=now)
    except TokenRefused:
        return True
    return False


def test_a_token_leads_to_its_agency_and_to_no_other(riverbend, harbor):
    token, text = a_token(riverbend)

    agency, found = token_shown(text, scope="adt.write", now=NOW)

    assert (agency, found.pk, current_agency_id()) == (riverbend.agency, token.pk, None)
    # The secret of one agency with the number of the other opens neither.
    assert refused(text.replace(f"cl_{riverbend.agency.pk}_", f"cl_{harbor.agency.pk}_"))


def test_only_the_hash_is_kept(riverbend):
    token, text = a_token(riverbend)
    secret = text.split("_", 2)[2]

    with agency_context(riverbend.agency):
        row = ServiceToken.objects.filter(pk=token.pk).values().get()

    assert row["token_hash"] == hash_of(secret)
    assert secret not in str(row) and len(secret) == 43


@pytest.mark.parametrize(
    "text", ["", "cl", "cl_1_", "cl__x", "cl_99999999_" + "x" * 43, "Bearer x", "cl_1_" + "é" * 43]
)
def test_what_is_no_token_is_refused(worlds, text):
    assert refused(text)


def test_a_token_ends_with_its_last_day_on_the_agency_s_clock(riverbend):
    _, text = a_token(riverbend, last_day=date(2026, 11, 16))
    midnight = datetime(2026, 11, 17, tzinfo=ZoneInfo("America/Denver"))

    assert not refused(text, now=midnight - MINUTE)
    assert refused(text, now=midnight)


def test_a_token_opens_the_doors_it_names_and_a_revoked_one_none(riverbend):
    token, text = a_token(riverbend)
    assert refused(text, scope="patient.read")

    with agency_context(riverbend.agency):
        service_token_revoke(actor=riverbend.admin, token=token, now=NOW)
        service_token_revoke(actor=riverbend.admin, token=token, now=NOW + MINUTE)
        token.refresh_from_db()

    assert refused(text)
    assert (token.revoked_at, token.revoked_by_id) == (NOW, riverbend.admin.pk)


def test_its_use_is_noted_every_ten_minutes_and_is_no_change_in_the_history(riverbend):
    token, text = a_token(riverbend)
    seen = []
    for after in (0, 9, 11):
        token_shown(text, scope="adt.write", now=NOW + after * MINUTE)
        with agency_context(riverbend.agency):
            token.refresh_from_db()
        seen.append(token.used_at)

    assert seen == [NOW, NOW, NOW + 11 * MINUTE]
    with agency_context(riverbend.agency):
        service_token_revoke(actor=riverbend.admin, token=token, now=NOW)
        told = ServiceTokenEvent.objects.filter(pgh_obj_id=token.pk).order_by("pgh_id")
        assert [each.pgh_label for each in told] == ["insert", "update"]


def test_tokens_are_behind_the_wall(riverbend):
    a_token(riverbend)
    with pytest.raises(AgencyRequired):
        list(ServiceToken.objects.all())


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"last_day": date(2026, 11, 15)}, "last_day"),
        ({"last_day": date(2029, 1, 1)}, "last_day"),
        ({"name": "Engine"}, "name"),
    ],
)
def test_what_cannot_be_made_is_said_at_its_field(riverbend, said, field):
    a_token(riverbend, name="Engine")
    with pytest.raises(ValidationError) as caught:
        a_token(riverbend, **said)
    assert list(caught.value.message_dict) == [field]


def test_nobody_but_an_admin_makes_or_revokes_one(riverbend):
    token, _ = a_token(riverbend)
    with agency_context(riverbend.agency):
        with pytest.raises(PermissionDenied):
            machines.a_token(riverbend.coordinator, NOW)
        with pytest.raises(PermissionDenied):
            service_token_revoke(actor=riverbend.coordinator, token=token, now=NOW)


def test_the_page_shows_a_new_token_once(riverbend, signed_in):
    client, url = signed_in(riverbend.admin), reverse("tenancy:tokens", kwargs={"agency": riverbend.slug})
    sent = {"name": "Mercy", "scopes": ["adt.write"], "last_day": "2027-06-30", "form_key": str(uuid7())}

    answer = client.post(url, sent)

    text = next(each for each in answer.content.decode().replace("<", ">").split(">") if each.startswith("cl_"))
    assert answer.headers["Cache-Control"] == "no-store"
    assert token_shown(text, scope="adt.write", now=NOW)[1].name == "Mercy"
    again = client.post(url, sent)
    assert again.status_code == 422
    assert "made its token already" in again.content.decode()
    page = client.get(url).content.decode()
    assert "Mercy" in page and text not in page
    with agency_context(riverbend.agency):
        assert ServiceToken.objects.filter(name="Mercy").count() == 1


def test_the_page_revokes(riverbend, signed_in):
    token, text = a_token(riverbend, name="Mercy")
    client = signed_in(riverbend.admin)

    url = reverse("tenancy:token_revoke", kwargs={"agency": riverbend.slug, "token": token.pk})
    page = client.post(url, follow=True).content.decode()

    assert "Mercy is shut out" in page and "revoked" in page
    assert refused(text)


def test_a_command_makes_one_without_a_person(riverbend):
    with agency_context(riverbend.agency):
        token, text = service_token_make(
            actor=None, name="demo", scopes=["adt.write"], last_day=date(2026, 12, 1), now=NOW
        )
    assert token.made_by is None
    assert not refused(text)
