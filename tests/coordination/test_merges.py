"""Two records of one person become one: what moves, what stays, and that undoing leaves no trace but the history."""

import json
from datetime import date, timedelta

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models

from billing.models import Charge, StoredDecision
from billing.services.charge_run import charge_run
from coordination.models import (
    CareTeamMember,
    Condition,
    Contact,
    ContactEvent,
    ContactPoint,
    Coverage,
    Enrollment,
    MonthLock,
    Patient,
    PatientMerge,
    PatientToken,
    Proxy,
    TimeLog,
)
from coordination.selectors import merges
from coordination.selectors.merges import Doubt, Why
from coordination.services.merges import PreviewIsOld, merge_undo, patients_merge
from coordination.services.patients import patient_held, patient_index, patients_held
from tenancy.context import agency_context, reason
from tests import factories
from tests.coordination.merging import MOVING, every_row, merged, one_of_every_kind
from tests.factories import MONTH, NOW


@pytest.fixture
def at_work(riverbend):
    with agency_context(riverbend.agency):
        riverbend.kept = factories.a_patient("Ana", "Cruz", mrn="KEPT")
        riverbend.other = factories.a_patient("Anna", "Cruz", mrn="OTHER", needs="A ride", language="es")
        riverbend.supervisor = riverbend.members["supervisor"]
        yield riverbend


def of(patient: Patient) -> dict[str, int]:
    """How many rows of each moving table name the patient."""
    return {each.key: n for each in merges.references() if (n := each.rows_of(patient).count())}


def undo(world, merge):
    return merge_undo(actor=world.supervisor, merge=merge, now=NOW + timedelta(hours=1))


def test_every_column_that_names_a_patient_moves_or_stays_for_a_reason():
    """Walked from Django's own registry: a table made tomorrow moves, or this list says why it does not."""
    naming = {
        model
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.related_model is Patient
    }
    moving = {each.model for each in merges.references()}
    staying = {each.__name__ for each in naming - moving if not hasattr(each, "pgh_tracked_model")}
    assert staying == {"StoredDecision", "PatientMerge", "PatientToken", "Opening", "Deadline"}
    assert moving == MOVING


def test_every_table_is_tried(at_work):
    one_of_every_kind(at_work.other, at_work)
    assert {each.model for each in merges.references() if each.rows_of(at_work.other).exists()} == MOVING


def test_everything_moves_and_undoing_puts_every_byte_back(at_work):
    one_of_every_kind(at_work.other, at_work)
    before, theirs = every_row(), of(at_work.other)
    merge = merged(at_work, at_work.kept, at_work.other)
    assert of(at_work.other) == {}
    assert of(at_work.kept) == theirs | {"coordination.patient.merged_into": 2}
    at_work.kept.refresh_from_db()
    assert (at_work.kept.needs, at_work.kept.language, at_work.kept.given_name) == ("A ride", "es", "Ana")
    assert every_row() != before
    undo(at_work, merge)
    assert every_row() == before
    assert of(at_work.kept) == {}


def test_both_with_everything_leaves_what_there_can_be_once_and_comes_apart_again(at_work):
    for patient in (at_work.kept, at_work.other):
        one_of_every_kind_twice(patient, at_work)
    before = every_row()
    plan = merges.plan(at_work.kept, at_work.other)
    clashes = {type(each.row) for each in plan.stays if each.why is Why.CLASH}
    assert clashes == {Enrollment, CareTeamMember, ContactPoint, Condition}
    assert Doubt.COVERAGE in plan.doubts
    merge = merged(at_work, at_work.kept, at_work.other)
    assert {model: model.objects.filter(patient=at_work.other).count() for model in clashes} == dict.fromkeys(
        clashes, 1
    )
    assert Coverage.objects.filter(patient=at_work.kept).count() == 2
    undo(at_work, merge)
    assert every_row() == before
    Coverage.objects.filter(patient=at_work.other).update(retracted_at=NOW, retracted_reason="another Ana's")
    assert Doubt.COVERAGE not in merges.plan(at_work.kept, at_work.other).doubts


