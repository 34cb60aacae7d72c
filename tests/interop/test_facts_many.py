"""Many facts in one file: the same few statements for any number of them, with history, and all of them or none."""

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from coordination.models import CarePeriod, OutsideClaim, Patient, Stay, StayEvent, Visit
from interop.models import ImportedRow
from interop.services.intake import take
from interop.services.keeping import Marks
from interop.services.reports import Occasion
from tenancy.context import agency_context
from tests import factories

STATEMENTS = {"new": 8, "unchanged": 6, "updated": 8, "refused": 7}
"""The savepoint of a file takes two (three to go back to it); then one each finds the patients, holds them, asks what files brought
before and what is stored; and one each stores the rows and which file they came from. Where colleagues are named, one finds them."""
ROWS = {
    Visit: ("visits", "mrn,date,code,practitioner_npi,note", "{mrn},2026-10-{day:02},{code},1234567893,{note}"),
    OutsideClaim: ("claims", "mrn,date,code,practitioner_npi,note", "{mrn},2026-10-{day:02},{code},1234567893,{note}"),
    Stay: ("stays", "mrn,kind,from,part_a,note", "{mrn},{kind},2026-10-{day:02},{part_a},{note}"),
    CarePeriod: (
        "care_periods",
        "mrn,kind,from,practitioner_npi,note",
        "{mrn},hospice,{year}-10-{day:02},1234567893,{note}",
    ),
}


@pytest.fixture
def inside(riverbend):
    with agency_context(riverbend.agency):
        riverbend.practitioner.npi = "1234567893"
        riverbend.practitioner.save()
        yield riverbend


@pytest.fixture
def bring(inside):
    """Bring in a file of a kind: (counts or refusals, statements)."""

    def run(kind, text):
        with CaptureQueriesContext(connection) as asked:
            [(_, report)] = take(kind, [("f.csv", text.encode())], on=Occasion(factories.NOW, inside.agency.zone))
        told = [(each.place, each.remedy) for each in report.refusals]
        return told or dict(report.counts[kind]), len(asked)

    return run


def a_file(model, patients, days, note="as sent", wrong=False):
    kind, header, row = ROWS[model]
    said = {"code": "9921" if wrong else "99214", "kind": "shelter" if wrong else "snf"}
    said |= {"part_a": "yes", "year": 2099 if wrong else 2026, "note": note}
    lines = [row.format(mrn=patient.mrn, day=day + 1, **said) for patient in patients for day in range(days)]
    return kind, "\n".join([header, *lines])


@pytest.mark.parametrize("model", ROWS, ids=lambda model: model.__name__)
@pytest.mark.parametrize(("people", "days"), [(2, 1), (30, 4)])
def test_any_number_of_rows_takes_the_same_statements(bring, model, people, days):
    patients = [factories.a_patient("Many", f"Rows {number}") for number in range(people)]
    rows = people * days
    pinned = {outcome: count + ("npi" in ROWS[model][1]) for outcome, count in STATEMENTS.items()}
    if model is Visit:  # what is due after a discharge, and whether a program is open, rests on visits
        pinned |= {outcome: pinned[outcome] + 3 for outcome in ("new", "updated")}
    refused, asked = bring(*a_file(model, patients, days, wrong=True))
    assert (len(refused), asked) == (rows, pinned["refused"])
    assert not model.objects.exists()
    assert bring(*a_file(model, patients, days)) == ({"new": rows}, pinned["new"])
    assert bring(*a_file(model, patients, days)) == ({"unchanged": rows}, pinned["unchanged"])
    assert bring(*a_file(model, patients, days, "read again")) == ({"updated": rows}, pinned["updated"])
    assert model.objects.filter(note="read again", version=2, patient__in=patients).count() == rows
    assert (model.objects.count(), ImportedRow.objects.filter(version=2).count()) == (rows, rows)


def test_every_row_has_its_history_and_an_unchanged_one_has_no_more(bring, inside):
    for note in ("first", "first", "second"):
        bring(*a_file(Stay, [inside.patient], 2, note))
    events = StayEvent.objects.order_by("from_day", "pgh_id")
    assert list(events.values_list("from_day__day", "pgh_label", "version", "note")) == [
        (1, "insert", 1, "first"),
        (1, "update", 2, "second"),
        (2, "insert", 1, "first"),
        (2, "update", 2, "second"),
    ]
    assert set(Stay.objects.values_list("recorded_by", "recorded_at")) == {(None, factories.NOW)}


def test_what_breaks_after_the_facts_are_stored_leaves_none_of_them(bring, inside, monkeypatch):
    def breaks(written):
        assert Stay.objects.count() == 2
        raise IntegrityError("a rule")

    monkeypatch.setattr(Marks, "write", staticmethod(breaks))
    [(_, remedy)], _ = bring(*a_file(Stay, [inside.patient], 2))
    assert remedy.startswith("it breaks a rule of the database")
    assert (Stay.objects.count(), StayEvent.objects.count(), ImportedRow.objects.count()) == (0, 0, 0)


def test_rows_of_a_merged_record_go_where_it_went_and_one_of_the_same_id_is_kept(bring, inside):
    gone, between, stayed = (factories.a_patient("One", f"Person {number}") for number in range(3))
    for before, after in ((gone, between), (between, stayed)):
        Patient.objects.filter(pk=before.pk).update(merged_into=after)
    text = "mrn,id,kind,from,note\n" + "".join(
        f"{mrn},{key},snf,2026-10-01,{note}\n"
        for mrn, key, note in (
            (gone.mrn, "s1", "of the one"),
            (stayed.mrn, "s1", "of the other"),
            (between.mrn, "s2", "alone"),
        )
    )
    assert bring("stays", text)[0] == {"new": 2, "kept": 1}
    stored = list(Stay.objects.order_by("source_id").values_list("patient", "source_id", "note", "version"))
    assert stored == [(stayed.pk, "csv:s1", "of the one", 1), (stayed.pk, "csv:s2", "alone", 1)]
    assert bring("stays", text)[0] == {"unchanged": 2, "kept": 1}
    assert list(Stay.objects.order_by("source_id").values_list("patient", "source_id", "note", "version")) == stored


def test_a_fact_is_told_from_that_of_another_patient_with_the_same_id(bring):
    patients = [factories.a_patient("Same", f"Id {number}") for number in range(2)]
    text = "mrn,id,kind,from\n" + "".join(f"{each.mrn},s1,snf,2026-10-01\n" for each in patients)
    assert bring("stays", text)[0] == {"new": 2}
    moved = text.replace(f"{patients[1].mrn},s1,snf,2026-10-01", f"{patients[1].mrn},s1,snf,2026-10-02")
    assert bring("stays", moved)[0] == {"unchanged": 1, "updated": 1}
    assert {stay.patient: stay.from_day.day for stay in Stay.objects.all()} == {patients[0]: 1, patients[1]: 2}
