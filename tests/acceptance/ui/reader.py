"""A person who reads a result in a browser: where he is, told so that it can be compared."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

REST_MS = 2000.0  #: after it, the server knows where he is


def begin_reading(page: Page, comparison: str) -> None:
    """Open a result, filter and search, choose a change, enlarge, and read on from there."""
    page.goto(f"/result?comparison={comparison}")
    page.get_by_test_id("column-new").wait_for()
    page.locator(".chip", has_text="Replaced").first.click()
    page.get_by_role("searchbox", name="Search changes").fill("a")
    page.get_by_test_id("change").nth(2).click()
    page.get_by_role("button", name="Zoom in (+)").click()
    page.get_by_test_id("column-new").hover()
    page.mouse.wheel(0, 700)
    page.wait_for_timeout(REST_MS)
    connected(page, within_ms=30_000)


def place(page: Page) -> dict[str, Any]:
    """Address, current change, filters, search and pages in view; the address alone while no result is shown."""
    told: dict[str, Any] | None = page.locator(".v").evaluate(
        """(root) => root.querySelector('.search') && ({
            change: root.querySelector('.row.on')?.dataset.id ?? null,
            chips: [...root.querySelectorAll('.chip[aria-pressed=true]')].map((chip) => chip.dataset.chip),
            search: root.querySelector('.search').value,
            tally: root.querySelector('.count').textContent,
            pages: [...root.querySelectorAll('.page-number')].map((input) => input.value),
        })"""
    )
    return {"address": page.url, **(told or {})}


def scrolled(page: Page) -> list[int]:
    """How far each side is scrolled, in px."""
    return [page.get_by_test_id(f"column-{side}").evaluate("(column) => column.scrollTop") for side in ("old", "new")]


def connected(page: Page, *, within_ms: float) -> None:
    """The page has a server again, and no script runs."""
    settled = "[data-testid=stApp][data-test-script-state=notRunning][data-test-connection-state=CONNECTED]"
    expect(page.locator(settled)).to_be_visible(timeout=within_ms)
