"""The viewer on changes of every layer: read, walked and filtered, with and without a place on a page."""

from __future__ import annotations

import io
import time
from functools import cache
from typing import Literal

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.ui.conftest import CHROMIUM
from tests.acceptance.ui.staging import stage
from tests.acceptance.ui.walking import violations
from tests.results import Json, change, layers, notice, result, side

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]


@cache
def picture(digest: str, number: int, dpi: int) -> bytes:
    """A page whose top right corner, where the logo of `layers` stands, is red in old and blue in new."""
    scale = dpi / 72
    image = Image.new("RGB", (round(600 * scale), round(800 * scale)), "white")
    box = tuple(round(value * scale) for value in (400, 20, 541.73, 90.87))
    ImageDraw.Draw(image).rectangle(box, fill="#d00000" if digest.startswith("0") else "#0000d0")
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def report(*more: Json, pages: int = 30) -> Json:
    made = result(*layers(), *more, pages=(pages, pages))
    made["new"]["sha256"] = "1" * 64
    made["new"]["pages"][6]["notices"] = [notice("The text may be coded wrongly.", page=7)]
    made["new"]["pages"][7]["compared"] = ["text", "tables"]
    made["summary"].pop("coverage")  # an older result: the viewer counts for itself
    return made


def titles(page: Page) -> list[str]:
    return page.locator(".row .kind").all_inner_texts()


def test_every_layer_is_listed_by_name_with_what_changed(page: Page) -> None:
    stage(page, report(), picture)
    assert titles(page) == [
        "Image replaced",
        "Outline replaced",
        "Metadata replaced",
        "Annotation replaced",
        "Form field replaced",
        "Table cell replaced",
        "Table row inserted",
        "Table column deleted",
        "Link inserted",
    ]
    listed = page.get_by_test_id("changes")
    for words in ("Table 3 · row “A-17” · column “Price”: 12.00 → 13.50", "checkbox “agree”: yes", "Major · amount"):
        expect(listed).to_contain_text(words)
    expect(listed.get_by_text("Whole document")).to_be_visible()
    expect(page.locator("[data-id] .where", has_text="30 pages")).to_have_count(1)


