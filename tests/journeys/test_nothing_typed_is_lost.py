"""What a person typed outlives a lost session, a changed token and a lost line; a save that goes through moves on."""

import re

import pytest
from playwright.sync_api import Page, expect

from config import demo

pytestmark = pytest.mark.browser

NOTE = "called the pharmacy: the refill is on its way"


@pytest.fixture
def page(product) -> Page:
    page = product.signed_in("dana@riverbend.example")
    page.get_by_role("link", name="Lopez, Maria").click()
    page.get_by_label("Time", exact=True).fill("3")
    page.get_by_label("Note").fill(NOTE)
    return page


def sign_out(page: Page) -> Page:
    """In another tab of the same browser; that tab."""
    other = page.context.new_page()
    other.goto("/accounts/logout/")
    other.locator("main").get_by_role("button", name="Sign out").click()
    other.get_by_label("Email").wait_for()
    return other


def sign_in(page: Page) -> None:
    page.get_by_label("Email").fill("dana@riverbend.example")
    page.get_by_label("Password").fill(demo.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/a/*/today/")


def save(page: Page) -> None:
    page.get_by_role("button", name="Save time").click()


def test_a_lost_session_keeps_the_text_until_it_is_saved(product, page):
    other = sign_out(page)
    save(page)
    expect(page.get_by_role("alert").filter(has_text="You were signed out")).to_be_visible()
    expect(page.get_by_label("Note")).to_have_value(NOTE)
    sign_in(other)
    save(page)
    expect(page.get_by_role("status").locator("div", has_text="3 minutes saved")).to_be_focused()
    expect(page.get_by_role("region", name="Time in")).to_contain_text(NOTE)
    expect(page.get_by_label("Note")).to_have_value("")
    assert product.complaints == []


def test_signing_in_again_elsewhere_does_not_spoil_the_open_form(product, page):
    sign_in(sign_out(page))
    save(page)
    expect(page.get_by_role("status").filter(has_text="3 minutes saved")).to_be_visible()
    assert product.complaints == []


def test_without_an_answer_nothing_is_claimed(product, page):
    preview = page.locator("#preview")
    expect(preview).to_contain_text("After saving")
    page.context.set_offline(True)
    page.get_by_label("Time", exact=True).fill("4")
    expect(preview).to_contain_text("not known")
    expect(preview).not_to_contain_text("After saving")
    save(page)
    expect(page.get_by_role("alert").filter(has_text="No answer from Careledger")).to_be_in_viewport()
    expect(page.get_by_label("Note")).to_have_value(NOTE)
    page.context.set_offline(False)
    save(page)
    expect(page.get_by_role("status").filter(has_text="4 minutes saved")).to_be_visible()
    assert all(complaint.startswith("htmx:") for complaint in product.complaints)
    product.complaints.clear()  # htmx reports the lost line to the console as well


def test_a_refused_form_starts_at_its_fault_and_says_it_twice_at_most(product, page):
    address = page.url
    page.get_by_label("Time", exact=True).fill("nonsense")
    save(page)
    expect(page.get_by_role("alert").filter(has_text="There is a problem")).to_be_focused()
    expect(page.get_by_text("is no time")).to_have_count(2)
    expect(page.get_by_label("Note")).to_have_value(NOTE)
    assert page.url == address


def test_going_back_after_saving_shows_no_spent_form(product):
    page = product.signed_in("dana@riverbend.example")
    page.get_by_role("link", name="Kim, Sun-hee").click()
    page.get_by_role("link", name="Add condition").click()
    page.get_by_label("ICD-10-CM code").fill("E11.9")
    page.get_by_label("In words").fill("Type 2 diabetes")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Condition saved")).to_be_visible(
        timeout=20_000
    )  # the first code is read slowly
    expect(page).to_have_url(re.compile(r"/patients/[0-9a-f-]+/$"))
    page.go_back()
    expect(page.get_by_role("heading", name="Conditions")).to_be_visible()
    assert product.complaints == []


@pytest.mark.parametrize("scripts", [True, False])
def test_the_bar_finds_a_patient_with_and_without_scripts(product, scripts):
    state = product.signed_in("dana@riverbend.example").context.storage_state()
    page = product.browser.new_context(
        base_url=product.url, storage_state=state, java_script_enabled=scripts
    ).new_page()
    page.goto("/a/riverbend/people/")
    page.get_by_role("search", name="Find a patient").get_by_role("searchbox").fill("lopez")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Lopez, Maria")).to_be_visible()
    expect(page.get_by_role("link", name="Kim, Sun-hee")).to_have_count(0)
    expect(page.locator("main").get_by_role("searchbox")).to_have_value("lopez")
    page.get_by_role("link", name="Lopez, Maria").click()
    page.go_back()
    expect(page.get_by_role("link", name="Lopez, Maria")).to_be_visible()


def test_without_scripts_time_is_logged_by_a_plain_form(product):
    state = product.signed_in("dana@riverbend.example").context.storage_state()
    page = product.browser.new_context(base_url=product.url, storage_state=state, java_script_enabled=False).new_page()
    page.goto("/a/riverbend/patients/")
    page.get_by_role("link", name="Okafor, Bill").click()
    expect(page.get_by_text("Switch between light and dark")).to_have_count(1)
    expect(page.get_by_role("button", name="Switch between light and dark")).to_have_count(0)
    page.get_by_label("Time", exact=True).fill("2")
    page.get_by_label("Note").fill(NOTE)
    save(page)
    expect(page.get_by_text("2 minutes saved")).to_be_visible()
