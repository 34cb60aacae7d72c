"""A person's calendar: read by its secret address alone, and nobody is named in it."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from coordination.models import CalendarFeed, CareTeamMember, CareTeamRole, Deadline, DeadlineKind
from coordination.services.calendar_feeds import feed_make, feed_revoke
from interop.codecs.ics import Entry, calendar_of
from tenancy.context import agency_context
from tenancy.models import AccessLog, Membership
from tenancy.roles import Role
from tests.factories import NOW, TODAY
from tests.outbox import a_deadline

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def stranger() -> Client:
    """A program, without cookies."""
    return Client()


def made(world, person: Membership, now=NOW) -> str:
    """The path of a new address."""
    with agency_context(world.agency):
        return feed_make(actor=person, now=now).removeprefix("http://localhost:8000")


def due(world, on=TODAY, **more) -> Deadline:
    with agency_context(world.agency):
        return a_deadline(world, on, **{"assignee": world.coordinator} | more)


def events(answer) -> dict[str, dict]:
    calendar = Calendar.from_ical(answer.content)
    return {str(each["UID"]): each for each in calendar.walk("VEVENT")}


def told(answer) -> list[tuple]:
    return [(str(each["SUMMARY"]), each.decoded("DTSTART"), each.decoded("DTEND")) for each in events(answer).values()]


# ---------- what it says ----------


def test_each_open_deadline_of_theirs_is_a_whole_day_with_its_kind_and_a_link(riverbend, stranger, settings):
    settings.SITE_URL = "https://careledger.example.org"
    with agency_context(riverbend.agency):
        CareTeamMember.objects.create(
            patient=riverbend.patient, member=riverbend.coordinator, role=CareTeamRole.LEAD, from_day=date(2026, 1, 1)
        )
        address = feed_make(actor=riverbend.coordinator, now=NOW)
    assert re.fullmatch(r"https://careledger\.example\.org/calendar/[0-9]+_[\w-]{43}\.ics", address)
    mine, late = due(riverbend, TODAY, assignee=None), due(riverbend, TODAY - DAY, kind=DeadlineKind.RECONCILIATION)
    due(riverbend, assignee=riverbend.admin)
    due(riverbend, settled_at=NOW, settled_as="met")
    answer = stranger.get(address.removeprefix("https://careledger.example.org"))
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert told(answer) == [
        ("Overdue: Reconcile medicines", TODAY - DAY, TODAY),
        ("Call after discharge", TODAY, TODAY + DAY),  # in Denver; its last moment is tomorrow in UTC
    ]
    event = events(answer)[str(mine.pk)]
    assert set(events(answer)) == {str(mine.pk), str(late.pk)}
    assert event["URL"] == f"https://careledger.example.org/a/riverbend/deadlines/{mine.pk}/"
    assert (event["CLASS"], event["TRANSP"], event["SEQUENCE"]) == ("PRIVATE", "TRANSPARENT", 1)
    assert b"X-WR-CALNAME:Riverbend Health deadlines\r\n" in answer.content
    unfolded = answer.content.decode().replace("\r\n ", "")
    for secret in (
        riverbend.patient.family_name,
        riverbend.patient.given_name,
        riverbend.patient.mrn,
        "1957-03-08",
        "19570308",
    ):
        assert secret not in unfolded


def test_a_deadline_that_moves_keeps_its_uid(riverbend, stranger):
    path, deadline = made(riverbend, riverbend.coordinator), due(riverbend)
    [(uid, before)] = events(stranger.get(path)).items()
    with agency_context(riverbend.agency):
        Deadline.objects.filter(pk=deadline.pk).update(
            due_on=TODAY + DAY, due_at=deadline.due_at + DAY, version=deadline.version + 1
        )
    [(same, after)] = events(stranger.get(path)).items()
    assert (uid, before.decoded("DTSTART"), before["SEQUENCE"]) == (same, TODAY, 1)
    assert (after.decoded("DTSTART"), after["SEQUENCE"]) == (TODAY + DAY, 2)


def test_nothing_due_is_a_calendar_without_events(riverbend, stranger):
    answer = stranger.get(made(riverbend, riverbend.coordinator))
    assert (answer.status_code, told(answer)) == (200, [])


def test_words_are_escaped_and_long_lines_folded():
    title = "Café; call, then \\ write\nEND:VCALENDAR " + "é" * 60
    body = calendar_of("n", [Entry("u", TODAY, title, "text", "https://example.org/", 3)], NOW)
    assert max(len(line) for line in body.split(b"\r\n")) <= 75
    [event] = Calendar.from_ical(body).walk("VEVENT")
    assert (str(event["SUMMARY"]), len(Calendar.from_ical(body).walk("VEVENT"))) == (title, 1)


# ---------- asked again ----------


def test_asked_again_it_says_that_nothing_changed(riverbend, stranger, at):
    path = made(riverbend, riverbend.coordinator)
    deadline = due(riverbend)
    first = stranger.get(path)
    assert first["Cache-Control"] == "private, no-cache"
    at(NOW + timedelta(minutes=1))
    same = stranger.get(path, headers={"If-None-Match": first["ETag"]})
    assert (same.status_code, same.content, same["Cache-Control"]) == (304, b"", "private, no-cache")
    at(deadline.due_at)  # overdue from now on, though no row changed
    assert stranger.get(path, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_that_it_was_read_is_noted_now_and_then(riverbend, stranger, at):
    path = made(riverbend, riverbend.coordinator)

    def last_used():
        with agency_context(riverbend.agency):
            return CalendarFeed.objects.get().last_used_at

    assert last_used() is None
    for minutes, noted in ((0, 0), (9, 0), (11, 11)):
        at(NOW + timedelta(minutes=minutes))
        stranger.get(path)
        assert last_used() == NOW + timedelta(minutes=noted)
    with agency_context(riverbend.agency):
        assert AccessLog.objects.count() == 0  # it reads of no patient


def test_it_costs_the_same_statements_however_much_is_due(riverbend, stranger):
    path = made(riverbend, riverbend.coordinator)
    stranger.get(path)
    counts = []
    for _ in range(2):
        due(riverbend)
        with CaptureQueriesContext(connection) as asked:
            assert stranger.get(path).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 9, counts


# ---------- who may not ----------


def shown(answer) -> tuple:
    headers = {name: value for name, value in answer.headers.items() if name != "X-Request-ID"}
    return answer.status_code, answer.content, headers


def test_every_address_that_does_not_work_answers_like_one_that_never_was(riverbend, harbor, stranger):
    old = made(riverbend, riverbend.coordinator)
    revoked = made(riverbend, riverbend.coordinator)
    with agency_context(riverbend.agency):
        feed_revoke(actor=riverbend.coordinator, now=NOW)
    gone, privacy = (riverbend.members[role] for role in (Role.CLINICIAN, Role.SUPERVISOR))
    of_gone, of_privacy = made(riverbend, gone), made(riverbend, privacy)
    theirs = made(harbor, harbor.coordinator)
    with agency_context(riverbend.agency):
        Membership.objects.filter(pk=gone.pk).update(is_active=False)
        Membership.objects.filter(pk=privacy.pk).update(role=Role.PRIVACY_OFFICER)
    secret = theirs.split("_", 1)[1]
    wrong = {
        "another was made": old,
        "revoked": revoked,
        "who made it has left": of_gone,
        "may no longer read what is due": of_privacy,
        "a secret of the other agency": f"/calendar/{riverbend.agency.pk}_{secret}",
        "an agency nobody is": f"/calendar/999999_{secret}",
        "a number past any": f"/calendar/{'9' * 18}_{secret}",
        "no secret": f"/calendar/{riverbend.agency.pk}_.ics",
        "bent": theirs.replace(".ics", "x.ics"),
        "no number": f"/calendar/x_{secret}",
        "NUL": f"/calendar/{riverbend.agency.pk}_%00{secret}",
    }
    missing = shown(stranger.get("/calendar/nothing.ics"))
    assert missing[0] == 404
    assert {why: shown(stranger.get(path)) == missing for why, path in wrong.items()} == dict.fromkeys(wrong, True)
    assert stranger.get(theirs).status_code == 200


def test_one_agency_s_calendar_never_shows_the_other_s(riverbend, harbor, stranger):
    ours, theirs = due(riverbend), due(harbor)
    assert set(events(stranger.get(made(riverbend, riverbend.coordinator)))) == {str(ours.pk)}
    assert set(events(stranger.get(made(harbor, harbor.coordinator)))) == {str(theirs.pk)}


def test_nothing_is_sent_to_it(riverbend, stranger):
    path = made(riverbend, riverbend.coordinator)
    assert [getattr(stranger, method)(path).status_code for method in ("post", "put", "delete")] == [405, 405, 405]
    assert stranger.head(path).status_code == 200


# ---------- the page ----------


def page(world, name) -> str:
    return reverse(f"coordination:{name}", kwargs={"agency": world.slug})


def test_the_address_is_shown_once_and_kept_as_a_hash(riverbend, signed_in, stranger):
    client = signed_in(riverbend.coordinator)
    answer = client.post(page(riverbend, "calendar_make")).content.decode()
    [address] = re.findall(r"http://localhost:8000(/calendar/[\w-]+\.ics)", answer)
    secret = address.split("_", 1)[1].removesuffix(".ics")
    assert stranger.get(address).status_code == 200
    assert secret not in client.get(page(riverbend, "notices")).content.decode()
    with agency_context(riverbend.agency):
        assert secret not in str(CalendarFeed.objects.values().get())
    client.post(page(riverbend, "calendar_revoke"))
    assert stranger.get(address).status_code == 404


def test_making_another_ends_the_first_and_nobody_else_s(riverbend, signed_in):
    made(riverbend, riverbend.admin)
    client = signed_in(riverbend.coordinator)
    for _ in range(2):
        client.post(page(riverbend, "calendar_make"))
    with agency_context(riverbend.agency):
        assert CalendarFeed.objects.filter(person=riverbend.coordinator, revoked_at=None).count() == 1
        assert CalendarFeed.objects.filter(person=riverbend.admin, revoked_at=None).count() == 1
