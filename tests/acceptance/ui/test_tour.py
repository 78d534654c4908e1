"""The viewer in German, its tour, and changes by section, with the viewer alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.ui.conftest import CHROMIUM
from tests.acceptance.ui.large import large, picture
from tests.acceptance.ui.reviewed import review_of
from tests.acceptance.ui.staging import stage
from tests.acceptance.ui.walking import violations
from tests.results import Json

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]


def sectioned() -> Json:
    """Six changes of two pages; the second page begins a section, and the old file has one that went."""
    found = large(2, 6)
    heads = [
        {"title": title, "page": page, "box": [72, 60, 200, 74]} for page, title in ((1, "1 Prices"), (2, "2 Law"))
    ]
    found["new"]["sections"] = heads
    found["old"]["sections"] = [heads[0], {**heads[1], "title": "2 Taxes"}]
    return found


def test_changes_are_grouped_by_the_section_they_stand_in(page: Page) -> None:
    stage(page, sectioned(), picture)
    page.get_by_test_id("grouping").click()
    page.get_by_role("menuitemradio", name="By section").click()
    expect(page.locator(".list .heading")).to_have_text(["1 Prices", "2 Law", "2 Taxes (only in old)"])


def test_the_tour_is_offered_once_left_by_escape_and_found_again(page: Page) -> None:
    stage(page, large(2, 6), picture)
    offer = page.get_by_test_id("tour-offer")
    expect(offer).to_be_visible()
    offer.get_by_role("button", name="Show me").click()
    tour = page.get_by_test_id("tour")
    titles = []
    for _ in range(3):
        titles.append(tour.locator("strong").inner_text())
        assert violations(page) == []
        page.get_by_test_id("tour-next").click()
    assert len(set(titles)) == 3
    page.keyboard.press("Escape")
    expect(tour).to_be_hidden()
    page.reload()
    page.get_by_test_id("column-new").wait_for()
    expect(offer).to_be_hidden()
    page.get_by_test_id("changes").focus()
    page.keyboard.press("?")
    page.get_by_test_id("tour-again").click()
    expect(tour.locator("strong")).to_have_text(titles[0])
    for _ in range(8):
        if tour.is_visible():
            page.get_by_test_id("tour-next").click()
    expect(tour).to_be_hidden()


def test_a_german_browser_is_shown_german_and_a_choice_goes_before_it(browser: Browser) -> None:
    context = browser.new_context(locale="de-DE", viewport={"width": 1440, "height": 900})
    page = context.new_page()
    result = large(2, 6)
    stage(page, result, picture, review=review_of(result))
    expect(page.get_by_placeholder("Änderungen durchsuchen")).to_be_visible()
    expect(page.get_by_text("6 Änderungen").first).to_be_visible()
    page.get_by_test_id("change").first.click()
    expect(page.get_by_test_id("desk")).to_contain_text("Ablehnen")
    assert page.evaluate("() => document.documentElement.lang") == "de"
    assert violations(page) == []
    context.add_cookies([{"name": "pdf_compare_language", "value": "en", "url": page.url}])
    page.reload()
    expect(page.get_by_placeholder("Search changes")).to_be_visible()
    context.close()


def test_ten_thousand_changes_on_one_page_can_be_reviewed_in_a_narrow_window(page: Page) -> None:
    result = large(1, 10_000)
    page.set_viewport_size({"width": 320, "height": 700})
    stage(page, result, picture, review=review_of(result))
    expect(page.get_by_test_id("review")).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
    nodes = page.evaluate("() => document.querySelector('#host').shadowRoot.querySelectorAll('*').length")
    assert nodes <= 6000
    page.locator(".chip[data-chip='review:open']").click()
    expect(page.locator(".count").first).to_contain_text("of 10,000 changes")
