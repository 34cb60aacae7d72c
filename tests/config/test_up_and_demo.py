"""What a first-time user meets: a taken port, one product a checkout, the demonstration made once, and never in production."""

import io
import socket
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import OutputWrapper
from django.db import connections

from billing.services.charge_run import charge_run
from config import demo, devstack
from config.management.commands import up
from coordination.models import Transition
from coordination.selectors.deadlines import bucket_counts, in_buckets, mine, moments
from coordination.selectors.time_entries import contacts_near
from coordination.views.day_picture import picture_of
from tenancy.clock import local_day
from tenancy.context import agency_context
from tenancy.models import Agency, Membership
from tenancy.roles import Role
from tests.factories import MONTH, NOW


def test_a_taken_port_is_said_plainly():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            CommandError, match=f"port {port} on 127.0.0.1 is taken: stop what listens there, or choose another"
        ):
            up.refuse_taken(port)


@pytest.mark.parametrize("port", ["abc", "", "0", "99999", "-1", "9" * 5000])
def test_what_is_no_port_is_said_plainly(port):
    with pytest.raises(CommandError, match="is no port: give a number from 1 to 65535"):
        call_command("up", port=port)


def test_up_brings_its_own_database(monkeypatch):
    monkeypatch.setenv("OWNER_DATABASE_URL", "postgres://careledger_owner@localhost/elsewhere")
    with pytest.raises(CommandError, match="run `unset OWNER_DATABASE_URL`, then again"):
        call_command("up")


def test_a_passkey_can_be_made_where_the_product_says_it_is(monkeypatch):
    command, asked, said = up.Command(), [], io.StringIO()
    command.stdout = OutputWrapper(said)
    opener = SimpleNamespace(open=lambda url, timeout: asked.append(url))
    monkeypatch.setattr(urllib.request, "build_opener", lambda *handlers: opener)
    command._announce(8123, time.monotonic())
    assert asked == ["http://127.0.0.1:8123/"]
    assert "s: http://localhost:8123/\n" in said.getvalue()
    assert "127.0.0.1:8123" in up._commands(8123)["web"]


def test_one_product_in_a_checkout(monkeypatch, tmp_path):
    monkeypatch.setattr(devstack, "DEV", tmp_path)
    monkeypatch.setattr(devstack, "make_place", lambda: tmp_path)
    told = "this checkout already runs: stop it with Ctrl-C there"
    with up.only_one_here(), pytest.raises(CommandError, match=told), up.only_one_here():
        pass
    with up.only_one_here():
        pass


def test_the_front_desk_is_named_among_the_logins():
    assert ("sam@riverbend.example", "Care coordinator (front desk)", "Riverbend Health") in demo.logins()


@pytest.mark.parametrize("place", demo.PLACES, ids=lambda place: place.slug)
def test_every_role_has_a_login_in_both_agencies(place):
    assert {person.role for person in place.people} - {""} == set(Role)
    emails = [person.email(place.slug) for person in place.people]
    assert len(set(emails)) == len(emails)


@pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"])
def test_the_demonstration_is_made_once_and_its_month_adds_up(at):
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE tenancy_agency CASCADE")
    assert demo.seed(NOW) is True
    assert demo.seed(NOW) is False
    assert sorted(Agency.objects.values_list("slug", flat=True)) == ["harbor", "riverbend"]
    riverbend, harbor = Agency.objects.get(slug="riverbend"), Agency.objects.get(slug="harbor")
    with agency_context(riverbend):
        report = charge_run(month=MONTH, now=NOW)
    chronic_care = {"99439": 1, "99490": 2}
    by_minutes = {"99426": 1, "99484": 1, "99492": 1, "G0019": 1, "G0023": 1}
    otherwise = {"90785": 1, "G0557": 1, "H2017": 3, "S0280": 1, "T1017": 3, "T2023": 1}
    after_discharge = {"99495": 1}  # moderate complexity, called on the next day and seen on the fifth
    assert report.units == chronic_care | by_minutes | otherwise | after_discharge
    discharged, calls_after_discharge = 7, 2 + 9 + 9  # the one that was cancelled is none
    assert (report.patients, report.minutes_logged) == (15 + discharged, 137 + 611 + calls_after_discharge)
    with agency_context(harbor):
        assert charge_run(month=MONTH, now=NOW).units == {"99490": 1}


@pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"])
@pytest.mark.parametrize(
    ("now", "today"), [(NOW, 1), (datetime(2026, 11, 28, 17, tzinfo=UTC), 0)], ids=["a Monday", "a Saturday"]
)
def test_dana_has_something_to_do_in_each_bucket_and_every_state_is_met(at, now, today):
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE tenancy_agency CASCADE")
    at(now)
    demo.seed(now)
    with agency_context(riverbend := Agency.objects.get(slug="riverbend")):
        dana = Membership.objects.get(name="Dana Reyes")
        found = in_buckets(mine(dana.pk), moments(now, riverbend.zone), reader=dana.pk)
        counts = bucket_counts(found.filter(patient__transitions__isnull=False).distinct())
        states = set(Transition.objects.values_list("state", flat=True))
    assert counts["overdue"] >= 1
    assert counts["today"] >= today
    assert counts["soon"] >= 1
    assert counts["waiting"] == 1
    assert states == {"open", "undecided", "watch", "ended", "cancelled"}


@pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"])
@pytest.mark.parametrize(
    "now", [NOW, datetime(2026, 12, 1, 7, 10, tzinfo=UTC)], ids=["any day", "a month's first minutes"]
)
def test_on_the_day_before_some_minutes_of_danas_stand_twice(at, now):
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE tenancy_agency CASCADE")
    at(now)
    demo.seed(now)
    with agency_context(riverbend := Agency.objects.get(slug="riverbend")):
        dana = Membership.objects.get(name="Dana Reyes")
        yesterday = local_day(now, riverbend.zone) - timedelta(days=1)
        picture = picture_of(contacts_near(dana, yesterday), riverbend.zone)
    assert [(str(row.contact.patient), row.minutes, row.meets) for row in picture.rows] == [
        ("Bill Okafor", 18, (2,)),
        ("Ana Ruiz", 12, (1,)),
    ]
    assert picture.has_overlaps


@pytest.mark.parametrize(
    "make", [lambda: demo.seed(NOW), lambda: call_command("seed_demo"), lambda: call_command("up")]
)
def test_the_demonstration_refuses_production(settings, make):
    settings.SETTINGS_MODULE = "config.settings.prod"
    with pytest.raises(CommandError, match="never runs under production settings"):
        make()
