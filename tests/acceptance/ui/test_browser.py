"""The product as a user meets it: `up`, a real browser, real files."""

from __future__ import annotations

import io
import re
from typing import Literal

import pikepdf
import pytest
from playwright.sync_api import Page, expect

from core.sample import sample_pair
from tests.acceptance.ui.conftest import CHROMIUM
from tests.acceptance.ui.walking import give, idle, start, stored, violations

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]
(OLD_NAME, OLD_PDF), (NEW_NAME, NEW_PDF) = sample_pair()


@pytest.fixture
def page(visitor: Page) -> Page:
    """These tests walk through the whole product."""
    return visitor


def encrypted() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(OLD_PDF)) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="o", user="u"))
    return out.getvalue()


def test_two_files_become_a_result(page: Page) -> None:
    start(page)
    expect(page.get_by_role("button", name="Compare", exact=True)).to_be_disabled()
    stored(page, "old", "first draft.pdf", OLD_PDF)
    old = page.get_by_test_id("zone-old")
    expect(old.get_by_text("first draft.pdf")).to_be_visible()
    expect(old.get_by_text("3 pages")).to_be_visible()
    expect(old.locator("code")).to_have_text(re.compile("^[0-9a-f]{12}$"))
    stored(page, "new", "second draft.pdf", NEW_PDF)
    expect(page.get_by_role("button", name="Compare", exact=True)).to_be_enabled()
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page).to_have_url(re.compile(r"/result\?comparison=[0-9a-f-]{36}"), timeout=60_000)

    start(page, "/jobs")
    row = page.get_by_text("first draft.pdf → second draft.pdf")
    expect(row.first).to_be_visible()
    expect(page.get_by_text("Done").first).to_be_visible()
    link = page.get_by_role("link", name="Open").first
    expect(link).to_have_attribute("href", re.compile(r"result\?comparison=[0-9a-f-]{36}"))
    link.click()
    expect(page).to_have_url(re.compile(r"/result\?comparison="))


def test_sample_pair_is_one_click_from_the_start(page: Page) -> None:
    start(page)
    page.get_by_role("button", name="Try a sample pair").click()
    expect(page).to_have_url(re.compile(r"/result\?comparison="), timeout=60_000)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("notes.pdf", b"only some text\n" * 50, "notes.pdf is not a PDF. Give a PDF file"),
        ("empty.pdf", b"", "empty.pdf is empty. Give the file again"),
        ("cut.pdf", OLD_PDF[: len(OLD_PDF) // 3], "cut.pdf is damaged and cannot be opened. Open it in a PDF viewer"),
        ("locked.pdf", encrypted(), "locked.pdf asks for a password. Give a copy saved without a password."),
    ],
    ids=["not a PDF", "empty", "truncated", "encrypted"],
)
def test_bad_file_is_one_sentence_in_its_place(page: Page, name: str, data: bytes, says: str) -> None:
    start(page)
    stored(page, "new", NEW_NAME, NEW_PDF)
    give(page, "old", name, data)
    expect(page.get_by_test_id("zone-old").get_by_role("alert")).to_contain_text(says)
    expect(page.get_by_test_id("zone-new").get_by_text("3 pages")).to_be_visible()
    expect(page.get_by_text("Traceback")).to_have_count(0)
    expect(page.get_by_role("button", name="Compare", exact=True)).to_be_disabled()
    # And the zone takes the next file.
    stored(page, "old", OLD_NAME, OLD_PDF)
    expect(page.get_by_test_id("zone-old").get_by_role("alert")).to_have_count(0)


def test_name_of_a_file_is_text_only(page: Page) -> None:
    start(page)
    name = "<img src=x onerror=alert(1)> **b** :red[r].pdf"
    stored(page, "old", name, OLD_PDF)
    start(page, "/library")
    expect(page.get_by_text(name, exact=True)).to_be_visible()


def test_swap_remove_and_replace(page: Page) -> None:
    start(page)
    old, new = page.get_by_test_id("zone-old"), page.get_by_test_id("zone-new")
    stored(page, "old", "a.pdf", OLD_PDF)
    page.get_by_role("button", name="Swap old and new").click()
    expect(new.get_by_text("a.pdf")).to_be_visible()
    expect(old.get_by_text("Drop the old PDF here")).to_be_visible()
    stored(page, "new", "b.pdf", NEW_PDF)
    page.get_by_role("button", name="Remove the new PDF").click()
    expect(new.get_by_text("Drop the new PDF here")).to_be_visible()


