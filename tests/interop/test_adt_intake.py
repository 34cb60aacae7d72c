"""Messages become stays and transitions: in any order, once, corrected and withdrawn."""

import random
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from django.core.exceptions import ValidationError

from coordination.models import Deadline, Stay, Transition, TransitionState
from coordination.services.records import record_save, record_withdraw
from interop.models import AdtMessage, AdtSource, AdtStay, CodeKind, Question
from interop.services.adt.intake import SourceClosed
from interop.services.adt.review import stay_decide
from interop.services.adt.sources import local_code_add, local_code_remove, messages_forget, source_save
from tenancy.secrets import unseal
from tests.interop.adt_examples import adt
from tests.interop.hospital_world import NOW, a_patient, forget_all, taken, the_stay, told
from tests.interop.test_adt_fold import ADMITTED, CORRECTED, IN_WARD, MOVED, STAY, TAKEN_BACK, UPDATED, WENT, WENT_AGAIN


def test_a_discharge_of_a_patient_of_ours_begins_one_transition_with_its_deadlines(here):
    content = adt(disposition="01", discharged="20261120170000", diagnosis="I50.9^Heart failure^I10")

    assert taken(here, ADMITTED, content) == ["AA", "AA"]

    (made,) = Transition.objects.all()
    assert (made.patient, made.discharged_on, made.admitted_on) == (here.amara, date(2026, 11, 20), date(2026, 11, 16))
    assert made.discharged_at == datetime(2026, 11, 20, 23, 0, tzinfo=UTC)
    assert (made.setting, made.destination, made.facility) == ("inpatient_acute", "home", "MERCY HOSPITAL")
    assert (made.diagnosis, made.diagnosis_text) == ("I50.9", "Heart failure")
    assert (made.source, made.learned_at, made.recorded_by) == ("adt", NOW, None)
    assert Deadline.objects.filter(about=made.pk).exists()
    assert (the_stay().question, the_stay().outcome) == ("", "candidate")


def test_eight_messages_in_any_order_and_repeated_come_to_one_stay_and_one_transition(here):
    expected = None
    for seed in range(6):
        chance = random.Random(seed)
        order = list(STAY) + chance.sample(STAY, 3)
        if seed:
            chance.shuffle(order)
        answers = taken(here, *order)
        assert sorted(answers) == ["AA"] * 8 + ["AA known"] * 3
        stay = the_stay()
        found = (told(), stay.facts, stay.state, stay.outcome, stay.question, AdtMessage.objects.count())
        expected = expected or found
        assert found == expected
        forget_all()
    assert expected[0] == [("2026-11-21", "inpatient_acute", "home", "open")]


def test_every_order_of_discharge_withdrawal_and_new_discharge_ends_alike(here):
    for order in permutations((WENT, TAKEN_BACK, WENT_AGAIN)):
        taken(here, *order)
        assert told() == [("2026-11-21", "inpatient_acute", "home", "open")]
        forget_all()


def test_a_correction_corrects_the_transition_and_a_withdrawal_cancels_it(here):
    taken(here, ADMITTED, WENT)
    assert told() == [("2026-11-20", "inpatient_acute", "skilled_nursing_facility", "watch")]
    taken(here, TAKEN_BACK)
    assert [each[3] for each in told()] == ["cancelled"]
    taken(here, WENT_AGAIN, CORRECTED)
    assert told() == [("2026-11-21", "inpatient_acute", "home", "open")]
    assert Transition.objects.get().discharged_at == datetime(2026, 11, 21, 16, 30, tzinfo=UTC)


def test_a_late_message_without_news_opens_nothing_that_a_person_has_cancelled(here):
    taken(here, ADMITTED, WENT_AGAIN)
    Transition.objects.update(state=TransitionState.CANCELLED)

    taken(here, MOVED, UPDATED)
    assert [each[3] for each in told()] == ["cancelled"]

    taken(here, CORRECTED.replace(b"20261121103000", b"20261122103000"))
    assert told() == [("2026-11-22", "inpatient_acute", "home", "open")]


def test_a_visit_to_the_emergency_department_is_nothing_and_asks_nobody(here):
    taken(here, adt("A04", patient_class="E"), adt(patient_class="E", disposition="01"))

    assert told() == []
    assert (the_stay().outcome, the_stay().reason, the_stay().question) == ("no", "emergency", "")


