"""Second factors: asked for at sign-in, one's own alone, and of no use to whoever reads the database."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.urls import reverse

from tenancy.context import person_context
from tests.tenancy.support import refusal, sql

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough password"


@pytest.fixture(autouse=True)
def no_code_was_used_before():
    cache.clear()


def digits(secret):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def signs_in(client, email, password=PASSWORD):
    return client.post(reverse("account_login"), {"login": email, "password": password})


@pytest.fixture
def protected(riverbend, client):
    """Dana has set up an app; its secret."""
    email = riverbend.coordinator.user.email
    signs_in(client, email)
    assert client.get(reverse("mfa_activate_totp"))["Location"].startswith(reverse("account_reauthenticate"))
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.get(reverse("mfa_activate_totp"))
    riverbend.secret = client.session["mfa.totp.secret"]
    done = client.post(reverse("mfa_activate_totp"), {"code": digits(riverbend.secret)})
    assert done["Location"] == reverse("mfa_view_recovery_codes")
    riverbend.codes = client.get(done["Location"]).context["unused_codes"]
    client.post(reverse("account_logout"))
    cache.clear()  # the same digits are needed again within their thirty seconds
    return riverbend


def test_a_password_alone_no_longer_opens_the_door(protected, client):
    assert signs_in(client, protected.coordinator.user.email)["Location"] == reverse("mfa_authenticate")
    patients = reverse("coordination:patients", kwargs={"agency": protected.slug})
    assert client.get(patients)["Location"].startswith(reverse("account_login"))
    wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert "Incorrect code" in wrong.content.decode()
    assert client.get(patients)["Location"].startswith(reverse("account_login"))
    assert client.post(reverse("mfa_authenticate"), {"code": digits(protected.secret)})["Location"] == "/"
    assert client.get(patients).status_code == 200


def test_a_recovery_code_opens_it_once(protected, client):
    assert len(protected.codes) == 10
    signs_in(client, protected.coordinator.user.email)
    assert client.post(reverse("mfa_authenticate"), {"code": protected.codes[0]})["Location"] == "/"
    client.post(reverse("account_logout"))
    signs_in(client, protected.coordinator.user.email)
    assert client.post(reverse("mfa_authenticate"), {"code": protected.codes[0]}).status_code == 200


def test_codes_are_shown_once(protected, client):
    signs_in(client, protected.coordinator.user.email)
    client.post(reverse("mfa_authenticate"), {"code": digits(protected.secret)})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert not any(code in page for code in protected.codes)
    assert "10 codes are left" in page


def test_changing_factors_asks_for_the_person_again(protected, client):
    signs_in(client, protected.coordinator.user.email)
    client.post(reverse("mfa_authenticate"), {"code": digits(protected.secret)})
    for name in ("mfa_deactivate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes"):
        assert client.get(reverse(name))["Location"].startswith(reverse("account_reauthenticate")), name
        assert client.post(reverse(name))["Location"].startswith(reverse("account_reauthenticate")), name
    with person_context(protected.coordinator.user):
        assert Authenticator.objects.count() == 2


def test_one_person_neither_reads_nor_writes_the_factors_of_another(protected, worlds):
    mine, other = protected.coordinator.user, protected.admin.user
    with person_context(mine):
        assert Authenticator.objects.filter(user=mine).count() == 2
    with person_context(other):
        assert Authenticator.objects.count() == 0
        assert Authenticator.objects.update(data={}) == 0
        assert Authenticator.objects.all().delete()[0] == 0
        add = "INSERT INTO mfa_authenticator (user_id, type, data, created_at) VALUES (%s, 'webauthn', '{}', now())"
        assert refusal(add, [mine.pk]) == 'new row violates row-level security policy for table "mfa_authenticator"'
    assert refusal("SELECT count(*) FROM mfa_authenticator").startswith("no app.person in context")


def test_secrets_are_encrypted_where_they_are_stored(protected):
    with person_context(protected.coordinator.user):
        stored = str(sql("SELECT data::text FROM mfa_authenticator"))
        app = Authenticator.objects.get(type="totp")
    assert protected.secret not in stored
    assert all(code not in stored for code in protected.codes)
    assert app.wrap().validate_code(digits(protected.secret))


def test_a_key_that_was_exchanged_still_opens_what_it_closed(settings):
    from tenancy.accounts import FactorAdapter

    closed = FactorAdapter(None).encrypt("a secret")
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another " * 8
    assert FactorAdapter(None).decrypt(closed) == "a secret"


@pytest.mark.parametrize("sent", ["{}", "[]", "null", "nonsense", '{"response": {"userHandle": "x"}}'])
def test_a_passkey_that_is_none_is_refused(riverbend, client, sent):
    client.get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"})
    answer = client.post(reverse("mfa_login_webauthn"), {"credential": sent})
    assert answer["Location"] == reverse("account_login")
    assert "_auth_user_id" not in client.session


def test_the_pages_of_factors_open(protected, client):
    signs_in(client, protected.coordinator.user.email)
    client.post(reverse("mfa_authenticate"), {"code": protected.codes[1]})
    page = client.get(reverse("account_reauthenticate")).content.decode()
    assert "Use authenticator app or code" in page
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    for name in ("mfa_index", "mfa_list_webauthn", "mfa_add_webauthn", "mfa_deactivate_totp", "mfa_reauthenticate"):
        assert client.get(reverse(name)).status_code == 200, name
    assert client.post(reverse("mfa_deactivate_totp"))["Location"] == reverse("mfa_index")
    client.post(reverse("account_logout"))
    assert signs_in(client, protected.coordinator.user.email)["Location"] == "/"
