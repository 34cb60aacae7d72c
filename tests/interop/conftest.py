"""What tests of hospitals' messages begin with."""

import pytest

from interop.models import AdtSource
from interop.services.adt.sources import source_save
from tenancy.context import agency_context
from tests.interop.hospital_world import a_patient


@pytest.fixture
def mercy(riverbend):
    """Riverbend takes messages of one hospital, and knows the patient of the examples by its number there."""
    with agency_context(riverbend.agency):
        riverbend.source = source_save(
            actor=riverbend.admin, source=AdtSource(name="Mercy"), time_zone="America/Chicago"
        )
        riverbend.amara = a_patient("M-1")
    return riverbend


@pytest.fixture
def here(mercy):
    """The same, with the agency open."""
    with agency_context(mercy.agency):
        yield mercy
