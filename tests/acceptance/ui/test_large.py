"""A thousand pages and five thousand changes, and ten thousand on one page: what is made and asked for is counted."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.ui.conftest import CHROMIUM
from tests.acceptance.ui.large import large, picture, words
from tests.acceptance.ui.staging import stage

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]

MOST_PAGES, MOST_NODES = 40, 6000
_COUNTS = """() => {
    const root = document.querySelector('#host').shadowRoot;
    return [root.querySelectorAll('.page, .flow-section').length, root.querySelectorAll('*').length];
}"""


def test_scrolling_jumping_filtering_and_changing_the_mode_make_few_nodes_and_tell_python_little(page: Page) -> None:
    stage(page, large(), picture, text=words)
    page.evaluate("() => { globalThis.tellings = 0; }")
    page.get_by_test_id("column-new").evaluate(
        "e => new Promise(done => { let k = 0; const step = () => { e.scrollTop = e.scrollHeight * k++ / 60;"
        " k <= 60 ? requestAnimationFrame(step) : done(); }; step(); })"
    )
    expect(page.get_by_test_id("page-old-1000")).to_be_in_viewport()
    seen = [page.evaluate(_COUNTS)]
    page.get_by_test_id("changes").focus()
    for key in ("Home", "End", "PageUp", "Home"):
        page.keyboard.press(key)
        expect(page.locator(".sides .change.on").first).to_be_in_viewport()
        seen.append(page.evaluate(_COUNTS))
    page.keyboard.press("/")
    page.keyboard.type("words 500.")
    expect(page.locator(".count").first).to_have_text("5 of 5,000 changes")
    page.keyboard.press("Escape")
    for mode in "2567":
        page.keyboard.press(mode)
        page.wait_for_timeout(600)
        seen.append(page.evaluate(_COUNTS))
    assert max(pages for pages, _ in seen) <= MOST_PAGES, seen
    assert max(nodes for _, nodes in seen) <= MOST_NODES, seen


def test_ten_thousand_changes_on_one_page_are_drawn_as_few_shapes_and_still_picked(page: Page) -> None:
    stage(page, large(1, 10_000), picture)
    column = page.get_by_test_id("column-new")
    expect(column.get_by_test_id("dense")).to_have_count(2)  # of the new side: inserted and replaced
    assert page.evaluate(_COUNTS)[1] <= MOST_NODES
    page.get_by_test_id("changes").focus()
    page.keyboard.press("End")
    expect(page.get_by_test_id("position")).to_have_text("10,000 of 10,000")
    expect(page.locator(".change.on .frame").first).to_be_in_viewport()
    box = page.locator(".sides .change.on .frame").first.bounding_box()
    assert box
    page.keyboard.press("Escape")
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".row.on")).to_have_count(1)


@pytest.mark.parametrize("width", [320, 768])
def test_a_narrow_window_shows_everything_without_scrolling_sideways(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    stage(page, large(20, 60), picture, text=words)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    for control in ("mode", "export"):
        expect(page.get_by_test_id(control)).to_be_in_viewport(ratio=1)
    page.get_by_test_id("mode").click()
    expect(page.get_by_role("menuitemradio", name="Overlay")).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.locator(".sides .change.on .frame").first).to_be_in_viewport()
    paper = page.locator(".paper").first.bounding_box()
    assert paper and paper["width"] >= min(width, 320) * 0.35
