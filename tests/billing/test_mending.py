"""Each finding that a person can do something about leads to the page that mends it, for whoever may."""

from datetime import date
from types import SimpleNamespace
from typing import get_args

import pytest
from django.template import Context, Template
from django.urls import resolve, reverse

from billing.elements import documented
from billing.mending import NO_PAGE, ONLY_BARE, STANDS, WAYS, mending_of
from billing.models import ContractTerm
from billing.rules import Finding, FindingId
from billing.services.decisions import rulebook
from coordination.forms.enrollments import EnrollmentForm
from coordination.models import Enrollment, Program, ProgramElement
from tenancy.context import agency_context
from tenancy.context_processors import capabilities
from tenancy.roles import CAPABILITIES, Role
from tests import factories

NOVEMBER = date(2026, 11, 1)
NOT_ATTESTED = "The practice has not attested that all elements of this service are available."


def a_finding(finding_id, have=None, program="chronic_care"):
    return Finding(finding_id, "99490", program, "declared", have, 20, "MLN-CCM", date(2015, 1, 1))


@pytest.fixture
def world(riverbend):
    """A patient whose month of advanced primary care lacks one thing."""
    with agency_context(riverbend.agency):
        Enrollment.objects.all().delete()
        by = {"by": riverbend.coordinator, "practitioner": riverbend.practitioner}
        riverbend.enrollment = factories.an_enrollment(riverbend.patient, **by, program=Program.ADVANCED_PRIMARY_CARE)
        ContractTerm.objects.create(version=riverbend.contract, code="G0557")

    def url(name, **ids):
        return reverse(name, kwargs={"agency": riverbend.slug, "patient": riverbend.patient.pk, **ids})

    riverbend.url = url
    return riverbend


def shown(world, way, role=Role.COORDINATOR, enrollment=None, patient=None):
    context = Context({"patient": patient or world.patient, "can": capabilities(role), "way": way, "pk": enrollment})
    with agency_context(world.agency):
        return Template("{% load mending %}{% mending way pk %}").render(context).strip()


def test_every_finding_has_a_way_or_is_known_to_have_none():
    listed = [*WAYS, *STANDS, *NO_PAGE]
    assert sorted(listed) == sorted(get_args(FindingId))
    assert len(listed) == len(set(listed))


def test_what_is_asked_to_be_documented_can_be_reached():
    ways = {way.element for way in WAYS.values() if way.element}
    of_a_choice = {"risk_of_second", "serious_mental_illness"}  # one of them is enough: the form asks which
    assert ways | of_a_choice == {asked.element for asked in documented(rulebook())}


def test_a_field_to_begin_with_is_on_the_enrollments_form():
    assert {way.field for way in WAYS.values() if way.field} <= set(EnrollmentForm.base_fields)


def test_the_page_of_a_way_takes_the_capability_it_names_or_shows_a_list_to_every_reader(world):
    ids = {"patient": world.patient.pk, "enrollment": world.enrollment.pk}
    for way in WAYS.values():
        known = {"agency": (), "patient": ("patient",), "enrollment": ("patient", "enrollment")}[way.of]
        view = resolve(reverse(way.page, kwargs={"agency": world.slug, **{name: ids[name] for name in known}})).func
        is_list = way.page.endswith(("_list", "_transitions"))
        assert view.capability == ("patient.read" if is_list else way.capability), way.page
        assert CAPABILITIES[way.capability] <= CAPABILITIES[view.capability]


def test_a_missing_document_is_mended_from_the_ledger_and_its_finding_is_gone(world, signed_in):
    client = signed_in(world.coordinator)
    ledger = world.url("billing:ledger", month="2026-11")
    door = world.url("coordination:element_add") + "?month=2026-11&amp;element=advanced_primary_care.elements_available"
    before = client.get(ledger).content.decode()
    assert f'{NOT_ATTESTED} <a class="mends" href="{door}">Document that all elements are available</a>' in before
    form = client.get(door.replace("&amp;", "&")).context["form"]
    assert form["element"].value() == "advanced_primary_care.elements_available"
    assert form["from_day"].value() == factories.TODAY
    said = {"element": form["element"].value(), "from_day": "2026-11-16", "documented_by": world.coordinator.pk}
    assert client.post(world.url("coordination:element_add"), said).status_code == 302
    with agency_context(world.agency):
        assert ProgramElement.objects.get().element == "elements_available"
    after = client.get(ledger).content.decode()
    assert (NOT_ATTESTED in after, door in after) == (False, False)
    assert "<strong>G0557</strong> × 1" in after


def test_the_patients_page_leads_there_too(world, signed_in):
    door = "?month=2026-11&amp;element=advanced_primary_care.elements_available"
    page = signed_in(world.coordinator).get(world.url("coordination:patient"))
    assert (
        f'{NOT_ATTESTED} <a class="mends" href="{world.url("coordination:element_add")}{door}"' in page.content.decode()
    )
    problems = {each.sentence: each.mending for each in page.context["programs"][0].meter.problems}
    assert problems.pop(NOT_ATTESTED).label == "Document that all elements are available"
    with agency_context(world.agency):
        factories.a_record(world, "element", element="advanced_primary_care.elements_available")
    after = signed_in(world.coordinator).get(world.url("coordination:patient")).content.decode()
    assert (NOT_ATTESTED in after, door in after) == (False, False)


