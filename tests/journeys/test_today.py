"""A coordinator's Today in a browser: a call from the list, refused, saved, undone; rows by key; what others see of it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.test_accessibility import LOOKS, looking

pytestmark = pytest.mark.browser
TODAY = "/a/riverbend/today/"


def row_of(page: Page, patient: str, what: str):
    return page.locator("[data-row]").filter(has_text=patient).filter(has_text=what)


def test_a_call_from_the_list_with_one_hand(product):
    page = product.signed_in("dana@riverbend.example", width=390)
    page.goto(TODAY)
    call = row_of(page, "Walt Emery", "Call after discharge")
    expect(call).to_contain_text("late")
    call.get_by_role("button", name="Call 303-555-0131").click()
    expect(page.locator("#timer-bar").get_by_role("timer")).to_be_visible()
    expect(call.get_by_role("link", name="303-555-0131")).to_have_attribute("href", "tel:303-555-0131")
    call.get_by_label("Note").fill("Short of breath at night, takes his pills.")

    page.context.set_offline(True)
    call.get_by_role("button", name="Reached: save", exact=True).click()
    expect(page.get_by_text("No answer from Careledger")).to_be_visible()
    expect(call.get_by_label("Note")).to_have_value("Short of breath at night, takes his pills.")
    page.context.set_offline(False)

    other = row_of(page, "Luz Ortega", "Call after discharge")
    other.get_by_role("link", name="Not reached").click()
    other.get_by_label("Note").fill("half a sentence")
    call.get_by_role("button", name="Reached: save", exact=True).click()
    expect(call.get_by_text("There is a problem")).to_be_visible()  # less than a minute
    expect(other.get_by_label("Note")).to_have_value("half a sentence")
    call.get_by_label("Minutes").fill("4")
    call.get_by_role("button", name="Reached: save", exact=True).click()
    said = page.get_by_role("status").filter(has_text="4 minutes saved. Reached, later than asked.")
    expect(said).to_be_visible()
    expect(call).to_have_count(0)  # it left by itself, and the other stayed as it was
    expect(other.get_by_label("Note")).to_have_value("half a sentence")
    other.get_by_role("link", name="Close").click()

    said.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status").filter(has_text="Taken back")).to_be_visible()
    expect(call.get_by_label("Note")).to_have_value("Short of breath at night, takes his pills.")
    call.get_by_label("Note").fill("")
    call.get_by_role("button", name="Not reached: save").click()
    said = page.get_by_role("status").filter(has_text="4 minutes saved. Attempt ")
    expect(said).to_be_visible()
    expect(said.get_by_role("button", name="Undo")).to_be_hidden(timeout=12_000)
    assert [each for each in product.complaints if "afterRequest" not in each and "sendError" not in each] == []
    product.complaints.clear()  # htmx says that there was no answer


def test_rows_are_reached_by_key_and_nothing_stands_in_title_or_address(product):
    page = product.signed_in("dana@riverbend.example")
    page.goto(TODAY)
    rows = page.locator("[data-row]")
    page.locator("main").press("j")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(0)).to_be_focused()
    rows.first.get_by_role("link", name=re.compile("Not reached|Put off")).first.click()
    expect(rows.first.get_by_role("button", name=re.compile("save|Put off")).first).to_be_visible()
    assert page.title() == "Today · Careledger"
    assert page.url.endswith(TODAY)
    page.goto(TODAY)
    page.get_by_text("Short of minutes this month").click()
    expect(
        page.locator("#short").get_by_text("Last spoken to on").or_(page.locator("#short li").first).first
    ).to_be_visible()
    assert product.complaints == []


@pytest.mark.parametrize("width", LOOKS)
def test_the_lists_are_for_everybody(product, width):
    faults: list[str] = []
    look = looking(width, faults)
    page = product.signed_in("dana@riverbend.example", width=width)
    for address in ("", "?show=overdue", "?show=waiting", "?show=put_off", "?show=later", "short/"):
        page.goto(TODAY + address)
        look(page)
    page.goto(TODAY)
    page.get_by_role("link", name="Not reached Luz Ortega").click()
    page.get_by_role("button", name="Reached: save", exact=True).click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    look(page)
    page.goto(TODAY)
    page.get_by_role("link", name="Put off Visit after discharge, Ned Farrow").click()
    page.get_by_role("button", name="Put off").click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    look(page)
    page.goto("/a/riverbend/alerts/")
    look(page)
    supervisor = product.signed_in("priya@riverbend.example", width=width)
    for address in (
        "today/",
        "alerts/",
        "team/",
        "team/?q=zzzz",
        "team/tasks/?of=all",
        "team/tasks/?of=nobody&show=escalated",
    ):
        supervisor.goto(f"/a/riverbend/{address}")
        look(supervisor)
    assert faults == []
    assert product.complaints == []