def test_choice_survives_a_reload_and_another_tab(page: Page) -> None:
    start(page)
    stored(page, "old", "kept.pdf", OLD_PDF)
    idle(page)
    page.wait_for_timeout(500)  # the choice travels to the server by the websocket, after it is shown
    page.reload()
    expect(page.get_by_test_id("zone-old").get_by_text("kept.pdf")).to_be_visible()
    other = page.context.new_page()
    other.goto("/")
    expect(other.get_by_test_id("zone-old").get_by_text("kept.pdf")).to_be_visible()


def test_document_is_picked_from_the_library_by_keyboard(page: Page) -> None:
    start(page)
    stored(page, "old", "quarterly report.pdf", OLD_PDF)
    page.get_by_test_id("zone-new").get_by_role("button", name="Pick from the library").press("Enter")
    search = page.get_by_role("searchbox", name="Search the library by name")
    expect(search).to_be_focused()
    # "r" and "c" would make Streamlit run again or clear its caches.
    search.press_sequentially("quarterly rc", delay=20)
    expect(page.get_by_text("No document has this in its name.")).to_be_visible()
    search.fill("quarterly")
    expect(page.get_by_role("dialog").get_by_role("button", name=re.compile("quarterly report"))).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_test_id("zone-new").get_by_text("quarterly report.pdf")).to_be_visible()


def test_two_files_dropped_together_fill_both_zones(page: Page) -> None:
    start(page)
    drop = """(zone, [old, young]) => {
        const bag = new DataTransfer();
        bag.items.add(new File([new Uint8Array(young)], "later.pdf", {lastModified: 2000}));
        bag.items.add(new File([new Uint8Array(old)], "earlier.pdf", {lastModified: 1000}));
        for (const kind of ["dragenter", "dragover", "drop"]) {
            zone.dispatchEvent(new DragEvent(kind, {dataTransfer: bag, bubbles: true, cancelable: true}));
        }
    }"""
    page.get_by_test_id("zone-new").evaluate(drop, [list(OLD_PDF), list(NEW_PDF)])
    expect(page.get_by_test_id("zone-old").get_by_text("earlier.pdf")).to_be_visible()
    expect(page.get_by_test_id("zone-new").get_by_text("later.pdf")).to_be_visible()


def test_library_compares_and_deletes(page: Page) -> None:
    start(page)
    stored(page, "old", "throw me away.pdf", OLD_PDF)
    start(page, "/library")
    page.get_by_placeholder("Search by name").fill("throw me")
    expect(page.get_by_role("button", name="Delete")).to_have_count(1)
    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("and every comparison made with it")).to_be_visible()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No document has this in its name.")).to_be_visible()


def test_every_page_has_a_session_and_strict_headers(page: Page) -> None:
    for path in ("/", "/jobs", "/library"):
        answer = page.goto(path)
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert "'unsafe-inline'" not in policy.split("style-src")[0] and "frame-ancestors 'none'" in policy
        idle(page)
    [cookie] = [cookie for cookie in page.context.cookies() if cookie["name"] == "pdfc_sid"]
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax"
    assert "pdfc_sid" not in str(page.evaluate("() => document.cookie"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible(page: Page, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)
    start(page)
    give(page, "old", "notes.pdf", b"only some text")
    expect(page.get_by_role("alert")).to_be_visible()
    stored(page, "new", NEW_NAME, NEW_PDF)
    page.get_by_text("Options", exact=True).click()
    expect(page.get_by_text("Punctuation")).to_be_visible()
    idle(page)  # what a running script may still replace is drawn faint
    assert violations(page) == []
    page.get_by_test_id("zone-old").get_by_role("button", name="Pick from the library").click()
    expect(page.get_by_role("dialog").get_by_role("button", name=re.compile(NEW_NAME)).first).to_be_visible()
    assert violations(page) == []
    for path in ("/library", "/jobs"):
        start(page, path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        idle(page)
        assert violations(page) == []
