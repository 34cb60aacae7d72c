"""The pages about a discharge: what they say of it truthfully, what can be done there and by whom."""

import re
from datetime import UTC, date, datetime
from html import unescape

import pytest
from django.urls import reverse

from billing.models import ContractTerm
from coordination.models import (
    CareTeamMember,
    Contact,
    Deadline,
    Destination,
    Patient,
    Step,
    Transition,
    TransitionState,
    TransitionStep,
)
from coordination.services.deadlines import transitions_renew
from coordination.services.transitions import Discharge, discharge_cancelled, discharge_heard
from tenancy.context import agency_context
from tenancy.models import Holiday, uuid7
from tenancy.roles import Role
from tests import factories
from tests.coordination.test_deadline_lists import leads

FRIDAY, MONDAY = date(2026, 11, 13), date(2026, 11, 16)
CALL = {
    "minutes": "6", "service_date": "2026-11-16", "activity": "care_coordination", "program": "transitional_care",
    "spoken_to": "patient", "mode": "phone", "direction": "out", "outcome": "no_answer", "note": "rang six times",
}  # fmt: skip


@pytest.fixture
def desk(riverbend, signed_in):
    """Riverbend with a patient who came home on Friday, November 13, and ways to ask and send: `desk.get("transition")`."""
    with agency_context(riverbend.agency):
        riverbend.discharge = factories.a_discharge(
            riverbend.patient, by=riverbend.coordinator, facility="St. Anne", diagnosis="I50.9"
        )
    clients = {}

    def client(role):
        member = riverbend.members[role]
        return clients.setdefault(role, signed_in(member))

    def url(name, **ids):
        one = (
            {"transition": riverbend.discharge.pk} if name.startswith("transition") and name != "transition_add" else {}
        )
        return reverse(
            f"coordination:{name}", kwargs={"agency": "riverbend", "patient": riverbend.patient.pk, **one, **ids}
        )

    def post(name, by=Role.COORDINATOR, ids=None, **said):
        return client(by).post(url(name, **(ids or {})), said)

    riverbend.get = lambda name, by=Role.COORDINATOR, asked="", **ids: client(by).get(url(name, **ids) + asked)
    riverbend.post = post
    riverbend.list = lambda by=Role.COORDINATOR, **asked: client(by).post(
        reverse("coordination:transitions", kwargs={"agency": "riverbend"}), asked, headers={"HX-Request": "true"}
    )
    return riverbend


