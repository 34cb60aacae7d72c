"""A discharge, and what is due after it."""

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError

from coordination.models import (
    Deadline,
    Destination,
    Setting,
    Step,
    Transition,
    TransitionEnd,
    TransitionState,
    TransitionStep,
)
from coordination.services.merges import merge_undo
from coordination.services.transition_steps import (
    complexity_ask,
    complexity_judge,
    complexity_withdraw,
    step_record,
    step_withdraw,
)
from coordination.services.transitions import (
    Discharge,
    discharge_cancelled,
    discharge_heard,
    discharge_record,
    transition_arrange,
    transition_cancel,
    transition_change,
    transition_decide,
    transition_end,
    transition_looked_at,
    transition_reopen,
)
from tenancy.context import agency_context
from tenancy.roles import Role
from tenancy.writes import VersionConflict
from tests import factories
from tests.coordination.merging import merged

pytestmark = pytest.mark.django_db
FRIDAY = date(2026, 11, 13)


@pytest.fixture(autouse=True)
def _at_riverbend(riverbend):
    with agency_context(riverbend.agency):
        yield


def a_discharge(world, on=FRIDAY, destination=Destination.HOME, **more):
    return discharge_record(
        actor=world.coordinator,
        patient=world.patient,
        said=Discharge(on, Setting.INPATIENT_ACUTE, destination, **more),
        learned_at=factories.NOW,
        now=factories.NOW,
    )


def test_a_discharge_home_makes_everything_due_that_follows_it(riverbend):
    assert a_discharge(riverbend).state == TransitionState.OPEN
    assert dict(Deadline.objects.values_list("kind", "due_on")) == {
        "contact": date(2026, 11, 17),
        "visit_first": date(2026, 11, 20),
        "visit_last": date(2026, 11, 27),
        "reconciliation": date(2026, 11, 27),
        "period_end": date(2026, 12, 12),
    }
    contact = Deadline.objects.get(kind="contact")
    assert contact.due_at == datetime(2026, 11, 18, 7, tzinfo=UTC)  # the end of Tuesday in Denver
    assert contact.next_at == datetime(2026, 11, 17, 7, tzinfo=UTC)  # the warning, at the end of the first business day


def test_who_went_to_another_facility_is_watched_and_nothing_is_due_yet(riverbend):
    assert a_discharge(riverbend, destination=Destination.SKILLED_NURSING_FACILITY).state == TransitionState.WATCH
    assert not Deadline.objects.exists()


def stands(transition):
    """(state, version) as it is stored now."""
    transition.refresh_from_db()
    return transition.state, transition.version


def by(world, transition, **more):
    """What every service is told."""
    transition.refresh_from_db()
    return {
        "actor": world.coordinator,
        "transition": transition,
        "version": transition.version,
        "now": factories.NOW,
    } | more


def refused(service, **said):
    """The field and the sentence that a service refuses with."""
    with pytest.raises(ValidationError) as found:
        service(**said)
    [(field, [sentence])] = getattr(found.value, "message_dict", {None: found.value.messages}).items()
    return field, sentence


def test_a_discharge_within_an_open_period_waits_for_a_person(riverbend):
    first = a_discharge(riverbend, date(2026, 11, 2))
    second = a_discharge(riverbend, admitted_on=date(2026, 11, 9))
    assert (second.state, second.follows, stands(first)) == (
        TransitionState.UNDECIDED,
        first,
        (TransitionState.OPEN, 1),
    )
    assert Deadline.objects.get(about=second.pk, kind="decide").due_on == date(2026, 11, 17)


def test_a_new_period_ends_the_first_and_can_be_taken_back(riverbend):
    first, second = a_discharge(riverbend, date(2026, 11, 2)), a_discharge(riverbend, admitted_on=date(2026, 11, 9))
    transition_decide(**by(riverbend, second), restart=True, reason="readmitted; the first visit never was")
    assert (stands(first), stands(second)) == ((TransitionState.ENDED, 2), (TransitionState.OPEN, 2))
    assert (first.end_reason, first.ended_on, first.readmitted_on, first.is_continued) == (
        TransitionEnd.RESTARTED,
        factories.TODAY,
        date(2026, 11, 9),
        False,
    )
    transition_reopen(**by(riverbend, first), reason="the first was billed")
    assert (stands(first), stands(second)) == ((TransitionState.OPEN, 3), (TransitionState.UNDECIDED, 3))
    transition_decide(**by(riverbend, second), restart=False, reason="it goes on")
    assert (stands(first), stands(second)) == ((TransitionState.OPEN, 4), (TransitionState.CONTINUED, 4))
    assert refused(transition_decide, **by(riverbend, second), restart=True, reason="x")[1].startswith(
        "This is decided"
    )


