"""Who looked and what was changed: read by those who watch over it, without the chart; taking it away is logged."""

import csv
from datetime import UTC, date, datetime

import pytest
from django.apps import apps
from django.urls import reverse

from coordination.models import (
    Contact,
    Coverage,
    MonthLock,
    NotePhrase,
    Patient,
    PatientMerge,
    Payer,
)
from coordination.selectors import access_log, changes
from coordination.selectors.changes import histories
from coordination.services.patients import patient_update
from tenancy.context import agency_context, reason
from tenancy.models import AccessAction, AccessLog
from tests import factories
from tests.coordination.merging import merged, one_of_every_kind
from tests.factories import NOW


@pytest.fixture
def officer(riverbend, signed_in):
    return signed_in(riverbend.members["privacy_officer"])


def address(world, name, **kwargs):
    return reverse(f"coordination:{name}", kwargs={"agency": world.slug, **kwargs})


def a_look(world, action="read", *, at=NOW, by=None, subject=None, route="coordination:patient"):
    return AccessLog.objects.create(
        at=at,
        membership=by or world.coordinator,
        action=action,
        route=route,
        subject=subject or world.patient.pk,
    )


def logged(world):
    with agency_context(world.agency):
        return list(AccessLog.objects.order_by("pk").values_list("membership__role", "action", "route", "subject"))


def test_the_privacy_officer_sees_who_looked_and_not_the_chart(riverbend, signed_in, officer):
    signed_in(riverbend.coordinator).get(address(riverbend, "patient", patient=riverbend.patient.pk))
    signed_in(riverbend.members["biller"]).get(address(riverbend, "patient_edit", patient=riverbend.patient.pk))
    page = officer.get(address(riverbend, "patient_access", patient=riverbend.patient.pk))
    assert [(line.who, line.did, line.where) for line in page.context["lines"]] == [
        ("Biller QRIV", "was refused", "the form of who the patient is"),
        ("Dana QRIV, RN", "opened", "the overview"),
    ]
    assert b">Overview<" not in page.content
    assert officer.get(address(riverbend, "patient", patient=riverbend.patient.pk)).status_code == 403
    # Looking at who looked is looking.
    assert logged(riverbend)[-2:] == [
        ("privacy_officer", "read", "coordination:patient_access", riverbend.patient.pk),
        ("privacy_officer", "refused", "coordination:patient", riverbend.patient.pk),
    ]


def test_filters_by_person_action_and_day_on_the_agencys_clock(riverbend, officer):
    with agency_context(riverbend.agency):
        late = datetime(2026, 11, 15, 6, 59, tzinfo=UTC)  # 23:59 of the 14th in Denver
        a_look(riverbend, at=late)
        a_look(riverbend, "exported", at=datetime(2026, 11, 15, 7, 0, tzinfo=UTC), by=riverbend.admin)
        a_look(riverbend, "refused", by=riverbend.front_desk)
    url = address(riverbend, "patient_access", patient=riverbend.patient.pk)

    def who(**asked):
        return [line.who for line in officer.get(url, asked).context["lines"] if "Privacy" not in line.who]

    assert who() == ["Fred QRIV", "Ada QRIV", "Dana QRIV, RN"]
    assert who(since="2026-11-15") == ["Fred QRIV", "Ada QRIV"]
    assert who(since="2026-11-14", until="2026-11-14") == ["Dana QRIV, RN"]
    assert who(action="exported") == ["Ada QRIV"]
    assert who(person=riverbend.front_desk.pk) == ["Fred QRIV"]
    refused = officer.get(url, {"since": "2026-11-15", "until": "2026-11-14"})
    assert refused.context["form"].errors == {"until": ["This is before the first day."]}


def test_pages_of_the_access_log_follow_each_other(riverbend, officer):
    with agency_context(riverbend.agency):
        rows = [a_look(riverbend).pk for _number in range(access_log.PAGE_SIZE + 7)]
        first = access_log.access_page(access_log.Asked(), riverbend.patient)
        second = access_log.access_page(access_log.Asked(after=first.next_after), riverbend.patient)
    assert [row.pk for row in (*first.rows, *second.rows)] == rows[::-1]
    assert second.next_after is None


def test_the_file_says_the_same_runs_nothing_and_is_logged_as_an_export(riverbend, officer):
    with agency_context(riverbend.agency):
        sly = factories.a_member(name="=cmd()", discipline="NONE")
        a_look(riverbend, by=sly)
    answer = officer.get(address(riverbend, "patient_access_export", patient=riverbend.patient.pk))
    rows = list(csv.reader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()))
    assert rows[0] == ["When", "Who", "What", "Where", "Record id"]
    assert rows[-1] == [
        "2026-11-16T15:00:00-07:00",
        "'=cmd()",
        "opened",
        "the overview",
        str(riverbend.patient.pk),
    ]
    assert logged(riverbend)[-1] == (
        "privacy_officer",
        "exported",
        "coordination:patient_access_export",
        riverbend.patient.pk,
    )


def test_the_agencys_access_shows_refusals_first_and_finds_a_patient_by_a_post(riverbend, officer):
    with agency_context(riverbend.agency):
        a_look(riverbend)
        a_look(riverbend, "refused", by=riverbend.front_desk)
    url = address(riverbend, "agency_access")
    page = officer.get(url)
    assert [(line.who, line.patient) for line in page.context["lines"]] == [("Fred QRIV", riverbend.patient)]
    assert len(officer.get(url, {"action": ""}).context["lines"]) > 1
    found = officer.post(url, {"q": riverbend.patient.mrn})
    assert [each.pk for each in found.context["found"]] == [riverbend.patient.pk]
    officer.get(address(riverbend, "agency_access_export"))
    assert logged(riverbend)[-1][:2] == ("privacy_officer", AccessAction.EXPORTED)


