"""A patient is added twice, edited by two people at once, merged, and taken apart again; the privacy officer sees who looked."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


@pytest.fixture
def supervisor(product) -> Page:
    return product.signed_in(SUPERVISOR)


SUPERVISOR = "priya@riverbend.example"


def add(page: Page, *, mrn: str) -> None:
    page.get_by_role("link", name="Patients", exact=True).click()
    page.get_by_role("link", name="Add patient").click()
    page.get_by_label("Family name").fill("Achterberg")
    page.get_by_label("Given names").fill("Jo")
    page.get_by_label("Birth date", exact=True).fill("1944-05-06")
    page.get_by_label("MRN", exact=True).fill(mrn)
    page.get_by_label("What the patient needs").fill("A ride to dialysis")
    page.get_by_role("button", name="Add patient").click()


def test_added_twice_edited_at_once_merged_and_undone(product, supervisor):
    page = supervisor
    add(page, mrn="J-1")
    expect(page.get_by_role("status").filter(has_text="Patient added")).to_be_visible()

    # The same person again: looked at before anything is stored.
    add(page, mrn="J-2")
    expect(page.get_by_role("heading", name="1 record looks like this person")).to_be_visible()
    expect(page.get_by_label("What the patient needs")).to_have_value("A ride to dialysis")
    page.get_by_label("I compared them: this is another person").check()
    page.get_by_role("button", name="Add patient").click()
    expect(page.get_by_role("status").filter(has_text="Patient added")).to_be_visible()

    # Two forms of one record: the second is shown both sides.
    page.get_by_role("link", name="Details").click()
    page.get_by_role("link", name="Edit the patient").click()
    other = page.context.new_page()
    other.goto(page.url)
    for each, name in ((other, "Jojo"), (page, "Josie")):
        each.get_by_label("Wants to be called").fill(name)
        each.get_by_role("button", name="Save patient").click()
    expect(page.locator("main")).to_contain_text("Now on record: Jojo")
    expect(page.get_by_label("Wants to be called")).to_have_value("Josie")
    page.get_by_role("button", name="Save patient").click()
    expect(page.get_by_role("status").filter(has_text="Patient saved")).to_be_visible()

    # One person after all.
    page.get_by_role("link", name="Merge with another record").click()
    page.get_by_role("link", name="Achterberg, Jo").click()
    expect(page.get_by_role("table", name="The two records")).to_contain_text("J-1")
    page.get_by_role("button", name="Merge MRN J-1 into MRN J-2").click()
    expect(page.get_by_role("alert")).to_contain_text("Write why these two records are one person.")
    page.get_by_label("Why these are one person").fill("Same Medicaid ID")
    page.get_by_role("button", name="Merge MRN J-1 into MRN J-2").click()
    expect(page.get_by_role("status").filter(has_text="The two records are one now")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/merges/"))

    # Found by either number; and two again.
    page.get_by_label("Find a patient by").fill("J-1")
    page.get_by_label("Find a patient by").press("Enter")
    expect(page.get_by_role("table", name="Patients")).to_contain_text("J-2")
    page.go_back()
    page.get_by_role("button", name="Undo this merge").click()
    expect(page.get_by_role("status").filter(has_text="two again, as they were")).to_be_visible()
    assert product.complaints == []
