"""Finding, measuring, laying by hand, layers, redline, tables and lists, groups: the viewer alone, in Chromium."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, Route, expect

from tests.acceptance.ui.conftest import CHROMIUM
from tests.acceptance.ui.staging import ADDRESS, stage
from tests.acceptance.ui.test_modes import report, sheet
from tests.acceptance.ui.walking import violations
from tests.results import Json, change, layers, result, side

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]

LINES = ("The Buyer pays within", "45 days of delivery.", "SCALE 1 : 50")


def words(digest: str, number: int) -> Json:
    """Lines of words, each 40 points wide, from (72, 90) down."""
    found = []
    for k, line in enumerate(LINES):
        for j, text in enumerate(line.split()):
            found.append([text, 72 + 45 * j, 90 + 40 * k, 112 + 45 * j, 101 + 40 * k])
    return {"words": found}


def finds(digest: str, phrase: str, first: int) -> Json:
    """Two places on every tenth page of the new file, one on page 3 of the old; 25 pages at once, of 60."""
    last = min(first + 24, 60)
    is_new = digest.startswith("1")
    pages = [n for n in range(first, last + 1) if (n % 10 == 0 if is_new else n == 3)]
    hits = [
        {"page": n, "boxes": [[100, y, 160, y + 12]], "context": phrase}
        for n in pages
        for y in ((200, 500) if is_new else (300,))
    ]
    return {"first": first, "last": last, "pages": 60, "hits": hits}


def test_a_phrase_is_found_in_both_files_and_its_places_are_walked(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/find?" in request.url else None)
    stage(page, report(pages=60), sheet, find=finds)
    page.keyboard.press("Control+f")
    page.keyboard.type("delivery")
    told = page.get_by_test_id("found")
    expect(told).to_have_text("1 of 13 (old 1, new 12)")
    assert len(asked) == 6  # both files in stretches
    expect(page.get_by_test_id("page-old-3")).to_be_in_viewport()
    expect(page.get_by_test_id("column-old").get_by_test_id("find")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(told).to_have_text("2 of 13 (old 1, new 12)")
    expect(page.get_by_test_id("page-new-10")).to_be_in_viewport()
    expect(page.locator(".finds .on")).to_be_in_viewport()
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    expect(told).to_have_text("13 of 13 (old 1, new 12)")
    expect(page.get_by_test_id("page-new-60")).to_be_in_viewport()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("findbar")).to_be_hidden()
    expect(page.get_by_test_id("find")).to_have_count(0)
    expect(page.get_by_test_id("changes")).to_be_focused()


def test_what_was_found_is_shown_on_the_overlay_too(page: Page) -> None:
    stage(page, report(pages=60), sheet, find=finds)
    page.keyboard.press("2")
    page.keyboard.press("Control+f")
    page.keyboard.type("delivery")
    expect(page.get_by_test_id("found")).to_contain_text("1 of 13")
    expect(page.get_by_test_id("layered-page")).to_have_text("Page 3")
    expect(page.locator(".layered .finds .on")).to_be_in_viewport()


def click(page: Page, which: str, x: float, y: float) -> None:
    """Click a point of page 1 of a side, in points."""
    box = page.get_by_test_id(f"column-{which}").locator(".paper").first.bounding_box()
    assert box
    page.mouse.click(box["x"] + x * box["width"] / 600, box["y"] + y * box["width"] / 600)


def test_two_clicks_measure_and_the_scale_of_the_title_block_is_taken(page: Page) -> None:
    stage(page, report(), sheet, text=words)
    page.keyboard.press("d")
    click(page, "new", 100, 200)
    expect(page.get_by_test_id("toolbar")).to_contain_text("Click the second point")
    click(page, "new", 100 + 300 * 72 / 25.4 * 0.4, 200 + 400 * 72 / 25.4 * 0.4)
    told = page.get_by_test_id("measured")
    expect(told).to_contain_text("on paper")
    paper = float(told.locator("strong").first.inner_text().removesuffix(" mm"))
    assert paper == pytest.approx(200.0, abs=0.8)  # 120 across and 160 down
    real = float(told.locator("strong").last.inner_text().removesuffix(" mm").replace(",", ""))
    assert real == pytest.approx(paper * 50, rel=0.001)
    page.get_by_label("Real").fill("100")
    page.get_by_label("Real").press("Enter")
    expect(told.locator("strong").last).to_contain_text(f"{paper * 100:,.0f}"[:2])
    expect(page.get_by_test_id("tool")).to_have_count(1)
    expect(page.get_by_role("option", selected=True)).to_have_count(0)  # the clicks picked no change
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("tool")).to_have_count(0)


def test_two_pairs_of_points_lay_pages_by_hand_and_ask_for_a_comparison_so(page: Page) -> None:
    stage(page, report(registered=False), sheet)
    sent: list[Json] = []

    def answer(route: Route) -> None:
        if route.request.method == "POST":
            sent.append(json.loads(route.request.post_data or "{}"))
            route.fulfill(status=201, json={"comparison": {"id": "again"}})
        else:
            made = {"id": "c", "old": {"id": "o"}, "new": {"id": "n"}, "state": "done"}
            route.fulfill(json={"comparison": made})

    page.route(f"{ADDRESS}/api/v1/comparisons", answer)
    page.route(f"{ADDRESS}/api/v1/comparisons/c", answer)
    page.keyboard.press("o")
    bar = page.get_by_test_id("toolbar")
    expect(bar).to_contain_text("1 of 4. A point on the old page")
    click(page, "new", 10, 10)
    expect(bar).to_contain_text("That was the new page")
    for x, y in ((100, 100), (220, 160)):
        click(page, "old", x, y)
        click(page, "new", x + 20, y + 12)
    expect(bar).to_contain_text("Laid by hand")
    page.keyboard.press("2")
    expect(page.get_by_test_id("laid")).to_contain_text("laid by hand: shifted 7")
    page.get_by_test_id("recompare").click()
    page.wait_for_url("**/result?comparison=again")
    [points] = sent[0]["options"]["registrations"]
    assert (points["old_page"], points["new_page"], sent[0]["old"]) == (1, 1, "o")
    assert points["new"][0][0] - points["old"][0][0] == pytest.approx(20 * 25.4 / 72, abs=0.4)


def test_layers_are_switched_by_name_on_both_sides(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "?dpi=" in request.url else None)
    both = {"0" * 64: [["Walls", True], ["Dimensions", True]], "1" * 64: [["Dimensions", True], ["Notes", False]]}
    stage(page, report(), sheet, layers=lambda digest: {"layers": both[digest]})
    page.keyboard.press("y")
    panel = page.get_by_test_id("layers")
    expect(panel.get_by_role("checkbox")).to_have_count(3)
    expect(panel.get_by_label("Notes")).not_to_be_checked()
    expect(panel).to_contain_text("only in old")
    page.locator(".paper:not(.loading)").first.wait_for()
    assert not any("layers=" in address for address in asked)
    panel.get_by_label("Dimensions").uncheck()
    page.wait_for_timeout(600)
    latest = {address.split("/files/")[1][0]: address for address in asked}
    assert latest["0"].endswith("&layers=0") and latest["1"].endswith("&layers=")
    assert violations(page) == []


def test_files_without_layers_say_so(page: Page) -> None:
    stage(page, report(), sheet)
    page.keyboard.press("y")
    expect(page.get_by_test_id("layers")).to_contain_text("Neither file has layers")


def test_the_redline_is_one_text_with_what_went_and_what_came(page: Page) -> None:
    days = change("replaced", side("30", 1, (72, 130, 112, 141)), side("45", 1, (72, 130, 112, 141)))
    anchor = {"anchor": {"page": 1, "box": [207, 90, 247, 101]}}
    gone = change("deleted", side("fourteen", 1, (207, 90, 247, 101)), None, detail=anchor)
    picture = change("inserted", None, side("", 1, (300, 300, 400, 400)), layer="image")
    made = result(days, gone, picture, pages=(1, 1))
    made["new"]["sha256"] = "1" * 64
    stage(page, made, sheet, text=words)
    page.keyboard.press("6")
    text = page.get_by_test_id("flow-1")
    expect(text).to_contain_text("The Buyer pays within fourteen 30 45 days of delivery.")
    expect(text.locator("del")).to_have_text(["fourteen", "30"])
    expect(text.locator("ins")).to_have_text("45")
    expect(text.locator(".other")).to_contain_text("Image inserted")
    text.locator("ins").click()
    expect(page.get_by_role("option", selected=True)).to_contain_text("30")
    page.get_by_test_id("changes").focus()
    page.keyboard.press("n")
    expect(page.locator(".flow .on")).to_have_count(1)
    assert violations(page) == []


def test_tables_pictures_and_properties_are_shown_as_what_they_are(page: Page) -> None:
    made = result(*layers(), pages=(30, 30))
    stage(page, made, sheet)
    page.keyboard.press("7")
    grid = page.get_by_test_id("details-table").locator("table").first
    expect(grid.locator("thead th")).to_have_text(["Row", "Price"])
    expect(grid.locator("tbody th")).to_have_text("A-17")
    expect(grid.locator("td del")).to_have_text("12.00")
    expect(grid.locator("td ins")).to_have_text("13.50")
    expect(page.get_by_test_id("details-image").locator(".crop")).to_have_count(2)
    expect(page.get_by_test_id("details-metadata")).to_contain_text("B. Jones")
    expect(page.get_by_test_id("details-form")).to_contain_text("read only: true")
    grid.locator("td[data-change]").click()
    expect(page.get_by_role("option", selected=True)).to_contain_text("12.00")
    assert violations(page) == []


@pytest.mark.parametrize(
    ("group", "heads"),
    [
        ("severity", ["Major", "Normal"]),
        ("kind", ["Inserted", "Deleted", "Replaced"]),
        ("page", ["Whole document", "Page 1", "Page 2"]),
    ],
)
def test_the_list_is_grouped_and_walked_in_its_order(page: Page, group: str, heads: list[str]) -> None:
    stage(page, result(*layers(), pages=(30, 30)), sheet)
    page.get_by_test_id("grouping").click()
    page.get_by_role("menuitemradio", name=f"By {group}").click()
    expect(page.locator(".list .heading")).to_have_text(heads)
    page.get_by_test_id("changes").focus()
    page.keyboard.press("n")
    expect(page.get_by_test_id("position")).to_have_text("1 of 9")
    expect(page.get_by_test_id("change").first).to_have_attribute("aria-selected", "true")
