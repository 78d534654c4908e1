"""The viewer alone on a result made by hand: its own files in Chromium, everything else answered by the test."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, Route

from tests.results import Json

FRONTEND = Path(__file__).parents[3] / "ui" / "frontend"
ADDRESS = "http://viewer.test"
_TYPES = {".mjs": "text/javascript", ".js": "text/javascript", ".css": "text/css"}
_HTML = """<!DOCTYPE html><html lang="en"><head><title>Viewer</title><meta name="color-scheme" content="light dark">
<style>body { margin: 8px; background: light-dark(#fff, #14181d); color: light-dark(#1b2430, #e6eaf0); }
:root { color-scheme: light dark; --st-background-color: light-dark(#fff, #14181d);
--st-text-color: light-dark(#1b2430, #e6eaf0); --st-border-color: light-dark(#d5dbe3, #333d49);
--st-primary-color: #0b5cad; --st-font: "Source Sans", "Noto Sans", system-ui, sans-serif; }</style></head>
<body><main><h1 style="font: 0/0 a; margin: 0">Result</h1><div id="host"></div></main><script type="module">
import mount from "/viewer-main.js";
const root = document.getElementById("host").attachShadow({ mode: "open" });
root.innerHTML = '<link rel="stylesheet" href="/viewer-main.css"><div class="v"></div>';
await new Promise((done) => { root.querySelector("link").onload = done; });
mount({ parentElement: root, data: [{ comparison: "c", focus: null, csrf: "" }],
        setStateValue: (name, value) => { globalThis.told = value; }, setTriggerValue: () => {} });
</script></body></html>"""
Picture = Callable[[str, int, int], bytes]


def stage(
    page: Page,
    result: Json,
    picture: Picture,
    *,
    text: Callable[[str, int], Json] | None = None,
    find: Callable[[str, str, int], Json] | None = None,
    layers: Callable[[str], Json] | None = None,
    review: Json | None = None,
) -> None:
    """Open the viewer on `result`; `picture(side digest, page, dpi)` gives the PNG of a page.

    `text`, `find` (digest, phrase, first page) and `layers` answer as the service does; `review` is what was said
    of the result, None for a viewer that has no review.
    """
    body = json.dumps(result)

    def answer(route: Route) -> None:
        address = urlsplit(route.request.url)
        file = FRONTEND / address.path.lstrip("/")
        if address.path == "/":
            route.fulfill(body=_HTML, content_type="text/html")
        elif address.path.endswith("/result"):
            route.fulfill(body=body, content_type="application/json")
        elif address.path.endswith("/reviews") and review is not None:
            route.fulfill(json={"review": review})
        elif address.path.endswith("/activity"):
            route.fulfill(json={"events": []})
        elif address.path.endswith("/reviews"):
            route.fulfill(status=304)  # nothing new: the viewer alone has no review
        elif address.path.endswith("/text"):
            _, _, digest, _, number, _ = address.path.split("/")
            route.fulfill(json=text(digest, int(number)) if text else {"words": []})
        elif address.path.endswith("/find"):
            asked = parse_qs(address.query)
            digest, first = address.path.split("/")[2], int(asked["first"][0])
            nothing = {"first": first, "last": 1, "pages": 1, "hits": []}
            route.fulfill(json=find(digest, asked["q"][0], first) if find else nothing)
        elif address.path.endswith("/layers"):
            route.fulfill(json=layers(address.path.split("/")[2]) if layers else {"layers": []})
        elif address.path.startswith("/files/"):
            _, _, digest, _, number = address.path.split("/")
            dpi = int(parse_qs(address.query)["dpi"][0])
            route.fulfill(body=picture(digest, int(number), dpi), content_type="image/png")
        elif file.is_file():
            route.fulfill(body=file.read_bytes(), content_type=_TYPES[file.suffix])
        else:
            route.fulfill(status=404, body="")

    page.route(f"{ADDRESS}/**", answer)
    page.goto(f"{ADDRESS}/")
    page.get_by_test_id("column-new").wait_for(timeout=15_000)
