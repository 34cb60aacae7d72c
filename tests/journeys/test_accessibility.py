"""axe over every page in its states, light and dark, from a desk to a phone; nothing scrolls sideways, nothing complains.

A way is walked once for each width. What is met on it is looked at in every theme before the next step.
"""

import json
from collections.abc import Callable

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from config import demo
from tests.interop.fhir_examples import a_bundle, a_condition, a_patient

pytestmark = pytest.mark.browser

LOOKS = {1280: ("light", "dark"), 1024: ("light",), 768: ("light",), 390: ("light", "dark")}


def violations(page: Page) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("axe.run({ resultTypes: ['violations'] }).then((all) => all.violations)")
    return [f"{page.url} {each['id']}: {each['nodes'][0]['html'][:120]}" for each in found]


def looking(width: int, faults: list[str]) -> Callable[[Page], None]:
    """What looks at a page as it stands there, in the themes of this width, and leaves it in the first of them."""

    def look(page: Page) -> None:
        for theme in reversed(LOOKS[width]):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # no colour is met halfway to another
            page.locator(f"html[data-bs-theme={theme}]").wait_for(state="attached")
            faults.extend(f"{theme}: {fault}" for fault in violations(page) + sideways(page))

    return look


def sideways(page: Page) -> list[str]:
    """What lies beside the window, a row of tabs or a button, where nobody sees it."""
    places = "[document.documentElement, ...document.querySelectorAll('.tabs, .btn')]"
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
        "/a/riverbend/rules/",
        "/a/riverbend/rules/?on=2010-01-01",
        "/a/riverbend/rules/?q=nothing+of+the+kind",
        "/a/riverbend/rules/codes/99490/",
        "/a/riverbend/rules/codes/G0511/?on=2025-11-01",
        "/a/riverbend/rules/programs/transitional_care/",
        "/a/riverbend/rules/changes/?from=2025-12-31&to=2026-01-01",
        "/a/riverbend/rules/sources/",
        "/a/riverbend/rules/values/",
        "/a/riverbend/access/",
        "/a/riverbend/imports/",
        "/a/riverbend/outbox/",
        "/a/riverbend/notices/",
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


def the_discharges(coordinator: Page, look) -> None:
    """The list, a discharge with each of its forms, and the log panel that it opens."""
    coordinator.goto("/a/riverbend/transitions/")
    look(coordinator)
    one = coordinator.get_by_role("link", name="Ortega, Luz").get_attribute("href") or ""
    undecided = coordinator.get_by_role("link", name="Berg, Saul").first.get_attribute("href") or ""
    coordinator.goto("/a/riverbend/transitions/?shown=all")
    cancelled = coordinator.get_by_role("link", name="Holt, June").get_attribute("href") or ""
    of_patient = one[: one.index("transitions/")] + "transitions/"
    for address in (one, undecided, cancelled, of_patient, f"{of_patient}new/", f"{one}change/", f"{one}end/"):
        coordinator.goto(address)
        look(coordinator)
    coordinator.goto(one)
    coordinator.get_by_role("link", name="and log").click()
    coordinator.get_by_role("heading", name="Log time").wait_for()
    look(coordinator)
    coordinator.get_by_label("Visit", exact=True).select_option("9")
    coordinator.locator("#then").get_by_text("99496").wait_for()
    look(coordinator)
    coordinator.goto("/a/riverbend/transitions/")
    coordinator.get_by_label("Which").select_option("changed")
    coordinator.get_by_text("Holt, June").wait_for()
    look(coordinator)
    coordinator.get_by_label("Which").select_option("over")
    coordinator.get_by_text("Nothing in this selection").wait_for()
    look(coordinator)


@pytest.mark.parametrize("width", LOOKS)
def test_every_page(product, width):
    faults: list[str] = []
    look = looking(width, faults)
    if width in (1280, 390):  # the pages before the door have one narrow column at any width
        the_door(product.visitor(width=width), look)
        slug = f"new-{width}"
        told = product.manage(
            "create_agency", "--slug", slug, "--name", "New Agency", "--zone", "America/Denver",
            "--admin-email", f"first@{slug}.example", "--admin-name", "First Person", "--json",
        )  # fmt: skip
        the_newcomer(product.visitor(width=width), told[told.index("{") :], look)

    page = product.signed_in("dana@riverbend.example", width=width)
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
    the_discharges(page, look)
    page.goto(f"{enrolled}conditions/")
    look(page)
    page.get_by_label("Words, a code or a day").fill("zzzz")
    page.get_by_text("Nothing matches").wait_for()
    look(page)

    admin = product.signed_in("noor@riverbend.example", width=width)
    sets = f"{ledger}other-sets/"
    for address in ("/a/riverbend/people/", enrolled, f"{free}enroll/", ledger, sets, "/a/riverbend/runs/"):
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