def test_the_privacy_officers_door_is_access(riverbend, officer):
    assert officer.get("/", follow=True).redirect_chain[-1][0] == address(riverbend, "agency_access")


def test_changes_are_told_in_words_with_before_and_after_and_by_whom(riverbend, officer):
    with reason(membership=str(riverbend.coordinator.pk)), agency_context(riverbend.agency):
        patient_update(
            actor=riverbend.coordinator, patient=riverbend.patient, version=1, language="es", needs_interpreter=True
        )
        payer = Payer.objects.get()
        Coverage.objects.create(
            patient=riverbend.patient, payer=payer, plan_kind="medicare_b", from_day=date(2026, 1, 1)
        )
        riverbend.condition.delete()
    url = address(riverbend, "patient_history", patient=riverbend.patient.pk)
    told = {(each.noun, each.did): each for each in reversed(officer.get(url).context["told"])}  # the newest of a kind
    new = [("Condition", "removed"), ("Coverage", "added"), ("Patient", "changed")]
    assert {told[each].who for each in new} == {"Dana QRIV, RN"}
    assert told["Patient", "changed"].fields == [("Language", "nothing", "Spanish"), ("Needs interpreter", "no", "yes")]
    assert ("Payer", "nothing", "Medicare Part B") in told["Coverage", "added"].fields
    assert ("Plan kind", "nothing", "Medicare Part B") in told["Coverage", "added"].fields
    assert ("ICD-10-CM", "nothing", "E11.9") in told["Condition", "removed"].fields
    only = officer.get(url, {"kind": "coordination.Coverage"}).context["told"]
    assert {each.noun for each in only} == {"Coverage"}
    nobody = officer.get(url, {"person": riverbend.admin.pk}).context["told"]
    assert nobody == []


def test_a_command_is_named_where_no_person_wrote(riverbend, officer):
    with reason(command="import_fhir"), agency_context(riverbend.agency):
        Patient.objects.filter(pk=riverbend.patient.pk).update(language="es")
    told = officer.get(address(riverbend, "patient_history", patient=riverbend.patient.pk)).context["told"]
    assert {(each.did, each.who) for each in told if each.noun == "Patient"} == {
        ("changed", "command import_fhir"),
        ("added", "not recorded"),
    }


def test_every_history_about_a_patient_is_told(riverbend):
    """Walked from the registry: the rest is no patient's, and says so here."""
    told = {event for event, _column in histories().values()}
    others = {
        each.pgh_tracked_model
        for each in apps.get_models()
        if hasattr(each, "pgh_tracked_model") and each._meta.app_label == "coordination" and each not in told
    }
    assert {each.__name__ for each in others} <= {
        "Payer",
        "ConsentText",
        MonthLock.__name__,
        NotePhrase.__name__,
        "MonthEntered",
        "WebhookEndpoint",
    }
    with agency_context(riverbend.agency):
        patient = factories.a_patient("New", "Person")
        one_of_every_kind(patient, riverbend)
        changed = {each.model for each in changes.changes_page(patient, changes.Asked()).rows}
        more = changes.changes_page(
            patient, changes.Asked(after=changes.changes_page(patient, changes.Asked()).next_after)
        )
    changed |= {each.model for each in more.rows}
    assert {model.__name__ for model in changed} == {event.pgh_tracked_model.__name__ for event in told} - {
        "PatientMerge"
    }


def test_pages_of_the_history_follow_each_other_without_gap_or_repeat(riverbend):
    with agency_context(riverbend.agency):
        patient = factories.a_patient("New", "Person")
        for number in range(20):
            factories.a_log(patient, 1 + number, by=riverbend.coordinator)
        seen, after, pages = [], "", 0
        while pages == 0 or after:
            page = changes.changes_page(patient, changes.Asked(after=after))
            seen += [(each.model.__name__, each.after["id"]) for each in page.rows]
            after, pages = page.next_after, pages + 1
        contacts = set(map(str, Contact.objects.filter(patient=patient).values_list("pk", flat=True)))
    assert (pages, len(seen), len(set(seen))) == (2, 41, 41)
    assert {pk for name, pk in seen if name == "Contact"} == contacts


def test_a_merge_stands_in_the_history_of_the_kept_record_and_each_has_its_own(riverbend, officer):
    with reason(membership=str(riverbend.admin.pk)), agency_context(riverbend.agency):
        other = factories.a_patient("Anna", "Cruz")
        factories.a_log(other, 5, by=riverbend.coordinator)
        merged(riverbend, riverbend.patient, other)
        assert PatientMerge.objects.count() == 1
    page = officer.get(address(riverbend, "patient_history", patient=riverbend.patient.pk))
    nouns = [each.noun for each in page.context["told"]]
    assert {"Merge", "Contact", "Time log"} <= set(nouns)
    merge = next(each for each in page.context["told"] if each.noun == "Merge")
    assert ("Merged", "nothing", f"Anna Cruz (MRN {other.mrn})") in merge.fields
    assert ("Merged at", "nothing", "Nov 16, 2026, 15:00") in merge.fields  # on the agency's clock
    theirs = officer.get(address(riverbend, "patient_history", patient=other.pk)).context["told"]
    assert sorted((each.noun, each.did) for each in theirs) == [
        ("Contact", "added"),
        ("Patient", "added"),
        ("Patient", "changed"),
        ("Time log", "added"),
    ]
