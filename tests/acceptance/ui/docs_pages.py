"""The pictures of docs/images that show the pages: `python -m tests.acceptance.ui.docs_pages`.

Made from the sample pair on a server started for it: a search with a page shown, and tables taken out.
"""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect, sync_playwright

from core.sample import sample_pair
from tests.acceptance.ui.conftest import CHROMIUM, started
from tests.acceptance.ui.docs_images import IMAGES
from tests.acceptance.ui.walking import idle, start, stored

_PATIENT = 240_000  #: milliseconds; the machine may be busy


def main() -> None:
    """Start a server, use it, and write the pictures."""
    expect.set_options(timeout=_PATIENT)
    with sync_playwright() as playwright, started({}) as (base, _):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        _take(browser, base)
        browser.close()


def _take(browser: Browser, base: str) -> None:
    page = browser.new_context(base_url=base, viewport={"width": 1280, "height": 860}).new_page()
    page.set_default_timeout(_PATIENT)
    start(page)
    for side, (name, data) in zip(("old", "new"), sample_pair(), strict=True):
        stored(page, side, name, data)
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page).to_have_url(re.compile(r"/result\?comparison="))
    for document in page.request.get("/api/v1/documents").json()["documents"]:
        told = "path => fetch(path).then(a => a.json()).then(told => Boolean(told.index?.indexed_at))"
        page.wait_for_function(told, arg=f"/api/v1/documents/{document['id']}/index", polling=500)
    start(page, "/extract")
    page.get_by_role("button", name="Extract", exact=True).click()
    expect(page.get_by_text("1 table", exact=True)).to_be_visible()
    expect(page.get_by_test_id("stDataFrame").locator("canvas").first).to_be_visible()
    expect(page.get_by_text("— Page 1 —")).to_be_visible()
    page.mouse.move(0, 400)
    idle(page)
    page.wait_for_timeout(1500)  # the table is drawn on a canvas, which nothing tells of
    page.screenshot(path=IMAGES / "extract.png")
    start(page, "/library")
    box = page.get_by_placeholder("Search in all documents")
    box.fill('"northfield components"')
    box.press("Enter")
    page.get_by_text("Show the page").first.click()
    picture = page.get_by_role("img", name=re.compile("^Page "))
    expect(picture).to_be_visible()
    picture.evaluate("image => image.decode()")
    idle(page)
    page.screenshot(path=IMAGES / "search.png")


if __name__ == "__main__":
    main()
