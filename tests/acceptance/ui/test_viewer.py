"""The result viewer in a real browser, on the whole product: boxes on the right words, keyboard, themes, restraint."""

from __future__ import annotations

import io
import json
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from reportlab.pdfgen.canvas import Canvas

from core.sample import sample_pair
from tests.acceptance.ui import sheets
from tests.acceptance.ui.walking import violations
from tests.unit.core.pdfs import corpus

pytestmark = [pytest.mark.browser, pytest.mark.slow]

JOB_MS = 60_000


@dataclass
class Watched:
    """A page, and what went over its wire and into its console."""

    page: Page
    address: str
    images: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def get(self, path: str) -> Any:
        answer = self.page.request.get(f"{self.address}{path}")
        assert answer.ok, f"{answer.status} {path}"
        return json.loads(answer.body())

    @property
    def comparison(self) -> str:
        return parse_qs(urlsplit(self.page.url).query)["comparison"][0]

    def result(self) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/api/v1/comparisons/{self.comparison}/result")
        return found


@pytest.fixture
def watched(browser: Browser, product: str) -> Iterator[Watched]:
    context = browser.new_context(viewport={"width": 1600, "height": 900})
    context.add_init_script(
        "addEventListener('securitypolicyviolation', e => console.error('CSP ' + e.violatedDirective + e.blockedURI))"
    )
    page = context.new_page()
    found = Watched(page, product)
    page.on("request", lambda request: found.images.append(request.url) if "?dpi=" in request.url else None)
    page.on("console", lambda line: found.complaints.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: found.complaints.append(str(error)))
    yield found
    # Streamlit asks for its health below a deep link first, and is answered 404; its message library tries WebAssembly
    # and does without when the policy forbids it. Nothing else may be wrong.
    assert [text for text in found.complaints if "404" not in text and "wasm-eval" not in text] == []
    context.close()


def idle(page: Page) -> None:
    """Wait until the page is connected and no script runs."""
    ready = "[data-testid=stApp][data-test-script-state=notRunning][data-test-connection-state=CONNECTED]"
    expect(page.locator(ready)).to_be_visible(timeout=20_000)


def pdf(*pages: list[str], height: float = 842) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(595, height), invariant=True)
    for lines in pages:
        canvas.setFont("Helvetica", 11)
        for k, line in enumerate(lines):
            canvas.drawString(72, height - 90 - 22 * k, line)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def compare(watched: Watched, old: tuple[str, bytes], new: tuple[str, bytes]) -> None:
    """Drop two files, start, and wait for the result, as a user does."""
    page = watched.page
    page.goto(f"{watched.address}/")
    idle(page)
    for position, (name, content) in enumerate((old, new)):
        with page.expect_response(lambda answer: "/api/v1/documents" in answer.url, timeout=20_000):
            page.locator("input[type=file]").nth(position).set_input_files(
                {"name": name, "mimeType": "application/pdf", "buffer": content}
            )
        expect(page.get_by_text(name).first).to_be_visible()
        idle(page)
    start = page.get_by_role("button", name="Compare", exact=True)
    expect(start).to_be_enabled()
    start.click()
    page.wait_for_url(re.compile(r"/result\?comparison="), timeout=JOB_MS)
    expect(page.get_by_test_id("column-new")).to_be_visible(timeout=20_000)


def words_under(watched: Watched, sha256: str, region: dict[str, Any]) -> list[str]:
    """The words of the page whose middle lies in the region."""
    x0, y0, x1, y1 = region["box"]
    words = watched.get(f"/files/{sha256}/pages/{region['page']}/text")["words"]
    return [w[0] for w in words if x0 <= (w[1] + w[3]) / 2 <= x1 and y0 <= (w[2] + w[4]) / 2 <= y1]


def real_pair() -> tuple[tuple[str, bytes], tuple[str, bytes]]:
    """A contract in two revisions, as they were published."""
    folder = corpus()
    if folder is None:
        pytest.skip("../shared/corpus is not here")
    old, new = (folder / "pairs" / "xorg-memberagreement" / f"{side}.pdf" for side in ("old", "new"))
    return ("agreement-old.pdf", old.read_bytes()), ("agreement-new.pdf", new.read_bytes())


