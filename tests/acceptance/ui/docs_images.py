"""The pictures of docs/images that show the viewer: `python -m tests.acceptance.ui.docs_images [NAME…]`.

Made from documents of our own: both revisions are compared, and the viewer's own files shown in Chromium, in light
and dark.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from PIL import Image
from playwright.sync_api import Browser, Page, Route, sync_playwright

from core.engines.rendering import page_text, render
from core.sample import sample_pair
from core.wire import Message
from tests.acceptance.ui import sheets
from tests.acceptance.ui.conftest import CHROMIUM
from tests.acceptance.ui.reviewed import review_of
from tests.acceptance.ui.staging import ADDRESS, stage

IMAGES = Path(__file__).parents[3] / "docs" / "images"
VIEWPORT = {"width": 1280, "height": 760}
COLOURS = 128  # of a picture: small, and a screen has few
PAIRS: dict[str, Callable[[], Any]] = {"text": sample_pair, "drawing": sheets.pair}


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: of which pair, after which keys and clicks, whether reviewed, in which language."""

    pair: str
    keys: tuple[str, ...] = ()
    click: str | None = None
    change: str | None = None
    is_reviewed: bool = False
    locale: str = "en-GB"
    themes: tuple[str, ...] = ("light", "dark")


SHOTS = {
    "side-by-side": Shot("text", change="26"),
    "overlay": Shot("drawing", keys=("2",)),
    "slider": Shot("drawing", keys=("3",)),
    "difference": Shot("drawing", keys=("5",)),
    "clouds": Shot("drawing", keys=("1", *"+++++"), change="Drawing deleted"),
    "redline": Shot("text", keys=("6",), change="45"),
    "tables": Shot("text", keys=("7",)),
    "review": Shot("text", change="45", is_reviewed=True),
    "sign-off": Shot("text", click="[data-testid=review]", is_reviewed=True),
    "coverage": Shot("text", click="[data-testid=coverage]"),
    "export": Shot("text", click="[data-testid=export]"),
    "tour": Shot("text", click="[data-testid=tour-offer] button"),
    "german": Shot("text", change="45", is_reviewed=True, locale="de-DE", themes=("light",)),
}


def main(names: list[str]) -> None:
    """Compare, show, and write the pictures."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        compared = {name: _compared(Path(folder), name) for name in PAIRS}
        for name, shot in SHOTS.items():
            for theme in shot.themes:
                if not names or name in names:
                    suffix = "" if theme == "light" else f"-{theme}"
                    _take(browser, shot, theme, *compared[shot.pair], IMAGES / f"{name}{suffix}.png")
        browser.close()


def _compared(folder: Path, name: str) -> tuple[dict[str, Any], dict[str, int]]:
    """The result of a pair, and its files by digest."""
    paths = []
    for file, data in PAIRS[name]():
        path = folder / file
        path.write_bytes(data)
        paths.append(path)
    told = folder / f"{name}.json"
    command = [sys.executable, "-m", "cli.main", "compare", *map(str, paths), "--json", str(told), "--quiet"]
    subprocess.run(command, check=False)  # 1 says that there are changes
    result: dict[str, Any] = json.loads(told.read_text())
    return result, {
        result[side]["sha256"]: os.open(path, os.O_RDONLY) for side, path in zip(("old", "new"), paths, strict=True)
    }


def _take(
    browser: Browser, shot: Shot, theme: str, result: dict[str, Any], files: dict[str, int], target: Path
) -> None:
    context = browser.new_context(viewport=VIEWPORT, color_scheme=theme, locale=shot.locale)  # type: ignore[arg-type]
    page = context.new_page()
    if not (shot.click or "").startswith("[data-testid=tour"):
        page.add_init_script("localStorage.setItem('pdf-compare.tour', 'seen')")
    stage(page, result, lambda *_: b"", review=review_of(result) if shot.is_reviewed else None)
    page.route(f"{ADDRESS}/files/**/pages/**", lambda route: _answer(route, files))
    page.reload()
    page.get_by_test_id("column-new").wait_for()
    if shot.change:
        page.get_by_role("option").filter(has_text=shot.change).first.click()
    for key in shot.keys:
        page.keyboard.press(key)
    if shot.click:
        page.locator(shot.click).first.click()
    _settled(page)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
    context.close()


def _settled(page: Page) -> None:
    """Until pictures of pages are sharp: they are fetched anew a moment after the last move."""
    page.wait_for_timeout(1500)
    page.wait_for_load_state("networkidle")


def _answer(route: Route, files: dict[str, int]) -> None:
    address = urlsplit(route.request.url)
    _, _, digest, _, number, *rest = address.path.split("/")
    asked = parse_qs(address.query)
    if rest:
        made = page_text(Message({"page": int(number)}), [files[digest]], lambda _: None)
        route.fulfill(body=bytes(made.buffers["text"].data), content_type="application/json")
        return
    tile = [int(value) for value in asked["tile"][0].split(".")] if "tile" in asked else None
    header = {"page": int(number), "dpi": int(asked["dpi"][0]), "tile": tile, "limit_pixels": 8_000_000}
    made = render(Message(header), [files[digest]], lambda _: None)
    route.fulfill(body=bytes(made.buffers["image"].data), content_type=made.header["media_type"])


if __name__ == "__main__":
    main(sys.argv[1:])
