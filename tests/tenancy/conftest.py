"""What the tests of attacks share: somebody who works for Riverbend, and Harbor, of which nothing may change."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.test import Client

from tenancy.context import current_agency_id, current_person
from tests.tenancy.support import contents


@pytest.fixture
def at_riverbend(riverbend, signed_in) -> Client:
    """The browser of somebody at work for Riverbend."""
    return signed_in(riverbend.coordinator)


@pytest.fixture
def harbor_stays_as_it_was(harbor: SimpleNamespace) -> Iterator[dict[str, str]]:
    """Every row of Harbor's is compared before and after; a test in which Harbor itself works puts the new state here."""
    before = contents(harbor.agency)
    assert "QZHARB" in before["coordination_patient"]
    yield before
    assert (current_agency_id(), current_person()) == (None, None)
    assert contents(harbor.agency) == before
