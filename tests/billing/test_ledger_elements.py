"""What a ledger's page says beside the minutes: payer, track, consent, judgement, claims and stays, and the other tracks."""

from datetime import date

import pytest
from django.urls import reverse

from coordination.models import ConsentText, Coverage, Enrollment, MonthJudgement, OutsideClaim, Stay, Visit
from tenancy.context import agency_context
from tests import factories

DAY = date(2026, 11, 16)


@pytest.fixture
def page(signed_in, riverbend):
    def read():
        ids = {"agency": riverbend.slug, "patient": riverbend.patient.pk, "month": "2026-11"}
        return signed_in(riverbend.admin).get(reverse("billing:ledger", kwargs=ids))

    return read


def elements(response):
    page = response.context["ledger"]
    found = [*page.elements, *(each for rests in page.rests for each in rests.elements)]
    return {each.name: (each.value, each.is_missing) for each in found}


def test_a_bare_month_says_what_is_not_on_record(riverbend, page):
    with agency_context(riverbend.agency):
        Coverage.objects.all().delete()
        factories.a_log(riverbend.patient, 12, by=riverbend.coordinator)
    assert elements(page()) == {
        "Payer": ("nobody can be billed", True),
        "Told at consent": ("text not recorded, cost share not noted", True),
        "Chronic conditions": ("2 on record", False),
        "Visits": ("none recorded", False),
        "Other claims": ("none known", False),
        "Part A stays": ("none recorded", False),
    }


def test_a_full_month_says_what_it_was_decided_by(riverbend, page):
    with agency_context(riverbend.agency):
        patient, noted = riverbend.patient, {"patient": riverbend.patient, "recorded_at": factories.NOW}
        text = ConsentText.objects.create(
            program="chronic_care", label="2026-01", language="es", body="words", from_day=date(2026, 1, 1)
        )
        Enrollment.objects.filter(patient=patient).update(
            track="complex", consent_text=text, consent_language="es", cost_share_told=True
        )
        Enrollment.objects.filter(patient=patient).update(supervising_practitioner=riverbend.practitioner)
        MonthJudgement.objects.create(
            program="chronic_care",
            month=factories.MONTH,
            complexity="high",
            judged_by=riverbend.practitioner,
            judged_on=DAY,
            **noted,
        )
        Visit.objects.create(on=DAY, code="99214", **noted)
        OutsideClaim.objects.create(on=DAY, code="G0181", **noted)
        Stay.objects.create(kind="snf", is_part_a=True, from_day=date(2026, 10, 9), to_day=date(2026, 11, 2), **noted)
        factories.a_log(patient, 60, by=riverbend.coordinator)
    assert elements(page()) == {
        "Payer": ("Medicare Part B, version 1", False),
        "Told at consent": ("text 2026-01, Spanish, cost share told", False),
        "Complexity": ("high", False),
        "Chronic conditions": ("2 on record", False),
        "Visits": ("99214, Nov 16", False),
        "Other claims": ("G0181, Nov 16", False),
        "Part A stays": ("Oct 9 to Nov 2", False),
    }


def test_other_tracks_stand_apart_from_what_was_refused(riverbend, page):
    with agency_context(riverbend.agency):
        factories.a_log(riverbend.patient, 60, by=riverbend.coordinator)
    ledger = page().context["ledger"]
    assert [(line.code, line.units) for line in ledger.lines] == [("99490", 1), ("99439", 2)]
    assert ledger.refusals == ()
    assert [(each.code, each.sentence) for each in ledger.alternatives] == [
        ("99487", "Nobody has judged the month's medical decision making: 99487 takes a judgement of moderate or high.")
    ]
    assert "Other tracks, and why they are not billed" in page().content.decode()


def test_a_month_without_minutes_shows_what_a_visit_earned(riverbend, page):
    with agency_context(riverbend.agency):
        Enrollment.objects.update(consent_on=DAY, initiating_visit_on=DAY)
        Visit.objects.create(
            patient=riverbend.patient,
            on=DAY,
            code="99214",
            practitioner=riverbend.practitioner,
            extra_planning=True,
            recorded_at=factories.NOW,
        )
    response = page()
    assert [(line.code, line.dates) for line in response.context["ledger"].lines] == [("G0506", "Nov 16")]
    assert "No minutes are logged in November 2026." in response.content.decode()
    assert "date of service on the claim: Nov 16" in response.content.decode()
