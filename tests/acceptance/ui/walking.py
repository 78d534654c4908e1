"""Walking through the product in a browser: opening pages, giving files, waiting, and judging what is shown."""

from __future__ import annotations

from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Page, expect


def idle(page: Page) -> None:
    """The app is connected and no script runs."""
    settled = "[data-testid=stApp][data-test-script-state=notRunning][data-test-connection-state=CONNECTED]"
    expect(page.locator(settled)).to_be_visible()


def start(page: Page, path: str = "/") -> None:
    page.goto(path)
    idle(page)


def give(page: Page, side: str, name: str, data: bytes) -> None:
    zone = page.get_by_test_id(f"zone-{side}")
    zone.locator("input[type=file]").set_input_files({"name": name, "mimeType": "application/pdf", "buffer": data})


def stored(page: Page, side: str, name: str, data: bytes) -> None:
    """Give a good file and wait until the server has it."""
    give(page, side, name, data)
    zone = page.get_by_test_id(f"zone-{side}")
    expect(zone.get_by_text(name)).to_be_visible()
    expect(zone.get_by_text("3 pages")).to_be_visible()


def violations(page: Page) -> list[object]:
    """What axe finds, all rules, through open shadow roots."""
    script = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js"))
    page.evaluate(script.read_text(encoding="utf-8"))
    found: list[object] = page.evaluate(
        "() => axe.run(document, {resultTypes: ['violations']})"
        ".then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html)]))"
    )
    return found
