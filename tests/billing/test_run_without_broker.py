"""Asking for a month's run while the broker is down, or hangs: the page is answered, and what is left is handed out later."""

import threading

import pytest
from django.urls import reverse

from billing import tasks
from billing.models import ChargeRun
from billing.services.charge_run import chunks_left
from tenancy.context import agency_context
from tests import factories
from tests.tenancy.support import COMMITTED, wait_until

pytestmark = COMMITTED


@pytest.fixture
def ask(riverbend, signed_in):
    with agency_context(riverbend.agency):
        biller = factories.a_member("biller", name="Bea")
    client, runs = signed_in(biller), reverse("billing:runs", kwargs={"agency": "riverbend"})
    return lambda: client.post(runs, {"month": "2026-11"})


def the_run(world) -> tuple[ChargeRun, list[int]]:
    with agency_context(world.agency):
        run = ChargeRun.objects.get()
        return run, list(chunks_left(run))


def test_a_broker_that_hangs_keeps_no_page_waiting(ask, riverbend, monkeypatch):
    sent, goes_on = [], threading.Event()

    def hang(arguments, agency, **options):
        goes_on.wait(30)
        sent.append((arguments, agency))

    monkeypatch.setattr(tasks.decide_chunk, "apply_async", hang)
    assert ask().status_code == 302
    run, left = the_run(riverbend)
    assert (left, sent) == ([1], [])
    goes_on.set()
    wait_until(lambda: sent, "the chunk")
    assert sent == [([str(run.pk), 1], riverbend.agency)]


def test_a_broker_that_is_down_fails_no_page_and_the_chunks_are_left(ask, riverbend, monkeypatch):
    said = threading.Event()
    monkeypatch.setattr(tasks, "log", type("Log", (), {"exception": lambda self, what: said.set()})())
    assert ask().status_code == 302  # tests have no broker
    assert said.wait(30)
    assert the_run(riverbend)[1] == [1]