def test_the_help_sheet_opens_and_closes_by_keyboard_and_gives_the_keyboard_back(watched: Watched) -> None:
    compare(watched, *sample_pair())
    page = watched.page
    page.keyboard.press("n")
    sheet = page.get_by_role("dialog", name="Help: keys and the tour")
    page.keyboard.press("?")
    expect(sheet).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    page.keyboard.press("n")
    expect(page.get_by_test_id("position")).to_have_text(re.compile("^2 of"))


@pytest.mark.parametrize("pair", [sample_pair, real_pair])
def test_every_change_is_walked_by_keyboard_and_its_boxes_sit_on_its_words(
    watched: Watched, pair: Callable[[], tuple[tuple[str, bytes], tuple[str, bytes]]]
) -> None:
    compare(watched, *pair())
    page, result = watched.page, watched.result()
    total = len(result["changes"])
    assert total >= 8
    position = page.get_by_test_id("position")
    seen: list[str] = []
    for number in range(1, total + 1):
        page.keyboard.press("n" if number % 2 else "j")
        expect(position).to_have_text(f"{number} of {total}")
        row = page.get_by_role("option", selected=True)
        expect(row).to_be_in_viewport()
        seen.append(row.get_attribute("data-id") or "")
        change = next(c for c in result["changes"] if c["id"] == seen[-1])
        for side in ("old", "new"):
            if change[side] is None:
                continue
            if not change[side]["regions"]:  # such as a property of the file: the card tells it
                expect(page.get_by_test_id("card")).to_contain_text("no place on a page")
                continue
            box = page.get_by_test_id(f"column-{side}").locator(f'[data-change="{seen[-1]}"] rect').first
            expect(box).to_be_in_viewport()
            if change["layer"] not in ("text", "table", "style"):
                continue
            found = ["".join(words_under(watched, result[side]["sha256"], r)) for r in change[side]["regions"]]
            says = "".join(change[side]["text"].split())
            # A running line is told once and stands on every page.
            assert set(found) == {says} if "running" in change["detail"] else "".join(found) == says, change
    assert sorted(seen) == sorted(c["id"] for c in result["changes"])
    expect(page).to_have_url(re.compile(f"change={seen[-1]}"))
    for number in range(total - 1, 0, -1):
        page.keyboard.press("p" if number % 2 else "k")
        expect(position).to_have_text(f"{number} of {total}")


def test_boxes_are_drawn_over_the_words_on_the_screen(watched: Watched) -> None:
    compare(
        watched,
        ("a.pdf", pdf(["Payment within 30 days of delivery."])),
        ("b.pdf", pdf(["Payment within 45 days of delivery."])),
    )
    page = watched.page
    page.keyboard.press("n")
    for side, word in (("old", "30"), ("new", "45")):
        column = page.get_by_test_id(f"column-{side}")
        written = column.get_by_test_id("words").get_by_text(word, exact=False).first
        expect(written).to_be_attached(timeout=10_000)
        box, place = column.locator("[data-change] .frame rect").first.bounding_box(), written.bounding_box()
        assert box and place
        assert abs((box["x"] + box["width"] / 2) - (place["x"] + place["width"] / 2)) < 6
        assert abs((box["y"] + box["height"] / 2) - (place["y"] + place["height"] / 2)) < 6


def test_a_click_on_a_row_or_a_box_goes_to_the_change_on_both_sides(watched: Watched) -> None:
    body = [[f"Clause {k} of page {p} stays as it is." for k in range(25)] for p in range(6)]
    edited = [list(lines) for lines in body]
    edited[0][3] = "Clause 3 of page 0 has become longer."
    edited[5][20] = "Clause 20 of page 5 must not stay."
    compare(watched, ("a.pdf", pdf(*body)), ("b.pdf", pdf(*edited)))
    page = watched.page
    page.get_by_role("option").last.click()
    for side in ("old", "new"):
        expect(page.get_by_test_id(f"page-{side}-6")).to_be_in_viewport()
    page.get_by_role("option").first.click()
    box = page.get_by_test_id("column-old").locator("[data-change] .frame rect").first.bounding_box()
    assert box
    page.keyboard.press("Escape")
    expect(page.get_by_role("option", selected=True)).to_have_count(0)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_role("option", selected=True)).to_have_count(1)
    expect(page.get_by_test_id("position")).to_contain_text("1 of")


