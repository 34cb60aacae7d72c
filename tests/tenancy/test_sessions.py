"""Sessions end: when nobody uses them, after a shift, when their person or an administrator says so. Polling keeps none alive."""

import pytest
from django.contrib.sessions.backends.cache import SessionStore
from django.core.cache import cache
from django.urls import reverse

from tenancy import browsers, clock, sessions
from tenancy.context import agency_context
from tenancy.models import AgencySettings
from tests.tenancy.support import sql

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
POLL = {"X-Polling": "1"}


@pytest.fixture(autouse=True)
def later(monkeypatch):
    """`later(minutes=15)` moves the clock of sessions on."""
    cache.clear()
    moment = {"now": clock.security_now()}
    monkeypatch.setattr(clock, "security_now", lambda: moment["now"])

    def move(*, minutes=0, seconds=0, hours=0):
        moment["now"] += hours * 3600 + minutes * 60 + seconds

    return move


@pytest.fixture
def page(riverbend):
    return reverse("coordination:patients", kwargs={"agency": riverbend.slug})


def is_in(client, page, **more):
    answer = client.get(page, **more)
    assert answer.status_code in (200, 302)
    return answer.status_code == 200


def shorten(world, signed_in, minutes):
    client = signed_in(world.admin)
    url = reverse("tenancy:settings", kwargs={"agency": world.slug})
    with agency_context(world.agency):
        version = AgencySettings.objects.values_list("version", flat=True).first() or 1
    return client.post(url, {"idle_minutes": minutes, "version": version})


def test_a_session_rests_fifteen_minutes_and_no_longer(riverbend, signed_in, page, later):
    client = signed_in(riverbend.coordinator)
    assert is_in(client, page)
    later(minutes=14, seconds=59)
    assert is_in(client, page)
    later(minutes=15)
    refused = client.get(page)
    assert refused["Location"] == f"{reverse('account_login')}?next={page}"
    assert not is_in(client, page)


def test_polling_is_answered_and_keeps_nothing_alive(riverbend, signed_in, page, later):
    client = signed_in(riverbend.coordinator)
    assert is_in(client, page)
    for _ in range(14):
        later(minutes=1)
        assert is_in(client, page, headers=POLL)
    later(minutes=1)
    assert not is_in(client, page, headers=POLL)
    assert not is_in(client, page)


def test_a_shift_ends_after_twelve_hours_however_busy(riverbend, signed_in, page, later):
    client = signed_in(riverbend.coordinator)
    for _ in range(12 * 6):
        assert is_in(client, page)
        later(minutes=10)
    assert not is_in(client, page)


def test_an_agency_shortens_it_for_everybody_within_a_minute(riverbend, signed_in, page, later):
    client = signed_in(riverbend.coordinator)
    assert is_in(client, page)
    assert shorten(riverbend, signed_in, 5).status_code == 302
    later(minutes=1)
    assert f'data-idle-seconds="{5 * 60}"' in client.get(page).content.decode()
    later(minutes=5)
    assert not is_in(client, page)


@pytest.mark.parametrize("minutes", [0, 16, ""])
def test_no_agency_lengthens_it_or_switches_it_off(riverbend, signed_in, minutes):
    assert shorten(riverbend, signed_in, minutes).status_code == 422
    with agency_context(riverbend.agency):
        assert not AgencySettings.objects.exists()
        assert sql("SELECT count(*) FROM pg_constraint WHERE conname = 'idle_minutes_1_to_15'") == [(1,)]


def test_another_agencys_limit_holds_only_there(worlds, signed_in, page, later):
    shorten(worlds.harbor, signed_in, 1)
    client = signed_in(worlds.riverbend.coordinator)
    assert is_in(client, page)
    later(minutes=10)
    assert is_in(client, page)