def test_the_walk_goes_through_changes_without_a_place_and_leaves_the_pages_alone(page: Page) -> None:
    stage(page, report(), picture)
    card, column = page.get_by_test_id("card"), page.get_by_test_id("column-new")
    page.get_by_label("Page of the new file").fill("12")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("page-new-12")).to_be_in_viewport()
    page.keyboard.press("Escape")
    page.get_by_role("option").nth(1).click()
    expect(card).to_contain_text("Outline replaced")
    expect(card).to_contain_text("no place on a page")
    expect(card.locator("dl")).to_have_text("targetpage 3 → page 4")
    expect(page.get_by_test_id("page-new-12")).to_be_in_viewport()
    top = column.evaluate("e => e.scrollTop")
    page.keyboard.press("n")
    expect(card).to_contain_text("A. Smith")
    expect(page.get_by_test_id("position")).to_have_text("3 of 9")
    assert column.evaluate("e => e.scrollTop") == top
    page.keyboard.press("n")
    expect(card).to_contain_text("Annotation replaced")
    expect(page.get_by_test_id("page-new-1")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()


def test_an_image_is_shown_side_by_side_and_its_places_are_walked(page: Page) -> None:
    stage(page, report(), picture)
    page.keyboard.press("n")
    for which, colour in (("old", (208, 0, 0)), ("new", (0, 0, 208))):
        crop = page.get_by_test_id(f"crop-{which}")
        expect(crop.locator("img")).to_have_js_property("complete", value=True)
        shot = Image.open(io.BytesIO(crop.screenshot())).convert("RGB")
        assert shot.getpixel((shot.width // 2, shot.height // 2)) == colour
        assert shot.getpixel((1, 1)) == (255, 255, 255)  # a little of what is around
        frame = page.get_by_test_id(f"column-{which}").locator("[data-change].framed .frame rect").first
        expect(frame).to_be_in_viewport()
    expect(page.get_by_test_id("column-new").locator(".label").first).to_have_text("Image")
    place = page.get_by_test_id("place")
    expect(place).to_have_text("Place 1 of 30 · page 1")
    for _ in range(5):
        page.keyboard.press("]")
    expect(place).to_have_text("Place 6 of 30 · page 6")
    for which in ("old", "new"):
        expect(page.get_by_test_id(f"page-{which}-6")).to_be_in_viewport()
    page.keyboard.press("[")
    expect(place).to_have_text("Place 5 of 30 · page 5")


def test_what_has_no_words_is_listed_all_the_same(page: Page) -> None:
    empty = side("")
    field = {"sort": "text field", "name": "name"}
    made = report(
        change("replaced", empty, side("Jane"), layer="form", detail=field),
        change("inserted", None, empty, layer="form", detail={**field, "count": 67}),
        change("deleted", empty, None, layer="annotation", detail={"sort": "ink"}),
        change("moved", empty, empty, layer="image", detail={"reason": "image moved"}),
        change("inserted", None, empty),
        change("replaced", empty, empty, layer="table", detail={"what": "table", "size": [3, 4]}),
    )
    stage(page, made, picture)
    listed = page.get_by_test_id("changes")
    for words in ("text field “name”: empty → Jane", "67 alike", "Image moved", "Without text", "3 rows, 4 columns"):
        expect(listed).to_contain_text(words)
    for number in range(1, 16):
        page.keyboard.press("n")
        expect(page.get_by_test_id("position")).to_have_text(f"{number} of 15")
        expect(page.get_by_test_id("card")).to_be_visible()


def test_chips_filter_by_every_layer(page: Page) -> None:
    stage(page, report(), picture)
    page.get_by_test_id("more-filters").click()
    chips = page.get_by_role("group", name="Filter by layer")
    expect(chips.get_by_role("button")).to_have_count(7)
    chips.get_by_role("button", name="Table").click()
    assert titles(page) == ["Table cell replaced", "Table row inserted", "Table column deleted"]
    page.get_by_test_id("export").click()
    expect(page.get_by_role("menuitem", name="Excel workbook")).to_have_attribute(
        "href", "/api/v1/comparisons/c/export/xlsx?layers=table"
    )
    page.keyboard.press("Escape")
    page.get_by_placeholder("Search changes").fill("a-17")
    expect(page.get_by_role("option")).to_have_count(1)


def test_the_coverage_panel_says_how_pages_were_compared_and_jumps_to_doubts(page: Page) -> None:
    stage(page, report(), picture)
    badge = page.get_by_test_id("coverage")
    expect(badge).to_have_text("30 of 30 pages compared")
    badge.click()
    panel = page.get_by_role("dialog", name="pages compared")
    expect(panel).to_contain_text("30 of 30 pages compared; 1 page with doubts.")
    lines = panel.locator(".stretch").all_inner_texts()
    assert [line.split("\n")[:3] for line in lines] == [
        ["new", "page 7", "text"],
        ["old", "pages 1–30", "text"],
        ["new", "pages 1–6", "text"],
        ["new", "page 8", "text, tables"],
        ["new", "pages 9–30", "text"],
    ]
    panel.locator(".stretch.doubtful").click()
    expect(panel).to_be_hidden()
    expect(page.get_by_test_id("page-new-7")).to_be_in_viewport()
    expect(page.get_by_test_id("page-new-8").locator(".how")).to_have_text("compared: text, tables")


def test_a_page_that_was_not_compared_turns_the_badge(page: Page) -> None:
    made = report()
    made["old"]["pages"][2]["compared"] = []
    made["summary"]["complete"] = False
    stage(page, made, picture)
    expect(page.get_by_test_id("coverage")).to_have_text("29 of 30 old, 30 of 30 new pages compared")
    expect(page.get_by_test_id("coverage")).to_have_class("button covers lacking")


def test_no_change_names_what_was_looked_for_and_what_not(page: Page) -> None:
    made = result(pages=(3, 3))
    made["new"]["sha256"] = "1" * 64
    stage(page, made, picture)
    told = page.get_by_test_id("same")
    expect(told).to_contain_text("No differences in text")
    expect(told).to_contain_text("Not looked for: style, tables, images, drawings")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_cards_and_panel_are_accessible(browser: Browser, scheme: Literal["light", "dark"]) -> None:
    context = browser.new_context(viewport={"width": 1600, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    stage(page, report(), picture)
    for _ in range(4):
        page.keyboard.press("n")
        assert violations(page) == []
    page.get_by_test_id("coverage").click()
    assert violations(page) == []
    context.close()


def test_a_header_on_every_page_among_thousands_of_changes_stays_quick(page: Page) -> None:
    """1,000 pages, 5,000 changes of all layers, twenty of them on every page."""
    pages = range(1, 1001)
    everywhere = [
        {"text": f"head {k}", "regions": [{"page": n, "box": [50.0, 10.0 + k, 90.0, 19.0 + k]} for n in pages]}
        for k in range(20)
    ]
    heads = [change("replaced", one, one, layer="image", id=f"i-{k}") for k, one in enumerate(everywhere)]
    many = [
        change("replaced", side(f"a{k}", 1 + k % 1000), side(f"b{k}", 1 + k % 1000), id=f"t-{k}",
               layer=("text", "table", "link", "form", "annotation")[k % 5])
        for k in range(4980)
    ]  # fmt: skip
    made = result(*heads, *many, pages=(1000, 1000))
    made["new"]["sha256"] = "1" * 64
    begun = time.monotonic()
    stage(page, made, picture)
    expect(page.get_by_role("option").first).to_be_visible()
    assert time.monotonic() - begun < 12
    assert page.get_by_role("option").count() < 60
    took = page.evaluate(
        """() => new Promise(done => { const begun = performance.now(); let k = 0;
        const list = document.getElementById('host').shadowRoot.querySelector('.list');
        const press = () => new KeyboardEvent('keydown', { key: 'n', bubbles: true, composed: true });
        const step = () => { list.dispatchEvent(press());
          ++k < 30 ? requestAnimationFrame(step) : done((performance.now() - begun) / 30); }; step(); })"""
    )
    assert took < 400, f"{took:.0f} ms a step"
