"""Files that are sent, or brought in, twice at the same moment."""

import json

import pytest

from coordination.models import Stay
from interop.models import ImportedRow, ImportKind, ImportRun, WaitingFile
from interop.services.intake import take
from interop.services.reports import Occasion
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


def test_one_file_brought_in_twice_at_once_is_stored_once(worlds):
    world = worlds.riverbend
    content = f"mrn,kind,from\n{world.patient.mrn},hospital,2026-11-02\n{world.patient.mrn},snf,2026-11-05\n".encode()

    def taking():
        with agency_context(world.agency):
            [(_, report)] = take(ImportKind.STAYS, [("s.csv", content)], on=Occasion(NOW, world.agency.zone))
            return dict(report.counts["stays"])

    assert sorted(both(taking, taking), key=str) == [{"new": 2}, {"unchanged": 2}]
    with agency_context(world.agency):
        assert (Stay.objects.count(), ImportedRow.objects.count()) == (2, 2)