def test_a_death_ends_it(here):
    taken(here, adt(disposition="01"), adt("A08", sent="20261121", disposition="20", died="Y"))

    assert [each[3] for each in told()] == ["cancelled"]


def test_without_a_disposition_the_days_run_and_somebody_is_asked(here):
    taken(here, adt(disposition=""))

    assert told() == [("2026-11-20", "inpatient_acute", "unknown", "open")]
    stay = stay_decide(
        actor=here.coordinator, stay=the_stay(), version=the_stay().version, setting="", destination="home", now=NOW
    )
    assert (stay.question, told()[0][2]) == ("", "home")
    taken(here, adt("A08", sent="20261123"))
    assert (the_stay().question, told()[0][2]) == ("", "home")  # what a person said stays


def test_a_code_of_the_hospital_s_own_waits_for_its_meaning_and_gets_it_for_all(here):
    for number in ("1", "2"):
        a_patient(f"N-{number}", given=f"P{number}")
        taken(here, adt(mrn=f"N-{number}", name=f"Okafor^P{number}", visit=f"V{number}", disposition="HomeHC"))
    assert [the_stay(f"visit V{n}").question for n in "12"] == [Question.DESTINATION] * 2

    code = local_code_add(
        actor=here.admin, source=here.source, kind=CodeKind.DISPOSITION, code="HOMEHC", means="06", now=NOW
    )

    assert [the_stay(f"visit V{n}").question for n in "12"] == ["", ""]
    assert {each[2] for each in told()} == {"home"}
    with pytest.raises(ValidationError):
        local_code_add(
            actor=here.admin, source=here.source, kind=CodeKind.DISPOSITION, code="homehc ", means="03", now=NOW
        )
    local_code_remove(actor=here.admin, code=code, now=NOW)
    assert [the_stay(f"visit V{n}").question for n in "12"] == [Question.DESTINATION] * 2


def test_a_kind_of_stay_nobody_knows_is_asked_for_and_then_counts(here):
    taken(here, adt(patient_class="OBV", disposition="01"))
    assert (the_stay().question, told()) == (Question.KIND, [])

    local_code_add(
        actor=here.admin, source=here.source, kind=CodeKind.PATIENT_CLASS, code="obv", means="observation", now=NOW
    )

    assert (the_stay().question, told()[0][1]) == ("", "hospital_observation")


def test_an_outpatient_night_may_have_been_observation(here):
    taken(here, adt(patient_class="O", disposition="01"))
    assert the_stay().question == Question.KIND

    stay_decide(
        actor=here.coordinator,
        stay=the_stay(),
        version=the_stay().version,
        setting="hospital_observation",
        destination="home",
        now=NOW,
    )

    assert told() == [("2026-11-20", "hospital_observation", "home", "open")]


# The chart


def charted(here) -> list[tuple[str, str, str | None]]:
    rows = Stay.objects.filter(patient=here.amara, retracted_at=None).order_by("from_day")
    return [(each.kind, str(each.from_day), each.to_day and str(each.to_day)) for each in rows]


def test_the_stay_stands_on_the_chart_as_the_hospital_says_it(here):
    taken(here, ADMITTED)
    assert charted(here) == []  # a visit to the emergency department is none
    taken(here, IN_WARD)
    assert charted(here) == [("hospital", "2026-11-16", None)]
    taken(here, WENT, TAKEN_BACK, WENT_AGAIN)
    assert charted(here) == [("hospital", "2026-11-16", "2026-11-21")]
    taken(here, adt("A11", sent="20261123", control_id="99"))
    assert charted(here) == []
    assert Stay.objects.get().retracted_reason == "the hospital took it back"


def test_what_a_person_changed_or_took_back_on_the_chart_stays(here):
    taken(here, IN_WARD)
    row = Stay.objects.get()
    record_save(actor=here.coordinator, record=row, version=row.version, now=NOW, facility="Mercy East")
    taken(here, WENT_AGAIN)
    assert charted(here) == [("hospital", "2026-11-16", None)]
    row.refresh_from_db()
    record_withdraw(actor=here.coordinator, record=row, version=row.version, because="twice", now=NOW)
    taken(here, CORRECTED)
    assert charted(here) == []


# Readmission


def test_an_admission_within_the_days_is_told_and_taken_back_with_it(here):
    taken(here, adt(disposition="01"))
    back = adt("A01", visit="V200", sent="20261122080000", admitted="20261122075000")
    taken(here, back)
    assert Transition.objects.get().readmitted_on == date(2026, 11, 22)

    taken(here, adt("A11", visit="V200", sent="20261122100000", admitted="20261122075000"))

    assert Transition.objects.get().readmitted_on is None


