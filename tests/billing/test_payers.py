"""Payers: found, added, changed, closed; whom each covers, and the contracts in force."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from billing.models import ContractVersion
from coordination.models import Coverage, Patient, Payer, PayerEvent
from coordination.selectors.payers import PAGE_SIZE, payers_named, payers_page
from coordination.services.payers import payer_add, payer_save
from tenancy.access import CapabilityRequired
from tenancy.context import agency_context
from tenancy.roles import Role
from tests import factories
from tests.factories import TODAY

BLUE = {"name": "Blue Plan", "kind": "commercial", "identifier": "84105", "is_open": "on", "version": 1}


def address(world, name, **ids):
    return reverse(f"billing:{name}", kwargs={"agency": world.slug, **ids})


@pytest.fixture
def three(riverbend):
    """Medicare (1 of 1 patients), a commercial payer of two living patients, and a closed one."""
    with agency_context(riverbend.agency):
        riverbend.blue = factories.a_payer("Blúe Plan", "commercial", identifier="84105")
        riverbend.gone = factories.a_payer("Gone Health", "medicaid", is_open=False)
        riverbend.covered = [factories.a_patient(f"Ana{n}", "Blue") for n in range(5)]
        covers = [
            {},
            {"until": date(2026, 11, 16)},
            {"until": date(2026, 11, 15)},
            {"since": date(2026, 11, 17)},
            {},
        ]
        for patient, when in zip(riverbend.covered, covers, strict=True):
            since, until = when.get("since", date(2024, 1, 1)), when.get("until")
            factories.a_coverage(patient, payer=riverbend.blue, since=since, to_day=until)
        factories.a_coverage(riverbend.covered[0], payer=riverbend.blue, order=2)  # counted once
        Patient.objects.filter(pk=riverbend.covered[4].pk).update(is_deceased=True)
    return riverbend


def names(**asked):
    return [payer.name for payer in payers_page(today=TODAY, **asked).rows]


def test_payers_are_found_by_words_kind_and_state_in_order(three):
    with agency_context(three.agency):
        assert names() == ["Blúe Plan", "Medicare Part B"]
        assert names(order="kind") == ["Blúe Plan", "Medicare Part B"]
        assert names(query="BLUE") == names(query="8410") == names(kind="commercial") == ["Blúe Plan"]
        assert names(query="lue") == names(query="%") == names(kind="other") == []
        assert names(closed=True) == ["Gone Health"]


@pytest.mark.parametrize("order", ["name", "kind"])
def test_pages_follow_each_other_without_gap_or_repeat(three, order):
    with agency_context(three.agency):
        for number in range(PAGE_SIZE):
            factories.a_payer(f"Payer {number:02d}", ("commercial", "other")[number % 2])
        seen, after = [], None
        while True:
            page = payers_page(today=TODAY, order=order, after=after)
            seen += page.rows
            if (after := page.next_after) is None:
                break
        key = (lambda each: each.name) if order == "name" else (lambda each: (each.kind, each.name))
        assert [each.name for each in seen] == [each.name for each in sorted(seen, key=key)]
        assert len({each.pk for each in seen}) == len(seen) == PAGE_SIZE + 2


def test_the_number_is_the_length_of_the_list_that_it_opens(three, signed_in):
    client = signed_in(three.members[Role.BILLER])
    page = client.get(address(three, "payers"))
    told = {
        payer.name: (payer.patients, [each.number for each in versions]) for payer, versions in page.context["rows"]
    }
    assert told == {"Blúe Plan": (2, []), "Medicare Part B": (1, [1])}
    assert "2 patients" in page.content.decode()
    opened = client.post(
        reverse("coordination:patients", kwargs={"agency": three.slug}), {"payer": three.blue.pk}, follow=True
    )
    assert {row.patient.pk for row in opened.context["rows"]} == {each.pk for each in three.covered[:2]}


def test_a_payers_page_says_what_it_agreed_to_pay_today(three, signed_in):
    with agency_context(three.agency):
        version = three.contract
        ContractVersion.objects.filter(pk=version.pk).update(effective_to=date(2026, 11, 30))
        ContractVersion.objects.create(contract=version.contract, number=2, effective_from=date(2026, 12, 1))
    client = signed_in(three.admin)
    page = client.get(address(three, "payer", payer=three.payer.pk))
    assert [(each.number, each.effective_to) for each in page.context["versions"]] == [(1, date(2026, 11, 30))]
    assert all(said in page.content.decode() for said in ("99490", "$66.13", "no cap"))
    without = client.get(address(three, "payer", payer=three.blue.pk)).content.decode()
    assert "none in force" in without


def test_a_payer_is_added_and_changed_by_an_administrator_and_its_history_told(three, signed_in):
    client = signed_in(three.admin)
    added = client.post(address(three, "payer_new"), BLUE | {"name": "  Aspen  "})
    with agency_context(three.agency):
        aspen = Payer.objects.get(name="Aspen")
    assert (added.status_code, added["Location"]) == (302, address(three, "payer", payer=aspen.pk))
    changed = {"name": "Aspen", "kind": "medicaid", "identifier": "84105", "version": 1}
    assert client.post(address(three, "payer_edit", payer=aspen.pk), changed).status_code == 302
    with agency_context(three.agency):
        aspen.refresh_from_db()
        assert (aspen.kind, aspen.is_open, aspen.version) == ("medicaid", False, 2)
    newest, oldest = client.get(added["Location"]).context["told"]
    assert newest.who == oldest.who == three.admin.signature
    assert sorted(newest.fields) == [
        ("Kind", "Commercial", "Medicaid"),
        ("Offered for new coverages", "yes", "no"),
    ]
    assert ("Name", "nothing", "Aspen") in oldest.fields


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": " "}, "Enter the payer"),
        ({"kind": ""}, "Choose what kind"),
        ({"kind": "bank"}, "bank is not one of the available choices"),
        ({"name": "Medicare Part B"}, "is in the list already"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(three, signed_in, wrong, said):
    before = events(three)
    answer = signed_in(three.admin).post(address(three, "payer_new"), BLUE | wrong)
    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert events(three) == before


def test_two_who_change_a_payer_at_once_see_both_versions(three, signed_in):
    client, url = signed_in(three.admin), address(three, "payer_edit", payer=three.blue.pk)
    assert client.post(url, BLUE | {"kind": "medicare_advantage", "is_open": ""}).status_code == 302
    before = events(three)
    late = client.post(url, BLUE)
    assert (late.status_code, "Now on record: Medicare Advantage" in late.content.decode()) == (409, True)
    assert "Now on record: no" in late.content.decode()
    assert events(three) == before


def test_services_ask_for_the_capability_themselves(three):
    with agency_context(three.agency), pytest.raises(CapabilityRequired):
        payer_save(actor=three.members[Role.BILLER], payer=three.blue, version=1, name="Mine")


def test_a_closed_payer_is_not_offered_and_stays_where_it_is(three, signed_in):
    with agency_context(three.agency):
        coverage = factories.a_coverage(three.patient, payer=three.gone, order=3)
        with pytest.raises(ValidationError, match="no longer offered"):
            payer_add(actor=three.coordinator, name="Gone Health", kind="medicaid")
        assert payer_add(actor=None, name="Gone Health", kind="medicaid") == three.gone  # a file may still name it
    client, at = signed_in(three.coordinator), {"agency": three.slug, "patient": three.patient.pk}
    new = client.get(reverse("coordination:coverage_add", kwargs=at)).content.decode()
    known = client.get(reverse("coordination:coverage", kwargs=at | {"coverage": coverage.pk})).content.decode()
    assert ("Gone Health" in new, "Gone Health" in known) == (False, True)


def test_a_renamed_payer_is_found_by_the_name_that_files_use(three):
    with agency_context(three.agency):
        payer_save(actor=three.admin, payer=three.blue, version=1, name="Blue Plan of Colorado")
        assert payers_named({"Blúe Plan", "Blue Plan of Colorado", "Unknown"}) == {
            "Blúe Plan": three.blue,
            "Blue Plan of Colorado": three.blue,
        }
        anew = factories.a_payer("Blúe Plan", "other")
        assert payers_named({"Blúe Plan"}) == {"Blúe Plan": anew}


def test_nobody_matches_and_nobody_yet_say_different_things(three, signed_in):
    client = signed_in(three.admin)
    assert "No payer matches" in client.get(address(three, "payers"), {"q": "zzz"}).content.decode()
    piece = client.get(address(three, "payers"), {"q": "blue"}, headers={"HX-Request": "true"}).content.decode()
    assert ("<html" in piece, "1 payer shown" in piece) == (False, True)
    with agency_context(three.agency):
        Coverage.objects.all().delete()
        Payer.objects.exclude(pk=three.payer.pk).delete()
        Payer.objects.update(is_open=False)
    assert "No payer to choose from yet" in client.get(address(three, "payers")).content.decode()


def events(world):
    with agency_context(world.agency):
        return list(PayerEvent.objects.order_by("pgh_id").values_list("name", "pgh_label", "version"))
