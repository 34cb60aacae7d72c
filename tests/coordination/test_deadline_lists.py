"""Whose list a deadline stands in, in which bucket, and for whom an alert stands."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coordination.models import Alert, CareTeamMember, CareTeamRole, Deadline, DeadlineKind, Settled
from coordination.rules.deadlines import end_of
from coordination.selectors import deadlines as lists
from tenancy.context import agency_context
from tenancy.models import uuid7
from tenancy.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = factories.TODAY


@pytest.fixture(autouse=True)
def _at_riverbend(riverbend):
    with agency_context(riverbend.agency):
        yield


def a_deadline(world, on=TODAY, kind=DeadlineKind.CONTACT, **more) -> Deadline:
    facts = {"about": uuid7(), "patient": world.patient, "due_at": end_of(on, world.agency.zone)} | more
    return Deadline.objects.create(kind=kind, due_on=on, **facts)


def leads(member, patient, **more) -> CareTeamMember:
    facts = {"role": CareTeamRole.LEAD, "from_day": date(2026, 1, 1)} | more
    return CareTeamMember.objects.create(patient=patient, member=member, **facts)


def an_alert(deadline, level, due_at=None, **more) -> Alert:
    Deadline.objects.filter(pk=deadline.pk, level__lte=level).update(level=level + 1)
    return Alert.objects.create(
        deadline=deadline, level=level, due_at=due_at or deadline.due_at, raised_at=factories.NOW, **more
    )


def moments(world, now=factories.NOW) -> lists.Moments:
    return lists.moments(now, world.agency.zone)


def listed(world, member, now=factories.NOW) -> dict[str, str]:
    """Deadline -> bucket."""
    found = lists.in_buckets(lists.mine(member.pk), moments(world, now), reader=member.pk)
    return {each.pk: each.bucket for each in found}


def test_mine_is_what_i_am_assigned_and_what_nobody_is_of_patients_i_lead(riverbend):
    dana, lena = riverbend.coordinator, riverbend.members[Role.CLINICIAN]
    led, other = riverbend.patient, factories.a_patient("Ana", "Ruiz")
    leads(dana, led)
    leads(dana, other, to_day=date(2026, 11, 1))  # handed over
    mine = a_deadline(riverbend)
    hers = a_deadline(riverbend, assignee=lena)
    assigned = a_deadline(riverbend, patient=other, assignee=dana)
    nobodys = a_deadline(riverbend, patient=other)
    a_deadline(riverbend, settled_at=factories.NOW, settled_as=Settled.MET)
    assert set(listed(riverbend, dana)) == {mine.pk, assigned.pk}
    assert set(listed(riverbend, lena)) == {hers.pk}
    assert [each.pk for each in lists.of_nobody()] == [nobodys.pk]


def test_buckets_change_at_the_end_of_the_agencys_days(riverbend):
    dana = riverbend.coordinator
    today, week, later = (a_deadline(riverbend, TODAY + timedelta(days=days), assignee=dana).pk for days in (0, 7, 8))
    midnight = end_of(TODAY, riverbend.agency.zone)
    assert midnight == datetime.fromisoformat("2026-11-17T07:00:00+00:00")
    before = listed(riverbend, dana, midnight - timedelta(seconds=1))
    assert before == {today: "today", week: "soon", later: "later"}
    assert listed(riverbend, dana, midnight) == {today: "overdue", week: "soon", later: "soon"}


def test_what_waits_on_others_is_theirs_to_do_and_stays_in_sight_of_who_leads(riverbend):
    dana, lena = riverbend.coordinator, riverbend.members[Role.CLINICIAN]
    leads(dana, riverbend.patient)
    asked = a_deadline(riverbend, kind=DeadlineKind.COMPLEXITY, assignee=lena, waits_on=lena, waits_since=factories.NOW)
    outside = a_deadline(riverbend, kind=DeadlineKind.PERIOD_END, waits_on_name="Valley Food Bank")
    assert listed(riverbend, dana) == {asked.pk: "waiting", outside.pk: "waiting"}
    assert listed(riverbend, lena) == {asked.pk: "today"}
    Deadline.objects.filter(pk=asked.pk).update(due_at=asked.due_at + timedelta(days=20))
    assert listed(riverbend, lena) == {asked.pk: "soon"}  # somebody asked: it is in sight long before it is due
    assert listed(riverbend, dana) == {asked.pk: "waiting", outside.pk: "waiting"}


def test_put_off_it_is_out_of_the_way_until_it_is_overdue(riverbend):
    dana = riverbend.coordinator
    until = factories.NOW + timedelta(days=3)
    soon = a_deadline(riverbend, TODAY + timedelta(days=2), assignee=dana, snoozed_until=until, snooze_reason="asked")
    assert listed(riverbend, dana) == {soon.pk: "put_off"}
    assert listed(riverbend, dana, soon.due_at) == {soon.pk: "overdue"}  # whatever was put off
    Deadline.objects.update(snoozed_until=factories.NOW)
    assert listed(riverbend, dana) == {soon.pk: "soon"}


def test_the_last_window_of_a_visit_hides_behind_the_first(riverbend):
    dana, about = riverbend.coordinator, uuid7()
    first, last = (
        a_deadline(riverbend, TODAY + timedelta(days=days), kind=kind, about=about, assignee=dana)
        for kind, days in (("visit_first", 2), ("visit_last", 9))
    )
    alone = a_deadline(riverbend, TODAY + timedelta(days=9), kind="visit_last", assignee=dana)
    assert set(listed(riverbend, dana)) == {first.pk, alone.pk}
    found = lists.in_buckets(lists.mine(dana.pk), moments(riverbend), reader=dana.pk)
    assert {each.pk: each.last_window for each in lists.page_of(found, lists.BUCKETS).rows} == {
        first.pk: last.due_on,
        alone.pk: None,
    }
    Deadline.objects.filter(pk=first.pk).update(settled_at=factories.NOW, settled_as=Settled.WITHDRAWN)
    assert set(listed(riverbend, dana)) == {last.pk, alone.pk}


def test_regulatory_stands_above_routine_and_the_soonest_first(riverbend):
    dana = riverbend.coordinator
    plan = a_deadline(riverbend, TODAY + timedelta(days=1), kind=DeadlineKind.CARE_PLAN_REVIEW, assignee=dana)
    later = a_deadline(riverbend, TODAY + timedelta(days=3), assignee=dana)
    sooner = a_deadline(riverbend, TODAY + timedelta(days=2), kind=DeadlineKind.VISIT_LAST, assignee=dana)
    overdue = a_deadline(riverbend, TODAY - timedelta(days=9), kind=DeadlineKind.LICENCE, assignee=dana)
    found = lists.in_buckets(lists.mine(dana.pk), moments(riverbend), reader=dana.pk)
    assert [each.pk for each in lists.page_of(found, lists.TO_DO).rows] == [overdue.pk, sooner.pk, later.pk, plan.pk]


def test_pages_follow_each_other_without_a_gap(riverbend, monkeypatch):
    monkeypatch.setattr(lists, "PAGE_SIZE", 4)
    dana = riverbend.coordinator
    kinds = (DeadlineKind.CONTACT, DeadlineKind.CARE_PLAN_REVIEW)
    made = {
        a_deadline(riverbend, TODAY + timedelta(days=n % 5 - 2), kind=kinds[n % 2], assignee=dana).pk for n in range(11)
    }
    found = lists.in_buckets(lists.mine(dana.pk), moments(riverbend), reader=dana.pk)
    seen, after = [], None
    for _ in range(3):
        page = lists.page_of(found, lists.TO_DO, after)
        seen += [each.pk for each in page.rows]
        after = page.next_after
    assert (after, len(seen), set(seen)) == (None, 11, made)
    assert lists.bucket_counts(found) == {
        "overdue": 5, "today": 2, "soon": 4, "waiting": 0, "put_off": 0, "later": 0,
    }  # fmt: skip


def test_each_number_of_the_team_is_the_persons_own_list(riverbend):
    dana, lena = riverbend.coordinator, riverbend.members[Role.CLINICIAN]
    second, lone = factories.a_patient("Ana", "Ruiz"), factories.a_patient("Bill", "Okafor")
    leads(dana, riverbend.patient)
    leads(lena, second)
    a_deadline(riverbend, TODAY - timedelta(days=1))
    a_deadline(riverbend, assignee=lena, waits_on=lena, kind=DeadlineKind.COMPLEXITY)
    a_deadline(riverbend, TODAY + timedelta(days=2), patient=second)
    a_deadline(riverbend, TODAY + timedelta(days=2), patient=second, assignee=dana)
    a_deadline(riverbend, TODAY, patient=second, waits_on_name="a partner")
    a_deadline(riverbend, TODAY, patient=lone)
    a_deadline(riverbend, TODAY, kind=DeadlineKind.CONTRACT, patient=None)
    told = a_deadline(riverbend, TODAY - timedelta(days=3), patient=lone)
    an_alert(told, 2)
    loads = lists.loads(moments(riverbend))
    for each in loads:
        if each.member:
            own = lists.in_buckets(lists.mine(each.member.pk), moments(riverbend), reader=each.member.pk)
            assert each.counts == lists.bucket_counts(own), each.member
    by_name = {each.member and each.member.pk: each for each in loads}
    assert by_name[dana.pk].counts == {
        "overdue": 1, "today": 0, "soon": 1, "waiting": 1, "put_off": 0, "later": 0,
    }  # fmt: skip
    alone = lists.in_buckets(lists.of_nobody(), moments(riverbend), reader=None)
    assert by_name[None].counts == lists.bucket_counts(alone)
    assert by_name[None].escalated == 1 == lists.escalated(lists.of_nobody()).count()


def test_who_is_told_at_which_level(riverbend):
    dana, lena, priya = (riverbend.members[role] for role in (Role.COORDINATOR, Role.CLINICIAN, Role.SUPERVISOR))
    leads(dana, riverbend.patient)
    leads(lena, riverbend.patient, role=CareTeamRole.PRIMARY_CARE)
    deadline = a_deadline(riverbend)
    alerts = {level: an_alert(deadline, level).pk for level in range(4)}
    lone = a_deadline(riverbend, patient=factories.a_patient("Bill", "Okafor"))
    warned = an_alert(lone, 0).pk

    def told(member) -> set[int]:
        return set(lists.alerts_for(member.pk, member.role, now=factories.NOW).values_list("pk", flat=True))

    assert told(dana) == {alerts[0], alerts[1], alerts[3]}  # who leads is of the team too
    assert told(lena) == {alerts[1]}
    assert told(priya) == {alerts[2], alerts[3], warned}  # nobody else would hear of the last


def test_an_alert_stands_while_its_deadline_is_open_and_due_then(riverbend):
    dana = riverbend.coordinator
    deadline = a_deadline(riverbend, assignee=dana)
    an_alert(deadline, 0, due_at=deadline.due_at - timedelta(days=1))  # of a moment that was moved
    assert not lists.alerts_for(dana.pk, dana.role, now=factories.NOW).exists()
    alert = an_alert(deadline, 0)
    assert lists.alerts_for(dana.pk, dana.role, now=factories.NOW).get() == alert
    Alert.objects.filter(pk=alert.pk).update(acknowledged_at=factories.NOW, acknowledged_by=dana)
    assert not lists.alerts_for(dana.pk, dana.role, now=factories.NOW).exists()
    Alert.objects.update(acknowledged_at=None, acknowledged_by=None)
    Deadline.objects.update(settled_at=factories.NOW, settled_as=Settled.MET)
    assert not lists.alerts_for(dana.pk, dana.role, now=factories.NOW).exists()


def test_many_cost_as_few_statements_as_one(riverbend):
    dana = riverbend.coordinator
    costs = []
    for _ in range(2):
        for days in range(20):
            a_deadline(riverbend, TODAY + timedelta(days=days - 5), assignee=dana)
        with CaptureQueriesContext(connection) as asked:
            found = lists.in_buckets(lists.mine(dana.pk), moments(riverbend), reader=dana.pk)
            lists.bucket_counts(found)
            [each.patient.given_name for each in lists.page_of(found, lists.TO_DO).rows]
            lists.loads(moments(riverbend))
        costs.append(len(asked))
    assert costs == [5, 5]