def test_what_saving_would_lack_leads_there_too(world, signed_in):
    def preview():
        typed = {
            "service_date": "2026-11-16",
            "activity": "care_coordination",
            "program": "advanced_primary_care",
            "minutes": "8",
        }
        answer = signed_in(world.coordinator).post(world.url("coordination:time_log_preview"), typed)
        return " ".join(answer.content.decode().split())

    door = world.url("coordination:element_add") + "?month=2026-11&amp;element=advanced_primary_care.elements_available"
    told = f'None of this counts.</strong> {NOT_ATTESTED} <a class="mends" href="{door}">Document that all elements are available</a>'
    assert told in preview()
    with agency_context(world.agency):
        factories.a_record(world, "element", element="advanced_primary_care.elements_available")
    assert ("Counts." in preview(), "mends" in preview()) == (True, False)


def test_what_saving_would_lack_on_an_enrollment_leads_to_the_programs_own(world, signed_in):
    with agency_context(world.agency):
        by = {"by": world.coordinator, "practitioner": world.practitioner}
        chronic = factories.an_enrollment(world.patient, **by, program=Program.CHRONIC_CARE)
        Enrollment.objects.update(care_plan_on=None)
    typed = {"service_date": "2026-11-16", "activity": "care_coordination", "program": "chronic_care", "minutes": "25"}
    answer = signed_in(world.coordinator).post(world.url("coordination:time_log_preview"), typed)
    address = world.url("coordination:enrollment", enrollment=chronic.pk)
    assert f'<a class="mends" href="{address}#id_care_plan_on">Record the care plan</a>' in answer.content.decode()


def test_another_set_leads_to_what_it_would_take_for_who_may_and_names_nobody_twice(world, signed_in):
    door = world.url("coordination:element_add") + "?month=2026-11&amp;element=advanced_primary_care.elements_available"
    page = world.url("billing:other_sets", month="2026-11")
    seen = " ".join(signed_in(world.members[Role.BILLER]).get(page).content.decode().split())
    link = f'<span class="screen-only"><a class="mends" href="{door}">Document that all elements are available</a>'
    assert f"Document it, if it is so. {link}" in seen
    seen = signed_in(world.admin).get(page).content.decode()
    assert ("Document it, if it is so." in seen, "mends" in seen, "ask a" in seen) == (True, False, False)


def test_who_may_not_is_told_who_may(world, signed_in):
    told = f'{NOT_ATTESTED} <span class="soft small">Document that all elements are available: ask a care coordinator, '
    for page in (world.url("billing:ledger", month="2026-11"), world.url("coordination:patient")):
        seen = signed_in(world.members[Role.READ_ONLY]).get(page).content.decode()
        assert told + "supervisor, clinician or biller.</span>" in seen
        assert world.url("coordination:element_add") not in seen


def test_a_form_about_a_month_that_is_over_does_not_say_today(world, signed_in):
    client = signed_in(world.coordinator)
    for key, day in (("element", "from_day"), ("visit", "on"), ("judgement", "judged_on")):
        url = world.url(f"coordination:{key}_add")
        assert client.get(url, {"month": "2026-10"}).context["form"][day].value() is None
        assert client.get(url, {"month": "2026-11"}).context["form"][day].value() == factories.TODAY
        assert client.get(url).context["form"][day].value() == factories.TODAY
    judged = client.get(world.url("coordination:judgement_add"), {"month": "2026-10", "program": "principal_care"})
    assert [judged.context["form"][name].value() for name in ("month", "program")] == ["2026-10", "principal_care"]


def test_an_enrollment_is_mended_at_its_field_and_only_where_there_is_one(world):
    way = mending_of(a_finding("care_plan.missing"), NOVEMBER)
    address = world.url("coordination:enrollment", enrollment=world.enrollment.pk)
    link = f'<a class="mends" href="{address}#id_care_plan_on">Record the care plan</a>'
    assert shown(world, way, enrollment=world.enrollment.pk) == link
    assert shown(world, way) == ""


def test_consent_is_recorded_where_there_is_none_and_the_day_of_one_stands(world):
    assert list(ONLY_BARE) == ["consent.missing"]
    way = mending_of(a_finding("consent.missing", program="principal_care"), NOVEMBER)
    address = f"{world.url('coordination:enroll')}?program=principal_care"
    assert shown(world, way) == f'<a class="mends" href="{address}">Record consent</a>'
    assert mending_of(a_finding("consent.missing", have=date(2026, 12, 3)), NOVEMBER) is None


def test_contracts_are_an_offices_business(world):
    way = mending_of(a_finding("terms.no_contract"), NOVEMBER)
    address = reverse("billing:payers", kwargs={"agency": world.slug})
    assert shown(world, way, Role.BILLER) == f'<a class="mends" href="{address}">Check the payer&#x27;s contract</a>'
    assert shown(world, way) == (
        '<span class="soft small">Check the payer&#x27;s contract: ask a biller or administrator.</span>'
    )


@pytest.mark.parametrize("finding_id", ["code.not_effective", "minutes.before_consent", "minutes.below_threshold"])
def test_what_nobody_can_mend_leads_nowhere(world, finding_id):
    assert mending_of(a_finding(finding_id), NOVEMBER) is None
    assert shown(world, None) == ""


def test_a_merged_record_is_not_mended(world):
    way = mending_of(a_finding("coverage.missing"), NOVEMBER)
    assert shown(world, way) == f'<a class="mends" href="{world.url("coordination:coverage_add")}">Add a coverage</a>'
    merged = SimpleNamespace(pk=world.patient.pk, merged_into_id=world.patient.pk)
    assert shown(world, way, patient=merged) == ""
