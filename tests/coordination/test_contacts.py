"""A contact from the form to its rows: split, on behalf, late, long, overlapping, changed, void; and what the ledger makes of it."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from coordination.models import Contact, Flag, TimeLog
from coordination.rules.durations import Duration
from coordination.services.contacts import contact_record, contact_review, contact_void
from coordination.services.locks import month_lock
from coordination.services.measuring import Said
from tenancy.context import agency_context
from tenancy.models import uuid7
from tenancy.roles import Role
from tests import factories

SAID = {"minutes": "28", "service_date": "2026-11-16", "activity": "care_coordination", "program": "chronic_care"}


@pytest.fixture
def desk(riverbend, signed_in):
    """Riverbend with a client of its coordinator."""
    riverbend.client = signed_in(riverbend.coordinator)
    return riverbend


def send(desk, route="time_log_record", client=None, **said):
    ids = {"agency": desk.slug, "patient": desk.patient.pk}
    if contact := said.pop("contact", None):
        ids["contact"] = contact.pk
    sent = SAID | {"note": "called", "form_key": str(uuid7())} | said
    return (client or desk.client).post(reverse(f"coordination:{route}", kwargs=ids), sent)


def refused(answer, name="log_form"):
    assert answer.status_code == 422
    return {field: errors[0] for field, errors in answer.context[name].errors.items()}


def stored(desk):
    with agency_context(desk.agency):
        return [
            (contact, [(log.program, log.minutes) for log in contact.logs.filter(voided_at=None).order_by("-minutes")])
            for contact in Contact.objects.order_by("recorded_at", "pk")
        ]


def logs(desk, order="-minutes"):
    with agency_context(desk.agency):
        return list(TimeLog.objects.select_related("contact").order_by(order))


def ledger(desk):
    ids = {"agency": desk.slug, "patient": desk.patient.pk, "month": "2026-11"}
    return desk.client.get(reverse("billing:ledger", kwargs=ids)).context["ledger"]


def test_the_parts_of_a_split_sum_to_the_whole(desk):
    assert send(desk, minutes="9:00-9:28", program_2="behavioral_health", minutes_2="10").status_code == 302
    [(contact, parts)] = stored(desk)
    assert parts == [("chronic_care", 18), ("behavioral_health", 10)]
    first, second = logs(desk, "started_at")
    assert (first.started_at, first.stopped_at, second.stopped_at) == (
        contact.started_at,
        second.started_at,
        contact.stopped_at,
    )
    page = ledger(desk)
    assert (page.logged, page.accounted) == (28, 28)


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({"program_2": "behavioral_health", "minutes_2": "28"}, "minutes_2", "at least one must be left"),
        ({"program_2": "chronic_care", "minutes_2": "10"}, "minutes_2", "stands once"),
        ({"program_2": "behavioral_health"}, "minutes_2", "how many of the minutes"),
        ({"minutes_2": "10"}, "program_2", "Choose the program"),
        ({"spoken_to": "patient"}, "mode", "Say how you spoke"),
        ({"outcome": "reached"}, "spoken_to", "say who"),
        ({"mode": "phone"}, "direction", "who reached out"),
        ({"minutes": "61"}, "confirmed", "more than an hour"),
    ],
)
def test_what_does_not_hold_together_is_refused_at_its_field(desk, said, field, words):
    assert words in refused(send(desk, **said))[field]
    assert stored(desk) == []


def test_more_than_an_hour_is_asked_once_saved_and_looked_at_by_another(desk, signed_in):
    assert send(desk, minutes="61", confirmed="on").status_code == 302
    [(contact, _parts)] = stored(desk)
    assert contact.flag == Flag.LONG
    with agency_context(desk.agency), pytest.raises(PermissionDenied):
        contact_review(actor=desk.coordinator, contact=contact, now=factories.NOW)
    supervisor = signed_in(desk.members[Role.SUPERVISOR])
    review = reverse("coordination:review", kwargs={"agency": desk.slug})
    assert supervisor.get(review).context["page"].contacts == [contact]
    send(desk, "contact_review", supervisor, contact=contact)
    assert supervisor.get(review).context["page"].contacts == []
    [(contact, _parts)] = stored(desk)
    assert (contact.reviewed_by_id, contact.reviewed_at) == (desk.members[Role.SUPERVISOR].pk, factories.NOW)


def test_whatever_is_changed_after_the_look_is_looked_at_again_by_somebody_else(desk, signed_in):
    send(desk, minutes="61", confirmed="on")
    [(contact, _parts)] = stored(desk)
    supervisor = signed_in(desk.members[Role.SUPERVISOR])
    send(desk, "contact_review", supervisor, contact=contact)
    more = {"contact": contact, "minutes": "400", "confirmed": "on", "reason": "more", "version": 1}
    assert send(desk, "contact_change", supervisor, **more).status_code == 302
    [(contact, parts)] = stored(desk)
    assert (contact.flag, contact.reviewed_at, contact.reviewed_by) == (Flag.LONG, None, None)
    assert parts == [("chronic_care", 400)]
    review = reverse("coordination:review", kwargs={"agency": desk.slug})
    looked_at = reverse(
        "coordination:contact_review",
        kwargs={"agency": desk.slug, "patient": contact.patient_id, "contact": contact.pk},
    )
    for member, may in (
        (desk.members[Role.SUPERVISOR], False),
        (desk.admin, True),
    ):  # a button only for who may press it
        page = signed_in(member).get(review).content.decode()
        assert (f'action="{looked_at}"' in page, "What it says comes from you" in page) == (may, not may)
    with agency_context(desk.agency):
        with pytest.raises(ValidationError, match="comes from you"):
            contact_review(actor=desk.members[Role.SUPERVISOR], contact=contact, now=factories.NOW)
        looked = contact_review(actor=desk.admin, contact=contact, now=factories.NOW)
    assert looked.reviewed_by == desk.admin


def test_time_outside_the_usual_hours_is_asked_once_and_flagged(desk):
    with agency_context(desk.agency):
        desk.coordinator.works_from, desk.coordinator.works_until = time(9), time(17)
        desk.coordinator.save()
    assert send(desk, minutes="9:00-9:10").status_code == 302
    assert "outside the usual hours" in refused(send(desk, minutes="8:30-9:00"))["confirmed"]
    send(desk, minutes="8:30-9:00", confirmed="on")
    assert sorted(contact.flag for contact, _parts in stored(desk)) == ["", Flag.OUTSIDE_SHIFT]


def test_a_change_that_moves_an_entry_outside_the_usual_hours_is_asked_once_and_flagged(desk):
    with agency_context(desk.agency):
        desk.coordinator.works_from, desk.coordinator.works_until = time(9), time(17)
        desk.coordinator.save()
    send(desk, minutes="9:00-9:10")
    [(contact, _parts)] = stored(desk)
    moved = {"contact": contact, "version": 1, "reason": "typo", "minutes": "8:30-8:40"}
    assert "outside the usual hours" in refused(send(desk, "contact_change", **moved), "form")["confirmed"]
    assert [each.flag for each, _parts in stored(desk)] == [""]
    assert send(desk, "contact_change", **moved, confirmed="on").status_code == 302
    assert [each.flag for each, _parts in stored(desk)] == [Flag.OUTSIDE_SHIFT]


def test_a_change_of_words_flags_no_entry_whose_hours_were_others_then(desk):
    send(desk, minutes="8:30-8:40")
    with agency_context(desk.agency):
        desk.coordinator.works_from, desk.coordinator.works_until = time(9), time(17)
        desk.coordinator.save()
    [(contact, _parts)] = stored(desk)
    said = {"contact": contact, "version": 1, "reason": "typo", "minutes": "8:30-8:40", "note": "Called the pharmacy."}
    assert send(desk, "contact_change", **said).status_code == 302
    assert [(each.note, each.flag) for each, _parts in stored(desk)] == [("Called the pharmacy.", "")]


def test_what_is_needed_after_all_is_not_called_optional(desk):
    """A part of a split without its minutes; and why an entry comes after its month was closed, also once that was answered."""
    page = send(desk, program_2="behavioral_health").content.decode()
    assert label_of(page, "minutes_2") == "Minutes of it"
    with agency_context(desk.agency):
        month_lock(actor=desk.admin, month=date(2026, 10, 1), reason="all in", now=factories.NOW)
    late = {"service_date": "2026-10-05"}
    assert label_of(send(desk, **late).content.decode(), "reason") == "Why"
    again = send(desk, **late, reason="found on paper", minutes="61")
    assert "more than an hour" in refused(again)["confirmed"]
    assert label_of(again.content.decode(), "reason") == "Why"


def label_of(page, name):
    """What stands in the label of a field."""
    [label] = re.findall(rf'<label for="id_{name}">(.*?)</label>', page)
    return re.sub(r"\s*<[^>]+>\s*", " ", label).strip()


def test_a_colleagues_time_names_both_and_counts_by_the_colleagues_training(desk):
    assert send(desk, author=desk.front_desk.pk).status_code == 302
    [log] = logs(desk)
    assert (log.author_id, log.contact.recorded_by_id, log.discipline) == (
        desk.front_desk.pk,
        desk.coordinator.pk,
        "FRONT_DESK",
    )
    page = desk.client.get(reverse("coordination:patient", kwargs={"agency": desk.slug, "patient": desk.patient.pk}))
    assert f"written down by {desk.coordinator.signature}" in page.content.decode()
    assert [piece.kind for piece in ledger(desk).pieces] == ["refused"]


def test_only_somebody_at_work_can_be_written_for(desk):
    with agency_context(desk.agency):
        desk.front_desk.is_active = False
        desk.front_desk.save()
    assert "author" in refused(send(desk, author=desk.front_desk.pk))
    with agency_context(desk.agency), pytest.raises(ValidationError, match="no longer works here"):
        contact_record(
            actor=desk.coordinator,
            author=desk.front_desk,
            patient=desk.patient,
            said=Said(
                service_date=factories.TODAY,
                duration=Duration(10),
                activity="care_coordination",
                program="chronic_care",
                note="called",
            ),
            form_key=uuid7(),
            now=factories.NOW,
        )
    assert stored(desk) == []


def test_a_late_entry_shows_both_dates(desk):
    send(desk, service_date="2026-11-02")
    page = desk.client.get(reverse("coordination:patient", kwargs={"agency": desk.slug, "patient": desk.patient.pk}))
    assert "Mon Nov 2" in page.content.decode()
    assert "late entry, made Nov 16, 2026" in page.content.decode()


def test_a_void_entry_counts_nowhere_and_stays_visible(desk):
    send(desk)
    [(contact, _)] = stored(desk)
    assert ledger(desk).logged == 28
    sent = {"void-version": contact.version, "void-reason": "wrong patient", "contact": contact}
    assert send(desk, "contact_void", **sent).status_code == 302
    assert ledger(desk).logged == 0
    [log] = logs(desk)
    assert (log.voided_by_id, log.void_reason) == (desk.coordinator.pk, "wrong patient")
    page = desk.client.get(reverse("coordination:patient", kwargs={"agency": desk.slug, "patient": desk.patient.pk}))
    assert (page.context["logged"], page.context["last_note"]) == (0, "")
    assert "wrong patient" in page.content.decode()
    again = send(desk, "contact_void", **sent | {"void-version": 2})
    assert again.status_code == 422
    assert "This entry is void. Log the time anew" in again.content.decode()


def test_a_change_needs_a_reason_and_keeps_what_was_typed_on_a_conflict(desk):
    send(desk)
    [(contact, _)] = stored(desk)
    assert "reason" in refused(send(desk, "contact_change", contact=contact, version=1, minutes="20"), "form")
    change = {"contact": contact, "minutes": "20", "reason": "eight of them were travel", "version": 1}
    assert send(desk, "contact_change", **change).status_code == 302
    assert [parts for _contact, parts in stored(desk)] == [[("chronic_care", 20)]]
    late = send(desk, "contact_change", **change | {"minutes": "19", "note": "typed meanwhile"})
    assert late.status_code == 409
    again = late.context["form"]
    assert (late.context["entry"].minutes, again["version"].value()) == (20, 2)
    assert {name: again[name].value() for name in ("note", "minutes", "reason")} == {
        "note": "typed meanwhile",
        "minutes": "19",
        "reason": "eight of them were travel",
    }
    void = {"contact": contact, "void-version": 1, "void-reason": "wrong patient"}
    late = send(desk, "contact_void", **void)
    assert (late.status_code, late.context["void_form"]["reason"].value()) == (409, "wrong patient")


def test_a_change_of_the_split_voids_the_part_that_goes(desk):
    send(desk, program_2="behavioral_health", minutes_2="10")
    [(contact, _)] = stored(desk)
    send(desk, "contact_change", contact=contact, version=1, reason="it was one program")
    assert [(log.program, log.minutes, log.void_reason) for log in logs(desk)] == [
        ("chronic_care", 28, ""),
        ("behavioral_health", 10, "it was one program"),
    ]


def test_a_colleague_does_not_change_my_entry_and_a_supervisor_does(desk, signed_in):
    send(desk)
    [(contact, _)] = stored(desk)
    change = {"contact": contact, "minutes": "20", "reason": "agreed by phone", "version": 1}
    assert send(desk, "contact_change", signed_in(desk.front_desk), **change).status_code == 403
    assert send(desk, "contact_change", signed_in(desk.members[Role.SUPERVISOR]), **change).status_code == 302
    assert [parts for _contact, parts in stored(desk)] == [[("chronic_care", 20)]]


def test_minutes_that_stand_in_another_entry_are_shown_and_settled_by_a_choice(desk):
    send(desk, minutes="9:00-9:30")
    with agency_context(desk.agency):
        other = factories.a_patient("Theo", "Park")
    mine, desk.patient = desk.patient, other
    met = send(desk, minutes="8:50-9:10")
    assert "A minute counts once" in refused(met)["way"]
    assert [(way.value, str(way.label)) for way in met.context["ways"]] == [
        ("trim", "Shorten it to 8:50–9:00"),
        ("move", "Move it to 9:30–9:50"),
    ]
    assert [(row.minutes, row.meets) for row in met.context["picture"].rows] == [(20, (2,)), (30, (1,))]
    key = str(uuid7())
    for _twice in range(2):
        assert send(desk, minutes="8:50-9:10", way="trim", form_key=key).status_code == 302
    assert [(each.patient_id, parts) for each, parts in stored(desk)] == [
        (mine.pk, [("chronic_care", 28 + 2)]),
        (other.pk, [("chronic_care", 10)]),
    ]


def test_around_an_entry_in_its_middle_a_contact_becomes_two(desk):
    send(desk, minutes="9:10-9:20")
    key = str(uuid7())
    for _twice in range(2):
        assert send(desk, minutes="9:00-9:30", way="split", form_key=key).status_code == 302
    spans = [(log.started_at, log.stopped_at) for log in logs(desk, "started_at")]
    nine, minute = datetime(2026, 11, 16, 16, tzinfo=UTC), timedelta(minutes=1)
    assert [((start - nine) / minute, (stop - nine) / minute) for start, stop in spans] == [(0, 10), (10, 20), (20, 30)]


def test_the_day_shows_what_stands_twice_and_mends_it(desk):
    with agency_context(desk.agency):
        log = factories.a_log(desk.patient, 12, by=desk.coordinator, start=time(9), stop=time(9, 12))
        other = factories.a_log(desk.patient, 10, by=desk.coordinator, start=time(10), stop=time(10, 10))
        nine = log.contact.started_at
        Contact.objects.filter(pk=other.contact_id).update(
            started_at=nine + timedelta(minutes=10), stopped_at=nine + timedelta(minutes=20)
        )
    day = reverse("coordination:day", kwargs={"agency": desk.slug, "day": "2026-11-16", "member": desk.coordinator.pk})
    first, second = desk.client.get(day).context["clashes"]
    assert [way.value for way in first.ways] == ["trim", "move"]
    sent = {"version": first.row.contact.version, "way": "trim", "reason": "shared two minutes"}
    assert send(desk, "contact_give_way", contact=log.contact, **sent)["Location"] == day
    assert desk.client.get(day).context["clashes"] == []
    [log, _other] = logs(desk, "started_at")
    assert (log.minutes, log.contact.reason) == (10, "shared two minutes")


def test_a_correction_after_the_month_is_closed_stands_beside_what_it_corrects(desk, signed_in):
    send(desk, service_date="2026-10-05")
    [(contact, _)] = stored(desk)
    with agency_context(desk.agency):
        month_lock(actor=desk.admin, month=date(2026, 10, 1), reason="all in", now=factories.NOW)
    change = {
        "contact": contact,
        "version": 1,
        "service_date": "2026-10-05",
        "minutes": "20",
        "reason": "eight were travel",
    }
    answer = send(desk, "contact_change", **change)
    [correction] = [each for each, _parts in stored(desk) if each.pk != contact.pk]
    assert answer["Location"].endswith(f"/contacts/{correction.pk}/")
    ids = {"agency": desk.slug, "patient": desk.patient.pk}
    before, after = (
        desk.client.get(reverse("coordination:contact", kwargs={**ids, "contact": each.pk})).context
        for each in (contact, correction)
    )
    assert (before["entry"].minutes, list(before["corrections"]), after["entry"].minutes) == (0, [correction], 20)
    assert (correction.corrects_id, correction.flag) == (contact.pk, Flag.AFTER_LOCK)
    void = {"contact": correction, "void-version": correction.version, "void-reason": "another patient"}
    review = reverse("coordination:review", kwargs={"agency": desk.slug})
    supervisor = signed_in(desk.members[Role.SUPERVISOR])
    for _ in range(2):  # corrected, then void: a supervisor looks at either
        assert supervisor.get(review).context["page"].contacts == [correction]
        send(desk, "contact_void", **void)


@pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"])
def test_the_history_says_what_it_said_who_wrote_it_and_why():
    world = factories.worlds().riverbend
    with agency_context(world.agency):
        contact = factories.a_log(world.patient, 28, by=world.coordinator).contact
    world.client = Client()
    world.client.force_login(world.coordinator.user)
    send(world, "contact_change", contact=contact, version=1, minutes="20", reason="eight were travel")
    with agency_context(world.agency):
        contact_void(actor=world.coordinator, contact=contact, version=2, reason="twice", now=factories.NOW)
    ids = {"agency": world.slug, "patient": world.patient.pk, "contact": contact.pk}
    page = world.client.get(reverse("coordination:contact", kwargs=ids))
    assert [(version.minutes, version.contact.reason) for version in page.context["history"]] == [
        (0, "twice"),
        (20, "eight were travel"),
        (28, ""),
    ]
    assert page.context["history"][1].by.pk == world.coordinator.pk
