"""What a first-time user meets: a taken port, the demonstration made once, and never in production."""

import socket

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from billing.services.charge_run import charge_run
from config import demo
from tenancy.context import agency_context
from tenancy.models import Agency
from tests.factories import MONTH, NOW


def test_a_taken_port_is_said_plainly():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            CommandError, match=f"port {port} on 127.0.0.1 is taken: stop what listens there, or choose another"
        ):
            call_command("up", port=port)


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
    assert (report.patients, report.minutes_logged, report.units) == (4, 107, {"99439": 1, "99490": 2})
    with agency_context(harbor):
        assert charge_run(month=MONTH, now=NOW).units == {"99490": 1}


def test_the_demonstration_refuses_production(settings):
    settings.SETTINGS_MODULE = "config.settings.prod"
    with pytest.raises(CommandError, match="never runs under production settings"):
        call_command("seed_demo")
