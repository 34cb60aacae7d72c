"""A coordinator's time in a browser: keys, the running timer, a call split over programs, an overlap that gives way, a void entry."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.test_accessibility import sideways, violations

pytestmark = pytest.mark.browser

LONG_AGO = "2026-01-05"


def open_patient(page: Page, name: str) -> None:
    page.goto("/a/riverbend/patients/")
    # Other journeys may have filled the first page.
    page.locator("main").get_by_role("searchbox").fill(name.replace(",", ""))
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name="Log time")).to_be_visible()


def test_timer_keys_split_and_void(product):
    page = product.signed_in("dana@riverbend.example")
    open_patient(page, "Ruiz, Ana")
    bar = page.locator("#timer-bar")

    page.locator("main").press("t")
    expect(bar).to_contain_text(re.compile(r"Ana Ruiz\s+0:00:0\d"))
    expect(page.get_by_text("timer runs")).to_be_visible()
    page.get_by_label("Note").fill("t s l / ?")  # typing: no key acts
    expect(page.get_by_label("Note")).to_have_value("t s l / ?")
    expect(bar.get_by_role("timer")).to_be_visible()

    page.get_by_label("Note").fill("half a sentence")
    other = page.context.new_page()
    open_patient(other, "Park, Theo")
    other.get_by_label("Note").fill("the other half")
    other.get_by_role("button", name="Start timer").click()
    offer = other.get_by_role("status").filter(
        has_text="The timer for Ana Ruiz stopped when the one for Theo Park started"
    )
    expect(offer).to_be_visible()
    assert violations(other) == []
    offer.get_by_role("button", name="Take back").click()
    expect(other.get_by_role("status").filter(has_text="Taken back: the timer before it runs on")).to_be_visible()
    expect(other.get_by_label("Note")).to_have_value("the other half")
    expect(other.locator("#timer-bar")).to_contain_text("Ana Ruiz")
    expect(other.get_by_role("button", name="Start timer")).to_be_visible()
    other.close(run_before_unload=False)
    expect(bar.get_by_role("timer")).to_be_visible()

    page.context.clear_cookies()  # the session is gone, as after signing out elsewhere; the timer is not
    phone = product.signed_in("dana@riverbend.example", width=390)
    expect(phone.locator("#timer-bar").get_by_role("timer")).to_be_visible()
    phone.get_by_role("button", name="Stop").click()
    expect(phone.get_by_text("less than a whole minute")).to_be_visible()
    phone.goto("/a/riverbend/timers/")
    phone.get_by_role("button", name="Discard").click()
    expect(phone.get_by_role("status").filter(has_text="No time was saved")).to_be_visible()

    page = product.signed_in("dana@riverbend.example")
    open_patient(page, "Ruiz, Ana")
    page.locator("main").press("l")
    expect(page.get_by_label("Time", exact=True)).to_be_focused()
    page.keyboard.type("28")
    page.get_by_text("Split over programs").click()
    page.get_by_label("Minutes of it").first.fill("10")
    page.get_by_label("And for").first.select_option("behavioral_health")
    page.get_by_label("Spoken to").select_option("patient")
    page.get_by_label("How", exact=True).select_option("phone")
    page.get_by_label("Who reached out").select_option("out")
    page.get_by_label("Outcome").select_option("reached")
    page.get_by_label("Note").fill("talked about sleep and sugar")
    preview = page.locator("#preview")
    expect(preview).to_contain_text("18 min Chronic care: Counts.")
    expect(preview).to_contain_text("10 min Behavioral health: None of this counts.")
    page.get_by_label("Note").press("Control+Enter")
    expect(page.get_by_role("status").filter(has_text="28 minutes saved")).to_be_visible()
    entries = page.get_by_role("region", name="Time in")
    expect(entries.get_by_role("listitem").first).to_contain_text("18 Chronic care + 10 Behavioral health")

    entries.get_by_role("link", name="Open").first.click()
    page.get_by_role("region", name="Void this entry").get_by_label("Why").fill("another Ana Ruiz")
    page.get_by_role("button", name="Void the entry").click()
    expect(page.get_by_role("status").filter(has_text="counts nowhere")).to_be_visible()
    page.get_by_role("link", name="Back to the patient").click()
    void = entries.get_by_role("listitem").first
    expect(void).to_contain_text("void, by Dana Reyes, RN")
    expect(void).to_contain_text("another Ana Ruiz")

    page.locator("main").press("?")
    page.get_by_role("button", name="Switch single keys off").click()
    page.wait_for_url("**/today/")
    page.locator("main").press("?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_text("Account").locator("..").click()
    page.get_by_role("button", name="Keys").click()
    page.get_by_role("button", name="Switch single keys on").click()
    page.wait_for_url("**/today/")
    page.locator("main").press("/")
    expect(page.get_by_role("searchbox").first).to_be_focused()
    assert product.complaints == []


def test_an_overlap_is_a_picture_and_one_click_settles_it(product):
    page = product.signed_in("dana@riverbend.example")
    for name, span in (("Okafor, Bill", "9:00-9:10"), ("Ruiz, Ana", "9:05-9:20")):
        open_patient(page, name)
        page.get_by_label("Time", exact=True).fill(span)
        page.get_by_label("Day of service").fill(LONG_AGO)
        page.get_by_label("Note").fill("called")
        page.get_by_role("button", name="Save time").click()
        expect(page.get_by_role("status").filter(has_text="saved").or_(page.get_by_role("alert").first)).to_be_visible()
    expect(page.get_by_role("img", name="some share minutes")).to_be_visible()
    expect(page.get_by_label("Note")).to_have_value("called")
    page.get_by_label("Shorten it to 9:10–9:20").check()
    page.get_by_role("button", name="Save time").click()
    expect(page.get_by_role("status").filter(has_text="10 minutes saved")).to_be_visible()
    assert product.complaints == []


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_the_pages_about_time_are_for_everybody(product, width, theme):
    faults: list[str] = []

    def look(page: Page) -> None:
        faults.extend(violations(page) + sideways(page))

    page = product.signed_in("dana@riverbend.example", width=width, theme=theme)
    open_patient(page, "Park, Theo")
    page.get_by_role("button", name="Start timer").click()
    expect(page.get_by_text("timer runs")).to_be_visible()
    page.get_by_text("Split over programs").click()
    page.get_by_text("Phrases, a proxy").click()
    expect(page.get_by_text("Edit phrases")).to_be_visible()
    look(page)
    for span in ("9:00-9:10", "9:05-9:20"):
        page.get_by_label("Time", exact=True).fill(span)
        page.get_by_label("Day of service").fill(f"2026-02-{width % 28 + 1:02}")
        page.get_by_label("Note").fill("called")
        page.get_by_role("button", name="Save time").click()
        expect(page.get_by_role("status").filter(has_text="saved").or_(page.get_by_role("alert").first)).to_be_visible()
    expect(page.get_by_role("img", name="some share minutes")).to_be_visible()
    look(page)
    page.goto(page.url)
    page.get_by_role("region", name="Time in").get_by_role("link", name="Open").first.click()
    expect(page.get_by_role("heading", name="What it said")).to_be_visible()
    expect(page.locator("#preview")).to_contain_text("Counts.")
    look(page)
    page.get_by_role("button", name="Save the change").click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    look(page)
    for address in ("time/", "time/months/", "timers/", "phrases/"):
        page.goto(f"/a/riverbend/{address}")
        look(page)
    page.locator("main").press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    look(page)
    page.goto("/a/riverbend/timers/")
    page.get_by_role("button", name="Discard").first.click()
    supervisor = product.signed_in("priya@riverbend.example", width=width, theme=theme)
    for address in ("time/review/", "time/months/"):
        supervisor.goto(f"/a/riverbend/{address}")
        look(supervisor)
    assert faults == []
    assert product.complaints == []
