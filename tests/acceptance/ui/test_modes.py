"""Ways to look at pages (overlay, slider, blink, difference), tiles, turning: in Chromium, by colours on the screen."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.ui.conftest import CHROMIUM
from tests.acceptance.ui.staging import stage
from tests.acceptance.ui.walking import violations
from tests.results import Json, change, result, side

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]

WHITE = (255, 255, 255)
KEPT = (100, 100, 220, 160)  #: points; both revisions have it, the new one elsewhere
GONE, COME = (100, 300, 220, 360), (100, 500, 220, 560)
SHIFT = (20.0, 12.0)  # points, by which the new sheet is drawn elsewhere


@cache
def sheet(digest: str, number: int, dpi: int) -> bytes:
    """A page of 600 x 800 points with black blocks: one that both revisions have, one of each."""
    scale = dpi / 72
    image = Image.new("RGB", (round(600 * scale), round(800 * scale)), "white")
    pen = ImageDraw.Draw(image)
    is_new = digest.startswith("1")
    dx, dy = SHIFT if is_new else (0.0, 0.0)
    for x0, y0, x1, y1 in (KEPT, COME if is_new else GONE):
        pen.rectangle([round(v * scale) for v in (x0 + dx, y0 + dy, x1 + dx, y1 + dy)], fill="black")
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def report(*, registered: bool = True, pages: int = 1) -> Json:
    gone, come = side("", 1, GONE), side("", 1, tuple(v + SHIFT[k % 2] for k, v in enumerate(COME)))  # type: ignore[arg-type]
    changes = [change("deleted", gone, None, layer="drawing"), change("inserted", None, come, layer="drawing")]
    made = result(*changes, pages=(pages, pages))
    made["new"]["sha256"] = "1" * 64
    if registered:
        shift = [round(v * 25.4 / 72, 3) for v in SHIFT]
        made["page_map"][0]["registration"] = {"shift": shift, "turn": 0.0, "scale": 1.0, "overlap": 0.9}
    return made


def screen(page: Page, *, settle: int = 500) -> Callable[[float, float], tuple[int, ...]]:
    """The colours on the screen by points of the new page, without the marks of changes."""
    page.locator(".paper:not(.loading)").first.wait_for()
    page.evaluate(
        "() => document.querySelector('#host').shadowRoot.querySelectorAll('.paper > svg').forEach((e) => e.remove())"
    )
    page.get_by_test_id("layered").evaluate("e => { e.scrollTop = 0; }")
    page.wait_for_timeout(settle)
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    scale, (left, top) = page.evaluate(
        """() => {
            const paper = document.querySelector('#host').shadowRoot.querySelector('.layered .paper');
            const ink = paper.querySelector('.ink.new .picture') ?? paper.querySelector('.ink.old .picture');
            const frame = ink.getBoundingClientRect();
            return [frame.width / 600, [frame.left, frame.top]];
        }"""
    )

    def at(x: float, y: float) -> tuple[int, ...]:
        found = shot.getpixel((round(left + x * scale), round(top + y * scale)))
        assert isinstance(found, tuple)
        return found

    return at


def middle(box: tuple[float, ...], *, is_moved: bool = True) -> tuple[float, float]:
    dx, dy = SHIFT if is_moved else (0.0, 0.0)
    return (box[0] + box[2]) / 2 + dx, (box[1] + box[3]) / 2 + dy


def near(found: tuple[int, ...], wanted: tuple[int, int, int], off: int = 24) -> bool:
    return all(abs(a - b) <= off for a, b in zip(found, wanted, strict=True))


def test_the_overlay_lays_the_old_sheet_where_the_page_map_says_and_gives_each_side_its_colour(page: Page) -> None:
    stage(page, report(), sheet)
    page.keyboard.press("2")
    expect(page.get_by_test_id("mode")).to_contain_text("Overlay")
    expect(page.get_by_test_id("laid")).to_contain_text("laid by its lines: shifted 7.1 mm right and 4.2 mm down")
    at = screen(page)
    assert near(at(*middle(GONE)), (213, 94, 20))
    assert near(at(*middle(COME)), (20, 100, 190))
    assert near(at(*middle(KEPT)), (17, 37, 15))
    # The edges of what both have lie on each other: no fringe of one side within two points.
    edge = KEPT[0] + SHIFT[0]
    assert near(at(edge + 2, 145), (17, 37, 15)) and at(edge - 2, 145) == WHITE
    assert at(300, 700) == WHITE


def test_difference_leaves_what_one_side_has_and_a_shadow_of_the_rest(page: Page) -> None:
    stage(page, report(), sheet)
    page.keyboard.press("5")
    at = screen(page)
    assert near(at(*middle(GONE)), (213, 94, 20))
    assert near(at(*middle(COME)), (20, 90, 160), 40)
    assert min(at(*middle(KEPT))) > 190
    assert at(300, 700) == WHITE


def test_the_slider_shows_old_left_and_new_right_of_its_line(page: Page) -> None:
    stage(page, report(), sheet)
    page.keyboard.press("3")
    line = page.get_by_test_id("cut")
    expect(line).to_have_attribute("aria-valuenow", "50")
    line.focus()
    page.keyboard.press("Home")
    expect(line).to_have_attribute("aria-valuenow", "0")
    at = screen(page)
    assert at(*middle(GONE)) == WHITE and at(*middle(COME)) == (0, 0, 0)
    page.keyboard.press("End")
    at = screen(page)
    assert at(*middle(GONE)) == (0, 0, 0) and at(*middle(COME)) == WHITE
    stage_box = page.locator(".stage").bounding_box()
    box = line.bounding_box()
    assert stage_box and box
    page.mouse.move(box["x"] + 1, box["y"] + 300)
    page.mouse.down()
    page.mouse.move(stage_box["x"] + stage_box["width"] * 0.25, box["y"] + 300)
    page.mouse.up()
    expect(line).to_have_attribute("aria-valuenow", "25")


def test_blink_swaps_the_sides_and_the_space_bar_stops_it(page: Page) -> None:
    stage(page, report(), sheet)
    page.keyboard.press("4")
    shown = page.get_by_test_id("shown")
    expect(shown).to_have_text("New")
    expect(shown).to_have_text("Old")  # by itself
    page.get_by_test_id("layered").focus()
    page.keyboard.press(" ")
    expect(page.get_by_test_id("pause")).to_have_attribute("aria-pressed", "true")
    if shown.inner_text() == "Old":
        page.keyboard.press(" ")
    at = screen(page)
    assert at(*middle(GONE)) == WHITE and at(*middle(COME)) == (0, 0, 0)
    page.keyboard.press(" ")
    at = screen(page)
    assert at(*middle(GONE)) == (0, 0, 0) and at(*middle(COME)) == WHITE
    assert at(*middle(KEPT)) == (0, 0, 0)


def test_who_wants_less_motion_is_not_blinked_at(browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1200, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    stage(page, report(), sheet)
    page.keyboard.press("4")
    expect(page.get_by_test_id("shown")).to_have_text("Old")
    page.wait_for_timeout(2000)
    expect(page.get_by_test_id("shown")).to_have_text("Old")
    context.close()


def test_pages_of_text_are_laid_by_their_words(page: Page) -> None:
    def words(digest: str, number: int) -> Json:
        dx, dy = SHIFT if digest.startswith("1") else (0, 0)
        found = [
            [f"word{k}", 80 + 40 * (k % 9) + dx, 90 + 30 * k + dy, 110 + 40 * (k % 9) + dx, 100 + 30 * k + dy]
            for k in range(20)
        ]
        return {"words": found}

    stage(page, report(registered=False), sheet, text=words)
    page.keyboard.press("2")
    expect(page.get_by_test_id("laid")).to_contain_text("laid by 20 words: shifted 7.1 mm right and 4.2 mm down")
    at = screen(page)
    assert near(at(*middle(KEPT)), (17, 37, 15))


def test_the_current_change_and_the_place_are_kept_from_mode_to_mode(page: Page) -> None:
    stage(page, report(pages=40), sheet)
    page.get_by_label("Page of the new file").fill("23")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.keyboard.press("5")
    expect(page.get_by_test_id("layered-page")).to_have_text("Page 23")
    page.keyboard.press("1")
    expect(page.get_by_test_id("page-new-23")).to_be_in_viewport()
    page.keyboard.press("n")
    page.keyboard.press("2")
    expect(page.locator(".layered .change.on")).to_have_count(1)
    expect(page.locator(".layered .change.on .frame path")).to_be_in_viewport()
    assert page.locator(".page").count() <= 12


def test_a_page_of_one_side_is_shown_in_its_colour(page: Page) -> None:
    made = report(registered=False, pages=2)
    made["page_map"] = [
        {"old": 1, "new": None, "similarity": 0},
        {"old": 2, "new": 1, "similarity": 1},
        {"old": None, "new": 2, "similarity": 0},
    ]
    stage(page, made, sheet)
    page.keyboard.press("2")
    expect(page.get_by_test_id("sheet-1")).to_contain_text("Only in old")
    page.keyboard.press("F")
    page.get_by_test_id("layered").evaluate("e => { e.scrollTop = 0; }")
    page.get_by_test_id("sheet-1").locator(".paper:not(.loading)").wait_for()
    page.wait_for_timeout(300)
    shot = Image.open(io.BytesIO(page.get_by_test_id("sheet-1").locator(".paper").screenshot())).convert("RGB")
    found = shot.getpixel((round(shot.width * 160 / 600), round(shot.width * 130 / 600)))
    assert isinstance(found, tuple) and near(found, (213, 94, 20))


def test_turned_pages_keep_their_marks_on_what_they_mark(page: Page) -> None:
    stage(page, report(), sheet)
    page.keyboard.press("n")
    for turns in range(4):
        column = page.get_by_test_id("column-old")
        column.locator(".paper:not(.loading)").first.wait_for()
        expect(column.locator(".change.on .frame path")).to_be_in_viewport()
        page.wait_for_timeout(700)
        box = column.locator(".change.on .frame path").bounding_box()
        assert box
        wide, high = (120, 60) if turns % 2 == 0 else (60, 120)
        assert abs(box["width"] / box["height"] - wide / high) < 0.6
        shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        assert shot.getpixel((round(box["x"] + box["width"] / 2), round(box["y"] + box["height"] / 2))) == (0, 0, 0)
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(page.get_by_role("option", selected=True)).to_contain_text("Drawing deleted")
        page.get_by_test_id("changes").focus()
        page.keyboard.press("t")


def test_ctrl_and_the_wheel_keep_the_point_under_the_pointer_and_a_drag_moves_the_page(page: Page) -> None:
    stage(page, report(), sheet)
    column = page.get_by_test_id("column-new")
    column.locator(".paper:not(.loading)").first.wait_for()
    paper = column.locator(".paper").first

    def share(x: float, y: float) -> tuple[float, float]:
        box = paper.bounding_box()
        assert box
        return (x - box["x"]) / box["width"], (y - box["y"]) / box["height"]

    frame = column.bounding_box()
    assert frame
    x, y = frame["x"] + 300, frame["y"] + 400
    before = share(x, y)
    page.mouse.move(x, y)
    page.keyboard.down("Control")
    for _ in range(6):
        page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    page.wait_for_timeout(300)
    after = share(x, y)
    box = paper.bounding_box()
    assert box and box["width"] > 3000
    assert abs(before[0] - after[0]) < 0.01 and abs(before[1] - after[1]) < 0.01
    top, left = (column.evaluate(f"e => e.{what}") for what in ("scrollTop", "scrollLeft"))
    page.mouse.down()
    page.mouse.move(x - 150, y - 90, steps=4)
    page.mouse.up()
    assert column.evaluate("e => e.scrollTop") - top == pytest.approx(90, abs=2)
    assert column.evaluate("e => e.scrollLeft") - left == pytest.approx(150, abs=2)
    expect(page.get_by_role("option", selected=True)).to_have_count(0)  # the end of a drag picks nothing


def test_far_in_the_page_comes_in_tiles_of_eight_times_its_size(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "tile=" in request.url else None)
    stage(page, report(), sheet)
    page.locator(".paper:not(.loading)").first.wait_for()
    page.keyboard.press("0")
    for _ in range(12):
        page.keyboard.press("+")
    expect(page.locator(".percent")).to_have_text("800 %")
    expect(page.locator(".tile").first).to_be_visible()
    assert asked and all("dpi=800&" in address for address in asked[-4:])
    assert page.locator(".tile").count() <= 2 * 32


@pytest.mark.parametrize("mode", range(2, 6))
def test_every_mode_is_accessible(page: Page, mode: int) -> None:
    stage(page, report(), sheet)
    page.keyboard.press(str(mode))
    page.locator(".paper:not(.loading)").first.wait_for()
    page.get_by_test_id("mode").click()
    assert violations(page) == []