def the_files(admin: Page, look) -> None:
    """Files sent, one of them broken: what they would bring, then nothing of it."""
    admin.goto("/a/riverbend/imports/")
    admin.get_by_role("button", name="Preview").click()
    admin.get_by_text("There is a problem").wait_for()
    look(admin)
    whole = json.dumps(a_bundle(a_patient(), a_condition())).encode()
    admin.get_by_label("Files", exact=True).set_input_files(
        [
            {"name": name, "mimeType": "application/json", "buffer": body}
            for name, body in (("a.json", whole), ("b.json", whole[:99]))
        ]
    )
    admin.get_by_role("button", name="Preview").click()
    admin.get_by_text("1 file is refused").wait_for()
    look(admin)
    admin.get_by_role("button", name="Discard the files").click()
    admin.get_by_text("the files are forgotten").wait_for()
    look(admin)
    admin.locator("main").get_by_role("table").get_by_role("link").first.click()
    admin.get_by_role("heading", name="Nothing was brought in").wait_for()
    look(admin)


def the_two_records(supervisor: Page, look) -> None:
    """Two people of the demonstration as if they were one, and two again."""
    supervisor.goto("/a/riverbend/patients/")
    supervisor.goto(f"{patient_address(supervisor, 'Kim, Sun-hee')}merge/")
    look(supervisor)
    for words in ("zzzz", "park"):
        supervisor.get_by_label("Name, number, birth date or phone").fill(words)
        supervisor.locator("main").get_by_role("button", name="Find").click()
        supervisor.get_by_role("heading", name="Found").wait_for()
        look(supervisor)
    supervisor.get_by_role("link", name="Park, Theo").click()
    supervisor.get_by_role("heading", name="Merge two records").wait_for()
    look(supervisor)
    supervisor.get_by_role("button", name="Merge MRN").click()
    supervisor.get_by_text("There is a problem").wait_for()
    look(supervisor)
    supervisor.get_by_label("Why these are one person").fill("to look at it")
    supervisor.get_by_role("button", name="Merge MRN").click()
    supervisor.get_by_text("The two records are one now").wait_for()
    look(supervisor)
    supervisor.get_by_role("button", name="Undo this merge").click()
    supervisor.get_by_text("two again, as they were").wait_for()
    look(supervisor)


def the_month_end(product, coordinator: Page, supervisor: Page, admin: Page, day: str, look) -> None:
    """A long entry waits for a look, a month is closed and opened again, phrases are kept, a run is searched."""
    coordinator.goto("/a/riverbend/patients/")
    coordinator.goto(patient_address(coordinator, "Ruiz, Ana"))
    coordinator.get_by_label("Time", exact=True).fill("61")
    coordinator.get_by_label("Day of service").fill(day)
    coordinator.get_by_label("Note").fill("a long talk")
    coordinator.get_by_role("button", name="Save time").click()
    coordinator.get_by_label("Yes, it is right").check()
    look(coordinator)
    coordinator.get_by_role("button", name="Save time").click()
    coordinator.get_by_text("61 minutes saved").wait_for()
    supervisor.goto("/a/riverbend/time/review/")
    supervisor.get_by_text("a long talk").first.wait_for()
    look(supervisor)
    supervisor.get_by_role("button", name="Looked at, it is right").first.click()
    supervisor.get_by_text("Looked at.", exact=True).wait_for()

    coordinator.goto("/a/riverbend/phrases/")
    coordinator.get_by_role("button", name="Save phrase").click()
    coordinator.get_by_text("There is a problem").wait_for()
    look(coordinator)

    admin.goto("/a/riverbend/time/months/")
    last = admin.locator("main ol > li").last
    for verb in ("Close the month", "Open the month again"):
        last.locator("summary", has_text=verb).click()
        last.get_by_role("button", name=verb).click()
        admin.get_by_text("There is a problem").wait_for()
        look(admin)
        last.get_by_label("Why").fill("to look at it")
        last.get_by_role("button", name=verb).click()
        admin.get_by_role("status").filter(has_text="The month is").wait_for()
        look(admin)

    product.manage("charge_run", "--agency", "riverbend")
    admin.goto("/a/riverbend/runs/?state=open")
    admin.get_by_role("heading", name="No such run").wait_for()
    look(admin)
    admin.goto("/a/riverbend/runs/")
    admin.locator("main").get_by_role("table").get_by_role("link").first.click()
    admin.get_by_label("Name, MRN or birth date", exact=True).fill("kim")
    admin.get_by_text("No decision of this run matches").wait_for()
    look(admin)


@pytest.mark.parametrize("width", [1280, 390])
def test_what_is_done_now_and_then(product, width):
    faults: list[str] = []
    look = looking(width, faults)
    coordinator, supervisor, admin = (
        product.signed_in(f"{name}@riverbend.example", width=width) for name in ("dana", "priya", "noor")
    )
    the_files(admin, look)
    the_two_records(supervisor, look)
    the_month_end(product, coordinator, supervisor, admin, "2026-11-02", look)

    assert faults == []
    assert product.complaints == []
