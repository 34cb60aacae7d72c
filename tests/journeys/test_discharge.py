"""From a discharge somebody heard of to the closed period: two attempts, a supposition, the visit, a clinician's judgement."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from coordination.rules.calendars import business_days_after
from tenancy.selectors.places import federal_holidays
from tests.journeys.test_accessibility import sideways, violations

pytestmark = pytest.mark.browser


def fill(page: Page, **typed: str) -> None:
    """Fields of the form that was opened, by their names."""
    for name, value in typed.items():
        field = page.locator(f"#record [name={name}], #log-panel [name={name}]").first
        if field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def a_call_that_fails(page: Page, day: date) -> None:
    page.get_by_role("link", name="Call and log").click()
    expect(page.get_by_role("heading", name="Log time")).to_be_visible()
    expect(page.locator("#log-panel [name=outcome]")).to_have_value("no_answer")
    fill(page, minutes="4", service_date=day.isoformat(), note="rang, nobody answered")
    page.get_by_role("button", name="Save time").click()
    expect(page.get_by_role("status").filter(has_text="4 minutes saved")).to_be_visible()


def test_a_discharge_from_hearing_of_it_to_its_end(product):
    today = datetime.now(ZoneInfo("America/Denver")).date()
    discharged = today - timedelta(days=30)
    holidays = {day for year in (discharged.year, today.year) for day in federal_holidays(year)}
    first, second = business_days_after(discharged, 2, holidays)
    seen = discharged + timedelta(days=6)
    page = product.signed_in("dana@riverbend.example")
    page.get_by_role("link", name="Kim, Sun-hee").click()
    page.get_by_role("navigation", name="This patient").get_by_role("link", name="Transitions").click()
    expect(page.get_by_role("heading", name="No discharge on record")).to_be_visible()
    page.get_by_role("link", name="Add a discharge").click()
    page.get_by_role("button", name="Record the discharge").click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    fill(page, discharged_on=discharged.isoformat(), discharged_time="17:00", setting="inpatient_acute", facility="St. Anne",
         destination="home", diagnosis="i509", learned_on=first.isoformat(), learned_time="10:00")  # fmt: skip
    page.get_by_role("button", name="Record the discharge").click()
    recorded = page.get_by_role("status").filter(has_text="Discharge recorded")
    expect(recorded).to_be_visible(timeout=20_000)  # the first code of a process reads the whole tabular list
    address = page.url

    a_call_that_fails(page, first)
    assert page.url == address
    contact = page.locator("#row-contact")
    expect(contact).to_contain_text("1 attempt in time")
    a_call_that_fails(page, second)
    expect(contact).to_contain_text("not reached: keep trying")

    page.get_by_role("navigation", name="This patient").get_by_role("link", name="Overview").click()
    page.locator("#log-panel [name=program]").select_option("chronic_care")
    page.locator("#log-panel [name=transition]").select_option("")
    page.locator("#log-panel [name=program]").select_option("transitional_care")
    expect(page.locator("#log-panel [name=transition]")).not_to_have_value("")
    page.goto(address)

    page.get_by_label("Visit", exact=True).select_option("9")
    expect(page.locator("#then")).to_contain_text("99496")
    expect(page.locator("#then")).to_contain_text("lost")
    assert page.url == address  # a supposition is asked inline

    page.get_by_role("link", name="Record Medicines reconciled").click()
    fill(page, on=seen.isoformat())
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#row-reconciliation")).to_contain_text("done")
    page.get_by_role("link", name="Record the visit Visit").click()
    fill(page, on=seen.isoformat(), code="99214")
    page.locator("#record [name=practitioner]").select_option(label="Ama Osei, MD")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/chart/")
    page.goto(address)
    expect(page.locator("#row-visit")).to_contain_text("within day 7")
    page.get_by_role("link", name="Ask a clinician Medical decision making").click()
    page.locator("#record [name=of]").select_option(label="Lena Fisk, NP")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("#row-complexity")).to_contain_text("for Lena Fisk, NP")

    clinician = product.signed_in("lena@riverbend.example", width=390)
    clinician.goto("/a/riverbend/transitions/?shown=judge")
    clinician.get_by_role("link", name="Kim, Sun-hee").click()
    clinician.get_by_role("link", name="Judge Medical decision making").click()
    fill(clinician, complexity="high")
    clinician.get_by_role("button", name="Save the judgement").click()
    expect(clinician.locator("#row-complexity")).to_contain_text("judged by Lena Fisk, NP")
    expect(clinician.locator(".strip-phone").get_by_role("img").first).to_be_visible()
    expect(clinician.locator(".strip-wide")).to_be_hidden()
    assert violations(clinician) + sideways(clinician) == []

    page.reload()
    expect(page.get_by_role("heading", name="Discharged").get_by_text("the period is over: close it")).to_be_visible()
    expect(page.get_by_role("region", name="Where it stands")).to_contain_text("99496 would be billed")
    page.get_by_role("link", name="Close or end it").click()
    expect(page.locator("#record [name=end_reason]")).to_have_value("completed")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(
        page.get_by_role("heading", name="Discharged").get_by_text("over: the thirty days were completed")
    ).to_be_visible()
    assert violations(page) + sideways(page) == []
    page.emulate_media(media="print")
    expect(page.locator(".strip-wide")).to_be_visible()
    expect(page.get_by_role("link", name="Open it again")).to_be_hidden()
    assert product.complaints == []
