"""Lists longer than a page, names longer than a line, notes longer than a card."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.interop.test_import_fhir import a_bundle

pytestmark = pytest.mark.browser

LONG = "A" + "bcdefghij" * 7
MRN = "8785eda8-22d2-4905-b7bb-9092b9bc9b76"


def test_the_next_page_starts_at_its_top(product, tmp_path):
    for number in range(30):
        bundle = a_bundle(mrn=f"P-{number}", family=f"Zimmer{number:02d}", conditions=())
        (tmp_path / f"{number}.json").write_text(json.dumps(bundle))
    product.manage("import_fhir", "--agency", "riverbend", str(tmp_path))
    page = product.signed_in("dana@riverbend.example")
    page.get_by_role("button", name="Next page").click()
    expect(page.get_by_role("heading", name="Patients")).to_be_focused()
    expect(page.get_by_role("link", name="Kim, Sun-hee")).to_have_count(0)
    assert page.evaluate("scrollY") == 0
    assert product.complaints == []


def test_long_names_and_notes_stay_inside(product, tmp_path):
    (tmp_path / "long.json").write_text(json.dumps(a_bundle(mrn=MRN, family=LONG, conditions=())))
    product.manage("import_fhir", "--agency", "riverbend", str(tmp_path))
    page = product.signed_in("dana@riverbend.example")
    listed = too_wide(page)
    page.get_by_role("link", name=LONG).click()
    expect(page.get_by_text(MRN)).to_be_visible()
    page.get_by_label("Time", exact=True).fill("5")
    page.get_by_label("Note").fill("a long conversation about the plan " * 40 + "x" * 200 + " the end")
    page.get_by_role("button", name="Save time").click()
    expect(page.get_by_role("status").filter(has_text="5 minutes saved")).to_be_visible()
    note = page.get_by_role("region", name="Time in").locator(".note")
    folded = note.bounding_box()["height"]
    page.get_by_role("button", name="Show the whole note").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Show less")).to_be_focused()
    assert note.bounding_box()["height"] > 2 * folded
    overview = too_wide(page)
    page.get_by_role("link", name="Ledger").first.click()
    expect(page.get_by_role("heading", name="accounted for")).to_be_visible()
    assert listed + overview + too_wide(page) == []
    assert product.complaints == []


def too_wide(page: Page) -> list[int]:
    """The widths of a window in which the page scrolls sideways."""
    found = []
    for width in (390, 768, 1024, 1280):
        page.set_viewport_size({"width": width, "height": 860})
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(width)
    return found