def one_of_every_kind_twice(patient, world):
    factories.a_condition(patient, "I10", by=world.coordinator)
    factories.an_enrollment(patient, by=world.coordinator, practitioner=world.practitioner)
    CareTeamMember.objects.create(patient=patient, member=world.coordinator, role="lead", from_day=date(2026, 1, 1))
    ContactPoint.objects.create(patient=patient, kind="phone", value="303 555 0142", is_safe=patient.mrn == "KEPT")
    Coverage.objects.create(
        patient=patient,
        payer=world.contract.contract.payer,
        plan_kind="medicare_b",
        from_day=date(2026, 1, 1),
    )
    factories.a_log(patient, 7, by=world.coordinator)
    patient_index(patient)


def test_only_those_who_may_and_only_with_a_reason(at_work):
    seen = merges.plan(at_work.kept, at_work.other).fingerprint
    asked = {"kept": at_work.kept, "merged": at_work.other, "seen": seen, "now": NOW}
    with pytest.raises(PermissionDenied):
        patients_merge(actor=at_work.coordinator, reason="one person", **asked)
    with pytest.raises(ValidationError) as refused:
        patients_merge(actor=at_work.supervisor, reason="  ", **asked)
    assert list(refused.value.message_dict) == ["reason"]
    assert PatientMerge.objects.count() == 0


def test_what_was_recorded_since_the_preview_asks_for_another_look(at_work):
    seen = merges.plan(at_work.kept, at_work.other).fingerprint
    ContactPoint.objects.create(patient=at_work.other, kind="phone", value="303 555 0142")
    asked = {"kept": at_work.kept, "merged": at_work.other, "seen": seen, "now": NOW}
    with pytest.raises(PreviewIsOld):
        patients_merge(actor=at_work.supervisor, reason="one person", **asked)


def test_a_merged_record_merges_no_further_and_neither_does_one_with_itself(at_work):
    third = factories.a_patient("Third")
    merged(at_work, at_work.kept, at_work.other)
    for kept, other in ((third, at_work.other), (at_work.other, third), (third, third)):
        with pytest.raises(ValidationError):
            merged(at_work, kept, other)
    assert PatientMerge.objects.count() == 1


def test_a_chain_comes_apart_from_its_end(at_work):
    third = factories.a_patient("Third")
    factories.a_log(at_work.other, 5, by=at_work.coordinator)
    before = every_row()
    first = merged(at_work, at_work.kept, at_work.other)
    second = merged(at_work, third, at_work.kept)
    at_work.other.refresh_from_db()
    assert (at_work.other.merged_into, patient_held(at_work.other.pk)) == (third, third)
    assert patients_held([at_work.other.pk, third.pk]) == {at_work.other.pk: third, third.pk: third}
    with pytest.raises(ValidationError, match="Undo that merge first"):
        undo(at_work, first)
    undo(at_work, second)
    undo(at_work, first)
    assert every_row() == before
    with pytest.raises(ValidationError, match="undone already"):
        undo(at_work, first)


def test_time_of_a_closed_month_stays_with_the_merged_record(at_work):
    factories.a_log(at_work.other, 20, by=at_work.coordinator, on=date(2026, 10, 30))
    factories.a_log(at_work.other, 8, by=at_work.coordinator, on=date(2026, 11, 2))
    MonthLock.objects.create(month=date(2026, 10, 1), locked_by=at_work.admin, locked_at=NOW)
    merge = merged(at_work, at_work.kept, at_work.other)
    for model in (TimeLog, Contact):
        assert [row.service_date for row in model.objects.filter(patient=at_work.other)] == [date(2026, 10, 30)]
        assert [row.service_date for row in model.objects.filter(patient=at_work.kept)] == [date(2026, 11, 2)]
    MonthLock.objects.create(month=date(2026, 11, 1), locked_by=at_work.admin, locked_at=NOW)
    with pytest.raises(ValidationError, match="November 2026 has been closed since"):
        undo(at_work, merge)
    MonthLock.objects.filter(month=date(2026, 11, 1)).update(
        unlocked_at=NOW, unlocked_by=at_work.admin, unlock_reason="a wrong merge"
    )
    undo(at_work, merge)
    assert TimeLog.objects.filter(patient=at_work.other).count() == 2


