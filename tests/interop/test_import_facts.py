"""Clinical facts by CSV: stored through the chart's own rules, all of a file or nothing, and twice without doubles."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command

from coordination.models import CarePeriod, OutsideClaim, Stay, Visit
from interop.models import ImportRun
from tenancy.context import agency_context
from tests import factories

D = date.fromisoformat


@pytest.fixture
def take(riverbend, tmp_path):
    """Import one CSV by the command; (report, exit code)."""

    def run(kind, text, **options):
        (tmp_path / "f.csv").write_text(text)
        out = StringIO()
        arguments = {"agency": "riverbend", "kind": kind, "json": True, "stdout": out, **options}
        try:
            call_command("import_facts", str(tmp_path), **arguments)
        except SystemExit as stop:
            return json.loads(out.getvalue()), stop.code
        return json.loads(out.getvalue()), 0

    return run


@pytest.fixture
def inside(riverbend):
    with agency_context(riverbend.agency):
        riverbend.practitioner.npi = "1234567893"
        riverbend.practitioner.save()
        yield riverbend


def refused(report):
    return [(each["where"], each["field"], each["remedy"]) for each in report["refused"]]


def test_each_kind_is_stored(take, inside):
    mrn = inside.patient.mrn
    take(
        "visits",
        "mrn,date,code,practitioner_npi,complexity,complexity_judged_by_npi,extra_planning,note\n"
        f"{mrn},2026-11-02,99214,1234567893,moderate,1234567893,yes,see letter\n",
    )
    take("claims", f"mrn,date,code,practice\n{mrn},2026-11-03,99490,Peak Clinic\n")
    take("stays", f"mrn,kind,facility,from,to,part_a\n{mrn},snf,Snow Home,2026-10-01,2026-10-20,yes\n")
    take("care_periods", f"mrn,kind,from,to,provider\n{mrn},home_health_plan,2026-10-21,2026-12-19,Home Inc\n")
    visit, claim, stay, period = (
        Visit.objects.get(),
        OutsideClaim.objects.get(),
        Stay.objects.get(),
        CarePeriod.objects.get(),
    )
    assert (visit.on, visit.code, visit.practitioner, visit.complexity, visit.complexity_judged_by) == (
        D("2026-11-02"),
        "99214",
        inside.practitioner,
        "moderate",
        inside.practitioner,
    )
    assert (visit.is_face_to_face, visit.extra_planning, visit.note) == (True, True, "see letter")
    assert (claim.on, claim.code, claim.practice) == (D("2026-11-03"), "99490", "Peak Clinic")
    assert (stay.kind, stay.facility, stay.from_day, stay.to_day, stay.is_part_a) == (
        "snf",
        "Snow Home",
        D("2026-10-01"),
        D("2026-10-20"),
        True,
    )
    assert (period.kind, period.provider, period.to_day) == ("home_health_plan", "Home Inc", D("2026-12-19"))
    assert {row.patient_id for row in (visit, claim, stay, period)} == {inside.patient.pk}


def test_a_second_time_nothing_is_doubled_and_a_stay_that_ends_is_the_same_stay(take, inside):
    text = f"mrn,kind,facility,from,to\n{inside.patient.mrn},hospital,St. Luke,2026-11-02,\n"
    assert take("stays", text)[0]["taken"] == {"stays": {"new": 1}}
    assert take("stays", text)[0]["taken"] == {"stays": {"unchanged": 1}}
    assert take("stays", text.replace("02,\n", "02,2026-11-09\n"))[0]["taken"] == {"stays": {"updated": 1}}
    assert [stay.to_day for stay in Stay.objects.all()] == [D("2026-11-09")]


def test_with_an_id_everything_else_may_change(take, inside):
    mrn = inside.patient.mrn
    take("visits", f"mrn,id,date,code\n{mrn},v1,2026-11-02,99214\n")
    report, _ = take("visits", f"mrn,id,date,code\n{mrn},v1,2026-11-03,99215\n")
    assert report["taken"] == {"visits": {"updated": 1}}
    assert [(visit.on, visit.code) for visit in Visit.objects.all()] == [(D("2026-11-03"), "99215")]


def test_what_a_person_changed_or_took_back_stays(take, inside):
    mrn = inside.patient.mrn
    text = f"mrn,id,kind,from,to\n{mrn},s1,hospital,2026-11-02,2026-11-05\n{mrn},s2,snf,2026-11-05,2026-11-09\n"
    take("stays", text)
    Stay.objects.filter(source_id="csv:s1").update(to_day=D("2026-11-07"), version=2)
    Stay.objects.filter(source_id="csv:s2").update(retracted_at=factories.NOW, retracted_reason="never so", version=2)
    report, code = take("stays", text.replace("2026-11-05\n", "2026-11-06\n"))
    assert (code, report["taken"]) == (0, {"stays": {"kept": 2}})
    assert [each["reason"] for each in report["skipped"]] == [
        "changed here since it came, so kept: to day",
        "removed or retracted here since it came: it is not brought back",
    ]
    assert set(Stay.objects.values_list("to_day", flat=True)) == {D("2026-11-07"), D("2026-11-09")}


def test_one_faulty_row_keeps_the_whole_file_out(take, inside):
    mrn = inside.patient.mrn
    text = (
        "mrn,birth_date,date,code,practitioner_npi\n"
        f"{mrn},,2026-11-02,99214,\n"
        f"{mrn},1950-01-01,2026-11-03,99214,\n"
        "NOBODY,,2026-11-03,99214,\n"
        f"{mrn},,2026-11-02,99214,\n"
        f"{mrn},,2026-11-04,99214,9999999999\n"
    )
    report, code = take("visits", text)
    assert (code, report["taken"]) == (1, {})
    assert refused(report) == [
        (
            "line 3",
            "birth_date",
            "the patient with this number was born on another day: check which of the two is wrong",
        ),
        ("line 4", "mrn", "no patient here has this number: check it, or bring the patient in first"),
        ("line 5", "id", "line 2 is the same: leave one out, or give each an id"),
        (
            "line 6",
            "practitioner_npi",
            "nobody of the practice has this NPI: check it, or enter it on the person's page",
        ),
    ]
    assert not Visit.objects.exists()


def test_what_the_chart_refuses_is_told_at_its_column(take, inside):
    mrn = inside.patient.mrn
    text = f"mrn,date,code\n{mrn},2026-11-02,99214\n{mrn},2026-12-02,99214\n{mrn},2026-11-03,9921\n"
    report, code = take("visits", text)
    assert (code, report["taken"]) == (1, {})
    assert refused(report) == [
        ("line 3", "date", "2026-12-02 is in the future. Record it once it has happened."),
        ("line 4", "code", "“9921” is no CPT or HCPCS code: write its five characters, such as 99214 or G0506."),
    ]
    assert not Visit.objects.exists()


def test_a_dry_run_stores_nothing_and_the_log_holds_no_value(take, inside):
    text = f"mrn,date,code\n{inside.patient.mrn},2026-11-02,99214\n"
    assert take("visits", text, dry_run=True)[0]["taken"] == {"visits": {"new": 1}}
    assert (Visit.objects.count(), ImportRun.objects.count()) == (0, 0)
    take("visits", "mrn,date,code\nA-secret,2026-11-02,99214\n")
    run = ImportRun.objects.get()
    assert (run.kind, run.state, run.begun_by, run.totals) == ("visits", "done", None, {"file": {"refused": 1}})
    assert "A-secret" not in json.dumps(run.files) and "f.csv" not in json.dumps(run.files)
    assert run.files[0]["refused"] == [{"where": "line 2", "field": "mrn", "place": "line 2, column mrn"}]


def test_another_agencys_patient_is_nobody_here(take, inside, worlds):
    report, code = take("visits", f"mrn,date\n{worlds.harbor.patient.mrn},2026-11-02\n")
    assert (code, refused(report)[0][:2]) == (1, ("line 2", "mrn"))
