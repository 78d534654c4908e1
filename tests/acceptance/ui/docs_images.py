"""The pictures of docs/images that show the viewer on drawings: `python -m tests.acceptance.ui.docs_images`.

Made from a drawing of our own: both revisions are compared, and the viewer's own files shown in Chromium.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Route, sync_playwright

from core.engines.rendering import page_text, render
from core.wire import Message
from tests.acceptance.ui.conftest import CHROMIUM
from tests.acceptance.ui.sheets import pair
from tests.acceptance.ui.staging import ADDRESS, stage

IMAGES = Path(__file__).parents[3] / "docs" / "images"
SHOTS = {"overlay": "2", "difference": "5", "clouds": "1"}


def main() -> None:
    """Compare, show, and write the pictures."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name, _ in pair()]
        for path, (_, data) in zip(paths, pair(), strict=True):
            path.write_bytes(data)
        told = Path(folder) / "result.json"
        command = [sys.executable, "-m", "cli.main", "compare", *map(str, paths), "--json", str(told), "--quiet"]
        subprocess.run(command, check=False)  # 1 says that there are changes
        result = json.loads(told.read_text())
        files = {
            result[side]["sha256"]: os.open(path, os.O_RDONLY) for side, path in zip(("old", "new"), paths, strict=True)
        }

        def answer(route: Route) -> None:
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

        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_context(viewport={"width": 1440, "height": 810}).new_page()
            stage(page, result, lambda *_: b"")
            page.route(f"{ADDRESS}/files/**/pages/**", answer)
            page.reload()
            page.get_by_test_id("column-new").wait_for()
            for name, key in SHOTS.items():
                page.keyboard.press(key)
                if name == "clouds":
                    page.get_by_role("option", name="Drawing deleted").first.click()
                    for _ in range(5):
                        page.keyboard.press("+")
                page.wait_for_timeout(2500)
                page.screenshot(path=IMAGES / f"{name}.png")
            browser.close()


if __name__ == "__main__":
    main()