def test_an_admission_that_turns_out_to_be_somebody_else_s_is_taken_back(here):
    taken(here, adt(disposition="01"))
    stay = {"visit": "V200", "admitted": "20261122075000"}
    taken(here, adt("A01", sent="20261122080000", **stay))
    assert Transition.objects.get().readmitted_on == date(2026, 11, 22)

    taken(here, adt("A08", sent="20261122100000", born="19700101", **stay))

    assert (the_stay("visit V200").patient, the_stay("visit V200").readmitted_as) == (None, None)
    assert Transition.objects.get().readmitted_on is None


def test_a_later_discharge_waits_for_a_decision_beside_the_first(here):
    taken(here, adt(disposition="01", sent="20261110170000", admitted="20261105"))
    taken(here, adt(disposition="01", visit="V200", sent="20261120170000"))

    first, second = Transition.objects.order_by("discharged_on")
    assert (first.readmitted_on, second.state, second.follows) == (date(2026, 11, 16), "undecided", first)


# Answers, keeping and forgetting


def test_the_message_is_kept_sealed_and_forgotten_after_the_source_s_days(here):
    taken(here, ADMITTED)
    (row,) = AdtMessage.objects.all()
    assert b"Okafor" not in bytes(row.content)
    assert unseal(row.content) == ADMITTED.rstrip(b"\r")

    assert messages_forget(now=NOW + timedelta(days=30)) == 0
    assert messages_forget(now=NOW + timedelta(days=30, seconds=1)) == 1
    row.refresh_from_db()
    assert (row.content, row.facts[0]["event"]) == (None, "A04")


def test_a_refused_message_is_kept_with_its_reason_and_judged_anew_when_it_comes_again(here):
    test = adt(processing="T", disposition="01")
    assert taken(here, test, test) == ["AR not_production"] * 2
    source_save(actor=here.admin, source=here.source, version=here.source.version, takes_tests=True)
    here.source.refresh_from_db()

    assert taken(here, test, test) == ["AA", "AA known"]
    assert AdtMessage.objects.get().answer == "AA"


def test_a_batch_is_answered_message_by_message(here):
    batch = b"BHS|^~\\&|A\r" + ADMITTED + adt().replace(b"ADT^A03", b"ORU^R01") + b"BTS|3\r"

    assert taken(here, batch) == ["AA", "AR not_adt", "AE batch_incomplete"]
    assert AdtMessage.objects.count() == 2


def test_what_breaks_here_is_answered_so_that_it_comes_again_and_holds_nothing_up(here, monkeypatch):
    from interop.services.adt import intake

    whole = intake.stay_heard

    def breaking(source, row, facts, now):
        if facts.control_id == "2":
            raise ValueError("Okafor")
        return whole(source, row, facts, now)

    monkeypatch.setattr(intake, "stay_heard", breaking)
    assert taken(here, ADMITTED + IN_WARD + MOVED) == ["AA", "AE internal", "AA"]
    assert AdtMessage.objects.count() == 2
    monkeypatch.undo()
    assert taken(here, ADMITTED + IN_WARD + MOVED) == ["AA known", "AA", "AA known"]


def test_a_closed_source_takes_nothing(here):
    source_save(actor=here.admin, source=here.source, version=here.source.version, is_open=False)
    here.source.refresh_from_db()
    with pytest.raises(SourceClosed):
        taken(here, ADMITTED)


def test_the_other_agency_sees_nothing_of_it(here, harbor):
    taken(here, ADMITTED, WENT)
    rows = (AdtMessage, AdtStay, AdtSource)
    assert all(each.objects.exists() for each in rows)


def test_a_discharge_in_the_future_is_asked_about_and_not_lost(here):
    taken(here, adt(disposition="01", discharged="20270101120000"))

    assert (the_stay().question, told()) == (Question.REFUSED, [])
    assert "has not come yet" in the_stay().refusal


def test_messages_of_no_visit_number_are_one_stay_by_patient_and_day_of_admission(here):
    taken(here, *(each.replace(b"V100", b"") for each in STAY))

    assert AdtStay.objects.count() == 1
    assert told() == [("2026-11-21", "inpatient_acute", "home", "open")]