def test_scrolling_one_side_brings_the_other_along_past_inserted_pages(watched: Watched) -> None:
    body = [
        [f"Paragraph {k} of chapter {p} says something of its own, number {97 * p + k}." for k in range(28)]
        for p in range(8)
    ]
    extra = [[f"A wholly new appendix, entry {k}, sheet {p}." for k in range(28)] for p in range(2)]
    compare(watched, ("a.pdf", pdf(*body)), ("b.pdf", pdf(*body[:3], *extra, *body[3:])))
    page = watched.page
    page.get_by_test_id("column-old").evaluate("e => { e.scrollTop = e.scrollHeight * 0.8; }")
    expect(page.get_by_test_id("page-old-7")).to_be_in_viewport()
    expect(page.get_by_test_id("page-new-9")).to_be_in_viewport()
    expect(page.get_by_text("Pages 4–5 only in the new file")).to_have_count(0)  # far above, not drawn
    page.get_by_label("Page of the old file").fill("4")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("page-new-6")).to_be_in_viewport()
    expect(page.get_by_text("Pages 4–5 only in the new file")).to_be_attached()


def test_filters_and_search_narrow_list_boxes_and_walk(watched: Watched) -> None:
    old, new = sample_pair()
    compare(watched, old, new)
    page = watched.page
    total = len(watched.result()["changes"])
    page.keyboard.press("/")
    page.keyboard.type("zzzz-nothing")
    expect(page.get_by_text("No change matches")).to_be_visible()
    page.get_by_role("button", name="Show all changes").click()
    expect(page.get_by_role("option").first).to_be_visible()
    chip = page.get_by_role("group", name="Filter by kind").get_by_role("button").first
    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "true")
    shown = int(re.findall(r"\d+", chip.inner_text())[-1])
    assert 0 < shown < total
    expect(page.get_by_text(f"{shown} of {total} changes")).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_test_id("position")).to_have_text(f"1 of {shown}")


def test_equal_files_say_so(watched: Watched) -> None:
    content = pdf(["Nothing happens here."])
    compare(watched, ("a.pdf", content), ("b.pdf", content))
    expect(watched.page.get_by_text("The two files do not differ")).to_be_visible()
    expect(watched.page.get_by_test_id("page-new-1")).to_be_visible()


def test_hostile_names_and_words_are_shown_as_text(watched: Watched) -> None:
    trap = "<img src=x onerror=alert(1)>"
    compare(watched, (f"{trap}.pdf", pdf([f"Word {trap} old"])), ("b.pdf", pdf([f"Word {trap} <script>new</script>"])))
    page = watched.page
    page.keyboard.press("n")
    expect(page.get_by_role("option", selected=True)).to_contain_text("<script>new</script>")
    assert page.locator("img[src=x]").count() == 0


def test_dark_mode_darkens_the_surround_and_leaves_the_paper_white(browser: Browser, product: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="dark")
    watched = Watched(context.new_page(), product)
    compare(watched, ("a.pdf", pdf(["Dark and old"])), ("b.pdf", pdf(["Dark and new"])))

    def lightness(selector: str) -> float:
        colour = watched.page.locator(selector).first.evaluate("e => getComputedStyle(e).backgroundColor")
        return sum(map(float, re.findall(r"[\d.]+", colour)[:3])) / 3

    assert lightness(".scroller") < 60
    assert lightness(".pane") < 60
    assert lightness(".paper") == 255
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_viewer_is_accessible(browser: Browser, product: str, scheme: Literal["light", "dark"]) -> None:
    context = browser.new_context(viewport={"width": 1600, "height": 900}, color_scheme=scheme)
    watched = Watched(context.new_page(), product)
    old, new = sample_pair()
    compare(watched, old, new)
    watched.page.keyboard.press("n")
    watched.page.get_by_test_id("export").click()
    assert violations(watched.page) == []
    context.close()


def test_an_export_holds_what_the_chips_let_through(watched: Watched) -> None:
    old, new = sample_pair()
    compare(watched, old, new)
    page = watched.page
    page.locator(".chips").get_by_role("button", name="Inserted").click()
    page.get_by_test_id("export").click()
    link = page.get_by_role("menuitem", name="Markdown")
    expect(link).to_have_attribute("href", re.compile(r"/export/md\?kinds=inserted$"))
    told = page.request.get(watched.address + str(link.get_attribute("href"))).text()
    changes = watched.result()["changes"]
    inserted = [change for change in changes if change["kind"] == "inserted"]
    assert f"{len(inserted)} change" in told
    assert f"{len(changes) - len(inserted)} more" in told


