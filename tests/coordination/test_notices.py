"""Who is mailed what, and when: counts and kinds, once, and never a name."""

from datetime import date, datetime, timedelta
from smtplib import SMTPAuthenticationError, SMTPRecipientsRefused, SMTPSenderRefused, SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.urls import reverse

from coordination.models import (
    Alert,
    CareTeamMember,
    CareTeamRole,
    Deadline,
    DeadlineKind,
    MailSettings,
    MessageKind,
    OutgoingMessage,
)
from coordination.rules.outbox import TRIES
from coordination.selectors.outbox import mail_settings_of
from coordination.services.letters import letter_of
from coordination.services.notices import alerts_tell, digests_write, mail_settings_save
from coordination.tasks import send_next, send_out_of_agency
from tenancy.context import AgencyRequired, agency_context
from tenancy.models import Holiday
from tenancy.roles import Role
from tenancy.tasks import HEADER
from tests import factories
from tests.factories import NOW, TODAY
from tests.outbox import a_deadline, a_message, an_endpoint

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SEVEN = datetime.fromisoformat("2026-11-17T14:00:00+00:00")  # Tuesday, 7:00 in Denver


@pytest.fixture
def here(riverbend):
    with agency_context(riverbend.agency):
        riverbend.supervisor = riverbend.members[Role.SUPERVISOR]
        CareTeamMember.objects.create(
            patient=riverbend.patient, member=riverbend.coordinator, role=CareTeamRole.LEAD, from_day=date(2026, 1, 1)
        )
        yield riverbend


def wants(person, hour=7, at_once=False, now=NOW) -> MailSettings:
    known = mail_settings_of(person.pk)
    version = known.version if known else 1
    return mail_settings_save(actor=person, digest_hour=hour, alerts_at_once=at_once, version=version, now=now)


def an_alert(deadline, level, **more) -> Alert:
    facts = {"due_at": deadline.due_at, "raised_at": NOW} | more
    return Alert.objects.create(deadline=deadline, level=level, **facts)


def written() -> list[OutgoingMessage]:
    return list(OutgoingMessage.objects.order_by("written_at", "pk"))


def payloads() -> list[dict]:
    return [each.payload for each in written()]


# ---------- the digest ----------


def test_the_digest_counts_what_is_overdue_and_due_today_by_kind(here):
    wants(here.coordinator)
    for on, kind in (
        (TODAY - DAY, DeadlineKind.CONTACT),
        (TODAY, DeadlineKind.CONTACT),
        (TODAY, DeadlineKind.RETRY),
        (TODAY + DAY, DeadlineKind.CONTACT),
        (TODAY + DAY, DeadlineKind.RECONCILIATION),
        (TODAY + 2 * DAY, DeadlineKind.CARE_PLAN_REVIEW),
    ):
        a_deadline(here, on, kind)
    a_deadline(here, TODAY, assignee=here.supervisor)
    assert digests_write(now=SEVEN - timedelta(seconds=1)) == 0
    assert digests_write(now=SEVEN) == 1
    assert payloads() == [
        {
            "overdue": {"contact": 2, "retry": 1},
            "today": {"contact": 1, "reconciliation": 1},
            "escalated": {},
            "nobody": {},
            "as_of": SEVEN.isoformat(),
        }
    ]


def test_it_is_written_once_a_day_whoever_asks_and_however_often(here):
    wants(here.coordinator)
    a_deadline(here, TODAY)
    assert [digests_write(now=SEVEN + timedelta(minutes=n)) for n in range(3)] == [1, 0, 0]
    wants(here.coordinator, hour=9, now=SEVEN)  # moved to a later hour of the same day
    digests_write(now=SEVEN + timedelta(hours=2))
    assert [each.key for each in written()] == [f"digest:{here.coordinator.pk}:2026-11-17"]
    digests_write(now=SEVEN + timedelta(hours=26))
    assert len(written()) == 2


def test_it_comes_on_working_days_and_when_something_is_due(here):
    wants(here.coordinator)
    Holiday.objects.create(day=date(2026, 11, 17), name="A day off")
    digests_write(now=SEVEN)  # made a day off after the moment was set
    assert written() == []
    assert mail_settings_of(here.coordinator.pk).digest_next_at == SEVEN + DAY
    digests_write(now=SEVEN + DAY)
    assert written() == []  # nothing is due
    a_deadline(here, TODAY)
    digests_write(now=SEVEN + 2 * DAY)
    assert len(written()) == 1