def test_a_sign_of_life_keeps_the_session(riverbend, signed_in, page, later):
    client, stay = signed_in(riverbend.coordinator), reverse("tenancy:stay", kwargs={"agency": riverbend.slug})
    assert is_in(client, page)
    for _ in range(3):
        later(minutes=14)
        assert client.post(stay).status_code == 204
    later(minutes=15)
    assert client.post(stay).status_code == 302


def test_a_person_sees_their_sessions_and_nobody_elses(riverbend, signed_in, page, later):
    here, there = signed_in(riverbend.coordinator), signed_in(riverbend.coordinator)
    there.get(page, headers={"User-Agent": FIREFOX})
    signed_in(riverbend.admin).get(page, headers={"User-Agent": "curl/8"})
    later(minutes=2)
    here.get(page, headers={"User-Agent": "Mozilla/5.0 (iPhone) CriOS/140 Safari/604"})
    shown = here.get(reverse("account_sessions")).content.decode()
    assert shown.index("Chrome, iPhone") < shown.index("Firefox, Windows")
    assert shown.count("this one") == 1
    assert "curl" not in shown
    for client in (here, there):
        assert client.session.session_key not in shown


def test_ending_one_session_others_and_this_one(riverbend, signed_in, page):
    clients = [signed_in(riverbend.coordinator) for _ in range(4)]
    stranger = signed_in(riverbend.admin)
    for client in [*clients, stranger]:
        assert is_in(client, page)
    here, second, *_ = clients
    url = reverse("account_sessions")

    def handle(client):
        return sessions._handle(client.session.session_key)

    assert here.post(url, {"end": handle(stranger)}).status_code == 302
    assert is_in(stranger, page)  # not this person's: nothing happens
    assert here.post(url, {"end": handle(second)}).status_code == 302
    assert [is_in(client, page) for client in clients] == [True, False, True, True]
    assert here.post(url, {"end": "others"}).status_code == 302
    assert [is_in(client, page) for client in clients] == [True, False, False, False]
    assert here.post(url, {"end": handle(here)})["Location"] == reverse("account_login")
    assert not is_in(here, page)
    assert is_in(stranger, page)


def test_disabling_a_person_ends_their_sessions_at_once(riverbend, signed_in, page, django_capture_on_commit_callbacks):
    theirs = signed_in(riverbend.coordinator)
    assert is_in(theirs, page)
    key = theirs.session.session_key
    url = reverse("tenancy:disable", kwargs={"agency": riverbend.slug, "person": riverbend.coordinator.pk})
    with django_capture_on_commit_callbacks(execute=True):
        assert signed_in(riverbend.admin).post(url, {"version": 1}).status_code == 302
    assert not SessionStore().exists(key)
    assert theirs.get(page)["Location"].startswith(reverse("account_login"))


def test_a_lost_entry_of_the_list_comes_back_with_the_next_use(riverbend, signed_in, page, later):
    client = signed_in(riverbend.coordinator)
    assert is_in(client, page)
    cache.delete(sessions._name(riverbend.coordinator.user_id))
    later(seconds=10)
    assert is_in(client, page)
    assert len(sessions.of_person(riverbend.coordinator.user_id)) == 1


def test_a_busy_session_is_written_every_ten_seconds_and_not_oftener(riverbend, signed_in, page, later):
    client = signed_in(riverbend.coordinator)
    assert is_in(client, page)
    began = client.session[sessions.SEEN]
    later(seconds=9)
    assert is_in(client, page)
    assert client.session[sessions.SEEN] == began
    later(seconds=1)
    assert is_in(client, page)
    assert client.session[sessions.SEEN] == began + 10


def test_no_session_key_is_in_sql(riverbend, signed_in, page):
    client = signed_in(riverbend.coordinator)
    assert is_in(client, page)
    assert sql("SELECT count(*) FROM pg_class WHERE relname LIKE '%session%'") == [(0,)]


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140 Safari/537.36 Edg/140", "Edge, Linux"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", ""),
    ],
)
def test_browsers_in_words(agent, words):
    assert browsers.in_words(agent) == words
