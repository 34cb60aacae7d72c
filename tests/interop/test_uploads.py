"""The page Imports: what is shown before is what is done after, and what waits is forgotten."""

import json
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from coordination.models import Condition, Coverage, Patient, Stay, Visit
from interop.forms import imports as forms
from interop.models import ImportRun, WaitingFile
from interop.services.uploads import uploads_expire
from interop.tasks import expire_uploads_of_agency
from tenancy.context import agency_context
from tenancy.models import AccessLog, uuid7
from tenancy.tasks import HEADER
from tests import factories
from tests.interop.fhir_examples import a_bundle, a_condition, a_coverage, a_patient, an_encounter
from tests.tenancy.support import contents

OURS = {"interop_importrun", "interop_waitingfile", "tenancy_accesslog"}
WHOLE = a_bundle(a_patient(), a_condition(), an_encounter(), a_coverage())


@pytest.fixture
def desk(riverbend, signed_in):
    """A supervisor at the page: send, confirm, and look at what is stored."""

    class Desk:
        client = signed_in(riverbend.members["supervisor"])

        def url(self, name, **ids):
            return reverse(f"interop:{name}", kwargs={"agency": riverbend.slug, **ids})

        def send(self, *bodies, kind="fhir", name="Ana_Núñez.json", **data):
            files = [
                SimpleUploadedFile(name, body if isinstance(body, bytes) else json.dumps(body).encode())
                for body in bodies
            ]
            data = {"kind": kind, "files": files, "form_key": uuid7(), **data}
            return self.client.post(self.url("imports"), data)

        def preview(self, *bodies, **more):
            """(address, page) of the preview."""
            response = self.send(*bodies, **more)
            assert response.status_code == 302, response.content.decode()
            return response["Location"], self.client.get(response["Location"])

        def run(self):
            with agency_context(riverbend.agency):
                return ImportRun.objects.select_related("ended_by").order_by("-pk").first()

        def confirm(self, fingerprint=None):
            run = self.run()
            data = {"fingerprint": run.fingerprint if fingerprint is None else fingerprint}
            return self.client.post(self.url("import_confirm", import_run=run.pk), data)

    return Desk()


def stored(world):
    return {table: rows for table, rows in contents(world.agency).items() if table not in OURS}


def waiting(world):
    with agency_context(world.agency):
        return WaitingFile.objects.count()


def test_a_preview_stores_nothing_of_the_file_and_confirming_does_what_it_showed(desk, riverbend):
    before = stored(riverbend)
    _, page = desk.preview(WHOLE)
    assert (stored(riverbend), waiting(riverbend)) == (before, 1)
    assert "Ana_Núñez.json" in page.content.decode()
    previewed = desk.run()
    assert previewed.state == "waiting"
    assert previewed.totals == {
        "Condition": {"new": 1},
        "Coverage": {"new": 1},
        "Encounter": {"new": 1},
        "Patient": {"new": 1},
        "Payer": {"new": 1},
    }
    response = desk.confirm()
    assert (response.status_code, response["Location"]) == (302, desk.url("import", import_run=previewed.pk))
    done = desk.run()
    assert (done.state, done.ended_by, done.totals, done.fingerprint) == (
        "done",
        riverbend.members["supervisor"],
        previewed.totals,
        previewed.fingerprint,
    )
    with agency_context(riverbend.agency):
        patient = Patient.objects.get(mrn="0042")
        assert [row.objects.filter(patient=patient).count() for row in (Condition, Visit, Coverage)] == [1, 1, 1]
    assert waiting(riverbend) == 0


def test_a_preview_names_whom_it_is_about_new_or_on_record_and_the_log_does_not(desk, riverbend):
    """Name, birth date and number, so that a file of a namesake is seen before it goes in."""
    _, page = desk.preview(WHOLE)
    text = " ".join(page.content.decode().split())
    assert "Ana Luz Núñez, born Aug 3, 1956, MRN 0042" in text
    desk.confirm()
    with agency_context(riverbend.agency):
        patient = Patient.objects.get(mrn="0042")
    _, page = desk.preview(WHOLE)
    leads = reverse("coordination:patient", kwargs={"agency": riverbend.slug, "patient": patient.pk})
    assert f'<a href="{leads}">Ana Luz Núñez</a>, born Aug 3, 1956, MRN 0042' in " ".join(page.content.decode().split())
    desk.confirm()
    with agency_context(riverbend.agency):
        assert "Núñez" not in contents(riverbend.agency)["interop_importrun"]


def test_a_preview_of_many_names_some_and_counts_the_rest(desk, riverbend):
    with agency_context(riverbend.agency):
        many = [factories.a_patient(f"Given{n}", "Many", mrn=f"many-{n}") for n in range(7)]
    rows = "".join(f"{each.mrn},snf,2026-11-02\n" for each in many)
    _, page = desk.preview(f"mrn,kind,from\n{rows}".encode(), kind="stays", name="s.csv")
    text = page.content.decode()
    assert sum(f">{each}</a>" in text for each in many) == 5
    assert "and 2 more patients" in text


