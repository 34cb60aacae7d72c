"""What comes out on paper: the list, and nothing that asks for a click."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("address", "row"), [("patients/", "Lopez, Maria"), ("payers/", "Medicare Part B")])
def test_a_list_is_printed_without_its_filters(product, address, row):
    page = product.signed_in("noor@riverbend.example")
    page.goto(f"/a/riverbend/{address}")
    expect(page.locator(".filters")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator(".fades").get_by_text(row).first).to_be_visible()
    expect(page.locator(".filters")).to_be_hidden()
    expect(page.get_by_role("link", name="More filters")).to_be_hidden()
    expect(page.get_by_role("link", name="Add a payer")).to_be_hidden()
