"""The preview says what the ledger will say once the log is saved: compared, not repeated."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.urls import resolve, reverse

from billing.models import ContractVersion
from coordination.models import Enrollment, MonthJudgement, TimeLog, Timer
from coordination.ports import DraftLog, billing
from coordination.services.contacts import contact_void
from coordination.services.locks import month_lock
from tenancy.context import agency_context
from tenancy.models import uuid7
from tenancy.roles import Role
from tests import factories

COUNTING = {"Counted", "Below the threshold", "Above the last full unit"}
SAID = {"service_date": "2026-11-16", "activity": "care_coordination", "program": "chronic_care", "note": "called"}


@pytest.fixture
def foretold_and_found(riverbend, signed_in):
    """Preview a log, save it, read the ledger; (preview, the sentences of its pieces that do not count)."""

    def compare(minutes, *, by=None, **said):
        client = signed_in(by or riverbend.coordinator)
        ids = {"agency": riverbend.slug, "patient": riverbend.patient.pk}
        typed = SAID | {"minutes": minutes, "form_key": str(uuid7())} | said
        month = typed["service_date"][:7]
        ledger = reverse("billing:ledger", kwargs={**ids, "month": month})
        before = {row.log.pk for row in client.get(ledger).context["ledger"].rows}
        [(_label, preview, _enrollment)] = client.post(
            reverse("coordination:time_log_preview", kwargs=ids), typed
        ).context["parts"]
        assert client.post(reverse("coordination:time_log_record", kwargs=ids), typed).status_code == 302
        [row] = [row for row in client.get(ledger).context["ledger"].rows if row.log.pk not in before]
        counted = sum(piece.minutes for piece in row.pieces if piece.label in COUNTING)
        assert (preview.counted, preview.minutes, preview.counts) == (
            counted,
            row.log.minutes,
            counted == row.log.minutes,
        )
        refused = [piece.sentence for piece in row.pieces if piece.label not in COUNTING]
        assert all(sentence in preview.sentence for sentence in refused)
        return preview, refused

    return compare


def test_minutes_below_the_threshold_count(foretold_and_found):
    preview, refused = foretold_and_found("8")
    assert (preview.counted, preview.sentence, refused) == (8, "Toward 99490.", [])


def test_a_span_that_partly_overlaps_another_counts_in_part(foretold_and_found, riverbend):
    with agency_context(riverbend.agency):
        factories.a_log(riverbend.patient, 12, by=riverbend.members[Role.SUPERVISOR], start=time(9), stop=time(9, 12))
    preview, refused = foretold_and_found("9:10-9:20")
    assert (
        preview.sentence
        == "8 of 10 minutes count: A colleague's log already counts this time: of two people at once, one counts."
    )
    assert (preview.counted, preview.counts, len(refused)) == (8, False, 1)


@pytest.mark.parametrize(("span", "counted"), [("9:12-9:20", 8), ("9:00-9:12", 0), ("8:50-9:00", 10)])
def test_a_span_beside_or_inside_another(foretold_and_found, riverbend, span, counted):
    with agency_context(riverbend.agency):
        factories.a_log(riverbend.patient, 12, by=riverbend.members[Role.SUPERVISOR], start=time(9), stop=time(9, 12))
    assert foretold_and_found(span)[0].counted == counted


@pytest.mark.parametrize(("before", "counted"), [(60, 0), (59, 1), (58, 21), (39, 21)])
def test_a_month_at_its_cap(foretold_and_found, riverbend, before, counted):
    """A third full unit of 99439 is over the cap; what is too little for one stays above the last unit."""
    with agency_context(riverbend.agency):
        factories.a_log(riverbend.patient, before, by=riverbend.coordinator, on=date(2026, 11, 2))
    preview, _ = foretold_and_found("21")
    assert preview.counted == counted
    if counted == 1:
        assert preview.sentence == "1 of 21 minutes count: Over the cap: the month allows 2 units of 99439."


def test_the_front_desk(foretold_and_found, riverbend):
    preview, refused = foretold_and_found("8", by=riverbend.front_desk)
    assert (preview.counted, preview.sentence) == (0, "Front desk time is not care management time.")


def test_time_that_is_not_for_a_program(foretold_and_found):
    preview, refused = foretold_and_found("8", program="none")
    assert (preview.counted, refused) == (0, ["Not for a program: the minutes are kept and count toward nothing."])


def test_before_consent(foretold_and_found, riverbend):
    with agency_context(riverbend.agency):
        Enrollment.objects.update(consent_on=date(2026, 11, 10))
    assert foretold_and_found("8", service_date="2026-11-09")[0].counted == 0
    assert foretold_and_found("8", service_date="2026-11-10")[0].counted == 8


def test_without_a_contract(foretold_and_found, riverbend):
    with agency_context(riverbend.agency):
        ContractVersion.objects.update(effective_to=date(2026, 10, 31))
    preview, _ = foretold_and_found("20")
    assert (preview.counted, preview.sentence) == (0, "No contract with Medicare Part B is in force in this month.")
    assert preview.meter.sentence == "20 minutes are reached; as things stand 99490 cannot be billed."
    assert preview.meter.reached == ()


def test_spans_of_the_nights_in_which_the_clock_changes(foretold_and_found, at):
    at(datetime(2027, 3, 20, 15, tzinfo=UTC))
    assert foretold_and_found("1:50am-3:10am", service_date="2027-03-14")[0].minutes == 20
    assert foretold_and_found("2:10am-4:00am", service_date="2027-03-14")[0].minutes == 50
    assert foretold_and_found("12:50am-2:10am", service_date="2026-11-01", confirmed="on")[0].minutes == 140


def test_a_span_in_which_no_time_passed_is_a_hint(riverbend, signed_in, at):
    at(datetime(2027, 3, 20, 15, tzinfo=UTC))
    url = reverse("coordination:time_log_preview", kwargs={"agency": riverbend.slug, "patient": riverbend.patient.pk})
    said = signed_in(riverbend.coordinator).post(url, SAID | {"minutes": "2:10am-3:05am", "service_date": "2027-03-14"})
    assert said.context["parts"] == []
    assert "no time passed" in str(said.context["hint"])


@pytest.mark.parametrize(("day", "says"), [(date(2012, 12, 31), True), (date(2013, 1, 1), False)])
def test_a_day_before_the_rulebook_is_said_and_no_error(riverbend, day, says):
    who = riverbend.coordinator
    with agency_context(riverbend.agency):
        [preview] = billing().previews(
            [DraftLog(riverbend.patient.pk, "chronic_care", "care_coordination", "RN", who.pk, day, 8)]
        )
    assert (preview.counted, preview.minutes) == (0, 8)
    assert ("The rulebook begins on Jan 1, 2013" in preview.sentence) == says


@pytest.mark.parametrize(
    ("minutes", "need", "sentence"),
    [
        (0, 20, "Toward 99490."),
        (19, 20, "Toward 99490."),
        (20, 20, "99490 is reached; next is 99439."),
        (40, 40, "99439 is reached; next is another 99439."),
        (60, 60, "99439 × 2 is reached; this month allows no further unit."),
        (61, None, "61 minutes; this month allows 60."),
    ],
)
def test_the_meter_in_words(riverbend, minutes, need, sentence):
    with agency_context(riverbend.agency):
        if minutes:
            factories.a_log(riverbend.patient, minutes, by=riverbend.coordinator)
        [meter] = billing().month_effects([riverbend.patient.pk], factories.MONTH)[riverbend.patient.pk]
    assert (meter.have, meter.need, meter.sentence) == (minutes, need, sentence)


def test_the_meter_of_a_complex_month_names_what_is_billed_until_it_is_one(riverbend):
    with agency_context(riverbend.agency):
        Enrollment.objects.update(track="complex")
        MonthJudgement.objects.create(
            patient=riverbend.patient,
            program="chronic_care",
            month=factories.MONTH,
            complexity="high",
            judged_by=riverbend.practitioner,
            judged_on=factories.TODAY,
            recorded_at=factories.NOW,
        )
        for minutes, need, sentence in (
            (12, 60, "Toward 99487."),
            (33, 60, "Toward 99487; until then 99490, 99439."),
            (20, 90, "99487 is reached; next is 99489."),
        ):
            factories.a_log(riverbend.patient, minutes, by=riverbend.coordinator)
            [meter] = billing().month_effects([riverbend.patient.pk], factories.MONTH)[riverbend.patient.pk]
            assert (meter.need, meter.sentence) == (need, sentence)


def test_a_nurses_minutes_on_a_practitioners_month(foretold_and_found, riverbend):
    with agency_context(riverbend.agency):
        Enrollment.objects.update(track="practitioner")
    preview, _ = foretold_and_found("8")
    assert (preview.counted, preview.sentence) == (
        0,
        "Registered nurse time: this month is billed by what the practitioner gives personally.",
    )


def test_a_timer_is_previewed_with_its_own_clock_times(foretold_and_found, riverbend):
    with agency_context(riverbend.agency):
        factories.a_log(riverbend.patient, 12, by=riverbend.members[Role.SUPERVISOR], start=time(9), stop=time(9, 12))
        began = datetime(2026, 11, 16, 16, 10, 7, tzinfo=UTC)  # 9:10:07 in Denver
        timer = Timer.objects.create(
            member=riverbend.coordinator,
            patient=riverbend.patient,
            started_at=began,
            stopped_at=began + timedelta(minutes=10, seconds=40),
        )
    preview, _ = foretold_and_found("10", timer=str(timer.pk))
    assert (preview.counted, preview.minutes) == (8, 10)


def test_the_parts_of_a_split_are_foretold_together(riverbend, signed_in):
    ids = {"agency": riverbend.slug, "patient": riverbend.patient.pk}
    typed = SAID | {"minutes": "28", "program_2": "behavioral_health", "minutes_2": "10"}
    parts = signed_in(riverbend.coordinator).post(reverse("coordination:time_log_preview", kwargs=ids), typed)
    assert [(str(label), each.counted, each.minutes) for label, each, _enrollment in parts.context["parts"]] == [
        ("Chronic care", 18, 18),
        ("Behavioral health", 0, 10),
    ]


@pytest.fixture
def change(riverbend, signed_in):
    """Preview a change of an entry, save it, read the ledger; what was foretold as {program: (counted, minutes)}, and the fragment."""

    def compare(log, minutes, *, by=None, **said):
        client = signed_in(by or riverbend.coordinator)
        ids = {"agency": riverbend.slug, "patient": riverbend.patient.pk}
        contact = {**ids, "contact": log.contact_id}
        typed = SAID | {"minutes": minutes, "reason": "it was so", "version": 1} | said
        answer = client.post(reverse("coordination:contact_change_preview", kwargs=contact), typed)
        foretold = {each.program: (each.counted, each.minutes) for _label, each, _enrollment in answer.context["parts"]}
        saved = client.post(reverse("coordination:contact_change", kwargs=contact), typed)
        assert saved.status_code == 302
        stands = resolve(saved["Location"]).kwargs["contact"]
        ledger = reverse("billing:ledger", kwargs={**ids, "month": typed["service_date"][:7]})
        found = {
            row.log.program: (sum(piece.minutes for piece in row.pieces if piece.label in COUNTING), row.log.minutes)
            for row in client.get(ledger).context["ledger"].rows
            if row.log.contact_id == stands
        }
        assert foretold == found
        return foretold, answer.content.decode()

    return compare


def a_log(world, minutes, **facts):
    with agency_context(world.agency):
        return factories.a_log(world.patient, minutes, by=facts.pop("by", world.coordinator), **facts)


def test_a_changed_entry_counts_in_place_of_itself(riverbend, change):
    log = a_log(riverbend, 19)
    foretold, page = change(log, "20")
    assert foretold == {"chronic_care": (20, 20)}
    assert "After saving: 20 of 20 minutes. 99490 is reached" in page
    with agency_context(riverbend.agency):
        [meter] = billing().month_effects([riverbend.patient.pk], factories.MONTH)[riverbend.patient.pk]
    assert (meter.have, meter.need) == (20, 20)


def test_a_change_is_foretold_with_the_reason_why_it_does_not_count(riverbend, change):
    foretold, page = change(a_log(riverbend, 8), "8", activity="scheduling")
    assert foretold == {"chronic_care": (0, 8)}
    assert "None of this counts." in page


def test_the_programs_of_a_changed_split(riverbend, change):
    foretold, _ = change(a_log(riverbend, 28), "28", program_2="behavioral_health", minutes_2="10")
    assert foretold == {"chronic_care": (18, 18), "behavioral_health": (0, 10)}


def test_a_changed_span_does_not_run_into_what_it_was(riverbend, change):
    foretold, page = change(a_log(riverbend, 10, start=time(9), stop=time(9, 10)), "9:05-9:20")
    assert foretold == {"chronic_care": (15, 15)}
    assert "Overlaps" not in page


def test_the_clock_times_of_an_entry_hold_where_the_same_minutes_are_typed(riverbend, change):
    a_log(riverbend, 12, by=riverbend.members[Role.SUPERVISOR], start=time(9), stop=time(9, 12))
    log = a_log(riverbend, 10, start=time(9, 10), stop=time(9, 20))
    assert change(log, "10")[0] == {"chronic_care": (8, 10)}


@pytest.mark.parametrize("closed", [False, True])
def test_a_changed_entry_keeps_its_turn_and_a_correction_comes_last(riverbend, change, closed):
    """Sixty minutes are the month's cap, and entries of a day without clock times take turns as they were written."""
    log = a_log(riverbend, 30, on=date(2026, 10, 12))
    a_log(riverbend, 30, on=date(2026, 10, 12))
    if closed:
        with agency_context(riverbend.agency):
            month_lock(actor=riverbend.admin, month=date(2026, 10, 1), reason="all in", now=factories.NOW)
    foretold, page = change(log, "50", service_date="2026-10-12")
    assert foretold == {"chronic_care": (30 if closed else 50, 50)}
    assert "is closed" not in page  # it stands above the form


