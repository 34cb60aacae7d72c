"""The page of the other lawful sets: who sees it, what it says of each set, and that it is logged as a look at the patient."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from billing.models import ContractTerm
from coordination.models import Enrollment, MonthJudgement, MonthLock
from tenancy.context import agency_context
from tenancy.models import AccessLog
from tests import factories

CARE = "Care coordinator, Supervisor or Clinician"


@pytest.fixture
def page(signed_in, riverbend):
    def read(who="biller", month="2026-11", name="billing:other_sets"):
        ids = {"agency": riverbend.slug, "patient": riverbend.patient.pk, "month": month}
        member = riverbend.members[who] if who in riverbend.members else getattr(riverbend, who)
        return signed_in(member).get(reverse(name, kwargs=ids))

    return read


@pytest.fixture
def an_hour(riverbend):
    with agency_context(riverbend.agency):
        factories.a_log(riverbend.patient, 60, by=riverbend.coordinator)


def codes(row):
    return [(line.code, line.units, line.is_other) for line in row.lines]


def judge(riverbend):
    MonthJudgement.objects.create(
        patient=riverbend.patient,
        program="chronic_care",
        month=factories.MONTH,
        complexity="moderate",
        judged_by=riverbend.practitioner,
        judged_on=date(2026, 11, 16),
        recorded_at=factories.NOW,
    )


def rate(code, dollars):
    ContractTerm.objects.update_or_create(
        version=ContractTerm.objects.first().version, code=code, defaults={"rate": dollars}
    )


def test_a_set_that_lacks_a_judgement_says_what_it_would_take_by_whom_and_until_when(riverbend, page, an_hour):
    sets = page().context["sets"]

    assert codes(sets.declared) == [("99490", 1, False), ("99439", 2, False)]
    assert (sets.declared.is_declared, sets.declared.why, sets.declared.steps) == (True, (), ())
    [complex_care] = sets.others
    assert codes(complex_care) == [("99487", 1, True)]
    assert (complex_care.is_declared, complex_care.is_supported) == (False, False)
    assert [(why.sentence, why.cite and why.cite.short) for why in complex_care.why] == [
        ("Chronic care is declared as: clinical staff.", None),
        (
            "Nobody has judged the month's medical decision making: 99487 takes a judgement of moderate or high.",
            "CMS MLN909188",
        ),
    ]
    assert [(step.what, step.who, step.by) for step in complex_care.steps] == [
        ("Declare Chronic care as: complex care, by clinical staff.", CARE, "Until the month is closed"),
        (
            "Document it, if it is so.",
            "a clinician, who judges it; written down by Care coordinator, Supervisor, Clinician or Biller",
            "Until the month is closed",
        ),
    ]
    assert "not supported now" in page().content.decode()


def test_a_supported_set_shows_its_amount_and_the_difference_and_nothing_is_called_better(riverbend, page, an_hour):
    with agency_context(riverbend.agency):
        judge(riverbend)
        for code, dollars in (("99490", "60.49"), ("99439", "45.93"), ("99487", "131.65")):
            rate(code, dollars)
    response = page()
    sets = response.context["sets"]

    assert (sets.declared.amount, sets.declared.difference) == (Decimal("152.35"), None)
    [complex_care] = sets.others
    assert (complex_care.amount, complex_care.difference, complex_care.is_supported) == (
        Decimal("131.65"),
        Decimal("-20.70"),
        True,
    )
    body = response.content.decode()
    assert "−$20.70" in body
    assert "not supported now" not in body
    assert not [word for word in ("best", "highest", "recommended", "you could earn") if word in body.lower()]


def test_a_code_without_a_rate_is_named_instead_of_an_amount(riverbend, page, an_hour):
    with agency_context(riverbend.agency):
        judge(riverbend)
        rate("99487", None)
    body = page().content.decode()
    assert "no rate for 99487" in body
    assert "not known" in body


def test_a_document_that_had_to_be_there_by_the_months_end_says_so_after_it(riverbend, page):
    with agency_context(riverbend.agency):
        Enrollment.objects.update(care_plan_on=None, consent_on=date(2026, 10, 1))
        factories.a_log(riverbend.patient, 25, by=riverbend.coordinator, on=date(2026, 10, 14))
        factories.a_log(riverbend.patient, 25, by=riverbend.coordinator)
    [october], [november] = (page(month=month).context["sets"].others for month in ("2026-10", "2026-11"))
    assert (codes(november), codes(october)) == ([("99490", 1, True)],) * 2
    assert [step.by for step in november.steps] == ["It must be in place on Nov 30, 2026"]
    assert [step.by for step in october.steps] == [
        "Oct 31, 2026 is over: record it only if it was in place by then",
    ]


def test_of_a_closed_month_a_change_is_a_correction(riverbend, page):
    with agency_context(riverbend.agency):
        Enrollment.objects.update(consent_on=date(2026, 10, 1))
        factories.a_log(riverbend.patient, 60, by=riverbend.coordinator, on=date(2026, 10, 14))
        MonthLock.objects.create(month=date(2026, 10, 1), locked_by=riverbend.admin, locked_at=factories.NOW)
    response = page(month="2026-10")
    [complex_care] = response.context["sets"].others
    by = "The month is closed: only as a correction beside what was billed"
    assert [step.by for step in complex_care.steps] == [by, by]
    assert "What was billed of it stays as it is and is corrected beside it." in response.content.decode()


def test_a_month_that_can_be_nothing_else_says_so(riverbend, page):
    with agency_context(riverbend.agency):
        factories.a_log(riverbend.patient, 25, by=riverbend.coordinator)
    response = page()
    assert response.context["sets"].others == ()
    assert "No other set is supported by these facts" in response.content.decode()


def test_who_sees_no_money_finds_neither_the_page_nor_the_way_to_it(riverbend, page, an_hour):
    refused = page("coordinator")
    assert refused.status_code == 403
    assert "99487" not in refused.content.decode()
    words = "Other lawful code sets"
    assert words not in page("coordinator", name="billing:ledger").content.decode()
    assert words in page("biller", name="billing:ledger").content.decode()


def test_a_month_without_a_ledger_has_no_other_sets(page):
    assert [page(month=month).status_code for month in ("2012-12", "2013-01", "2026-11", "2026-12")] == [
        *(404, 200, 200, 404)
    ]


def test_a_look_is_logged(riverbend, page):
    page()
    with agency_context(riverbend.agency):
        logged = list(AccessLog.objects.order_by("-pk").values_list("membership", "route", "subject")[:1])
    assert logged == [(riverbend.members["biller"].pk, "billing:other_sets", riverbend.patient.pk)]