def words(response):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def row(response, key):
    """What the page says of one thing that is asked for."""
    [found] = re.findall(rf'<tr role="row" id="row-{key}">(.*?)</tr>', response.content.decode(), re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", found))).strip()


def now(desk):
    with agency_context(desk.agency):
        return Transition.objects.get(pk=desk.discharge.pk)


def call(desk, **said):
    return desk.post("time_log_record", form_key=str(uuid7()), **(CALL | {"transition": desk.discharge.pk} | said))


def test_a_fresh_discharge_says_what_is_due_and_why(desk):
    page = desk.get("transition")
    assert row(page, "contact").startswith("Contact within 2 business days not reached yet 0 attempts in time")
    assert "end of Tue Nov 17 the first business day after Fri Nov 13 is Mon Nov 16" in row(page, "contact")
    assert "day 7, Fri Nov 20 (99496) day 14, Fri Nov 27 (99495)" in row(page, "visit")
    assert "the visit's day, at the latest Fri Nov 27" in row(page, "reconciliation")
    said = words(page)
    assert "Discharged Fri Nov 13 · St. Anne Call after discharge by Tue Nov 17" in said
    assert "learned Mon Nov 16, 2026, 15:00, from a person, 3 days after the discharge" in said
    assert "Nothing on record: no other discharge" in said
    label = unescape(re.search(r'class="strip"[^>]*aria-label="([^"]*)"', page.content.decode()).group(1))
    assert label.startswith(
        "Discharged Fri Nov 13, day 0. We learned of it Mon Nov 16, 15:00. Today is Mon Nov 16, day 3."
    )
    assert "Thu Nov 26 is no business day: Thanksgiving Day." in label


def test_who_answers_is_a_person_or_nobody(desk):
    nobody, lead = "nobody: no lead coordinator", desk.coordinator.signature
    answers = lambda: (words(desk.get("transition")).split("Who answers ", 1)[1], words(desk.list()))  # noqa: E731
    assert [said.count(nobody) for said in answers()] == [1, 1]
    with agency_context(desk.agency):
        place = leads(desk.coordinator, desk.patient)
    page, listed = answers()
    assert page.startswith(lead)
    assert f"answers: {lead}" in listed
    assert nobody not in page + listed
    with agency_context(desk.agency):
        CareTeamMember.objects.filter(pk=place.pk).update(to_day=FRIDAY)
    assert [said.count(nobody) for said in answers()] == [1, 1]


@pytest.mark.parametrize("day", [None, date(2026, 11, 14)])
def test_of_somebody_who_died_nothing_is_asked(desk, day):
    with agency_context(desk.agency):
        Patient.objects.filter(pk=desk.patient.pk).update(is_deceased=True, deceased_on=day)
        transitions_renew([desk.discharge.pk], now=factories.NOW)
        assert not Deadline.objects.filter(about=desk.discharge.pk, settled_at=None).exists()
    pages = [words(desk.get("transition")), words(desk.list()), words(desk.get("patient_transitions"))]
    assert ["the patient died: end it" in page for page in pages] == [True, True, True]


def test_a_skipped_holiday_is_named(desk):
    with agency_context(desk.agency):
        Holiday.objects.create(day=MONDAY, name="Founder's day")
    contact = row(desk.get("transition"), "contact")
    assert "end of Wed Nov 18" in contact
    assert "skipped: Mon Nov 16 (Founder's day)" in contact


def test_attempts_are_told_as_they_were_and_a_late_contact_is_late(desk, at):
    call(desk)
    call(desk, mode="letter", note="sent a letter")
    call(desk, outcome="reached", only_scheduling="on")
    page = desk.get("transition")
    told = row(page, "contact")
    assert "2 attempts in time" in told
    assert "by phone, the patient: no answer · Dana QRIV, RN attempt in time" in told
    assert "by letter or fax, the patient: no answer · Dana QRIV, RN not an attempt to reach the patient" in told
    assert "the patient: reached · Dana QRIV, RN only an appointment: not the contact" in told
    at(datetime(2026, 11, 19, 22, tzinfo=UTC))
    call(desk, outcome="reached", service_date="2026-11-19")
    told = row(desk.get("transition"), "contact")
    assert "reached late on Thu Nov 19, after the window ended with Tue Nov 17" in told
    assert "reached in time" not in told


def test_who_is_not_clinical_staff_makes_no_attempt(desk, signed_in):
    url = reverse("coordination:time_log_record", kwargs={"agency": "riverbend", "patient": desk.patient.pk})
    sent = CALL | {"transition": desk.discharge.pk, "form_key": str(uuid7()), "outcome": "reached"}
    assert signed_in(desk.front_desk).post(url, sent).status_code == 302
    told = row(desk.get("transition"), "contact")
    assert "not reached yet 0 attempts in time" in told
    assert "not clinical staff: does not count" in told


def test_steps_are_recorded_changed_and_taken_back_with_a_reason(desk):
    ids = {"done": Step.SUMMARY_OBTAINED}
    first = {"on": "2026-11-14", "done_by": desk.coordinator.pk, "note": "by fax"}
    assert desk.post("transition_step", ids=ids, **first).status_code == 302
    assert "done Sat Nov 14, Dana QRIV, RN · by fax" in row(desk.get("transition"), "summary_obtained")
    unseen = desk.post("transition_step", ids=ids, **(first | {"on": "2026-11-15"}))
    assert unseen.status_code == 422
    assert "This is on record already, done on Nov 14, 2026" in words(unseen)
    assert desk.post("transition_step", ids=ids, version=1, **(first | {"on": "2026-11-15"})).status_code == 302
    late = desk.post("transition_step", ids=ids, version=1, **first)
    assert late.status_code == 409
    assert "Now on record: 2026-11-15" in words(late)
    with agency_context(desk.agency):
        step = TransitionStep.objects.get()
    taken = {"ids": {"step": step.pk}, "version": 2}
    assert desk.post("transition_step_withdraw", because="", **taken).status_code == 422
    assert desk.post("transition_step_withdraw", because="of somebody else", **taken).status_code == 302
    assert row(desk.get("transition"), "summary_obtained").startswith("Discharge summary obtained not yet")


def test_a_correction_keeps_what_was_typed_beside_what_somebody_else_stored(desk):
    typed = {
        "discharged_on": "2026-11-12", "discharged_time": "17:00", "setting": "inpatient_acute", "destination": "home",
        "facility": "St. Anne", "diagnosis": "i509", "learned_on": "2026-11-16", "learned_time": "10:00", "version": 1,
        "reason": "the daughter said so",
    }  # fmt: skip
    assert desk.post("transition_change", **typed).status_code == 302
    known = now(desk)
    assert (known.discharged_on, known.diagnosis, known.version) == (date(2026, 11, 12), "I50.9", 2)
    assert known.discharged_at == datetime(2026, 11, 13, 0, 0, tzinfo=UTC)
    assert known.learned_at == datetime(2026, 11, 16, 17, 0, tzinfo=UTC)
    answer = desk.post("transition_change", **(typed | {"discharged_on": "2026-11-13", "discharged_time": "9:15"}))
    assert answer.status_code == 409
    said = words(answer)
    assert "Now on record: 2026-11-12" in said
    assert "Now on record: 17:00" in said
    assert 'value="2026-11-13"' in answer.content.decode()
    wrong = desk.post("transition_change", **(typed | {"version": 2, "diagnosis": "I50", "reason": ""}))
    assert "is a group of codes" in words(wrong)
    assert "Say why, in a few words" in words(wrong)
    assert now(desk).version == 2


def test_a_second_discharge_of_the_day_is_refused_and_leads_to_the_first(desk):
    typed = {
        "discharged_on": "2026-11-13", "setting": "inpatient_acute", "destination": "home", "learned_on": "2026-11-16",
        "learned_time": "10:00",
    }  # fmt: skip
    answer = desk.post("transition_add", **typed)
    assert answer.status_code == 422
    assert "A discharge of this day is on record already" in words(answer)
    assert "The discharge of Fri Nov 13, 2026" in words(answer)
    answer = desk.post("transition_add", **(typed | {"discharged_on": "2026-11-16", "discharged_time": "23:00"}))
    assert "This day has not come yet" in words(answer)
    assert desk.post("transition_add", **(typed | {"discharged_on": "2026-11-15"})).status_code == 302
    with agency_context(desk.agency):
        assert list(Transition.objects.order_by("discharged_on").values_list("state", flat=True)) == [
            "open",
            "undecided",
        ]


def test_what_a_hospital_changed_is_shown_until_a_person_has_looked(desk):
    told = {"source": "adt", "source_id": "S-1", "now": factories.NOW}
    with agency_context(desk.agency):
        said = Discharge(FRIDAY, "inpatient_acute", Destination.SKILLED_NURSING_FACILITY, facility="St. Anne")
        discharge_heard(patient=desk.patient, said=said, learned_at=factories.NOW, **told)
    page = words(desk.get("transition"))
    assert "The hospital changed what it said" in page
    assert "Destination home → skilled nursing facility" in page
    assert "Changed by source" not in page
    assert "No thirty days run from there" in page
    assert "I have looked at it" not in words(desk.get("transition", by=Role.BILLER))
    with agency_context(desk.agency):
        discharge_cancelled(source="adt", source_id="S-1", now=factories.NOW)
    desk.post("transition_looked_at", version=2)  # the page showed less
    assert now(desk).changed_by_source_at is not None
    assert "The hospital took this discharge back" in words(desk.get("transition"))
    desk.post("transition_looked_at", version=3)
    assert now(desk).changed_by_source_at is None
    page = words(desk.get("transition"))
    assert "the discharge was cancelled" in page
    assert "Contact within" not in page  # nothing is asked for, and nothing was done


def test_other_records_that_matter_lead_to_their_forms(desk):
    with agency_context(desk.agency):
        stay = factories.a_record(desk, "stay", from_day="2026-11-15")
        claim = factories.a_record(desk, "outside_claim", on="2026-11-15", code="99495")
        factories.a_record(desk, "outside_claim", on="2026-11-15", code="99490")
        factories.a_record(desk, "care_period", from_day="2026-11-14")
        before = factories.a_discharge(desk.patient, by=desk.coordinator, on=date(2026, 11, 2))
    page = desk.get("transition").content.decode()
    told = words(desk.get("transition"))
    assert "Readmitted: Hospital, inpatient (General QRIV), Sun Nov 15 to now." in told
    assert "Clinic QRIV claimed 99495 on Sun Nov 15: of one discharge it is paid once." in told
    assert "claimed 99490" not in told
    assert "Hospice since Sat Nov 14." in told
    assert "Another discharge on Mon Nov 2: open." in told
    for pk in (stay.pk, claim.pk, before.pk):
        assert str(pk) in page


def test_a_supposition_shows_each_code_inline(desk):
    with agency_context(desk.agency):
        ContractTerm.objects.bulk_create(ContractTerm(version=desk.contract, code=code) for code in ("99495", "99496"))
    page = desk.get("transition")
    assert {each.code: each.state for each in page.context["outlooks"]} == {"99496": "possible", "99495": "possible"}
    assert page.context["then"] == ()
    page = desk.get("transition", asked="?contact=reached&visit=9&complexity=high")
    assert {each.code: each.state for each in page.context["then"]} == {"99496": "lost", "99495": "billed"}
    page = desk.get("transition", asked="?visit=15")
    assert {each.code: each.state for each in page.context["then"]} == {"99496": "lost", "99495": "lost"}
    assert desk.get("transition", asked="?visit=99&contact=odd").context["then"] == ()
    with agency_context(desk.agency):
        assert not Contact.objects.exists()  # nothing is stored by supposing


def test_only_a_practitioner_is_offered_to_judge(desk):
    assert "Judge" not in row(desk.get("transition"), "complexity")
    assert "Ask a clinician" in row(desk.get("transition"), "complexity")
    lena = desk.members[Role.CLINICIAN]
    assert desk.post("transition_ask", version=1, of=desk.coordinator.pk).status_code == 422
    assert desk.post("transition_ask", version=1, of=lena.pk).status_code == 302
    assert f"waits for {lena.signature}, asked Mon Nov 16" in row(desk.get("transition"), "complexity")
    assert desk.discharge.pk in [
        each.transition.pk for each in desk.list(by=Role.CLINICIAN, shown="judge").context["rows"]
    ]
    assert desk.list(shown="judge").context["rows"] == []  # of whoever asks
    judged = {"by": Role.CLINICIAN, "version": 2, "complexity": "high", "judged_on": "2026-11-16"}
    assert desk.post("transition_judge", **judged).status_code == 302
    assert f"high judged by {lena.signature}, Mon Nov 16" in row(desk.get("transition"), "complexity")
    assert desk.list(by=Role.CLINICIAN, shown="judge").context["rows"] == []


def test_booking_end_and_taking_it_back(desk, at):
    booked = {"version": 1, "visit_booked_on": "2026-11-24", "visit_booked_time": "14:00"}
    half = desk.post("transition_arrange", **(booked | {"visit_booked_time": ""}))
    assert "Enter the day and the time, or neither." in words(half)
    assert desk.post("transition_arrange", **booked, visit_booked_with=desk.practitioner.pk).status_code == 302
    said = row(desk.get("transition"), "visit")
    assert "booked after day 7 booked for Tue Nov 24, 14:00, day 11 · with Olu QRIV, MD" in said
    early = desk.post("transition_end", version=2, end_reason="completed", ended_on="2026-11-16")
    assert "The period runs through Dec 12, 2026" in words(early)
    at(datetime(2026, 12, 14, 22, tzinfo=UTC))
    assert "the period is over: close it" in words(desk.get("transition"))
    assert now(desk).state == TransitionState.OPEN  # nothing closes by itself
    assert [each.transition.pk for each in desk.list(shown="over").context["rows"]] == [desk.discharge.pk]
    form = desk.get("transition_end").content.decode()
    assert 'value="completed" selected' in form
    done = {"end_reason": "completed", "ended_on": "2026-12-12", "is_continued": "on"}
    assert desk.post("transition_end", version=2, **done).status_code == 302
    assert "over: the thirty days were completed" in words(desk.get("transition"))
    assert desk.post("transition_reopen", version=3, reason="a call was missed").status_code == 302
    assert now(desk).state == TransitionState.OPEN


def test_a_decision_is_asked_for_and_kept(desk):
    with agency_context(desk.agency):
        first = factories.a_discharge(desk.patient, by=desk.coordinator, on=date(2026, 11, 2))
    assert "to decide: continue or start anew" in words(desk.get("transition"))
    assert desk.post("transition_decide", version=2, reason="one illness").status_code == 422
    assert desk.post("transition_decide", version=2, restart="restart", reason="another illness").status_code == 302
    with agency_context(desk.agency):
        first.refresh_from_db()
    assert (first.state, now(desk).state) == (TransitionState.ENDED, TransitionState.OPEN)


def test_the_agencys_list_finds_orders_and_filters(desk):
    with agency_context(desk.agency):
        others = [factories.a_patient(f"Ann{n}", f"Abel{n:02d}", mrn=f"A-{n}") for n in range(27)]
        made = [
            factories.a_discharge(each, by=desk.coordinator, on=date(2026, 11, 12) if n else date(2026, 11, 3))
            for n, each in enumerate(others)
        ]
        watched = factories.a_discharge(
            factories.a_patient("Zoe", "Zimmer"), by=desk.coordinator, destination=Destination.SKILLED_NURSING_FACILITY
        )
    first = desk.list()
    rows = first.context["rows"]
    assert (len(rows), rows[0].transition.pk, rows[0].status[0]) == (25, made[0].pk, "bad")
    rest = desk.list(after=str(first.context["next_after"])).context
    assert (len(rest["rows"]), rest["next_after"]) == (3, None)
    assert rest["rows"][-1].transition.pk == desk.discharge.pk
    assert [each.transition.pk for each in desk.list(shown="watch").context["rows"]] == [watched.pk]
    assert [each.transition.pk for each in desk.list(q="a-3").context["rows"]] == [made[3].pk]
    by_name = desk.list(order="name", q="abel").context["rows"]
    assert [each.transition.pk for each in by_name] == [each.pk for each in made[:25]]
    assert desk.list(order="newest").context["rows"][0].transition.pk == desk.discharge.pk
    assert "No discharge is in this state" in words(desk.list(shown="changed"))


def test_a_patient_without_a_discharge_is_told_what_would_stand_there(desk):
    with agency_context(desk.agency):
        desk.patient = factories.a_patient("Liz", "Conn")
    assert "No discharge on record" in words(desk.get("patient_transitions"))
    assert "Add a discharge" in words(desk.get("patient_transitions"))
    assert "Added by: Care coordinator, Supervisor or Clinician." in words(
        desk.get("patient_transitions", by=Role.BILLER)
    )