def test_a_morning_that_was_missed_is_made_up_for_on_the_same_day_and_no_later(here):
    wants(here.coordinator)
    a_deadline(here, TODAY)
    digests_write(now=SEVEN + timedelta(hours=9))
    assert [each.key[-10:] for each in written()] == ["2026-11-17"]
    digests_write(now=SEVEN + 4 * DAY)  # everything stood still until Saturday
    assert len(written()) == 1
    assert mail_settings_of(here.coordinator.pk).digest_next_at == SEVEN + 6 * DAY


def test_supervisors_are_told_what_was_escalated_and_what_nobody_answers_for(here):
    wants(here.supervisor)
    wants(here.coordinator)
    escalated, acknowledged, alone = (
        a_deadline(here, TODAY + 2 * DAY),
        a_deadline(here, TODAY + 2 * DAY),
        a_deadline(here, TODAY, patient=factories.a_patient("Ana", "Ruiz"), kind=DeadlineKind.VISIT_LAST),
    )
    an_alert(escalated, 2)
    an_alert(acknowledged, 2, acknowledged_at=NOW, acknowledged_by=here.supervisor)
    digests_write(now=SEVEN)
    [message] = written()
    assert message.person == here.supervisor
    assert (message.payload["escalated"], message.payload["nobody"]) == ({"contact": 1}, {"visit_last": 1})
    assert alone.patient.family_name not in str(letter_of(message).message())


def test_whoever_left_or_may_not_read_what_is_due_gets_none(here):
    wants(here.coordinator)
    a_deadline(here, TODAY)
    here.coordinator.role = Role.PRIVACY_OFFICER
    here.coordinator.save()
    assert digests_write(now=SEVEN) == 0
    assert mail_settings_of(here.coordinator.pk).digest_next_at == SEVEN + DAY


def test_the_other_agency_s_digest_is_counted_and_timed_by_its_own(worlds):
    for world, hour_in_utc in ((worlds.riverbend, 14), (worlds.harbor, 12)):
        with agency_context(world.agency):
            settings = wants(world.coordinator)
            assert settings.digest_next_at == datetime(2026, 11, 17, hour_in_utc, tzinfo=NOW.tzinfo)
            a_deadline(world, TODAY, assignee=world.coordinator)
            assert digests_write(now=SEVEN) == 1
            assert payloads()[0]["overdue"] == {"contact": 1}


# ---------- alerts at once ----------


def test_each_alert_is_told_once_to_those_it_is_for(here):
    for person in (here.coordinator, here.supervisor, here.members[Role.CLINICIAN]):
        wants(person, hour=None, at_once=True)
    warned, late = a_deadline(here, TODAY + DAY), a_deadline(here, TODAY, DeadlineKind.VISIT_LAST)
    an_alert(warned, 0)
    for level in range(4):  # raised together, after an outage
        an_alert(late, level)
    type(late).objects.filter(pk=late.pk).update(level=4)
    assert alerts_tell(now=NOW) == 2
    told = {each.person: each.payload["alerts"] for each in written()}
    assert told == {
        here.coordinator: [
            {"deadline": str(warned.pk), "kind": "contact", "level": 0, "due_on": "2026-11-17"},
            {"deadline": str(late.pk), "kind": "visit_last", "level": 3, "due_on": "2026-11-16"},
        ],
        here.supervisor: [{"deadline": str(late.pk), "kind": "visit_last", "level": 3, "due_on": "2026-11-16"}],
    }
    assert alerts_tell(now=NOW) == 0
    assert Alert.objects.filter(told_at=None).count() == 0


def test_an_alert_whose_deadline_was_settled_or_moved_is_told_nobody(here):
    wants(here.coordinator, hour=None, at_once=True)
    endpoint = an_endpoint(here)
    settled = a_deadline(here, TODAY, settled_at=NOW, settled_as="met")
    moved = a_deadline(here, TODAY)
    an_alert(settled, 0)
    an_alert(moved, 0, due_at=moved.due_at - DAY)
    assert (alerts_tell(now=NOW), written()) == (0, [])
    assert endpoint.messages.count() == 0


