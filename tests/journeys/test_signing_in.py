"""Signing in as people do: with an app's digits, with a passkey, and again after a quiet session has ended."""

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page, expect

from config import demo

pytestmark = pytest.mark.browser


@pytest.fixture
def at_localhost(product, monkeypatch):
    """Browsers give passkeys to names, not to numbers."""
    monkeypatch.setattr(product, "url", product.url.replace("127.0.0.1", "localhost"))
    return product


def sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.locator("main").get_by_role("button", name="Sign out").click()
    page.get_by_label("Email").wait_for()


def with_password(page: Page, email: str) -> None:
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(demo.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def once_more(page: Page) -> None:
    """What changes factors asks for the password again."""
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    page.get_by_label("Password").fill(demo.PASSWORD)
    page.get_by_role("button", name="Go on").click()


def digits(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def test_an_app_is_set_up_and_asked_for(product):
    email = "vi@riverbend.example"
    page = product.signed_in(email)
    page.locator("[data-menu] summary").click()
    page.get_by_role("link", name="Second factors").click()
    page.get_by_role("link", name="Set up an app").click()
    once_more(page)
    secret = page.locator("[data-secret]").inner_text()
    page.get_by_label("Authenticator code").fill(digits(secret))
    page.get_by_role("button", name="Turn it on").click()
    codes = page.locator(".codes code").all_inner_texts()
    assert len(codes) == 10
    sign_out(page)
    with_password(page, email)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/a/riverbend/patients/")
    page.goto("/accounts/factors/app/remove/")
    once_more(page)
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("link", name="Set up an app")).to_be_visible()
    assert product.complaints == []


def test_a_passkey_signs_in_without_a_password(at_localhost):
    product, email = at_localhost, "bea@riverbend.example"
    page = product.signed_in(email)
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto("/accounts/factors/passkeys/add/")
    once_more(page)
    page.get_by_label("Name").fill("My laptop")
    expect(page.get_by_label("Sign in with it alone")).to_be_checked()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("status").filter(has_text="Passkey added")).to_be_visible()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.goto("/accounts/factors/passkeys/")
    expect(page.get_by_text("My laptop")).to_be_visible()
    sign_out(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/a/riverbend/patients/")
    expect(page.locator("[data-menu] summary")).to_contain_text("Bea Lind")
    sign_out(page)
    with_password(page, email)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/a/riverbend/patients/")
    page.goto("/accounts/factors/passkeys/")
    page.get_by_role("link", name="Remove").click()
    once_more(page)
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("None yet")).to_be_visible()
    assert product.complaints == []


def test_a_quiet_page_asks_then_covers_itself_and_keeps_the_text(product):
    page = product.signed_in("dana@riverbend.example")
    page.clock.install()
    page.get_by_role("link", name="Lopez, Maria").click()
    page.get_by_label("Note").fill("half a sentence")
    with page.expect_response("**/stay/") as alive:  # whoever types is here
        page.clock.fast_forward("05:00")
    assert alive.value.status == 204
    page.clock.fast_forward("13:30")
    expect(page.get_by_role("heading", name="Are you still here?")).to_be_visible()
    page.get_by_role("button", name="Stay signed in").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.clock.fast_forward("13:30")
    page.context.clear_cookies(name="sessionid")  # the server's clock cannot be moved from here: its session ends now
    page.clock.fast_forward("02:00")
    expect(page.get_by_role("heading", name="Signed out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Signed out")).to_be_visible()
    other = page.context.new_page()
    other.goto("/accounts/login/")
    with_password(other, "dana@riverbend.example")
    other.wait_for_url(re.compile("/today/$"))
    page.bring_to_front()
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_label("Note")).to_have_value("half a sentence")
    assert product.complaints == []


def test_a_person_ends_a_session_elsewhere(product):
    here, there = product.signed_in("priya@riverbend.example"), product.signed_in("priya@riverbend.example")
    here.goto("/accounts/sessions/")
    expect(here.get_by_text("this one")).to_have_count(1)
    here.get_by_role("button", name="Sign out everywhere else").click()
    expect(here.get_by_role("status")).to_contain_text("Signed out everywhere else")
    there.reload()
    expect(there.get_by_label("Email")).to_be_visible()
    assert product.complaints == []
