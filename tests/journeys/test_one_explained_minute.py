"""The paragraph this product begins with, done by a person in a browser: import, enroll, log 12 and 8, run, read the ledger."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.interop.test_import_fhir import a_bundle

pytestmark = pytest.mark.browser


def open_patient(page: Page, query: str, name: str) -> None:
    page.get_by_role("link", name="Patients").first.click()
    page.locator("main").get_by_role("searchbox").fill(query)
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name="Log time")).to_be_visible()


def add_condition(page: Page, code: str, words: str) -> None:
    page.get_by_role("link", name="Add condition").click()
    page.get_by_label("ICD-10-CM code").fill(code)
    page.get_by_label("In words").fill(words)
    page.get_by_label("Expected to last at least").check()
    page.get_by_role("button", name=re.compile("Save|Add")).click()
    expect(page.get_by_role("status").filter(has_text="Condition saved")).to_be_visible(timeout=20_000)


def add_coverage(page: Page, patient: str) -> None:
    page.goto(f"{patient}coverages/new/")
    page.locator("[name=payer]").select_option(label="Medicare Part B")
    page.locator("[name=plan_kind]").select_option(label="Medicare Part B")
    page.locator("[name=from_day]").fill("2024-01-01")
    page.get_by_role("button", name=re.compile("Save|Add")).click()
    expect(page.get_by_role("status").filter(has_text="saved")).to_be_visible()
    page.goto(patient)


def enroll(page: Page) -> None:
    page.get_by_role("link", name="Enroll in chronic care").click()
    for box in page.get_by_role("group", name="Chronic conditions").get_by_role("checkbox").all():
        box.check()
    page.get_by_label("The patient was told").check()
    page.get_by_label("Billing practitioner").select_option(label="Ama Osei, MD")
    consent = page.get_by_label("Day of consent").input_value()
    page.get_by_label("Risk judged by a clinician").fill(consent)
    page.get_by_label("By which clinician").select_option(label="Ama Osei, MD")
    page.get_by_label("Initiating visit").fill(consent)
    page.get_by_label("Comprehensive care plan").fill(consent)
    page.get_by_role("button", name="Enroll").click()
    expect(page.get_by_role("status").filter(has_text="Enrolled in chronic care")).to_be_visible()


def log_time(page: Page, time: str, note: str) -> None:
    page.get_by_label("Time", exact=True).fill(time)
    page.get_by_label("Note").fill(note)
    page.get_by_role("button", name="Save time").click()
    expect(page.get_by_role("status").filter(has_text="saved")).to_be_visible()


def test_twenty_minutes_become_one_explained_line_and_nineteen_none(product, tmp_path):
    bundle = a_bundle(conditions=(("c1", "38341003", "active"),))
    (tmp_path / "liz.json").write_text(json.dumps(bundle))
    assert "Patient: 1 new" in product.manage("import_fhir", "--agency", "riverbend", str(tmp_path))
    the_journey(product, query="conn", name="Conn, Liz")
    assert product.complaints == []


@pytest.mark.real_data
def test_the_same_on_a_real_synthea_patient(product, real_data):
    assert "Patient: 13 new" in product.manage(
        "import_fhir", "--agency", "riverbend", str(real_data / "fhir-r4-synthea")
    )
    the_journey(product, query="jaskolski 1992-08-17", name="Jaskolski, Trent")
    assert product.complaints == []


def the_journey(product, *, query: str, name: str) -> None:
    page = product.signed_in("dana@riverbend.example")
    open_patient(page, query, name)
    address = page.url
    add_condition(page, "E11.9", "Type 2 diabetes")
    add_coverage(page, address)
    enroll(page)

    log_time(page, "12", "reviewed blood sugar readings")
    expect(page.locator("main")).to_contain_text("12 of 20")
    page.get_by_label("Time", exact=True).fill("8")
    expect(page.locator("#preview")).to_contain_text("99490")
    log_time(page, "0:08", "called the pharmacy about the refill")
    expect(page.locator("main")).to_contain_text("20 of 20")

    counted = product.manage("charge_run", "--agency", "riverbend")
    assert "99490" in counted

    page.get_by_role("link", name="Ledger").first.click()
    ledger = page.locator("main")
    expect(ledger).to_contain_text("20 minutes logged, 20 accounted for")
    expect(ledger).to_contain_text("Counted toward 99490")
    expect(ledger).to_contain_text("MLN909188")
    lines = page.get_by_role("region", name="Lines")
    expect(lines).to_contain_text("99490")
    expect(lines).not_to_contain_text("99439")

    open_patient(page, "park", "Park, Theo")
    page.get_by_role("link", name="Ledger").first.click()
    expect(ledger).to_contain_text("19 minutes logged, 19 accounted for")
    expect(ledger).to_contain_text("19 of 20 minutes: 1 more")
    expect(page.get_by_role("region", name="Lines")).not_to_contain_text("99490")

    other = product.signed_in("jo@harbor.example")
    other.locator("main").get_by_role("searchbox").fill(query)
    expect(other.locator("main")).to_contain_text("Nobody matches")
    for tried in (address, address.replace("/riverbend/", "/harbor/"), address.replace("/riverbend/", "/nowhere/")):
        answer = other.goto(tried)
        assert answer is not None
        assert answer.status == 404
        assert name.split(",")[0] not in other.content()
