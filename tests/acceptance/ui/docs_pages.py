"""The pictures of docs/images that show the pages: `python -m tests.acceptance.ui.docs_pages`.

Made from the sample pair on a server started for it, in light and dark: a search with a page shown, tables taken out,
and an answer with its citations; the scripted server plays Ollama.
"""

from __future__ import annotations

import json
import re
from typing import Any, Literal

from playwright.sync_api import Browser, Page, expect, sync_playwright

from core.sample import sample_pair
from tests.acceptance.ui.conftest import CHROMIUM, started
from tests.acceptance.ui.docs_images import IMAGES
from tests.acceptance.ui.walking import idle, start, stored
from tests.language_model import CHAT_MODEL, EMBED_MODEL, data_of, language_model

_PATIENT = 240_000  #: milliseconds; the machine may be busy


def main() -> None:
    """Start a server, use it, and write the pictures."""
    expect.set_options(timeout=_PATIENT)
    with sync_playwright() as playwright, language_model(_answer) as model:
        settings = {
            "OLLAMA_HOST": model.address,
            "PDF_COMPARE_MODEL": CHAT_MODEL,
            "PDF_COMPARE_MODEL_EMBED": EMBED_MODEL,
        }
        with started(settings) as (base, _):
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            _prepare(browser, base)
            for theme, suffix in (("light", ""), ("dark", "-dark")):
                _take(browser, base, theme, suffix)
            browser.close()


def _answer(body: dict[str, Any]) -> str:
    """What a model would say of the agreement's clause on invoices."""
    clause = re.compile(r"The Buyer shall pay each correct invoice within .*? of its receipt\.")
    for piece in data_of(body):
        if found := clause.search(piece["text"]):
            said = found[0].replace("The Buyer shall pay each", "Each").replace("within", "is paid by the Buyer within")
            rows = [{"text": said, "passages": [{"passage": piece["passage"], "quote": found[0]}]}]
            return json.dumps({"statements": rows})
    return json.dumps({"statements": []})


def _opened(browser: Browser, base: str, theme: Literal["light", "dark"]) -> Page:
    context = browser.new_context(base_url=base, viewport={"width": 1280, "height": 860}, color_scheme=theme)
    page = context.new_page()
    page.set_default_timeout(_PATIENT)
    return page


def _prepare(browser: Browser, base: str) -> None:
    """Compare the pair, and wait until it can be searched."""
    page = _opened(browser, base, "light")
    start(page)
    for side, (name, data) in zip(("old", "new"), sample_pair(), strict=True):
        stored(page, side, name, data)
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page).to_have_url(re.compile(r"/result\?comparison="))
    for document in page.request.get("/api/v1/documents").json()["documents"]:
        told = "path => fetch(path).then(a => a.json()).then(told => Boolean(told.index?.indexed_at))"
        page.wait_for_function(told, arg=f"/api/v1/documents/{document['id']}/index", polling=500)
    page.context.close()


def _take(browser: Browser, base: str, theme: Literal["light", "dark"], suffix: str) -> None:
    page = _opened(browser, base, theme)
    start(page, "/extract")
    page.get_by_role("button", name="Extract", exact=True).click()
    expect(page.get_by_text("1 table", exact=True)).to_be_visible()
    expect(page.get_by_test_id("stDataFrame").locator("canvas").first).to_be_visible()
    expect(page.get_by_text("— Page 1 —")).to_be_visible()
    page.mouse.move(0, 400)
    idle(page)
    page.wait_for_timeout(1500)  # the table is drawn on a canvas, which nothing tells of
    page.screenshot(path=IMAGES / f"extract{suffix}.png")
    start(page, "/library")
    box = page.get_by_placeholder("Search in all documents")
    box.fill('"northfield components"')
    box.press("Enter")
    page.get_by_text("Show the page").first.click()
    picture = page.get_by_role("img", name=re.compile("^Page "))
    expect(picture).to_be_visible()
    picture.evaluate("image => image.decode()")
    idle(page)
    page.screenshot(path=IMAGES / f"search{suffix}.png")
    start(page, "/ask")
    page.get_by_label("Question", exact=True).fill("When is an invoice paid?")
    page.get_by_role("button", name="Ask", exact=True).last.click()
    page.get_by_text("Show the page").first.click()
    picture = page.get_by_role("img", name=re.compile("^Page "))
    expect(picture).to_be_visible()
    picture.evaluate("image => image.decode()")
    page.mouse.move(0, 400)
    idle(page)
    marked = picture.locator("xpath=following-sibling::div").first
    marked.evaluate("mark => mark.scrollIntoView({block: 'end'})")
    page.wait_for_timeout(500)  # it scrolls smoothly
    page.screenshot(path=IMAGES / f"answer{suffix}.png")
    page.context.close()


if __name__ == "__main__":
    main()