def test_what_was_recorded_since_stays_but_parts_of_a_moved_row_go_with_it(at_work):
    factories.a_log(at_work.other, 8, by=at_work.coordinator)
    contact = Contact.objects.get()
    merge = merged(at_work, at_work.kept, at_work.other)
    factories.a_log(at_work.kept, 5, by=at_work.coordinator)
    log = TimeLog.objects.get(contact=contact)
    log.pk, log.program, log._state.adding, log.patient = factories.uuid7(), "principal_care", True, at_work.kept
    log.save()
    undo(at_work, merge)
    assert sorted(TimeLog.objects.filter(patient=at_work.other).values_list("minutes", flat=True)) == [8, 8]
    assert list(TimeLog.objects.filter(patient=at_work.kept).values_list("minutes", flat=True)) == [5]


def test_undoing_is_refused_where_a_row_is_gone_or_names_what_stays(at_work):
    point = ContactPoint.objects.create(patient=at_work.other, kind="phone", value="303 555 0142")
    factories.a_log(at_work.other, 8, by=at_work.coordinator)
    merge = merged(at_work, at_work.kept, at_work.other)
    point.delete()
    Contact.objects.update(proxy=Proxy.objects.create(patient=at_work.kept, name="Lena", relation="child"))
    before = every_row()
    with pytest.raises(ValidationError) as refused:
        undo(at_work, merge)
    assert refused.value.messages == [
        "1 moved row (contact point) was removed since.",
        "A row (contact) names another (proxy), and only one of the two would go back.",
    ]
    assert every_row() == before


def test_undoing_is_refused_where_a_contact_since_names_a_moved_proxy(at_work):
    proxy = Proxy.objects.create(patient=at_work.other, name="Lena", relation="child")
    merge = merged(at_work, at_work.kept, at_work.other)
    factories.a_log(at_work.kept, 8, by=at_work.coordinator)
    Contact.objects.update(proxy=proxy)
    with pytest.raises(ValidationError, match="only one of the two would go back"):
        undo(at_work, merge)


def test_a_filled_field_that_was_rewritten_since_stays_as_it_was_written(at_work):
    merge = merged(at_work, at_work.kept, at_work.other)
    Patient.objects.filter(pk=at_work.kept.pk).update(needs="A ride on Mondays")
    undo(at_work, merge)
    at_work.kept.refresh_from_db()
    assert (at_work.kept.needs, at_work.kept.language) == ("A ride on Mondays", "")


def test_the_kept_record_is_found_by_the_words_of_both_until_undone(at_work):
    def found(word):
        return {each.patient.mrn for each in PatientToken.objects.filter(token=word)}

    merge = merged(at_work, at_work.kept, at_work.other)
    assert found("anna") == {"KEPT", "OTHER"}
    undo(at_work, merge)
    assert found("anna") == {"OTHER"}


def test_decisions_stay_and_a_month_run_again_moves_the_minutes(at_work):
    for patient in (at_work.kept, at_work.other):
        one_of_every_kind_twice(patient, at_work)
        factories.a_log(patient, 23, by=at_work.coordinator)
    charge_run(month=MONTH, now=NOW)
    stored = list(StoredDecision.objects.filter(patient=at_work.other).values_list("pk", "sha256"))
    merged(at_work, at_work.kept, at_work.other)
    charge_run(month=MONTH, now=NOW)
    latest = StoredDecision.objects.filter(patient=at_work.other).order_by("version")
    assert list(latest.values_list("pk", "sha256"))[:1] == stored
    assert not Charge.objects.filter(decision=latest.last()).exists()
    document = json.loads(StoredDecision.objects.filter(patient=at_work.kept).order_by("version").last().document)
    assert sum(entry["minutes"] for entry in document["ledger"]) == 2 * (7 + 23)


def test_history_tells_when_a_row_moved_and_by_whom(at_work):
    factories.a_log(at_work.other, 8, by=at_work.coordinator)
    with reason(membership=str(at_work.supervisor.pk)):
        merge = merged(at_work, at_work.kept, at_work.other)
        undo(at_work, merge)
    told = ContactEvent.objects.order_by("pgh_id").values_list("pgh_label", "patient", "pgh_context__membership")
    who = str(at_work.supervisor.pk)
    assert [row for row in told if row[1] in (at_work.kept.pk, at_work.other.pk)] == [
        ("insert", at_work.other.pk, None),
        ("update", at_work.kept.pk, who),
        ("update", at_work.other.pk, who),
    ]