def test_an_earlier_discharge_that_is_heard_of_later_makes_the_later_one_wait(riverbend):
    later = a_discharge(riverbend)
    earlier = a_discharge(riverbend, date(2026, 11, 2))
    assert (earlier.state, stands(later)) == (TransitionState.OPEN, (TransitionState.UNDECIDED, 2))
    assert later.follows == earlier
    transition_cancel(**by(riverbend, earlier), reason="another patient's")
    assert (stands(later), later.follows) == ((TransitionState.OPEN, 3), None)


def test_a_third_discharge_waits_for_the_second(riverbend):
    first = a_discharge(riverbend, date(2026, 10, 16))
    second = a_discharge(riverbend, date(2026, 11, 4))
    third = a_discharge(riverbend, date(2026, 11, 16))
    assert (third.state, third.follows) == (TransitionState.UNDECIDED, second)
    assert "before this one first" in refused(transition_decide, **by(riverbend, third), restart=True, reason="x")[1]
    transition_decide(**by(riverbend, second), restart=False, reason="one illness")
    assert (stands(third), third.follows, stands(first)[0]) == ((TransitionState.OPEN, 2), None, TransitionState.OPEN)


def test_the_end_of_the_first_leaves_the_question_open_unless_it_never_was_one(riverbend):
    first, second = a_discharge(riverbend, date(2026, 11, 2)), a_discharge(riverbend)
    end = {"is_continued": False, "ended_on": date(2026, 11, 10), "reason": ""}
    transition_end(**by(riverbend, first), end_reason=TransitionEnd.DECLINED, **end)
    assert stands(second) == (TransitionState.UNDECIDED, 1)
    transition_reopen(**by(riverbend, first), reason="a mistake")
    transition_end(**by(riverbend, first), end_reason=TransitionEnd.NOT_ELIGIBLE, **end)
    assert stands(second) == (TransitionState.OPEN, 2)


def test_a_corrected_destination_starts_no_second_period_silently(riverbend):
    a_discharge(riverbend, date(2026, 11, 2))
    second = a_discharge(riverbend, destination=Destination.SKILLED_NURSING_FACILITY)
    assert second.state == TransitionState.WATCH
    transition_change(**by(riverbend, second), destination=Destination.HOME, reason="the daughter said so")
    assert stands(second) == (TransitionState.UNDECIDED, 2)
    transition_change(**by(riverbend, second), destination=Destination.NURSING_FACILITY, reason="it was not home")
    assert (stands(second), second.follows) == ((TransitionState.WATCH, 3), None)
    assert not Deadline.objects.filter(about=second.pk, settled_at=None).exists()


def test_what_cannot_be_is_refused_at_its_field(riverbend):
    assert "after the discharge" in refused(lambda: a_discharge(riverbend, admitted_on=date(2026, 11, 14)))[1]
    assert "not come yet" in refused(lambda: a_discharge(riverbend, on=date(2026, 11, 17)))[1]
    made = a_discharge(riverbend)
    assert refused(transition_change, **by(riverbend, made), facility="St. Anne", reason=" ")[0] == "reason"
    end = {"end_reason": TransitionEnd.COMPLETED, "is_continued": True, "reason": ""}
    field, sentence = refused(transition_end, **by(riverbend, made), ended_on=factories.TODAY, **end)
    assert (field, "runs through Dec 12, 2026" in sentence) == ("end_reason", True)
    field, _sentence = refused(transition_end, **by(riverbend, made), ended_on=date(2026, 11, 12), **end)
    assert field == "ended_on"
    arranged = {"owner": None, "visit_booked_at": None, "visit_booked_with": riverbend.practitioner}
    assert refused(transition_arrange, **by(riverbend, made), **arranged)[0] == "visit_booked_at"
    arranged |= {"owner": riverbend.members[Role.BILLER], "visit_booked_with": None}
    assert refused(transition_arrange, **by(riverbend, made), **arranged)[0] == "owner"
    assert stands(made) == (TransitionState.OPEN, 1)