def test_whoever_wants_none_gets_none(here):
    wants(here.coordinator, hour=7, at_once=False)
    an_alert(a_deadline(here, TODAY), 0)
    assert alerts_tell(now=NOW) == 0
    wants(here.coordinator, hour=7, at_once=True)
    assert alerts_tell(now=NOW) == 0  # of alerts before that


def test_every_endpoint_that_is_not_paused_is_told_of_every_alert(here):
    first, second, paused = (an_endpoint(here, f"https://{n}.example.org") for n in range(3))
    paused.paused_at = NOW
    paused.save()
    deadline = a_deadline(here, TODAY)
    an_alert(deadline, 1)
    assert alerts_tell(now=NOW) == 2
    assert {each.endpoint for each in written()} == {first, second}
    assert payloads()[0] == {
        "deadline": str(deadline.pk), "kind": "contact", "level": 1, "due_at": deadline.due_at.isoformat(),
    }  # fmt: skip


# ---------- what a mail says ----------


def test_a_mail_says_counts_kinds_and_links_and_no_name(here, settings, at):
    settings.SITE_URL = "https://careledger.example.org"
    wants(here.coordinator, at_once=True)
    deadline = a_deadline(here, TODAY)
    a_deadline(here, TODAY + DAY)
    an_alert(deadline, 3)
    alerts_tell(now=NOW)
    digests_write(now=SEVEN)
    at(SEVEN)
    while send_next(here.agency, set()):
        pass
    about, morning = mail.outbox
    assert (about.subject, about.to) == ("Riverbend Health: 1 alert", [here.coordinator.user.email])
    assert about.body == (
        "At Riverbend Health, this needs you:\n\n"
        "Call after discharge: overdue\n"
        "by the end of Monday, Nov 16\n"
        f"https://careledger.example.org/a/riverbend/deadlines/{deadline.pk}/\n\n"
        "No names stand in this mail. Change when such mail comes, or end it:\n"
        "https://careledger.example.org/a/riverbend/notices/\n"
    )
    assert morning.subject == "Riverbend Health: 1 overdue, 1 due today"
    assert morning.body == (
        "Your list at Riverbend Health, Tuesday, Nov 17, 7:00:\n\n"
        "Overdue\n  1 × Call after discharge\n\n"
        "Due today\n  1 × Call after discharge\n\n"
        "Open the list:\nhttps://careledger.example.org/a/riverbend/\n\n"
        "No names stand in this mail. Change when it comes, or end it:\n"
        "https://careledger.example.org/a/riverbend/notices/\n"
    )
    for letter in mail.outbox:
        whole = str(letter.message())
        for secret in (here.patient.family_name, here.patient.mrn, "1957-03-08", here.mark):
            assert secret not in whole
        assert letter.message().get_content_type() == "text/plain"
        assert letter.extra_headers["Auto-Submitted"] == "auto-generated"
    ids = [letter.extra_headers["Message-ID"] for letter in mail.outbox]
    assert ids == [f"<{each.pk}@careledger.example.org>" for each in written()]


def test_a_mail_of_many_alerts_lists_twenty_and_says_how_many_more(here):
    wants(here.coordinator, at_once=True, hour=None)
    for _ in range(22):
        an_alert(a_deadline(here, TODAY), 3)
    alerts_tell(now=NOW)
    [message] = written()
    text = letter_of(message).body
    assert (text.count("/deadlines/"), "and 2 more:" in text) == (20, True)


# ---------- the page ----------


def page(world, name="notices"):
    return reverse(f"coordination:{name}", kwargs={"agency": world.slug})


def test_a_person_chooses_and_ends_their_mail(riverbend, signed_in):
    client = signed_in(riverbend.coordinator)
    assert riverbend.coordinator.user.email in client.get(page(riverbend)).content.decode()
    answer = client.post(page(riverbend), {"digest_hour": "7", "alerts_at_once": "on", "version": 1})
    assert answer.status_code == 302
    with agency_context(riverbend.agency):
        chosen = mail_settings_of(riverbend.coordinator.pk)
        assert (chosen.digest_hour, chosen.digest_next_at, chosen.alerts_at_once) == (7, SEVEN, True)
    client.post(page(riverbend), {"digest_hour": "", "version": 1})
    with agency_context(riverbend.agency):
        chosen.refresh_from_db()
        assert (chosen.digest_hour, chosen.digest_next_at, chosen.alerts_at_once) == (None, None, False)