def test_a_change_into_another_month_is_foretold_for_that_month(riverbend, change):
    a_log(riverbend, 15, on=date(2026, 10, 12))
    foretold, page = change(a_log(riverbend, 8), "8", service_date="2026-10-12")
    assert foretold == {"chronic_care": (8, 8)}
    assert "99490 is reached" in page


def test_a_change_into_a_closed_month_says_so(riverbend, change):
    log = a_log(riverbend, 8)
    with agency_context(riverbend.agency):
        month_lock(actor=riverbend.admin, month=date(2026, 10, 1), reason="all in", now=factories.NOW)
    assert "October 2026 is closed" in change(log, "8", service_date="2026-10-12")[1]


def test_an_overlap_is_told_and_a_way_out_is_foretold_as_it_will_be(riverbend, signed_in, change):
    a_log(riverbend, 20, start=time(9), stop=time(9, 20))
    log = a_log(riverbend, 10, start=time(10), stop=time(10, 10))
    ids = {"agency": riverbend.slug, "patient": riverbend.patient.pk, "contact": log.contact_id}
    url = reverse("coordination:contact_change_preview", kwargs=ids)
    page = signed_in(riverbend.coordinator).post(url, SAID | {"minutes": "9:10-9:30", "version": 1}).content.decode()
    assert "Part of this counts: 10 of 20 minutes." in page
    assert "Overlaps 9:00–9:20 with this patient: saving asks what gives way." in page
    foretold, page = change(log, "9:10-9:30", way="trim")
    assert foretold == {"chronic_care": (10, 10)}
    assert "Overlaps" not in page