def test_the_list_counts_what_each_import_took_left_and_refused(desk):
    def counted():
        rows = desk.client.get(desk.url("imports")).context["page"].rows
        return [(each.taken, each.left, each.failed) for each in rows]

    desk.preview(WHOLE, a_bundle(a_patient(birthDate="1986-13-01", id="p2")))
    assert counted() == [(5, 0, 1)]
    desk.confirm()
    desk.preview(WHOLE)
    assert counted() == [(0, 4, 0), (5, 0, 1)]  # a payer on record is no row of the import
    desk.client.post(desk.url("import_discard", import_run=desk.run().pk))
    assert counted() == [(0, 0, 0), (5, 0, 1)]


def test_a_file_of_which_nothing_is_taken_does_not_claim_to_be_here(desk):
    lonely = a_bundle({"resourceType": "Organization", "id": "o", "name": "A clinic"})
    _, page = desk.preview(lonely)
    text = page.content.decode()
    assert "Nothing in them is taken." in text
    assert "Everything in them is here already." not in text
    desk.preview(WHOLE)
    said = desk.client.get(desk.confirm()["Location"]).content.decode()
    assert "The files were brought in." in said
    assert "done, but for refused files" not in said
    _, again = desk.preview(WHOLE)
    assert "Everything in them is here already." in again.content.decode()


def test_confirmed_twice_it_is_done_once(desk, riverbend):
    desk.preview(WHOLE)
    desk.confirm()
    after = stored(riverbend)
    assert desk.confirm().status_code == 302
    assert stored(riverbend) == after


def test_the_same_form_sent_twice_is_one_upload(desk, riverbend):
    key = uuid7()
    first, second = desk.send(WHOLE, form_key=key), desk.send(WHOLE, form_key=key)
    assert first["Location"] == second["Location"]
    assert waiting(riverbend) == 1


def test_what_changed_in_between_is_shown_anew_and_nothing_is_done(desk, riverbend):
    desk.preview(WHOLE)
    desk.confirm()
    desk.preview(a_bundle(a_patient(gender="other"), an_encounter(period={"start": "2026-09-04"})))
    with agency_context(riverbend.agency):
        Visit.objects.update(on=date(2026, 9, 9), version=2)  # a colleague corrects the day
    before = stored(riverbend)
    response = desk.confirm()
    assert response.status_code == 409
    assert "Something changed here since you looked" in response.content.decode()
    assert stored(riverbend) == before
    assert desk.run().totals["Encounter"] == {"kept": 1}
    assert desk.confirm().status_code == 302
    with agency_context(riverbend.agency):
        assert [visit.on for visit in Visit.objects.all()] == [date(2026, 9, 9)]
        assert Patient.objects.get(mrn="0042").sex == "other"


def test_what_was_looked_at_is_what_is_confirmed(desk, riverbend):
    desk.preview(WHOLE)
    before = stored(riverbend)
    assert desk.confirm(fingerprint="of another page").status_code == 409
    assert stored(riverbend) == before


def test_one_broken_file_of_two_is_told_and_the_other_goes_in(desk, riverbend):
    broken = a_bundle(a_patient(birthDate="1986-13-01"))
    _, page = desk.preview(WHOLE, broken)
    text = page.content.decode()
    assert "1 file is refused and changes nothing." in text
    assert "/entry/0/resource/birthDate" in text
    said = desk.client.get(desk.confirm()["Location"]).content.decode()
    assert "All but the refused files were brought in." in said
    assert "done, but for refused files" in said
    assert "done, but for refused files" in desk.client.get(desk.url("imports")).content.decode()
    with agency_context(riverbend.agency):
        assert Patient.objects.filter(mrn="0042").exists()
    assert desk.run().totals["Patient"] == {"new": 1, "refused": 1}


def test_a_csv_with_faults_names_them_and_offers_no_confirmation(desk, riverbend):
    text = "mrn,kind,from\n=HYPERLINK(1),hospital,2026-11-02\n" + f"{riverbend.patient.mrn},hotel,11/02/2026\n"
    address, page = desk.preview(text.encode(), kind="stays", name="stays.csv")
    assert "line 3, kind" in page.content.decode()
    assert "Bring in what is new" not in page.content.decode()
    faults = desk.client.get(desk.url("import_faults", import_run=desk.run().pk))
    assert faults["Content-Disposition"] == 'attachment; filename="faults.csv"'
    assert faults.content.decode("utf-8-sig").splitlines()[1:] == [
        'stays.csv,line 3,kind,hotel,"write one of community, assisted_living, hospital, observation, psychiatric,'
        ' mental_institution, rehabilitation, snf, nursing_facility, jail, juvenile_detention, shelter, unhoused"',
        "stays.csv,line 3,from,11/02/2026,"
        '"write the day as 2026-11-16; other orders mean two days, depending on who reads them"',
    ]
    mended = text.replace("hotel,11/02/2026", "hospital,2026-11-02")
    desk.preview(mended.encode(), kind="stays", name="stays.csv")
    faults = desk.client.get(desk.url("import_faults", import_run=desk.run().pk)).content.decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in faults
    with agency_context(riverbend.agency):
        assert not Stay.objects.exists()


