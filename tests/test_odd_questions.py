"""Whatever an address asks: it is answered or refused, and nothing breaks."""

import re

import pytest

from tests import factories
from tests.test_access_matrix import routes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("one_of_each")]
NAMES = [
    *("q", "after", "before", "order", "state", "role", "kind", "why", "by", "code", "shown", "of", "month"),
    *("on", "confidence", "day", "from", "to", "born", "program", "team", "member", "author", "route", "action"),
]
ODD = ("\x00", "'", "-1", "9" * 30, "0001-01-01", "9999-12-31", "é" * 2000)


ADDRESSES = [address for address, _name in routes() if address.startswith("a/")]


def test_odd_questions_are_answered(riverbend, signed_in):
    client = signed_in(riverbend.admin)
    client.raise_request_exception = False  # every address is asked before the broken ones are told
    broken = []
    for address in ADDRESSES:
        path = "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", address).format(
            agency=riverbend.slug,
            month="2026-11",
            day="2026-11-16",
            kind="stays",
            done="reconciliation",
            code="99490",
            program="chronic_care",
            **factories.ids_of(riverbend),
        )
        broken += [(address, odd) for odd in ODD if client.get(path, dict.fromkeys(NAMES, odd)).status_code >= 500]
    assert broken == []


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1899-12-31", "2200-01-01", "2026-02-30"])
def test_a_day_out_of_reach_is_no_address(riverbend, signed_in, day):
    client, member = signed_in(riverbend.coordinator), riverbend.coordinator.pk
    assert client.get(f"/a/{riverbend.slug}/time/{day}/{member}/").status_code == 404
    assert client.get(f"/a/{riverbend.slug}/patients/{riverbend.patient.pk}/ledger/{day[:7]}/").status_code == (
        200 if day == "2026-02-30" else 404
    )


@pytest.mark.parametrize("day", ["1900-01-01", "2199-12-31"])
def test_the_last_days_in_reach_are_addresses(riverbend, signed_in, day):
    client, member = signed_in(riverbend.coordinator), riverbend.coordinator.pk
    assert client.get(f"/a/{riverbend.slug}/time/{day}/{member}/").status_code == 200
