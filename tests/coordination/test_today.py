"""The list of tasks: what a row says, a call from it, what came of it, undone, put off; alerts; the team."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from coordination.models import (
    Alert,
    Contact,
    ContactPoint,
    Deadline,
    TimeLog,
    Timer,
    Transition,
)
from tenancy.context import agency_context
from tenancy.models import uuid7
from tenancy.roles import Role
from tests import factories
from tests.coordination.test_deadline_lists import an_alert, leads

pytestmark = pytest.mark.django_db
FRIDAY = date(2026, 11, 13)  # whose call is due by the end of Tuesday, November 17


@pytest.fixture
def home(riverbend) -> Transition:
    """Maria came home on Friday; Dana leads her care, and may leave a message on her phone."""
    with agency_context(riverbend.agency):
        leads(riverbend.coordinator, riverbend.patient)
        ContactPoint.objects.create(
            patient=riverbend.patient, kind="phone", use="mobile", value="303-555-0142", may_leave_message=True
        )
        return factories.a_discharge(riverbend.patient, by=riverbend.coordinator, on=FRIDAY)


def due(world, kind="contact") -> Deadline:
    with agency_context(world.agency):
        return Deadline.objects.get(kind=kind)


def url_of(world, name, **ids) -> str:
    return reverse(f"coordination:{name}", kwargs={"agency": world.slug, **ids})


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def test_a_row_says_when_of_whom_what_and_why(riverbend, home, signed_in):
    page = text_of(signed_in(riverbend.coordinator).get(url_of(riverbend, "today")))
    for words in (
        "in 33 h",
        "end of Tue Nov 17 MST",
        "MariaQRIV LopezQRIV",
        "Mar 8, 1957",
        "QRIV-1",
        "Call 303-555-0142",
        "may leave a message",
        "Within 2 business days after the discharge of Fri Nov 13.",
        "Nobody has tried yet.",
        "transitional care",
    ):
        assert words in page, words
    title = page[page.index("<title>") : page.index("</title>")]
    assert "Lopez" not in title


def test_a_window_that_has_passed_is_told_of_as_past(riverbend, home, signed_in, at):
    client, url = signed_in(riverbend.coordinator), url_of(riverbend, "today")
    first = "99496 asked for a visit by Fri Nov 20, 7 days after the discharge."
    at(datetime(2026, 11, 27, 12, tzinfo=UTC))
    page = text_of(client.get(url))
    assert f"{first} 99495 asks for one by Fri Nov 27." in page  # until this day ends
    assert "as late" not in page[page.index(first) :]
    at(datetime(2026, 11, 28, 12, tzinfo=UTC))
    last = "99495 asked for one by Fri Nov 27. See the patient all the same: it is recorded as late."
    assert f"{first} {last}" in text_of(client.get(url))


def test_todays_door_is_the_coordinators(riverbend, signed_in):
    door = reverse("coordination:door", kwargs={"agency": riverbend.slug})
    to = {role: signed_in(riverbend.members[role]).get(door)["Location"].rsplit("/", 2)[1] for role in Role}
    assert to == {
        Role.COORDINATOR: "today",
        Role.SUPERVISOR: "today",
        Role.CLINICIAN: "today",
        Role.BILLER: "patients",
        Role.ADMIN: "patients",
        Role.READ_ONLY: "patients",
        Role.PRIVACY_OFFICER: "access",
    }


def a_call(**more) -> dict:
    return {"form_key": str(uuid7()), "service_date": "2026-11-16", "minutes": "9", **more}


def test_one_click_starts_the_timer_and_the_second_saves_all_of_it(riverbend, home, signed_in, at):
    client, contact = signed_in(riverbend.coordinator), due(riverbend)
    page = client.post(url_of(riverbend, "task_call", deadline=contact.pk), follow=True)
    assert "Reached: save" in text_of(page)
    with agency_context(riverbend.agency):
        timer = Timer.objects.get()
    assert (timer.patient_id, timer.stopped_at) == (riverbend.patient.pk, None)
    at(factories.NOW + timedelta(minutes=6, seconds=30))
    sent = a_call(minutes="", timer=str(timer.pk), reached="1", note="Feels well, has her medicines.")
    page = client.post(url_of(riverbend, "task_attempt", deadline=contact.pk), sent, follow=True)
    assert "6 minutes saved. Reached: the call after discharge is done." in text_of(page)
    with agency_context(riverbend.agency):
        saved = Contact.objects.get()
        assert (saved.transition_id, saved.outcome, saved.spoken_to, saved.mode) == (
            home.pk, "reached", "patient", "phone",
        )  # fmt: skip
        log = TimeLog.objects.get()
        assert (log.program, log.minutes, log.activity) == ("transitional_care", 6, "care_coordination")
        assert Deadline.objects.get(kind="contact").settled_as == "met"
    assert f"task-{contact.pk}" not in page.content.decode()  # it left by itself


def test_not_reached_counts_an_attempt_and_proposes_the_next_inside_the_window(riverbend, home, signed_in):
    client, contact = signed_in(riverbend.coordinator), due(riverbend)
    sent = a_call(minutes="2", not_reached="1", outcome="voicemail")
    page = text_of(client.post(url_of(riverbend, "task_attempt", deadline=contact.pk), sent, follow=True))
    # It is 15:00 on Monday: three hours later is evening, so Tuesday morning.
    assert "Attempt 1 is on record. The next one by end of Tue Nov 17 MST; proposed: Tue Nov 17, 9:00." in page
    assert "One attempt so far, on Mon Nov 16, not reached. One more in time counts even if nobody is reached." in page
    with agency_context(riverbend.agency):
        assert Contact.objects.get().note == "Left a message."
    page = text_of(
        client.post(url_of(riverbend, "task_attempt", deadline=contact.pk), sent | a_call(minutes="1"), follow=True)
    )
    assert "2 attempts: that counts. Go on trying, next by end of Tue Nov 17 MST" in page
    with agency_context(riverbend.agency):
        assert dict(Deadline.objects.filter(settled_at=None).values_list("kind", "due_on"))["retry"] == date(
            2026, 11, 17
        )
        assert Deadline.objects.get(kind="contact").settled_as == "met"


def test_a_wrong_number_and_an_appointment_alone_say_what_they_are(riverbend, home, signed_in):
    client, contact = signed_in(riverbend.coordinator), due(riverbend)
    sent = a_call(minutes="2", not_reached="1", outcome="wrong_number")
    page = text_of(client.post(url_of(riverbend, "task_attempt", deadline=contact.pk), sent, follow=True))
    assert "A wrong number is no attempt" in page
    assert "Nobody has tried yet." in page
    sent = a_call(reached="1", only_scheduling="on", note="Wednesday at ten.")
    page = text_of(client.post(url_of(riverbend, "task_attempt", deadline=contact.pk), sent, follow=True))
    assert "An appointment alone is an attempt" in page
    assert due(riverbend).settled_as == ""


def test_the_front_desks_call_meets_nothing_and_says_so(riverbend, home, signed_in):
    client, contact = signed_in(riverbend.front_desk), due(riverbend)
    sent = a_call(reached="1", note="Called.")
    client.post(url_of(riverbend, "task_attempt", deadline=contact.pk), sent)
    page = text_of(client.get(url_of(riverbend, "today")))
    assert "only clinical staff and practitioners do" in page
    assert due(riverbend).settled_as == ""


def test_a_refused_save_keeps_what_was_typed(riverbend, home, signed_in):
    client, contact = signed_in(riverbend.coordinator), due(riverbend)
    url = url_of(riverbend, "task_attempt", deadline=contact.pk)
    page = client.post(url, a_call(minutes="", reached="1", note="Half a story"))
    assert page.status_code == 422
    assert "Half a story" in text_of(page)
    assert "Enter how long it took" in text_of(page)
    assert "choose one of the two buttons" in text_of(client.post(url, a_call(note="Half a story")))
    assert "Write what was said" in text_of(client.post(url, a_call(reached="1")))
    with agency_context(riverbend.agency):
        assert not Contact.objects.exists()


def test_a_timer_without_a_whole_minute_asks_how_long_it_took(riverbend, home, signed_in, at):
    client, contact = signed_in(riverbend.coordinator), due(riverbend)
    client.post(url_of(riverbend, "task_call", deadline=contact.pk))
    with agency_context(riverbend.agency):
        timer = Timer.objects.get()
    at(factories.NOW + timedelta(seconds=40))
    sent = a_call(minutes="", timer=str(timer.pk), not_reached="1")
    page = client.post(url_of(riverbend, "task_attempt", deadline=contact.pk), sent)
    assert page.status_code == 422
    assert "The timer shows 40 s and only whole minutes are kept" in text_of(page)


def test_undo_voids_it_and_opens_the_form_with_what_it_said(riverbend, home, signed_in, at):
    client, contact = signed_in(riverbend.coordinator), due(riverbend)
    sent = a_call(reached="1", note="The wrong Maria.")
    page = client.post(url_of(riverbend, "task_attempt", deadline=contact.pk), sent, follow=True)
    with agency_context(riverbend.agency):
        saved = Contact.objects.get()
    url = url_of(riverbend, "task_undo", contact=saved.pk)
    assert url in page.content.decode()
    page = client.post(url, follow=True)
    assert "The wrong Maria." in text_of(page)
    with agency_context(riverbend.agency):
        assert TimeLog.objects.get().void_reason == "Undone right after it was saved"
        assert Deadline.objects.get(kind="contact").settled_as == ""
    assert "Too late to undo here" in text_of(client.post(url, follow=True))  # nothing stands any more


def test_later_it_is_voided_on_its_own_page(riverbend, home, signed_in, at):
    client, contact = signed_in(riverbend.coordinator), due(riverbend)
    client.post(url_of(riverbend, "task_attempt", deadline=contact.pk), a_call(reached="1", note="Well."))
    with agency_context(riverbend.agency):
        saved = Contact.objects.get()
    at(factories.NOW + timedelta(minutes=2))
    assert "Too late to undo here" in text_of(
        client.post(url_of(riverbend, "task_undo", contact=saved.pk), follow=True)
    )
    with agency_context(riverbend.agency):
        assert TimeLog.objects.get().voided_at is None


def put_off(world, client, deadline, day, hour="8", **more):
    sent = {"day": day, "hour": hour, "reason": "asked to call later", "version": deadline.version} | more
    return client.post(url_of(world, "task_put_off", deadline=deadline.pk), sent, follow=True)


def test_put_off_until_before_it_is_due_at_the_latest(riverbend, home, signed_in, at):
    client, contact = signed_in(riverbend.coordinator), due(riverbend)
    page = put_off(riverbend, client, contact, "2026-11-18", "7")
    assert page.status_code == 422
    assert "This cannot wait until it is too late" in text_of(page)
    page = put_off(riverbend, client, contact, "2026-11-16", "14")
    assert "This moment has passed" in text_of(page)
    page = put_off(riverbend, client, contact, "2026-11-17", "18", reason="")
    assert "Say why, in a few words" in text_of(page)
    assert due(riverbend).snoozed_until is None
    page = put_off(riverbend, client, contact, "2026-11-17", "18")
    assert "Put off. It stands under" in text_of(page)
    assert f"task-{contact.pk}" not in page.content.decode()
    stored = due(riverbend)
    assert stored.snoozed_until == datetime(2026, 11, 18, 1, tzinfo=UTC)
    page = text_of(client.get(url_of(riverbend, "today"), {"show": "put_off"}))
    assert "Put off until Tue Nov 17, 18:00 by Dana QRIV, RN: asked to call later" in page
    assert (
        client.post(url_of(riverbend, "task_take_up", deadline=contact.pk), {"version": contact.version}).status_code
        == 409
    )
    client.post(url_of(riverbend, "task_take_up", deadline=contact.pk), {"version": stored.version})
    assert due(riverbend).snoozed_until is None


def test_what_moved_meanwhile_is_shown_before_it_is_put_off(riverbend, home, signed_in):
    client, contact = signed_in(riverbend.coordinator), due(riverbend)
    client.post(url_of(riverbend, "task_attempt", deadline=contact.pk), a_call(not_reached="1"))
    page = put_off(riverbend, client, contact, "2026-11-17", "9")
    assert page.status_code == 409
    assert "asked to call later" in text_of(page)
    assert due(riverbend).snoozed_until is None


def test_the_edge_of_putting_off(riverbend, home):
    from coordination.services.deadline_work import deadline_put_off

    with agency_context(riverbend.agency):
        contact, plan = Deadline.objects.get(kind="contact"), Deadline.objects.get(kind="period_end")
        from django.core.exceptions import ValidationError

        said = {"actor": riverbend.coordinator, "reason": "later", "now": factories.NOW}
        with pytest.raises(ValidationError, match="too late"):
            deadline_put_off(deadline=contact, version=1, until=contact.due_at, **said)
        deadline_put_off(deadline=contact, version=1, until=contact.due_at - timedelta(seconds=1), **said)
        deadline_put_off(deadline=plan, version=1, until=plan.due_at + timedelta(days=1), **said)  # a list, no alert
        assert set(Deadline.objects.exclude(snoozed_until=None).values_list("kind", "next_at")) == {
            ("contact", contact.next_at),  # alerts still come
            ("period_end", None),
        }


def test_seen_leaves_the_count_and_says_by_whom(riverbend, home, signed_in):
    contact = due(riverbend)
    with agency_context(riverbend.agency):
        alert = an_alert(contact, 0)
        for level in (1, 2):
            an_alert(contact, level)
    dana, priya = signed_in(riverbend.coordinator), signed_in(riverbend.members[Role.SUPERVISOR])
    page = text_of(dana.get(url_of(riverbend, "alerts")))
    assert 'id="badge-alerts">1<' in page
    assert "Soon due, care team, supervisor: <time" in page  # told of at one moment, in one line
    assert (
        dana.post(url_of(riverbend, "task_seen", deadline=contact.pk), {"version": contact.version + 1}).status_code
        == 409
    )
    dana.post(url_of(riverbend, "task_seen", deadline=contact.pk), {"version": contact.version})
    page = text_of(dana.get(url_of(riverbend, "alerts")))
    assert 'id="badge-alerts"><' in page
    assert "No alerts" in page
    with agency_context(riverbend.agency):
        assert Alert.objects.get(pk=alert.pk).acknowledged_by == riverbend.coordinator
        assert Alert.objects.get(level=2).acknowledged_by is None  # the supervisors' is theirs
    page = text_of(priya.get(url_of(riverbend, "alerts")))
    assert page.index("Soon due, care team: <time") < page.index("Supervisor: <time")
    assert "seen by Dana QRIV, RN on Mon Nov 16, 15:00" in page
    assert 'id="badge-alerts">1<' in page


def test_the_rail_counts_what_today_lists(riverbend, home, signed_in):
    page = text_of(signed_in(riverbend.coordinator).get(url_of(riverbend, "today")))
    assert 'id="badge-to-do">2<' in page  # the call, and the first visit; the last one hides behind it
    assert page.count('class="task"') == 2
    assert 'id="badge-to-do"><' in text_of(signed_in(riverbend.front_desk).get(url_of(riverbend, "today")))


def test_each_number_of_the_team_leads_to_its_rows(riverbend, home, signed_in):
    priya = signed_in(riverbend.members[Role.SUPERVISOR])
    page = priya.get(url_of(riverbend, "team"))
    links = [(number.count, number.url) for row in page.context["rows"] for number in row.numbers if number.count]
    assert len(links) == 2  # Dana's and everybody's: the call and the visit, both of the next days
    for count, url in links:
        assert priya.get(url).content.decode().count('class="task"') == count, url
    assert "Dana QRIV" in text_of(priya.get(url_of(riverbend, "team"), {"q": "dana"}))
    assert "Nobody matches" in text_of(priya.get(url_of(riverbend, "team"), {"q": "zzz"}))


def test_a_coordinator_has_no_colleagues_list(riverbend, home, signed_in):
    dana = signed_in(riverbend.coordinator)
    assert dana.get(url_of(riverbend, "team_tasks"), {"of": "all"}).status_code == 403
    page = dana.get(url_of(riverbend, "today"), {"of": str(riverbend.members[Role.CLINICIAN].pk)})
    assert page.content.decode().count('class="task"') == 2  # one's own, whatever was asked


def test_short_of_minutes_is_ordered_by_reason_and_never_by_what_is_missing(riverbend, home, signed_in):
    with agency_context(riverbend.agency):
        for given, minutes, on in (
            ("Ana", 19, date(2026, 11, 3)),
            ("Bea", 5, date(2026, 11, 10)),
            ("Cy", 25, date(2026, 11, 2)),
        ):
            patient = factories.an_enrolled_patient(riverbend, given, "Short")
            leads(riverbend.coordinator, patient)
            log = factories.a_log(patient, minutes, by=riverbend.coordinator, on=on)
            Contact.objects.filter(pk=log.contact_id).update(spoken_to="patient", mode="phone", outcome="reached")
    page = text_of(signed_in(riverbend.coordinator).get(url_of(riverbend, "short_this_month")))
    found = [
        page.index(words)
        for words in ("Came home on Fri Nov 13", "Last spoken to on Tue Nov 3", "Last spoken to on Tue Nov 10")
    ]
    assert found == sorted(found)
    assert "Cy Short" not in page
