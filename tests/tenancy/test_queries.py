"""A queryset that is built once answers for whoever asks, and keeps nothing of the answer."""

from threading import Thread

import pytest

from coordination.models import Patient
from tenancy.context import AgencyRequired, agency_context
from tenancy.queries import built_once


def test_what_was_built_in_one_agency_answers_for_another(worlds):
    built = []

    @built_once
    def named(given):
        built.append(given)
        return Patient.objects.filter(given_name__startswith=given)

    for world in (worlds.riverbend, worlds.harbor, worlds.riverbend):
        with agency_context(world.agency):
            assert [patient.pk for patient in named("Maria")] == [world.patient.pk]
    assert built == ["Maria"]
    with pytest.raises(AgencyRequired):
        list(named("Maria"))


def test_each_thread_builds_its_own(worlds, monkeypatch):
    monkeypatch.setattr("tenancy.queries.MOST", 2)
    built = []
    named = built_once(lambda given: built.append(given) or Patient.objects.filter(given_name=given))
    named("a"), named("a"), named("b"), named("c"), named("c")
    thread = Thread(target=named, args=("a",))
    thread.start()
    thread.join()
    assert built == ["a", "b", "c", "a"]


def test_both_parts_of_a_union_follow_the_agency(worlds):
    both = built_once(lambda: Patient.objects.values_list("pk").union(Patient.objects.values_list("pk"), all=True))
    for world in (worlds.riverbend, worlds.harbor, worlds.riverbend):
        with agency_context(world.agency):
            own = list(Patient.objects.values_list("pk", flat=True))
            assert sorted(pk for (pk,) in both()) == sorted(own + own)
            assert world.patient.pk in own
