"""Who is found: by which words, through which filters, and by which indexes under row security."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import count

import pytest
from django.db import connection, connections
from django.urls import reverse

from coordination.models import (
    CareTeamMember,
    ContactPoint,
    Coverage,
    Opening,
    Patient,
    PatientIdentifier,
    PatientToken,
    Payer,
    PayerKind,
)
from coordination.selectors.patients import MOST_WORDS, PAGE_SIZE, Asked, patients_page
from coordination.services.patients import patient_index
from tenancy.context import agency_context
from tests import factories
from tests.factories import NOW, TODAY


@pytest.fixture
def found(riverbend, signed_in) -> Callable[..., list[str]]:
    client = signed_in(riverbend.coordinator)
    url = reverse("coordination:patients", kwargs={"agency": riverbend.slug})

    def ask(**asked):
        ask.page = client.post(url, asked, headers={"HX-Request": "true"})
        return [row.patient.given_name for row in ask.page.context["rows"]]

    return ask


@pytest.fixture
def four(riverbend):
    with agency_context(riverbend.agency):
        ana = factories.a_patient("Ana", "A", preferred_name="Nita")
        ben = factories.a_patient("Ben", "B", needs_interpreter=True, language="vi")
        cal = factories.a_patient("Cal", "C", is_deceased=True)
        dot = factories.a_patient("Dot", "D", merged_into=ana)
    return ana, ben, cal, dot


def test_words_of_numbers_and_the_preferred_name(riverbend, four, found):
    ana = four[0]
    with agency_context(riverbend.agency):
        PatientIdentifier.objects.create(patient=ana, kind="medicaid", value="K-99/12")
        ContactPoint.objects.create(patient=ana, kind="phone", value="+1 (303) 555-0142")
        ContactPoint.objects.create(patient=ana, kind="email", value="someone77@example.org")
        patient_index(ana)
    for query in (
        "nita",
        "k 99",
        "303 555 0142",
        "(303) 555-0142",
        "+1 303-555-0142",
        "3035550142",
        "555-0142",
        "0142",
        "303555",
    ):
        assert found(q=query) == ["Ana"], query
    for query in ("1303", "5550143", "someone77"):
        assert found(q=query) == [], query


def test_words_behind_the_tenth_narrow_no_further(four, found):
    assert found(q="nita " * MOST_WORDS + "nobody") == ["Ana"]
    assert found(q="nita " * (MOST_WORDS - 1) + "nobody") == []


def test_a_number_that_is_gone_finds_nobody(riverbend, four, found):
    with agency_context(riverbend.agency):
        point = ContactPoint.objects.create(patient=four[0], kind="phone", value="303 555 0142")
        patient_index(four[0])
        point.delete()
        patient_index(four[0])
    assert found(q="3035550142") == []
    assert found(q="nita") == ["Ana"]


def test_a_record_is_found_by_the_words_of_those_merged_into_it(riverbend, four, found):
    with agency_context(riverbend.agency):
        patient_index(four[0])
    assert found(q="dot") == ["Ana"]


def test_deceased_and_merged_records_show_when_asked_for(riverbend, four, found):
    maria = riverbend.patient.given_name
    assert found() == ["Ana", "Ben", maria]
    assert found(shown="deceased") == ["Cal"]
    assert found(shown="merged") == ["Dot"]
    assert found(shown="all") == ["Ana", "Ben", "Cal", "Dot", maria]


def test_the_lead_the_payer_and_the_interpreter(riverbend, four, found):
    ana, ben, cal, _dot = four
    me, colleague = riverbend.coordinator, riverbend.front_desk
    with agency_context(riverbend.agency):
        payer = Payer.objects.create(name="Bright Health", kind=PayerKind.COMMERCIAL)
        lead = {"role": "lead", "from_day": date(2026, 1, 1)}
        CareTeamMember.objects.create(patient=ana, member=me, **lead)
        CareTeamMember.objects.create(patient=ben, member=me, to_day=date(2026, 2, 1), **lead)
        CareTeamMember.objects.create(patient=ben, member=colleague, **lead)
        plan = {"payer": payer, "plan_kind": "employer"}
        Coverage.objects.create(patient=ana, from_day=date(2026, 1, 1), to_day=date(2026, 11, 15), **plan)
        Coverage.objects.create(patient=ben, from_day=date(2026, 1, 1), to_day=TODAY, **plan)
        Coverage.objects.create(patient=cal, from_day=date(2026, 1, 1), **plan)
    assert found(lead=me.pk) == ["Ana"]
    assert found(lead=colleague.pk) == ["Ben"]
    assert found(payer=payer.pk) == ["Ben"]
    assert found(payer=payer.pk, shown="all") == ["Ben", "Cal"]
    assert found(interpreter="on") == ["Ben"]
    assert found(lead=me.pk, interpreter="on") == []


@pytest.mark.parametrize("order", ["name", "birth_date"])
def test_what_was_searched_for_is_paged_without_gap_or_repeat(riverbend, found, order):
    with agency_context(riverbend.agency):
        for number in range(PAGE_SIZE + 5):
            born = date(1950, 1, 1 + number % 3)
            factories.a_patient(f"Given{number:02d}", f"Name{number % 2}", born=born, needs_interpreter=number % 2 == 0)
        fields = ("family_name", "given_name") if order == "name" else ("birth_date", "id")
        expected = list(
            Patient.objects.filter(family_name__startswith="Name")
            .order_by(*fields)
            .values_list("given_name", flat=True)
        )
    first = found(q="name", order=order)
    assert first == expected[:PAGE_SIZE]
    assert found(q="name", order=order, after=key_of(riverbend, first[-1])) == expected[PAGE_SIZE:]


@pytest.fixture
def opens(riverbend, signed_in, at):
    """Somebody opens the pages of patients, one a minute."""
    minutes = count()

    def opened(*patients, by=None):
        client = signed_in(by or riverbend.coordinator)
        for patient in patients:
            at(NOW + timedelta(minutes=next(minutes)))
            url = reverse("coordination:patient", kwargs={"agency": riverbend.slug, "patient": patient.pk})
            assert client.get(url).status_code == 200

    return opened


def test_whom_i_saw_last_comes_first_and_nobody_whom_i_did_not_see(riverbend, four, found, opens):
    ana, ben, cal, _dot = four
    assert found(order="seen") == []
    assert "Nobody seen yet" in found.page.content.decode()
    opens(ana, ben, cal)
    opens(riverbend.patient, by=riverbend.front_desk)
    assert found(order="seen") == ["Ben", "Ana"]
    assert "opened Nov 16, 15:01" in found.page.content.decode()
    assert found(order="seen", shown="all") == ["Cal", "Ben", "Ana"]
    assert found(order="seen", interpreter="on") == ["Ben"]
    assert found(order="seen", q="maria") == []
    assert "choose another to look among all" in found.page.content.decode()
    opens(ana)
    assert found(order="seen") == ["Ana", "Ben"]
    with agency_context(riverbend.agency):
        assert Opening.objects.count() == 4
    assert found() == ["Ana", "Ben", riverbend.patient.given_name]
    assert "opened" not in found.page.content.decode()


def test_whom_i_saw_is_paged_without_gap_or_repeat(riverbend, found):
    with agency_context(riverbend.agency):
        for number in range(PAGE_SIZE + 5):
            Opening.objects.create(
                member=riverbend.coordinator,
                patient=factories.a_patient(f"Given{number:02d}", "Name"),
                at=NOW - timedelta(minutes=number // 3),  # three in each moment
            )
        expected = list(Opening.objects.order_by("-at", "-patient").values_list("patient__given_name", flat=True))
    first = found(order="seen")
    assert first == expected[:PAGE_SIZE]
    assert found(order="seen", after=key_of(riverbend, first[-1])) == expected[PAGE_SIZE:]
    assert found(order="seen", after=riverbend.patient.pk) == first  # a key that is in nobody's list


def key_of(world, given):
    with agency_context(world.agency):
        return Patient.objects.get(given_name=given).pk


PEOPLE = 4000


@pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"])
def test_the_list_and_the_search_are_served_by_indexes_under_row_security():
    """At some thousands of patients, asked as the app: no plan reads the whole table, and none sorts it."""
    riverbend, _ = factories.agencies()
    with agency_context(riverbend):
        me, *others = (factories.a_member(name=f"member {n}", signs_in=False) for n in range(20))
        patients = Patient.objects.bulk_create(
            Patient(
                given_name=f"Given{n % 50}",
                family_name=f"Name{n:05d}",
                mrn=f"M{n}",
                birth_date=date(1950, 1, 1 + n % 28),
            )
            for n in range(PEOPLE)
        )
        PatientToken.objects.bulk_create(
            PatientToken(patient=each, token=word)
            for n, each in enumerate(patients)
            for word in (f"name{n:05d}", f"given{n % 50}", f"m{n}")
        )
        CareTeamMember.objects.bulk_create(
            CareTeamMember(patient=each, member=others[n % 19] if n % 400 else me, role="lead", from_day=TODAY)
            for n, each in enumerate(patients)
        )
        Opening.objects.bulk_create(
            Opening(member=others[n % 19] if n % 4 else me, patient=each, at=NOW - timedelta(minutes=n))
            for n, each in enumerate(patients)
        )
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "ANALYZE coordination_patient, coordination_patienttoken, coordination_careteammember, coordination_opening"
        )

    def plan(**asked) -> str:
        def explained(execute, sql, params, many, context):
            execute(f"EXPLAIN {sql}", params, many, context)
            plans.append("\n".join(line for (line,) in context["cursor"].fetchall()))
            return execute(sql, params, many, context)

        plans = []
        with connection.execute_wrapper(explained):
            patients_page(Asked(**asked), today=TODAY)
        return plans[-1]

    with agency_context(riverbend):
        half = patients[PEOPLE // 2].pk
        in_order = {
            "patient_by_name": plan(),
            "patient_by_birth_date": plan(order="birth_date"),
            "opening_by_moment": plan(order="seen", reader=me.pk),
        }
        behind = {
            "patient_by_name": plan(after=half),
            "patient_by_birth_date": plan(order="birth_date", after=half),
            "opening_by_moment": plan(order="seen", reader=me.pk, after=half),
        }
        searched = plan(query="name0123")
        mine = plan(lead=me.pk)
    for index, text in [*in_order.items(), *behind.items()]:
        assert f"using {index}" in text, text
        assert "Seq Scan" not in text, text
        assert "Sort" not in text, text
    for column in ("member_id", "at"):
        assert column in behind["opening_by_moment"].split("Index Cond")[1].splitlines()[0]
    assert "family_name" in behind["patient_by_name"].split("Index Cond")[1].splitlines()[0]
    for text in (searched, mine):
        assert "Seq Scan on coordination_patienttoken" not in text, text
        assert "Seq Scan on coordination_careteammember" not in text, text
    condition = next(line for line in searched.splitlines() if "Index Cond" in line and "token" in line)
    assert "agency_id" in condition, searched
    assert any("Index Cond" in line and "member_id" in line for line in mine.splitlines()), mine