def test_a_csv_goes_in(desk, riverbend):
    desk.preview(f"mrn,kind,from\n{riverbend.patient.mrn},snf,2026-11-02\n".encode(), kind="stays", name="s.csv")
    desk.confirm()
    with agency_context(riverbend.agency):
        assert [(stay.kind, stay.patient) for stay in Stay.objects.all()] == [("snf", riverbend.patient)]


def test_discarded_files_are_forgotten(desk, riverbend):
    before = stored(riverbend)
    desk.preview(WHOLE)
    run = desk.run()
    assert desk.client.post(desk.url("import_discard", import_run=run.pk)).status_code == 302
    assert (desk.run().state, waiting(riverbend)) == ("discarded", 0)
    desk.confirm()
    assert stored(riverbend) == before


def test_files_that_nobody_confirmed_are_forgotten_after_a_day(desk, riverbend, at):
    before = stored(riverbend)
    address, _ = desk.preview(WHOLE)
    at(factories.NOW + timedelta(hours=24))
    assert "Send the files again" in desk.client.get(address).content.decode()
    desk.confirm()
    assert stored(riverbend) == before
    with agency_context(riverbend.agency):
        assert uploads_expire(now=factories.NOW + timedelta(hours=23, minutes=59)) == 0
    asked = expire_uploads_of_agency.apply(headers={HEADER: riverbend.agency.pk})
    assert asked.get() == 1
    assert (desk.run().state, waiting(riverbend)) == ("expired", 0)


def test_the_log_holds_neither_names_of_files_nor_what_stood_in_them(desk, riverbend):
    desk.preview(WHOLE, a_bundle(a_patient(birthDate="1986-13-01", id="p2")))
    desk.confirm()
    with agency_context(riverbend.agency):
        rows = contents(riverbend.agency)["interop_importrun"]
    assert not [secret for secret in ("Núñez", "1986-13-01", "0042", "Ana_") if secret in rows]
    page = desk.client.get(desk.url("import", import_run=desk.run().pk)).content.decode()
    assert "File 1" in page and "birthDate" in page
    assert "Núñez" not in page


def test_looking_at_a_preview_is_a_read_of_the_patients_it_touches(desk, riverbend):
    with agency_context(riverbend.agency):
        factories.a_patient("Ana", "Núñez", mrn="0042", born=date(1956, 8, 3))
        pk = Patient.objects.get(mrn="0042").pk
    desk.preview(WHOLE)
    with agency_context(riverbend.agency):
        assert [(row.route, row.subject) for row in AccessLog.objects.all()] == [("interop:import", pk)]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"files": []}, "Choose at least one file."),
        ({"kind": "stays", "files": [SimpleUploadedFile(n, b"x") for n in "ab"]}, "Send one CSV file at a time"),
        ({"kind": "x"}, "Choose one of the kinds in the list."),
        ({"files": [SimpleUploadedFile("a.json", b"")]}, "a.json: The file is empty. Export it again."),
        ({"files": [SimpleUploadedFile(f"{n}", b"x") for n in range(21)]}, "21 files are more than 20."),
    ],
)
def test_what_the_form_refuses(desk, riverbend, changed, told):
    response = desk.send(WHOLE, **changed)
    assert response.status_code == 422
    assert told in response.content.decode()
    assert desk.run() is None


def test_too_large_files_are_refused_and_never_touch_a_disk(desk, monkeypatch, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    monkeypatch.setattr(forms, "LARGEST_FILE", 1000)
    response = desk.send(b"x" * 1001)
    assert response.status_code == 422
    assert "1001 bytes, more than 1000 bytes. Split it." in response.content.decode().replace("\xa0", " ")
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 3000
    monkeypatch.setattr("interop.views.imports.LARGEST_UPLOAD", 3000)
    response = desk.send(b"x" * 9000)
    assert response.status_code == 422
    assert "Send the files in parts." in response.content.decode()
    assert list(tmp_path.iterdir()) == []


def test_a_template_has_the_columns(desk):
    page = desk.client.get(desk.url("csv_template", kind="claims"))
    assert page.content.decode("utf-8-sig") == "mrn,birth_date,id,date,code,practice,practitioner_npi,note\r\n"
    assert desk.client.get(desk.url("csv_template", kind="fhir")).status_code == 404


def test_the_log_is_paged_and_shows_one_kind(desk, riverbend, monkeypatch):
    monkeypatch.setattr("interop.selectors.imports.PAGE_SIZE", 2)
    for _ in range(3):
        desk.preview(WHOLE)
    desk.preview(b"mrn,date\n", kind="visits", name="v.csv")
    first = desk.client.get(desk.url("imports"))
    assert [run.kind for run in first.context["page"].rows] == ["visits", "fhir"]
    after = first.context["page"].next_after
    second = desk.client.get(desk.url("imports"), {"after": after})
    assert [run.kind for run in second.context["page"].rows] == ["fhir", "fhir"]
    assert second.context["page"].next_after is None
    only = desk.client.get(desk.url("imports"), {"kind": "visits"})
    assert [run.kind for run in only.context["page"].rows] == ["visits"]