def test_a_link_to_a_change_opens_at_it(watched: Watched) -> None:
    old, new = sample_pair()
    compare(watched, old, new)
    page = watched.page
    change = watched.result()["changes"][-1]["id"]
    page.goto(f"{watched.address}/result?comparison={watched.comparison}&change={change}")
    expect(page.locator(f'[data-id="{change}"]')).to_have_attribute("aria-selected", "true", timeout=15_000)


def test_a_thousand_pages_open_within_two_seconds_and_ask_for_few_pictures(watched: Watched) -> None:
    pages = [
        [f"Page {p} line {k} holds the words {p * 37 + k} and {p * 11 + k * 3}." for k in range(30)]
        for p in range(1000)
    ]
    edited = [[*lines[:12], f"Page {p} has another line here, {p * 7}.", *lines[13:]] for p, lines in enumerate(pages)]
    compare(watched, ("a.pdf", pdf(*pages)), ("b.pdf", pdf(*edited)))
    page, changes = watched.page, watched.result()["changes"]
    result = f"{watched.address}/result?comparison={watched.comparison}"
    seconds = []
    # Two seconds are for a machine that is free; the best of three, each at pages that were never drawn.
    slowness = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    allowed = 2.0 * slowness
    for address in (result, f"{result}&change={changes[300]['id']}", f"{result}&change={changes[600]['id']}"):
        page.goto("about:blank")
        watched.images.clear()
        begun = time.monotonic()
        page.goto(address, wait_until="commit")
        page.wait_for_selector(".page .paper:not(.loading) img[src]", timeout=15_000)
        seconds.append(time.monotonic() - begun)
        page.wait_for_timeout(1500)
        assert len(watched.images) <= 20
        if seconds[-1] <= allowed:
            break
    assert min(seconds) <= allowed, seconds
    # A flight through the whole document asks for what is looked at, not for what flies by.
    watched.images.clear()
    page.get_by_test_id("column-new").evaluate(
        "e => new Promise(done => { let k = 0; const step = () => { e.scrollTop = e.scrollHeight * k++ / 120;"
        " k <= 120 ? requestAnimationFrame(step) : done(); }; step(); })"
    )
    expect(page.get_by_test_id("page-old-1000")).to_be_in_viewport()
    page.wait_for_timeout(1500)
    assert len(watched.images) <= 60 * slowness  # frames that take longer than a rest look like rests
    assert page.locator(".page").count() <= 16


def test_a_drawing_is_looked_at_in_every_way_by_keyboard_alone(watched: Watched) -> None:
    compare(watched, *sheets.pair())
    page = watched.page
    assert "registration" in watched.result()["page_map"][0]
    page.keyboard.press("2")
    expect(page.get_by_test_id("laid")).to_contain_text("laid by its lines: shifted 4.0 mm right")
    page.locator(".layered .paper:not(.loading)").first.wait_for()
    page.keyboard.press("n")
    expect(page.locator(".layered .change.on")).to_have_count(1)
    for _ in range(20):
        page.keyboard.press("+")
    expect(page.locator(".percent")).to_have_text("800 %")
    tile = page.locator(".layered .tile").first
    expect(tile).to_have_js_property("naturalWidth", 1024)
    assert any("dpi=800" in address and "tile=" in address for address in watched.images)
    page.keyboard.press("1")
    page.keyboard.press("f")
    page.keyboard.press("Control+f")
    page.keyboard.type("bearing plate")
    expect(page.get_by_test_id("found")).to_contain_text("of 2 (old 1, new 1)")
    page.keyboard.press("Escape")
    page.keyboard.press("y")
    expect(page.get_by_test_id("layers")).to_contain_text("Neither file has layers")
    page.keyboard.press("Escape")
    for key, place in (("6", "redline"), ("7", "details")):
        page.keyboard.press(key)
        expect(page.get_by_test_id(place)).to_contain_text("14.10.2026")
    page.wait_for_timeout(1500)  # so long a view rests before it is told
    page.reload()
    expect(page.get_by_test_id("details")).to_be_visible(timeout=20_000)  # as it was left
