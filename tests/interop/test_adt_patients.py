"""Whose stay it is: never guessed from a name."""

from datetime import date
from itertools import permutations

import pytest
from django.core.exceptions import PermissionDenied

from coordination.models import PatientIdentifier
from coordination.services.patients import LooksAlike
from interop.models import Question
from interop.services.adt.review import stay_add_patient, stay_decide, stay_link, stay_set_aside, stay_take_up
from interop.services.adt.sources import source_save
from tenancy.writes import VersionConflict
from tests.interop.adt_examples import adt, merge
from tests.interop.hospital_world import NOW, a_patient, forget_all, taken, the_stay, told


def test_a_name_and_a_birth_date_alone_decide_nothing(here):
    taken(here, adt(mrn="X-9", disposition="01"))

    assert (the_stay().patient, the_stay().question, told()) == (None, Question.PATIENT, [])


def test_our_own_number_needs_its_assigner_or_the_birth_date(here):
    other = a_patient(given="Bo", born=date(1960, 1, 1), mrn="55")
    taken(here, adt(mrn="55", visit="A", disposition="01"))  # born 1952 in the message
    assert the_stay("visit A").patient is None
    taken(here, adt(mrn="55", visit="B", born="19600101", disposition="01"))
    assert the_stay("visit B").patient == other
    taken(here, adt(mrn="55", visit="C", born="", disposition="01", sent="20261101", admitted="20261030"))
    assert the_stay("visit C").patient is None
    source_save(actor=here.admin, source=here.source, version=here.source.version, our_assigner="mercy")
    here.source.refresh_from_db()
    taken(here, adt(mrn="55", visit="D", born="", disposition="01", sent="20261001", admitted="20260930"))
    assert the_stay("visit D").patient == other


def test_a_number_under_which_another_birth_date_stands_is_another_person(here):
    taken(here, adt(born="19700101", disposition="01"))

    assert (the_stay().patient, the_stay().question) == (None, Question.PATIENT)


def test_numbers_that_mean_two_patients_are_asked_about(here):
    a_patient("M-2", given="Ada")
    content = adt(disposition="01").replace(b"M-1^^^MERCY^MR", b"M-1^^^MERCY^MR~M-2^^^MERCY^MR")

    taken(here, content)

    assert (the_stay().patient, the_stay().question) == (None, Question.PATIENT)


def test_a_merge_leads_to_the_patient_whichever_comes_first(here):
    for order in permutations((merge("M-7", "M-1"), adt(mrn="M-7", disposition="01"))):
        taken(here, *order)
        assert (the_stay().patient, len(told())) == (here.amara, 1)
        forget_all()


def test_linking_once_is_enough(here):
    bo = a_patient(given="Bo")
    taken(
        here,
        adt(mrn="X-9", visit="A", disposition="01"),
        adt(mrn="X-9", visit="B", sent="20261015", admitted="20261010", disposition="01"),
    )

    stay_link(
        actor=here.coordinator, stay=the_stay("visit A"), version=the_stay("visit A").version, patient=bo, now=NOW
    )

    assert {the_stay("visit A").patient, the_stay("visit B").patient} == {bo}
    assert PatientIdentifier.objects.get(patient=bo).value == "X-9"
    taken(here, adt(mrn="X-9", visit="C", sent="20260901", admitted="20260830", disposition="01"))
    assert the_stay("visit C").patient == bo


def test_adding_the_patient_of_whom_the_hospital_tells(here):
    taken(here, adt(mrn="X-9", name="Nowak^Ola", disposition="01"))

    stay = stay_add_patient(actor=here.coordinator, stay=the_stay(), version=the_stay().version, mrn="R-77", now=NOW)

    assert (stay.patient.mrn, stay.patient.family_name, stay.patient.birth_date) == ("R-77", "Nowak", date(1952, 3, 4))
    assert told()[0][0] == "2026-11-20"


def test_adding_somebody_who_is_here_already_is_noticed(here):
    taken(here, adt(mrn="X-9", disposition="01"))

    with pytest.raises(LooksAlike):
        stay_add_patient(actor=here.coordinator, stay=the_stay(), version=the_stay().version, mrn="R-77", now=NOW)


def test_set_aside_it_asks_no_more_and_cancels_what_it_began_and_can_be_taken_up(here):
    taken(here, adt(disposition=""))
    stay = stay_set_aside(
        actor=here.coordinator, stay=the_stay(), version=the_stay().version, because="not ours", now=NOW
    )
    assert (stay.question, [each[3] for each in told()]) == ("", ["cancelled"])
    taken(here, adt("A08", sent="20261123", disposition="01"))
    assert [each[3] for each in told()] == ["cancelled"]

    stay_take_up(actor=here.coordinator, stay=the_stay(), version=the_stay().version, now=NOW)

    assert told() == [("2026-11-20", "inpatient_acute", "home", "open")]


def test_who_decides_sees_what_is_decided_about(here):
    taken(here, adt(disposition=""))
    shown = the_stay()
    taken(here, adt("A08", sent="20261123", disposition="03"))

    with pytest.raises(VersionConflict):
        stay_decide(actor=here.coordinator, stay=shown, version=shown.version, setting="", destination="home", now=NOW)
    with pytest.raises(PermissionDenied):
        stay_decide(actor=here.admin, stay=shown, version=the_stay().version, setting="", destination="home", now=NOW)
