"""The doors of what programs ask for: forms that say it, rows that tell it, pages that lead to it."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from billing.models import ContractTerm
from coordination.forms.facts import FactorsField, VisitForm
from coordination.models import Condition, Enrollment, MonthProgram, Patient, Program, ProgramElement, Stay, Visit
from coordination.services.records import record_save
from coordination.views.chart_rows import words_of
from tenancy.context import agency_context
from tenancy.models import Agency, AgencySettings
from tenancy.roles import Role
from tenancy.services.places import agency_settings_save
from tests import factories

MONTH = date(2026, 11, 1)


@pytest.fixture
def chart(riverbend, signed_in):
    """Inside the agency, with a client of the coordinator."""
    riverbend.client = signed_in(riverbend.coordinator)

    def url(name, **ids):
        return reverse(name, kwargs={"agency": riverbend.slug, "patient": riverbend.patient.pk, **ids})

    riverbend.url = url
    with agency_context(riverbend.agency):
        yield riverbend


def refused(world, model, **said):
    with pytest.raises(ValidationError) as caught:
        record_save(actor=world.coordinator, record=model(patient=world.patient), now=factories.NOW, **said)
    assert model.objects.count() == 0
    return {name: " ".join(told) for name, told in caught.value.message_dict.items()}


def test_what_is_documented_is_chosen_from_what_the_rules_ask(chart):
    page = chart.client.get(chart.url("coordination:element_add")).content.decode()
    assert '<optgroup label="Collaborative care">' in page
    assert "Validated rating scale" in page
    assert "Health home" in page
    said = {"element": "collaborative_care.rating_scale", "from_day": "2026-11-02"}
    sent = chart.client.post(chart.url("coordination:element_add"), said | {"documented_by": chart.coordinator.pk})
    assert sent.status_code == 302
    known = ProgramElement.objects.get()
    assert (known.program, known.element, known.to_day) == ("collaborative_care", "rating_scale", None)
    row = words_of(known, factories.TODAY)
    assert (row.title, row.details) == (
        "Validated rating scale",
        ["Collaborative care", "on Nov 2, 2026", f"documented by {chart.coordinator.signature}"],
    )
    again = chart.client.get(chart.url("coordination:element", element=known.pk))
    assert '<option value="collaborative_care.rating_scale" selected>' in again.content.decode()


def test_what_no_program_asks_for_and_an_end_of_what_is_done_monthly_are_refused(chart):
    said = {"from_day": date(2026, 11, 2), "documented_by": chart.coordinator}
    told = refused(chart, ProgramElement, program=Program.CHRONIC_CARE, element="registry", **said)
    assert told == {"element": "Chronic care does not ask for this. Choose from the list."}
    monthly = {"program": Program.COLLABORATIVE_CARE, "element": "psychiatric_review"}
    assert list(refused(chart, ProgramElement, **monthly, **said, to_day=date(2026, 11, 30))) == ["to_day"]
    assert list(refused(chart, ProgramElement, **monthly, **said | {"from_day": date(2026, 11, 17)})) == ["from_day"]


def test_detention_alone_is_decided_by_a_court(chart):
    said = {"from_day": date(2026, 11, 2), "post_adjudication": True}
    assert list(refused(chart, Stay, kind="hospital", **said)) == ["post_adjudication"]
    record_save(
        actor=chart.coordinator,
        record=Stay(patient=chart.patient),
        now=factories.NOW,
        kind="juvenile_detention",
        **said,
    )


@pytest.mark.parametrize(
    ("typed", "means"),
    [([], None), (["none"], []), (["interpreter", "sentinel_event"], ["interpreter", "sentinel_event"])],
)
def test_nothing_ticked_is_not_the_same_as_looked_for_and_none(chart, typed, means):
    visit = {"on": "2026-11-02", "practitioner": chart.practitioner.pk, "factors": typed}
    assert chart.client.post(chart.url("coordination:visit_add"), visit).status_code == 302
    known = Visit.objects.get()
    assert known.factors == means
    told = [each for each in words_of(known, factories.TODAY).details if "complex" in each]
    assert (
        told
        == {
            None: [],
            (): ["complex communication: looked for, and none"],
            ("interpreter", "sentinel_event"): [
                "complex communication: an interpreter or translator, a sentinel event that must be reported"
            ],
        }[means if means is None else tuple(means)]
    )
    shown = VisitForm(record=known, today=factories.TODAY)["factors"]
    assert (shown.field.prepare_value(shown.initial) or []) == typed
    assert chart.client.post(chart.url("coordination:visit", visit=known.pk), visit | {"version": 1}).status_code == 302
    assert Visit.objects.get().version == 1  # said once more, nothing changed


def test_both_none_and_something_is_asked_about():
    field = FactorsField(required=False)
    with pytest.raises(ValidationError, match="not both"):
        field.clean(["none", "interpreter"])


def test_which_program_a_month_is_has_a_reason_and_leads_back_to_its_ledger(chart):
    told = refused(chart, MonthProgram, month=MONTH, program=Program.PRINCIPAL_CARE, note=" ")
    assert list(told) == ["note"]
    assert list(refused(chart, MonthProgram, month=date(2026, 12, 1), program="chronic_care", note="x")) == ["month"]
    add = chart.url("coordination:month_program_add")
    assert 'value="2026-10"' in chart.client.get(add, {"month": "2026-10"}).content.decode()
    said = {"month": "2026-10", "program": "principal_care", "note": "the heart is what we treat"}
    assert chart.client.post(add, said)["Location"] == chart.url("billing:ledger", month="2026-10")
    again = chart.client.post(add, said | {"note": "other words"})
    assert list(again.context["form"].errors) == ["program"]
    assert chart.client.post(add, said | {"program": "community_health"}).status_code == 302


def test_the_ledger_asks_which_of_two_programs_the_month_is(riverbend, signed_in):
    ids = {"agency": riverbend.slug, "patient": riverbend.patient.pk}
    door = f"{reverse('coordination:month_program_add', kwargs=ids)}?month=2026-11"
    ledger = reverse("billing:ledger", kwargs=ids | {"month": "2026-11"})

    def page(role):
        return signed_in(riverbend.members[role]).get(ledger)

    with agency_context(riverbend.agency):
        factories.an_enrollment(
            riverbend.patient,
            by=riverbend.coordinator,
            practitioner=riverbend.practitioner,
            program=Program.PRINCIPAL_CARE,
            condition_code="I10",
            condition_high_risk=True,
        )
        ContractTerm.objects.create(version=riverbend.contract, code="99426")
        for program in (Program.CHRONIC_CARE, Program.PRINCIPAL_CARE):
            factories.a_log(riverbend.patient, 30, by=riverbend.coordinator, program=program)
    assert door in page(Role.BILLER).content.decode()
    assert door not in page(Role.READ_ONLY).content.decode()
    with agency_context(riverbend.agency):
        factories.a_record(riverbend, "month_program", program="principal_care")
    said = page(Role.BILLER)
    assert door not in said.content.decode()
    assert [(each.label, each.elements[-1].name) for each in said.context["ledger"].rests] == [
        ("Chronic care", "Told at consent"),
        ("Principal care", "This month"),
    ]


def test_a_month_without_minutes_says_why_a_code_without_minutes_is_not_billed(chart):
    Enrollment.objects.all().delete()
    by = {"by": chart.coordinator, "practitioner": chart.practitioner}
    factories.an_enrollment(chart.patient, **by, program=Program.ADVANCED_PRIMARY_CARE)
    ContractTerm.objects.create(version=chart.contract, code="G0557")
    page = chart.client.get(chart.url("billing:ledger", month="2026-11")).content.decode()
    assert "The practice has not attested that all elements of this service are available." in page
    factories.a_record(chart, "element", element="advanced_primary_care.elements_available")
    page = chart.client.get(chart.url("billing:ledger", month="2026-11")).content.decode()
    assert "<strong>G0557</strong> × 1" in page


def test_a_patients_page_has_a_card_for_each_program(chart):
    by = {"by": chart.coordinator, "practitioner": chart.practitioner}
    factories.an_enrollment(chart.patient, **by, program=Program.TARGETED_CASE_MANAGEMENT)
    factories.a_log(chart.patient, 12, by=chart.coordinator)
    factories.a_log(chart.patient, 7, by=chart.coordinator, program=Program.COMMUNITY_HEALTH)
    cards = chart.client.get(chart.url("coordination:patient")).context["programs"]
    assert [(card.program, bool(card.enrollment), card.logged) for card in cards] == [
        ("chronic_care", True, 12),
        ("targeted_case_management", True, 0),
        ("community_health", False, 7),
    ]
    assert [card.meter.sentence for card in cards] == [
        "Toward 99490.",
        "The payer's contract says what a unit is; none is proposed for the month so far.",
        "No code of this program can be reached this month.",
    ]


def test_time_is_logged_for_the_program_that_the_patient_is_in(chart):
    Enrollment.objects.all().update(program=Program.REHABILITATION)
    form = chart.client.get(chart.url("coordination:patient")).context["log_form"]
    assert form["program"].value() == "rehabilitation"


def test_a_list_names_the_program_unless_it_is_chronic_care(chart):
    Enrollment.objects.all().update(program=Program.TARGETED_CASE_MANAGEMENT)
    Condition.objects.all().delete()
    page = chart.client.get(reverse("coordination:patients", kwargs={"agency": chart.slug})).content.decode()
    assert '<span class="tag">Targeted case management</span>' in page


def test_foster_care_is_said_of_the_patient(chart):
    form = chart.client.get(chart.url("coordination:patient_edit")).context["form"]
    said = {name: value for name, value in form.initial.items() if value is not None and value is not False}
    sent = chart.client.post(chart.url("coordination:patient_edit"), said | {"is_former_foster_youth": "on"})
    assert sent.status_code == 302
    assert Patient.objects.get(pk=chart.patient.pk).is_former_foster_youth


def test_a_health_center_says_what_it_chose_for_2025_and_nobody_else_is_asked(riverbend, signed_in, monkeypatch):
    client = signed_in(riverbend.admin)
    url = reverse("tenancy:settings", kwargs={"agency": riverbend.slug})
    said = {"idle_minutes": 15, "version": 1, "election": "g0511_transition"}
    assert client.post(url, said).status_code == 302
    with agency_context(riverbend.agency):
        assert AgencySettings.objects.get().election == ""
        with pytest.raises(ValidationError, match="Only health centers"):
            agency_settings_save(actor=riverbend.admin, **said | {"version": 2})
    monkeypatch.setattr(Agency, "is_health_center", True)
    assert client.post(url, said | {"version": 2}).status_code == 302
    with agency_context(riverbend.agency):
        assert AgencySettings.objects.get().election == "g0511_transition"
    page = client.get(reverse("tenancy:agency", kwargs={"agency": riverbend.slug})).content.decode()
    assert '<option value="g0511_transition" selected>' in page