def test_an_hour_of_the_night_is_refused_and_a_stale_form_says_so(riverbend, signed_in):
    client = signed_in(riverbend.coordinator)
    assert client.post(page(riverbend), {"digest_hour": "3", "version": 1}).status_code == 422
    client.post(page(riverbend), {"digest_hour": "7", "version": 1})
    client.post(page(riverbend), {"digest_hour": "8", "version": 1})
    stale = client.post(page(riverbend), {"digest_hour": "9", "version": 1})
    assert (stale.status_code, "Now on record: at 8:00" in stale.content.decode()) == (409, True)


def test_a_link_leads_to_where_the_deadline_is_worked(riverbend, signed_in):
    with agency_context(riverbend.agency):
        discharge = factories.a_discharge(riverbend.patient, by=riverbend.coordinator)
        of_discharge = Deadline.objects.get(about=discharge.pk, kind=DeadlineKind.CONTACT)
        of_patient = a_deadline(riverbend, TODAY, DeadlineKind.CARE_PLAN_REVIEW)
        of_none = a_deadline(riverbend, TODAY, DeadlineKind.CONTRACT, patient=None)
    client = signed_in(riverbend.coordinator)
    patient = {"agency": "riverbend", "patient": riverbend.patient.pk}
    assert [
        client.get(f"/a/riverbend/deadlines/{each.pk}/")["Location"] for each in (of_discharge, of_patient, of_none)
    ] == [
        reverse("coordination:transition", kwargs=patient | {"transition": discharge.pk}),
        reverse("coordination:patient", kwargs=patient),
        "/a/riverbend/",
    ]


# ---------- mail servers ----------


@pytest.mark.parametrize(
    ("said", "fault", "status"),
    [
        (SMTPRecipientsRefused({"a@example.org": (550, b"Dana who?")}), "refused", 550),
        (SMTPSenderRefused(451, b"later", "b@example.org"), "answer", 451),
        (SMTPAuthenticationError(535, b"no"), "answer", 535),
        (SMTPServerDisconnected("gone"), "unreachable", None),
        (ConnectionRefusedError(), "unreachable", None),
        (TimeoutError(), "timeout", None),
    ],
)
def test_a_mail_server_that_takes_nothing_is_tried_again_later(here, monkeypatch, said, fault, status):
    def refuse(*args, **kwargs):
        raise said

    message = a_message(person=here.coordinator, kind=MessageKind.ALERTS, payload={"alerts": []})
    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    assert send_next(here.agency, set()) is False
    message.refresh_from_db()
    assert (message.fault, message.status, message.sent_at, message.given_up_at) == (fault, status, None, None)
    assert message.next_try_at == NOW + timedelta(minutes=1)


def test_a_message_that_cannot_be_put_into_words_holds_up_no_other_for_ever(here):
    """Nobody expects it; so its tries are counted before anything is done with it."""
    broken = a_message(person=here.coordinator, kind=MessageKind.ALERTS, payload={"alerts": [{"kind": "?"}]})
    for tries in range(1, TRIES + 1):
        with pytest.raises(ValueError, match="not a valid DeadlineKind"):
            send_next(here.agency, set())
        OutgoingMessage.objects.filter(pk=broken.pk).update(next_try_at=NOW)
        broken.refresh_from_db()
        assert broken.attempts == tries
    assert send_next(here.agency, set()) is None
    broken.refresh_from_db()
    assert (broken.fault, broken.given_up_at) == ("cut_off", NOW)


# ---------- the task ----------


def test_one_task_writes_and_sends_everything_of_its_agency_and_nothing_without_one(riverbend, at):
    with agency_context(riverbend.agency):
        wants(riverbend.coordinator, at_once=True)
        an_alert(a_deadline(riverbend, TODAY, assignee=riverbend.coordinator), 3)
    at(SEVEN)
    with pytest.raises(AgencyRequired):
        send_out_of_agency()
    assert mail.outbox == []
    headers = {HEADER: riverbend.agency.pk}
    assert send_out_of_agency.apply(headers=headers).get() == 2
    assert sorted(letter.subject for letter in mail.outbox) == [
        "Riverbend Health: 1 alert",
        "Riverbend Health: 1 overdue",
    ]
    assert send_out_of_agency.apply(headers=headers).get() == 0
