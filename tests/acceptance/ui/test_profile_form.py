"""Profile, options and areas as a user meets them in a real browser, to the result that names what was left out."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.ui.conftest import CHROMIUM
from tests.acceptance.ui.test_browser import NEW_NAME, NEW_PDF, OLD_NAME, OLD_PDF
from tests.acceptance.ui.walking import idle, start, stored

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]


@pytest.fixture
def page(visitor: Page) -> Page:
    """These tests walk through the whole product."""
    return visitor


def opened(page: Page) -> None:
    page.get_by_test_id("stExpander").filter(has_text="Options").locator("summary").click()
    expect(page.get_by_role("checkbox", name="Punctuation")).to_be_visible()


def test_profile_area_and_pattern_are_chosen_saved_and_compared_with(page: Page) -> None:
    start(page)
    stored(page, "old", OLD_NAME, OLD_PDF)
    stored(page, "new", NEW_NAME, NEW_PDF)
    page.get_by_role("combobox", name="Profile").click()
    page.get_by_role("option", name="contract").click()
    expect(page.get_by_text("every word counts")).to_be_visible()
    opened(page)
    expect(page.get_by_role("checkbox", name="Page numbers", exact=True)).to_be_checked()

    idle(page)  # a run that ends later would close what is opened now
    page.get_by_role("button", name="Add an area").click()
    page.get_by_label("Width").fill("300")
    page.get_by_label("Height").fill("60")
    page.locator(".st-key-area_name").get_by_role("textbox").fill("Letterhead")
    page.get_by_role("textbox", name="Pages", exact=True).fill("first")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("dialog").get_by_text("cannot read")).to_be_visible()
    page.get_by_role("textbox", name="Pages", exact=True).fill("1-")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("top-left 0,0 300x60 pages=1- name=Letterhead")).to_be_visible()
    page.get_by_role("button", name="Take away").click()
    expect(page.get_by_text("name=Letterhead")).to_be_hidden()

    idle(page)
    page.get_by_role("button", name="Add an area").click()
    page.get_by_label("Width").fill("300")
    page.get_by_label("Height").fill("60")
    page.locator(".st-key-area_name").get_by_role("textbox").fill("Letterhead")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("top-left 0,0 300x60 name=Letterhead")).to_be_visible()
    pattern = page.get_by_role("textbox", name="Regular expressions, one a line")
    pattern.fill(r"\d{3},\d{3}")
    pattern.press("Control+Enter")
    expect(page.get_by_text("Options: 2 changed")).to_be_visible()

    idle(page)
    page.get_by_role("button", name="Save as profile").click()
    page.locator(".st-key-profile_name").get_by_role("textbox").fill("Without letterhead")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Options", exact=True)).to_be_visible()
    expect(page.get_by_role("combobox", name="Profile")).to_have_value("Without letterhead")

    idle(page)
    expect(page.get_by_role("dialog", name="Save as profile")).to_be_hidden()
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page).to_have_url(re.compile(r"/result\?comparison=[0-9a-f-]{36}"), timeout=60_000)
    address = re.sub(r".*comparison=([0-9a-f-]{36}).*", r"/api/v1/comparisons/\1/result", page.url)
    result = page.request.get(address).json()
    assert result["options"]["profile"] == "Without letterhead"
    assert set(result["summary"]["detail"]["ignored"]) >= {"Letterhead", r"\d{3},\d{3}"}
    assert not any("250,000" in ((change["old"] or {}).get("text") or "") for change in result["changes"])


def test_the_form_is_kept_on_another_page_and_after_a_reload(page: Page) -> None:
    start(page)
    page.get_by_role("combobox", name="Profile").click()
    page.get_by_role("option", name="layout proof").click()
    idle(page)
    page.get_by_role("link", name="Library").click()
    idle(page)
    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("combobox", name="Profile")).to_have_value("layout proof")
    page.reload()
    expect(page.get_by_role("combobox", name="Profile")).to_have_value("layout proof")
    opened(page)
    expect(page.get_by_role("checkbox", name="Kinds of dashes")).to_be_checked()
