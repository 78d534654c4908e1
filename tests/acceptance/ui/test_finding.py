"""Search and Extract, clicked through: from a word to its place in the viewer, and from a document to its tables."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.sample import sample_pair
from tests.acceptance.ui.conftest import CHROMIUM, started
from tests.acceptance.ui.walking import idle, start, stored, violations

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]
(OLD_NAME, OLD_PDF), (NEW_NAME, NEW_PDF) = sample_pair()


def ask(page: Page, path: str) -> Any:
    """A question to the API by the session of the browser."""
    return page.request.get(f"/api/v1{path}").json()


@pytest.fixture(scope="module")
def product() -> Iterator[str]:
    """One of its own: what others left in the common one would be found too."""
    with started({}) as (base, _):
        yield base


@pytest.fixture
def page(visitor: Page) -> Page:
    """The sample pair, compared and in the search."""
    start(visitor)
    stored(visitor, "old", OLD_NAME, OLD_PDF)
    stored(visitor, "new", NEW_NAME, NEW_PDF)
    visitor.get_by_role("button", name="Compare", exact=True).click()
    expect(visitor).to_have_url(re.compile(r"/result\?comparison="), timeout=120_000)
    for document in ask(visitor, "/documents?query=supply-agreement")["documents"]:
        end = time.monotonic() + 120
        while not (ask(visitor, f"/documents/{document['id']}/index")["index"] or {}).get("indexed_at"):
            assert time.monotonic() < end
            visitor.wait_for_timeout(200)
    return visitor


def test_a_word_leads_to_its_place_in_the_viewer(page: Page) -> None:
    start(page, "/library")
    page.get_by_placeholder("Search in all documents").fill('"mounting plate" -nothing')
    page.get_by_placeholder("Search in all documents").press("Enter")
    row = page.locator('[class*="st-key-row_hit_"]').filter(has_text=NEW_NAME)
    expect(row).to_have_count(1)
    hit = next(hit for hit in ask(page, '/search?q="mounting plate"')["hits"] if hit["name"] == NEW_NAME)
    row.get_by_text("Show the page").click()
    picture = row.get_by_role("img", name=f"Page {hit['page']}")
    picture.evaluate("image => image.decode()")
    assert picture.evaluate("image => image.naturalWidth") > 500
    marks = row.locator("img + div")
    expect(marks).to_have_count(len(hit["boxes"]))
    assert marks.first.bounding_box() is not None
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        idle(page)
        assert violations(page) == [], scheme
    row.get_by_role("link", name="Open").click()
    expect(page).to_have_url(re.compile(rf"comparison=.*page={hit['page']}"))
    expect(page.get_by_test_id("find").first).to_be_visible()  # the boxes, on both sides where the words stand
    expect(page.get_by_test_id("found")).to_contain_text(re.compile(r"^1 of \d"))
    expect(page.get_by_role("searchbox", name="Find in both files")).to_have_value(re.compile("mounting plate", re.I))


def test_changes_are_found_and_documents_filtered(page: Page) -> None:
    start(page, "/library")
    box = page.get_by_placeholder("Search in all documents")
    box.fill("retaining ring")
    box.press("Enter")
    page.get_by_text("Changes", exact=True).click()
    change = ask(page, "/search/changes?q=retaining+ring")["hits"][0]
    row = page.locator('[class*="st-key-row_change_"]').first
    expect(row).to_contain_text(NEW_NAME)
    row.get_by_role("link", name="Open").click()
    expect(page).to_have_url(re.compile(f"change={change['change']}"))
    expect(page.get_by_test_id("position")).to_be_visible()

    start(page, "/library")
    expect(page.get_by_text(NEW_NAME, exact=True).first).to_be_visible()
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("combobox", name="Kind").click()
    page.get_by_role("option", name="Scans").click()
    expect(page.get_by_text("No document fits the filters.")).to_be_visible()
    expect(page.get_by_role("button", name="Filters: 1 set")).to_be_visible()


def test_tables_and_text_are_taken_out(page: Page) -> None:
    start(page, "/extract")
    page.get_by_role("combobox", name="Document").click()
    page.get_by_role("option", name=re.compile(NEW_NAME)).click()
    idle(page)
    page.get_by_role("button", name="Extract", exact=True).click()
    expect(page.get_by_text("1 table", exact=True)).to_be_visible(timeout=120_000)
    expect(page.get_by_text("— Page 1 —")).to_be_visible()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        idle(page)
        found = [one for one in violations(page) if one[0] != "scrollable-region-focusable"]  # type: ignore[index]
        assert found == [], scheme
    link = page.get_by_role("link", name="Tables (CSV)").get_attribute("href")
    assert link is not None
    lines = page.request.get(link).body().decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Item,Description") and any("Mounting plate" in line for line in lines)
    book = page.get_by_role("link", name="Tables (Excel)").get_attribute("href")
    assert book is not None
    assert io.BytesIO(page.request.get(book).body()).read(2) == b"PK"
    page.get_by_role("textbox", name="Pages").fill("9-")
    page.get_by_role("button", name="Extract", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("the file has no page of 9", timeout=60_000)
