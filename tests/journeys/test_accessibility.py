"""axe over every page in its states, light and dark, from a desk to a phone; nothing scrolls sideways, nothing complains."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from config import demo

pytestmark = pytest.mark.browser

LOOKS = ((1280, "light"), (1280, "dark"), (1024, "light"), (768, "light"), (390, "light"), (390, "dark"))


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{page.url} {each['id']}: {each['nodes'][0]['html'][:120]}" for each in found]


def sideways(page: Page) -> list[str]:
    """What lies beside the window, or beside a row of tabs, where nobody looks for it."""
    places = "[document.documentElement, ...document.querySelectorAll('.tabs')]"
    widths = page.evaluate(f"{places}.map((each) => [each.tagName, each.scrollWidth, each.clientWidth])")
    return [f"{page.url}: {name} is {width} px wide in {room}" for name, width, room in widths if width > room]


def patient_address(page: Page, name: str) -> str:
    return page.get_by_role("link", name=name).get_attribute("href") or ""


def the_door(stranger: Page, look) -> None:
    for address in ("/accounts/login/", "/accounts/password/reset/", "/accounts/signup/", "/nowhere/"):
        stranger.goto(address)
        look(stranger)
    stranger.goto("/accounts/login/")
    stranger.get_by_label("Email").fill("dana@riverbend.example")
    stranger.get_by_label("Password").fill("wrong")
    stranger.get_by_role("button", name="Sign in").click()
    stranger.get_by_text("not correct").first.wait_for()
    look(stranger)


def the_newcomer(stranger: Page, told: str, look) -> None:
    """The first administrator of an agency that was made on the command line comes in by the link that it printed."""
    link = json.loads(told)["link"]
    stranger.goto(link[link.index("/accounts/") :])
    look(stranger)
    stranger.get_by_role("button", name="come in").click()
    stranger.get_by_text("There is a problem").wait_for()
    look(stranger)
    for field in stranger.locator("input[type=password]").all():
        field.fill("seventeen letters")
    stranger.get_by_role("button", name="come in").click()
    stranger.wait_for_url("**/a/*/**")
    look(stranger)
    stranger.goto(link[link.index("/accounts/") :])  # it works once
    look(stranger)


def the_office(admin: Page, look) -> None:
    """People, their factors and sessions, the agency; every place is reached from the bar, on a phone too."""
    admin.goto("/a/riverbend/people/")
    person = admin.get_by_role("link", name="Dana Reyes").get_attribute("href") or ""
    for address in (
        "/a/riverbend/people/new/",
        person,
        f"{person}profile/",
        f"{person}licences/new/",
        "/a/riverbend/agency/",
        "/a/riverbend/agency/sites/new/",
        "/a/riverbend/payers/",
        "/a/riverbend/payers/new/",
        "/a/riverbend/access/",
        "/a/riverbend/imports/",
        "/accounts/sessions/",
        "/accounts/factors/",
        "/accounts/factors/app/add/",  # asks for the password once more
    ):
        admin.goto(address)
        look(admin)
    admin.get_by_label("Password").fill(demo.PASSWORD)
    admin.locator("main").get_by_role("button").first.click()
    admin.wait_for_url("**/factors/app/add/")
    look(admin)
    admin.goto("/accounts/factors/passkeys/add/")
    look(admin)
    admin.goto("/a/riverbend/people/new/")
    admin.get_by_role("button", name="Add").last.click()
    admin.get_by_text("There is a problem").wait_for()
    look(admin)
    if (more := admin.get_by_role("button", name="More", exact=True)).is_visible():
        more.click()
        look(admin)
    admin.get_by_role("navigation", name="Places").get_by_role("link", name="Agency").click()
    admin.wait_for_url("**/agency/")


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_every_page(product, width, theme):
    faults: list[str] = []

    def look(page: Page) -> None:
        faults.extend(violations(page) + sideways(page))

    if width in (1280, 390):  # the pages before the door have one narrow column at any width
        the_door(product.visitor(width=width, theme=theme), look)
        slug = f"new-{width}-{theme}"
        told = product.manage(
            "create_agency", "--slug", slug, "--name", "New Agency", "--zone", "America/Denver",
            "--admin-email", f"first@{slug}.example", "--admin-name", "First Person", "--json",
        )  # fmt: skip
        the_newcomer(product.visitor(width=width, theme=theme), told[told.index("{") :], look)

    page = product.signed_in("dana@riverbend.example", width=width, theme=theme)
    look(page)
    enrolled, free = patient_address(page, "Lopez, Maria"), patient_address(page, "Kim, Sun-hee")
    page.goto(enrolled)
    ledger = page.get_by_role("link", name="Ledger").first.get_attribute("href") or ""
    for address in (
        enrolled,
        ledger,
        f"{enrolled}ledger/2020-01/",
        f"{enrolled}conditions/new/",
        f"{enrolled}chart/",
        f"{enrolled}visits/",
        f"{enrolled}visits/new/",
        f"{enrolled}coverages/new/",
        "/a/riverbend/consent-texts/",
        free,
        f"{free}enroll/",
        "/a/riverbend/people/",
        f"{enrolled[:-5]}ffff/",
        "/accounts/password/change/",
        "/accounts/logout/",
    ):
        page.goto(address)
        look(page)
    page.goto(enrolled)
    page.get_by_role("link", name="Edit the enrollment").click()
    page.get_by_role("heading", name="Chronic care", exact=True).wait_for()
    look(page)
    page.goto(enrolled)
    page.get_by_label("Time", exact=True).fill("8")
    page.get_by_text("After saving").wait_for()
    look(page)
    page.get_by_label("Time", exact=True).fill("")
    page.get_by_role("button", name="Save time").click()
    page.get_by_text("There is a problem").wait_for()
    look(page)
    page.goto(f"{free}enroll/")
    page.get_by_role("button", name="Enroll").click()
    page.get_by_text("There is a problem").wait_for()
    look(page)
    page.goto("/a/riverbend/patients/")
    page.locator("main").get_by_role("searchbox").fill("zzzz")
    page.get_by_text("Nobody matches").wait_for()
    look(page)
    page.goto("/a/riverbend/patients/")
    page.get_by_label("Order").select_option("seen")
    page.get_by_text("opened ").first.wait_for()
    look(page)
    page.goto(f"{enrolled}conditions/")
    look(page)
    page.get_by_label("Words, a code or a day").fill("zzzz")
    page.get_by_text("Nothing matches").wait_for()
    look(page)

    admin = product.signed_in("noor@riverbend.example", width=width, theme=theme)
    for address in ("/a/riverbend/people/", enrolled, f"{free}enroll/", ledger, "/a/riverbend/runs/"):
        admin.goto(address)
        look(admin)
    the_office(admin, look)
    admin.goto("/a/riverbend/runs/")
    product.manage("charge_run", "--agency", "riverbend")
    admin.reload()
    look(admin)
    admin.locator("main").get_by_role("table").get_by_role("link").first.click()
    admin.get_by_text("What came of it").wait_for()
    look(admin)

    assert faults == []
    assert product.complaints == []
