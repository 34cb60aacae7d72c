"""A form of files that is sent twice at the same moment."""

import json

import pytest

from interop.models import ImportKind, ImportRun, WaitingFile
from interop.services.uploads import upload_preview
from tenancy.context import agency_context
from tenancy.models import uuid7
from tests.coordination.test_merges_at_once import both
from tests.factories import NOW
from tests.interop.fhir_examples import a_bundle, a_patient

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"])


def test_a_double_click_is_one_upload(worlds):
    world, key = worlds.riverbend, uuid7()
    files = [("ana.json", json.dumps(a_bundle(a_patient())).encode())]

    def sending():
        with agency_context(world.agency):
            return upload_preview(actor=world.admin, kind=ImportKind.FHIR, files=files, form_key=key, now=NOW)

    first, second = both(sending, sending)
    with agency_context(world.agency):
        assert [first, second] == [ImportRun.objects.get()] * 2
        assert WaitingFile.objects.count() == 1
