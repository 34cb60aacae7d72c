"""Somebody signed in who asks for an agency that they are no member of: 404 for them, one line for operators."""

import pytest
from structlog.testing import capture_logs

from tenancy.context import agency_context
from tenancy.models import AccessLog

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("slug", ["harbor", "nowhere"])
def test_operators_see_who_tried_which_agency_and_no_agency_sees_the_other(worlds, signed_in, slug):
    with capture_logs() as lines:
        assert signed_in(worlds.riverbend.coordinator).get(f"/a/{slug}/patients/?q=lopez").status_code == 404
    told = [line for line in lines if line["event"] == "stranger_refused"]
    assert told == [
        {
            "event": "stranger_refused",
            "log_level": "warning",
            "user": worlds.riverbend.coordinator.user.pk,
            "agency": worlds.harbor.agency.pk if slug == "harbor" else None,
        }
    ]
    for world in (worlds.riverbend, worlds.harbor):
        with agency_context(world.agency):
            assert AccessLog.objects.count() == 0
