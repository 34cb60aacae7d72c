"""Logging time, from the form to the stored row, the history row and the answer."""

from datetime import UTC, date, datetime, time

import pytest
from django.urls import reverse

from coordination.models import TimeLog, TimeLogEvent
from tenancy.context import agency_context
from tenancy.models import uuid7
from tests import factories


@pytest.fixture
def log(riverbend, signed_in):
    """Send the form; the answer. What is not said is as the page fills it in."""
    client = signed_in(riverbend.coordinator)
    url = reverse("coordination:time_log_record", kwargs={"agency": riverbend.slug, "patient": riverbend.patient.pk})

    def send(minutes="8", **said):
        return client.post(
            url,
            {
                "minutes": minutes,
                "service_date": "2026-11-16",
                "activity": "care_coordination",
                "program": "chronic_care",
                "note": "asked about insulin",
                "form_key": str(uuid7()),
            }
            | said,
        )

    return send


@pytest.fixture
def logs(riverbend):
    def read():
        with agency_context(riverbend.agency):
            return list(TimeLog.objects.select_related("contact").order_by("contact__recorded_at", "pk"))

    return read


def test_a_log_keeps_who_what_when_and_its_history(log, logs, riverbend):
    assert log("9:04-9:12", note="refilled the pill box").status_code == 302
    [entry] = logs()
    assert (entry.minutes, entry.service_date, entry.contact.note) == (8, date(2026, 11, 16), "refilled the pill box")
    assert (entry.author_id, entry.discipline, entry.patient_id) == (
        riverbend.coordinator.pk,
        "RN",
        riverbend.patient.pk,
    )
    assert entry.started_at == datetime(2026, 11, 16, 16, 4, tzinfo=UTC)
    assert entry.stopped_at == datetime(2026, 11, 16, 16, 12, tzinfo=UTC)
    assert entry.contact.recorded_at == factories.NOW
    with agency_context(riverbend.agency):
        [event] = TimeLogEvent.objects.all()
    assert (event.pgh_label, event.minutes) == ("insert", 8)
    assert event.pgh_context == {"membership": str(riverbend.coordinator.pk)}


def test_sending_the_same_form_twice_records_once(log, logs):
    key = str(uuid7())
    assert [log(form_key=key).status_code, log(form_key=key).status_code] == [302, 302]
    assert [entry.minutes for entry in logs()] == [8]


def test_a_form_sent_again_with_something_else_in_it_is_refused(log, logs):
    key = str(uuid7())
    log(form_key=key)
    response = log("9", form_key=key)
    assert response.status_code == 422
    assert "sent before with something else" in str(response.context["log_form"].errors)
    assert [entry.minutes for entry in logs()] == [8]


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({"minutes": ""}, "minutes", "Enter how long it took"),
        ({"minutes": "eight"}, "minutes", "“eight” is no time"),
        ({"minutes": "0"}, "minutes", "less than a minute"),
        ({"minutes": "601"}, "minutes", "more than ten hours"),
        ({"minutes": "2:05-2:20"}, "minutes", "morning or afternoon"),
        ({"minutes": "9:12-9:04"}, "minutes", "ends before it starts"),
        ({"service_date": "2026-11-17"}, "service_date", "in the future"),
        ({"service_date": "11/16/2026"}, "service_date", "valid date"),
        ({"service_date": "2012-12-31"}, "service_date", "before 2013-01-01"),
        ({"service_date": "0002-11-16"}, "service_date", "before 2013-01-01"),
        ({"minutes": "15:05-15:20"}, "minutes", "has not ended yet"),
        ({"activity": "golf"}, "activity", "golf"),
        ({"program": "golf"}, "program", "golf"),
        ({"note": " "}, "note", "Write what was done"),
        ({"form_key": "1"}, "form_key", "valid UUID"),
    ],
)
def test_bad_input_is_refused_with_the_field_and_stores_nothing(log, logs, said, field, words):
    response = log(**said)
    assert response.status_code == 422
    [message] = response.context["log_form"].errors[field]
    assert words in message
    assert logs() == []


def test_what_was_typed_comes_back_with_the_error(log):
    page = log("eight", note="she was worried about the new dose").content.decode()
    assert 'value="eight"' in page
    assert "she was worried about the new dose" in page


def test_the_agencys_day_decides_what_is_the_future(log, logs, at):
    at(datetime(2026, 11, 17, 6, 30, tzinfo=UTC))  # 23:30 on the 16th in Denver
    assert log(service_date="2026-11-17").status_code == 422
    at(datetime(2026, 11, 17, 7, 0, tzinfo=UTC))  # midnight in Denver
    assert log(service_date="2026-11-17").status_code == 302
    assert [entry.service_date for entry in logs()] == [date(2026, 11, 17)]


def test_a_span_over_a_clock_change_is_the_time_that_passed(log, logs, at):
    at(datetime(2027, 3, 20, 15, tzinfo=UTC))
    assert log("1:50am-3:10am", service_date="2027-03-14").status_code == 302  # 2:00 was followed by 3:00
    assert [entry.minutes for entry in logs()] == [20]
    refused = log("2:10am-3:05am", service_date="2027-03-14")
    assert refused.status_code == 422
    assert len(logs()) == 1