def test_a_source_changes_the_version_so_that_nobody_overwrites_it_unseen(riverbend):
    said = Discharge(FRIDAY, Setting.INPATIENT_ACUTE, Destination.HOME, facility="St. Anne")
    told = {"source": "adt", "source_id": "S-1", "now": factories.NOW}
    made = discharge_heard(patient=riverbend.patient, said=said, learned_at=factories.NOW, **told)
    open_form = made.version
    corrected = Discharge(date(2026, 11, 12), Setting.INPATIENT_ACUTE, Destination.HOME)
    discharge_heard(patient=riverbend.patient, said=corrected, learned_at=factories.NOW, **told)
    assert (stands(made), made.discharged_on, made.facility) == (
        (TransitionState.OPEN, 2),
        date(2026, 11, 12),
        "St. Anne",
    )
    with pytest.raises(VersionConflict):
        transition_change(**by(riverbend, made, version=open_form), facility="St. Ann", reason="spelling")
    assert made.changed_by_source_at == factories.NOW
    transition_arrange(**by(riverbend, made), owner=riverbend.coordinator, visit_booked_at=None, visit_booked_with=None)
    made.refresh_from_db()
    assert made.changed_by_source_at == factories.NOW  # nobody has looked at the correction by that
    transition_looked_at(**by(riverbend, made))
    assert (stands(made), made.changed_by_source_at) == ((TransitionState.OPEN, 4), None)
    discharge_cancelled(**told)
    assert (stands(made), made.changed_by_source_at) == ((TransitionState.CANCELLED, 5), factories.NOW)
    assert not Deadline.objects.filter(settled_at=None).exists()
    discharge_heard(patient=riverbend.patient, said=corrected, learned_at=factories.NOW, **told)
    assert stands(made) == (TransitionState.OPEN, 6)


def test_a_practitioner_judges_when_asked_and_takes_it_back_with_a_reason(riverbend):
    made, lena = a_discharge(riverbend), riverbend.members[Role.CLINICIAN]
    assert refused(complexity_ask, **by(riverbend, made), of=riverbend.coordinator)[0] == "of"
    complexity_ask(**by(riverbend, made), of=lena)
    waits = Deadline.objects.get(kind="complexity")
    assert (waits.assignee, waits.waits_on, waits.waits_since) == (lena, lena, factories.NOW)
    said = {"actor": lena, "complexity": "high"}
    assert refused(complexity_judge, **by(riverbend, made, **said), judged_on=date(2026, 11, 17))[0] == "judged_on"
    assert refused(complexity_judge, **by(riverbend, made, **said), judged_on=date(2026, 11, 12))[0] == "judged_on"
    complexity_judge(**by(riverbend, made, **said), judged_on=factories.TODAY)
    made.refresh_from_db()
    assert (made.complexity, made.complexity_judged_by, made.complexity_judged_on) == ("high", lena, factories.TODAY)
    assert refused(complexity_ask, **by(riverbend, made), of=lena)[1] == "This is judged already."
    complexity_withdraw(**by(riverbend, made, actor=lena), reason="of another patient")
    made.refresh_from_db()
    assert (made.complexity, made.complexity_judged_by, made.reason) == ("", None, "of another patient")


def test_a_step_is_changed_by_who_saw_it_and_taken_back_once(riverbend):
    made = a_discharge(riverbend)
    done = {"kind": Step.RECONCILIATION, "done_by": riverbend.coordinator, "note": ""}
    first = step_record(**by(riverbend, made, version=None), on=factories.TODAY, **done)
    assert step_record(**by(riverbend, made, version=None), on=factories.TODAY, **done) == first
    other = by(riverbend, made, version=None) | done | {"on": date(2026, 11, 14)}
    assert "done on Nov 16, 2026: change it there" in refused(step_record, **other)[1]
    assert step_record(**(other | {"version": 1})).version == 2
    with pytest.raises(VersionConflict):
        step_record(**(other | {"version": 1, "on": FRIDAY}))
    assert Deadline.objects.get(kind="reconciliation").settled_as == "met"
    withdraw = {"actor": riverbend.coordinator, "step": first, "now": factories.NOW}
    step_withdraw(version=2, because="another patient's list", **withdraw)
    assert "already" in refused(step_withdraw, version=3, because="again", **withdraw)[1]
    assert Deadline.objects.get(kind="reconciliation").settled_as == ""
    assert [each.retracted_reason for each in TransitionStep.objects.all()] == ["another patient's list"]


def test_nothing_is_recorded_of_a_cancelled_discharge(riverbend):
    made = a_discharge(riverbend)
    transition_cancel(**by(riverbend, made), reason="entered for the wrong patient")
    step = by(riverbend, made, version=None) | {"kind": Step.EDUCATION, "on": FRIDAY, "note": ""}
    assert "was cancelled" in refused(step_record, done_by=riverbend.coordinator, **step)[1]
    assert not Deadline.objects.filter(settled_at=None).exists()
    again = a_discharge(riverbend)
    assert again.state == TransitionState.OPEN
    assert Transition.objects.count() == 2


def test_two_records_that_become_one_leave_one_period_to_decide_about_and_come_apart_again(riverbend):
    first = a_discharge(riverbend)
    other = factories.a_patient("Mary", "Lopes")
    second = factories.a_discharge(other, by=riverbend.coordinator, on=date(2026, 11, 14))
    merge = merged(riverbend, riverbend.patient, other)
    assert (stands(first)[0], stands(second)[0]) == ("open", "undecided")
    merge_undo(actor=riverbend.members[Role.SUPERVISOR], merge=merge, now=factories.NOW)
    assert (stands(first)[0], stands(second)[0]) == ("open", "open")