def test_what_cannot_be_saved_is_a_hint_and_a_colleagues_entry_is_refused(riverbend, signed_in):
    log = a_log(riverbend, 8)
    ids = {"agency": riverbend.slug, "patient": riverbend.patient.pk, "contact": log.contact_id}
    url = reverse("coordination:contact_change_preview", kwargs=ids)
    client = signed_in(riverbend.coordinator)
    for typed, says in (
        ({"minutes": "eight"}, "is no time"),
        ({"minutes": "5:00pm-5:10pm"}, "has not ended yet"),
        ({"minutes": "10", "program_2": "behavioral_health", "minutes_2": "10"}, "take all 10 minutes"),
    ):
        answer = client.post(url, SAID | typed)
        assert (answer.status_code, answer.context["parts"]) == (200, [])
        assert says in str(answer.context["hint"])
    assert signed_in(riverbend.front_desk).post(url, SAID | {"minutes": "9"}).status_code == 403
    with agency_context(riverbend.agency):
        contact_void(actor=riverbend.coordinator, contact=log.contact, version=1, reason="twice", now=factories.NOW)
    assert "This entry is void" in str(client.post(url, SAID | {"minutes": "9"}).context["hint"])
    with agency_context(riverbend.agency):
        assert [(each.minutes, each.void_reason) for each in TimeLog.objects.all()] == [(8, "twice")]