def test_an_hour_that_the_clock_repeats_does_not_stretch_past_ten_hours(log, logs):
    assert log("12:30am-10:30am", service_date="2026-11-01").status_code == 422  # eleven hours passed
    assert logs() == []


def test_an_entry_for_another_month_says_where_it_stands(riverbend, signed_in):
    client = signed_in(riverbend.coordinator)
    ids = {"agency": riverbend.slug, "patient": riverbend.patient.pk}
    sent = {"minutes": "8", "service_date": "2026-10-05", "activity": "care_coordination", "program": "chronic_care"}
    answer = client.post(
        reverse("coordination:time_log_record", kwargs=ids),
        sent | {"note": "called", "form_key": str(uuid7())},
        follow=True,
    )
    assert "8 minutes saved. They were given on October 5, 2026" in answer.content.decode()


def test_the_preview_says_what_saving_would_do_and_stores_nothing(riverbend, signed_in, logs):
    client = signed_in(riverbend.coordinator)
    url = reverse("coordination:time_log_preview", kwargs={"agency": riverbend.slug, "patient": riverbend.patient.pk})
    typed = {"minutes": "20", "service_date": "2026-11-16", "activity": "care_coordination", "program": "chronic_care"}

    def foretold(**said):
        [(_program, preview, _enrollment)] = client.post(url, typed | said).context["parts"]
        return preview

    preview = foretold()
    assert (preview.counts, preview.meter.have, preview.meter.need, preview.meter.reached) == (True, 20, 20, ("99490",))
    preview = foretold(activity="scheduling")
    assert (preview.counts, preview.meter.have) == (False, 0)
    assert "Scheduling" in preview.sentence
    with agency_context(riverbend.agency):
        riverbend.patient.enrollments.update(consent_on=date(2026, 11, 17))
    preview = foretold()
    assert preview.counts is False
    assert "Nov 17" in preview.sentence
    answer = client.post(url, typed | {"minutes": "eight"})
    assert (answer.status_code, answer.context["parts"]) == (200, [])
    assert "is no time" in answer.context["hint"]
    assert logs() == []


def test_time_for_somebody_who_is_not_enrolled_is_kept_and_explained(riverbend, signed_in):
    with agency_context(riverbend.agency):
        stranger = factories.a_patient("Sun-hee", "Kim")
    client = signed_in(riverbend.coordinator)
    ids = {"agency": riverbend.slug, "patient": stranger.pk}
    client.post(
        reverse("coordination:time_log_record", kwargs=ids),
        {
            "minutes": "8",
            "service_date": "2026-11-16",
            "activity": "care_coordination",
            "program": "chronic_care",
            "note": "called",
            "form_key": str(uuid7()),
        },
    )
    ledger = client.get(reverse("billing:ledger", kwargs={**ids, "month": "2026-11"})).context["ledger"]
    assert (ledger.logged, ledger.accounted, ledger.lines) == (8, 8, ())
    assert [piece.kind for piece in ledger.pieces] == ["refused"]
    assert "consent" in ledger.pieces[0].sentence


def test_the_front_desks_minutes_are_kept_and_do_not_count(riverbend, signed_in):
    with agency_context(riverbend.agency):
        factories.a_log(riverbend.patient, 20, by=riverbend.front_desk, start=time(9), stop=time(9, 20))
    ids = {"agency": riverbend.slug, "patient": riverbend.patient.pk, "month": "2026-11"}
    ledger = signed_in(riverbend.front_desk).get(reverse("billing:ledger", kwargs=ids)).context["ledger"]
    assert (ledger.logged, ledger.accounted, ledger.lines) == (20, 20, ())
    assert [piece.sentence for piece in ledger.pieces] == ["Front desk time is not care management time."]


def test_what_leaving_a_choice_means_is_said_by_the_choice(riverbend, signed_in):
    ids = {"agency": riverbend.slug, "patient": riverbend.patient.pk}
    page = signed_in(riverbend.coordinator).get(reverse("coordination:time_log_more", kwargs=ids)).content.decode()
    assert "(optional)" not in page
    page = signed_in(riverbend.coordinator).get(reverse("coordination:patient", kwargs=ids)).content.decode()
    assert "nobody: no conversation" in page


def test_the_preview_says_which_of_ones_entries_a_span_runs_into_and_names_nobody(riverbend, signed_in):
    with agency_context(riverbend.agency):
        other = factories.a_patient("Sun-hee", "Kim")
        factories.a_log(other, 20, by=riverbend.coordinator, start=time(9), stop=time(9, 20))
    url = reverse("coordination:time_log_preview", kwargs={"agency": riverbend.slug, "patient": riverbend.patient.pk})
    typed = {"service_date": "2026-11-16", "activity": "care_coordination", "program": "chronic_care"}
    client = signed_in(riverbend.coordinator)
    page = client.post(url, typed | {"minutes": "9:10-9:30"}).content.decode()
    assert "Overlaps 9:00–9:20 with another patient: saving asks what gives way." in page
    assert "Kim" not in page
    assert "Overlaps" not in client.post(url, typed | {"minutes": "9:20-9:30"}).content.decode()
    assert "Overlaps" not in client.post(url, typed | {"minutes": "10"}).content.decode()
